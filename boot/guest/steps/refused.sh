# SPDX-License-Identifier: GPL-2.0
# Virtio functions that are refused, as they bypass the IOMMU or name physical memory: no driver of their kind, and one line
# of each that says why.
#   refused=FUNCTION...
# Needs nothing else.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

# virtio-mem, whose device names physical memory
names_memory() { [ "$(cat "/sys/bus/pci/devices/$1/$(virtio_of "$1")/device")" = 0x0018 ]; }

has_no_driver() { [ -d "/sys/bus/pci/devices/$1/$2" ] && [ ! -e "/sys/bus/pci/devices/$1/$2/driver" ]; }
says_what_to_set() { [ "$(dmesg | grep "virtio.* $2: refused, .*iommu_platform=on" | grep -c "force=$1 ")" = 1 ]; }
says_why() { [ "$(dmesg | grep -c "virtio_[a-z]* $1: refused, as the host does not know ")" = 1 ]; }
says_platform() { [ "$(dmesg | grep -c 'virtio: devices without ACCESS_PLATFORM: refused')" = 1 ]; }

bypass=$(for function in $refused; do names_memory "$function" || echo "$function"; done)
plan $((2 * $(count $refused) + (${#bypass} ? 1 : 0)))
[ -z "$bypass" ] || check "one line says what the platform gives to such devices" says_platform
for function in $refused; do
	child=$(virtio_of "$function")
	check "$function: refused" has_no_driver "$function" "$child"
	if names_memory "$function"; then
		check "$function: one line says why" says_why "$child"
	else
		check "$function: one line says what to set" says_what_to_set "$function" "$child"
	fi
done
