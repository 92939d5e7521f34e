# SPDX-License-Identifier: GPL-2.0
# The functions that dom0 gave to this domU are used, and again after a reset under the driver, which then lets go and comes back.
#   ids=ID...	0xVENDOR:0xDEVICE of each, from dom0's step domu
#   times=N	how often
#   by=msix|pin	how they have to interrupt, if it is said
# Needs e1000e.ko for a NIC, and the last of disks= on the others.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

interrupts_by() { # FUNCTION msix|pin
	info interrupts "$1 $(cat "/sys/bus/pci/devices/$1/msi_irqs"/* 2> /dev/null | sort | uniq -c | tr '\n' ' '), irq $(cat "/sys/bus/pci/devices/$1/irq")"
	case $2 in
	msix)	grep -q msix "/sys/bus/pci/devices/$1/msi_irqs"/* ;;
	pin)	[ ! -e "/sys/bus/pci/devices/$1/msi_irqs" ] ;;
	esac
}
again() { # FUNCTION
	local driver
	driver=$(basename "$(readlink "/sys/bus/pci/devices/$1/driver")")
	echo 1 > "/sys/bus/pci/devices/$1/reset" && rebind "$1" "$driver" none && echo "$1" > "/sys/bus/pci/drivers/$driver/bind"
}

plan $((1 + (3 * times - 1) * $(count $ids)))
check "all of them are here" within 60 here
for function in $(places); do
	within 60 [ -e "/sys/bus/pci/devices/$function/driver" ]
	for i in $(seq $times); do
		[ $i = 1 ] || check "$function: reset, unbound, bound" with_reason again "$function"
		check "$function: used" use "$function"
		check "$function: interrupts by $by" interrupts_by "$function" $by
	done
done
