# SPDX-License-Identifier: GPL-2.0
# Whether debugfs says that the driver gives a virtio function bus addresses.
#   sees_bus=FUNCTION...	those that have to be given bus addresses
#   sees_phys=FUNCTION...	the same for physical ones
# Needs nothing else.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

# debugfs says the kind and, behind a colon, why
sees() { grep -q "^$2: " "/sys/kernel/debug/virtio/$(cd "/sys/bus/pci/devices/$1" && echo virtio[0-9]*)/addresses"; }

plan "$(count $sees_bus $sees_phys)"
for function in $sees_bus; do check "$function: sees bus addresses" sees "$function" bus; done
for function in $sees_phys; do check "$function: sees physical addresses" sees "$function" phys; done
