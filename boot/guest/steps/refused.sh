# SPDX-License-Identifier: GPL-2.0
# Virtio functions that bypass the IOMMU: no driver of their kind, and one line of each that says why.
#   refused=FUNCTION...
# Needs nothing else.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

has_no_driver() { [ -d "/sys/bus/pci/devices/$1/$2" ] && [ ! -e "/sys/bus/pci/devices/$1/$2/driver" ]; }
says_what_to_set() { [ "$(dmesg | grep "virtio.* $2: refused, .*iommu_platform=on" | grep -c "force=$1 ")" = 1 ]; }
says_why() { [ "$(dmesg | grep -c "virtio_balloon $1: refused, ")" = 1 ]; }

says_platform() { [ "$(dmesg | grep -c 'virtio: devices without ACCESS_PLATFORM: refused')" = 1 ]; }

plan $((1 + 2 * $(count $refused)))
check "one line says what the platform gives to such devices" says_platform
for function in $refused; do
	child=$(cd "/sys/bus/pci/devices/$function" && echo virtio[0-9]*)
	check "$function: refused" has_no_driver "$function" "$child"
	case $(cat "/sys/bus/pci/devices/$function/$child/device") in
	0x0005)	check "$function: one line says why" says_why "$child" ;;
	*)	check "$function: one line says what to set" says_what_to_set "$function" "$child" ;;
	esac
done
