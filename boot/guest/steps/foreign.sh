# SPDX-License-Identifier: GPL-2.0
# The space for other domains' pages lies above 4 GiB and above all RAM.
# Needs Xen.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

# iomem NAME: first and last address of each range, in hexadecimal
iomem() { sed -n "s/ *\([0-9a-f]*\)-\([0-9a-f]*\) : $1\$/0x\1 0x\2/p" /proc/iomem; }

foreign_is_high() {
	local first last floor=$((4 << 30)) seen=0
	for last in $(iomem 'System RAM' | cut -d ' ' -f 2); do
		[ $((last)) -lt $floor ] || floor=$((last))
	done
	for first in $(iomem 'Xen scratch' | cut -d ' ' -f 1); do
		seen=$((seen + 1))
		[ $((first)) -ge $floor ] || return 1
	done
	[ $seen -gt 0 ]
}

plan 1
check "foreign space above 4 GiB and RAM" foreign_is_high
