# SPDX-License-Identifier: GPL-2.0
# An igb, whose own function is in use, makes two virtual functions; or, with gone=, they are to go while a domU has one, which
# its driver refuses, and go when pciback has none.
#   gone=FUNCTION	the one that the domU has then
# Needs an igb on a network of QEMU's, igb.ko; for gone= a step domu before it.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

pf=/sys/bus/pci/devices/$(place_of 0x8086:0x10c9)
vfs() { echo "$1" > "$pf/sriov_numvfs" && [ "$(find "$pf"/virtfn* 2> /dev/null | wc -l)" = "$1" ]; }
refused() { ! vfs 0 && dmesg | grep 'while they are assigned'; }
give_back_all() { for vf in "$pf"/virtfn*; do xl pci-assignable-remove "$(basename "$(readlink "$vf")")" || return 1; done; }

if [ -z "$gone" ]; then
	plan 2
	check "PF up" with_reason ifconfig eth0 10.0.2.16 netmask 255.255.255.0 up
	check "VFs made" with_reason vfs 2
	for vf in "$pf"/virtfn*; do info vf "$(basename "$(readlink "$vf")")"; done
	ping -q -s 1400 10.0.2.2 > /tmp/pings 2>&1 &
else
	plan 7
	check "domU made" with_reason xl create -p /tmp/domu.cfg
	check "$gone: it has it" eval "xl pci-list domu | grep '${gone#0000:}'"
	check "VFs stay, and a line says so" refused
	check "domU ended" with_reason xl destroy domu
	check "VFs given back" with_reason give_back_all
	check "VFs gone" with_reason vfs 0
	check "PF works" ping -c 3 10.0.2.2
fi
