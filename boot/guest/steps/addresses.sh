# SPDX-License-Identifier: GPL-2.0
# Whether debugfs says that the driver gives a virtio function bus addresses.
#   sees_bus=FUNCTION...	those that have to be given bus addresses
#   sees_phys=FUNCTION...	the same for physical ones
# Needs nothing else.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

sees() { [ "$(cat "/sys/kernel/debug/virtio/$(cd "/sys/bus/pci/devices/$1" && echo virtio[0-9]*)/uses_dma_api")" = "$2" ]; }

plan "$(count $sees_bus $sees_phys)"
for function in $sees_bus; do check "$function: sees bus addresses" sees "$function" Y; done
for function in $sees_phys; do check "$function: sees physical addresses" sees "$function" N; done
