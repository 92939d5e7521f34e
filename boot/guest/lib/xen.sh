# SPDX-License-Identifier: GPL-2.0
# A toolstack of Xen, functions for pciback, the PV NIC between dom0 and a domU.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

PATH=$PATH:/usr/lib/xen-$xen/bin	# xen: its version, from the machine's file

start_toolstack() {
	[ ! -e /run/xenstored.pid ] || return 0		# an earlier step has
	mkdir -p /proc/xen /var/lib/xen /var/lock /var/log/xen/console /var/run/xen /run/xen /run/lock /dev/pts
	mount -t xenfs xenfs /proc/xen
	mount -t devpts devpts /dev/pts
	ifconfig lo 127.0.0.1 up
	xenstored --pid-file /run/xenstored.pid && within 20 xenstore-read -s / && xen-init-dom0 &&
		xenconsoled --log=all --pid-file=/run/xenconsoled.pid && httpd -h /www
}

# what comes through the NIC has to be what lies on the disk
through_nic() {
	wget -q -T 20 -O /tmp/data "http://$1/data" && info sum "$first" $part "$(sum < /tmp/data)" && cmp -s /tmp/data /www/data && return
	info differ "$(cmp -l /tmp/data /www/data | awk '{ p = int(($1 - 1) / 4096) } p != last { n++; last = p } NR == 1 { first = $1 }
		END { print NR " bytes, from " first " to " $1 ", in " n " pages" }'), here $(sum < /www/data), disk $(beginning $part | sum)"
	return 1
}

# the domU's NIC of that driver
nic_of() { # DRIVER
	local nic
	for nic in /sys/class/net/eth*; do [ "$(basename "$(readlink "$nic/device/driver")")" != "$1" ] || echo "${nic##*/}"; done
}
use_card() { ifconfig "$(nic_of virtio_net)" 10.0.3.2 up && through_nic 10.0.3.1; }

# use FUNCTION: what it is there for works in this domain; what the other one has copied is there, and is copied again
use() {
	local from to md5
	case $(id_of "$1") in
	*:0x11e8)	within 60 [ -d "$edu/$1" ] && echo 1 > "$edu/$1/run" && cat "$edu/$1/report" >> /tmp/used &&
				ends_well "$(tail -n 1 "$edu/$1/report")" "$(grep -c ^ok "$edu/$1/report")"
			return ;;
	esac
	case $(cat "/sys/bus/pci/devices/$1/class") in
	0x0200*)	within 60 [ -d "/sys/bus/pci/devices/$1/net" ] && beginning $part > /tmp/data &&
				echoed "$(ls "/sys/bus/pci/devices/$1/net")"
			return ;;
	esac
	within 60 has_disks || return 1
	from=$(disk "$last-src") to=$(disk "$last-dst") md5=$(start_of "$from" $part | sum)
	info sum "$last" $part "$(start_of "$to" $part | sum)"
	start_of /dev/zero $part > "$to" && sync && read_back "$from" "$to" $part "$md5"
}
used() { info "$1" "$(grep -c "INTx: $2 of $2" /tmp/used) INTx and $(grep -c "MSI: $2 of $2" /tmp/used) MSI of $2, $(
	awk '/transfers/ { n += $(NF - 5) } END { print n }' /tmp/used) transfers"; }
# a round is to take seconds
quick_edu() {
	[ ! -e /kmods/edu_test.ko ] || insmod /kmods/edu_test.ko
	edu_with masks=64,32 spots=2 size=4096 hold=10
}

pciback=/sys/bus/pci/drivers/pciback
take() {
	echo "$1" > $pciback/new_slot || return 1
	echo "$1" > $pciback/bind || { echo "$1" > $pciback/remove_slot; return 1; }
}
give_back() { echo "$1" > $pciback/unbind && echo "$1" > $pciback/remove_slot; }
# not connected is what the kernel makes of 255 when a driver enables the function
irq_and_pin() { sed 's/^2147483648$/255/' "/sys/bus/pci/devices/$1/irq" && hexdump -s 60 -n 2 "/sys/bus/pci/devices/$1/config"; }

take_and_give() { # FUNCTION: twenty times, and the function is as it was
	local i=0 before
	before=$(irq_and_pin "$1")
	while [ $((i += 1)) -le 20 ]; do take "$1" && give_back "$1" || return 1; done
	[ "$(irq_and_pin "$1")" = "$before" ]
}

# ask [N]: the selftest's lines go into the report, without those on single interrupts
ask() {
	local rc=0
	/selftests/privcmd_gsi "$@" > /tmp/tap || rc=$?
	grep -E '^(ok|not ok|# [0-9a-f]{4}:)' /tmp/tap > /tmp/lines
	grep -m 3 '^# irq' /tmp/tap >> /tmp/lines
	while read -r line; do info selftest "$line"; done < /tmp/lines
	return $rc
}

# row NAME FUNCTION ANSWER: one of the table in the documentation, as the selftest has just seen it
row() { check "row: $1" [ "$(answer "$2")" = "$3" ]; }
answer() { sed -n "s/^# $1 pin [0-9]*: GSI/GSI/p; s/^# $1 pin [0-9]*: .* /errno /p" /tmp/lines; }

in_debugfs() {
	local file=/sys/kernel/debug/xen/pci-irqs
	while read -r line; do info pci_irqs "$line"; done < $file
	[ "$(grep -c ^0000: $file)" = "$(functions)" ]
}

# what interrupts dom0 and Xen have, and whose they are, without counts and states
irqs() {
	sed 's/:[ 0-9]*/: /' /proc/interrupts
	xl debug-keys i
	xl dmesg -c | sed -n '/IRQ:.*vec:/{s/vec:[0-9a-f]*//;s/status=.*aff/aff/;s/in-flight=[0-9]*//;s/([^X)]*)//g;p}'
}

# each CMD...: for every function that the domU is given, as its last argument
each() { for function in $give; do "$@" "$function" || return 1; done; }
backends_gone() { ! ls /sys/bus/xen-backend/devices/*-* > /dev/null 2>&1; }
