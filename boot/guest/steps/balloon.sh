# SPDX-License-Identifier: GPL-2.0
# Half of a dom0's memory goes to the hypervisor and comes back, again and again, while the disks are read and copied.
#   repeat=N	how often they are
# Needs disks=.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

balloon=/sys/devices/system/xen_memory/xen_memory0
balloon() {
	local full
	full=$(cat $balloon/target_kb)
	until [ -e /tmp/enough ]; do
		for target in $((full / 2)) "$full"; do
			echo "$target" > $balloon/target_kb
			sleep 2
			echo $((full - $(cat $balloon/info/current_kb))) >> /tmp/ballooned
		done
	done
}

plan $((2 * repeat * $(count $disks) + 1))
balloon &
for _ in $(seq "$repeat"); do copy_disks; done
touch /tmp/enough
wait
# shellcheck disable=SC2046 # one line
info balloon $(cat /tmp/ballooned)
check "balloon: down by 100 MB and up, three times" [ "$(awk '$1 > 102400 && !low { n++ } { low = $1 > 102400 } END { print (n >= 3 && !low) }' /tmp/ballooned)" = 1 ]
