# SPDX-License-Identifier: GPL-2.0
# From here on foreign pages do not lie in holes of the memory map, but in space that the kernel has chosen.
#   bits=N	of addresses, which it is within
# Needs Xen, /kmods/scratch.ko.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

in_reach() {
	local last
	last=$(sed -n 's/^[0-9a-f]*-\([0-9a-f]*\) : Xen scratch/0x\1/p' /proc/iomem | tail -n 1)
	info scratch "$(grep 'Xen scratch' /proc/iomem | tr '\n' ' ')"
	[ -n "$last" ] && [ $((last >> bits)) = 0 ]
}

plan 2
check "foreign pages: none left in the memory map" with_reason insmod /kmods/scratch.ko
check "foreign pages: within $bits bits" in_reach
