# SPDX-License-Identifier: GPL-2.0
# The functions that dom0 gave to this domU interrupt it by MSI-X, on each of their vectors, while they move data.
#   ids=ID...	0xVENDOR:0xDEVICE of each, from dom0's step domu
# Needs e1000e.ko for a NIC, and the last of disks= on the others.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

vectors() { ls "/sys/bus/pci/devices/$1/msi_irqs"; }
# how often an irq was counted, and what it is called
counted() { sed -n "s/^ *$1: *\([0-9]*\) .* \([^ ]*\)\$/\1 \2/p" /tmp/interrupts; }

all_msix() { # FUNCTION
	[ "$(count $(vectors "$1"))" -gt 1 ] && ! (cd "/sys/bus/pci/devices/$1/msi_irqs" && cat $(vectors "$1")) | grep -qvx msix
}
each_counted() { # FUNCTION
	local irq rc=0
	for irq in $(vectors "$1"); do
		info vector "$1 $irq $(counted "$irq")"
		[ "$(counted "$irq" | cut -d ' ' -f 1)" -gt 0 ] 2> /dev/null || rc=1
	done
	return $rc
}

plan $((1 + 3 * $(count $ids)))
check "all of them are here" within 60 here
for function in $(places); do
	check "$function: in use" within 60 [ -e "/sys/bus/pci/devices/$function/driver" ]
	used=0
	rm -f /tmp/interrupts
	use "$function" && used=1
	[ -e /tmp/interrupts ] || cat /proc/interrupts > /tmp/interrupts
	check "$function: moves data by MSI-X" eval "[ $used = 1 ] && all_msix $function"
	check "$function: an interrupt on each vector" each_counted "$function"
done
