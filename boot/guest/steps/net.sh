# SPDX-License-Identifier: GPL-2.0
# What a card sends to the host has to come back; boot/judge compares it with the disk.
#   nics=NAME...	the cards in the order of the kernel; the host sends back what goes to 10.0.2.100, port 7
# Needs disks=.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

plan "$(count $nics)"
beginning $part > /tmp/data
i=0
for name in $nics; do
	check "$name: echoed by the host" echoed eth$i
	i=$((i + 1))
done
