# SPDX-License-Identifier: GPL-2.0
# An igb makes two virtual functions; or, with gone=, they go while a domU has one.
#   gone=FUNCTION	the one that a domU has then
# Needs an igb, igb.ko; for gone= a step domu before it.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

pf=/sys/bus/pci/devices/$(place_of 0x8086:0x10c9)
vfs() { echo "$1" > "$pf/sriov_numvfs" && [ "$(find "$pf"/virtfn* 2> /dev/null | wc -l)" = "$1" ]; }
said_so() { dmesg | grep -q "removing device $gone while still in-use"; }

if [ -z "$gone" ]; then
	plan 2
	check "PF up" with_reason ifconfig eth0 up
	check "VFs made" with_reason vfs 2
	for vf in "$pf"/virtfn*; do info vf "$(basename "$(readlink "$vf")")"; done
else
	plan 5
	check "domU made" with_reason xl create -p /tmp/domu.cfg
	check "$gone: it has it" eval "xl pci-list domu | grep -q '${gone#0000:}'"
	check "VFs gone" vfs 0
	check "$gone: a line says so" said_so
	check "domU ended" with_reason xl destroy domu
fi
