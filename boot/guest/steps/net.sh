# SPDX-License-Identifier: GPL-2.0
# What a card sends to the host has to come back; boot/judge compares it with the disk.
#   nics=NAME...	the cards in the order of the kernel; the host sends back what goes to 10.0.2.100, port 7
# Needs disks=.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

echoed() { # INTERFACE
	ifconfig "$1" 10.0.2.15 netmask 255.255.255.0 up || return 1
	timeout "$(stretched 60)" nc 10.0.2.100 7 < /tmp/data > /tmp/back
	ifconfig "$1" down
	info sum "$first" $part "$(sum < /tmp/back)"
	cmp /tmp/data /tmp/back
}

plan "$(count $nics)"
beginning $part > /tmp/data
i=0
for name in $nics; do
	check "$name: echoed by the host" echoed eth$i
	i=$((i + 1))
done
