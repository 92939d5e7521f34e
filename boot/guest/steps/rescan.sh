# SPDX-License-Identifier: GPL-2.0
# The PCI functions of all disks are removed and found again, and the disks are read and copied: again and again.
#   repeat=N	how often
# Needs disks=.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

all_functions() {
	for kind in $disks; do for end in src dst; do
		realpath "/sys/block/$(basename "$(disk "$kind-$end")")/device" | grep -o '0000:[^/]*' | tail -n 1
	done; done | sort -u
}
all_there() { for kind in $disks; do [ -b "$(disk "$kind-src")" ] && [ -b "$(disk "$kind-dst")" ] || return 1; done; }
remove() { echo 1 > "/sys/bus/pci/devices/$1/remove" && [ ! -e "/sys/bus/pci/devices/$1" ]; }
find_again() { echo 1 > /sys/bus/pci/rescan && within 60 all_there; }

functions=$(all_functions)
plan $((repeat * ($(count $functions) + 1 + 2 * $(count $disks))))
for _ in $(seq $repeat); do
	for function in $functions; do check "$function: removed" remove "$function"; done
	check "all disks found again" find_again
	copy_disks
done
