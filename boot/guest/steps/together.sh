# SPDX-License-Identifier: GPL-2.0
# What shares a PHB, all at once: edu with masks of either kind, disks, and two NICs that are connected.
# Needs disks=, eth0 and eth1, edu_test.ko.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

# an ARP question for an address of the other card, which the kernel answers there; arping says 0 if nobody does
asks_other() { # INTERFACE ADDRESS
	local i=0
	while [ $((i += 1)) -le 20 ]; do ! arping -q -D -c 1 -w 5 -I "$1" "$2" || return 1; done
}

plan $((2 + 2 * $(count $disks) + 3 * $(count $(edus))))
edu_with masks=32,44,64 hold=30
(for dev in $(edus); do echo 1 > "$edu/$dev/run"; done) &
ifconfig eth0 10.0.1.1 up; ifconfig eth1 10.0.2.1 up
sleep 3
check "eth0 to eth1" asks_other eth0 10.0.2.1
check "eth1 to eth0" asks_other eth1 10.0.1.1
copy_disks
wait
for dev in $(edus); do
	relay "$dev together" "$edu/$dev/report"
	check "$dev: the bypass after the window" grep -q "64 bits, streaming: .* at 8000000" "$edu/$dev/report"
done
edu_with masks=64,60,59,48,44,40,32 hold=90
