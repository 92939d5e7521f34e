# SPDX-License-Identifier: GPL-2.0
# Disks by their serial numbers, and data to compare.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

part=$((2 << 20))	# bytes that go through a NIC, a port or a file of the host, each way
first=${disks%% *} last=${disks##* }	# the pair that a domU has as PV disks, and one that is passed to it

sum() { md5sum | cut -d ' ' -f 1; }

# disk SERIAL: the device node; a PV disk has no serial number
disk() {
	local b
	for b in /sys/block/*; do
		grep -qs "$1" "$b/serial" "$b/device/serial" "$b/device/vpd_pg80" "$b/device/../../../../serial" && { echo "/dev/${b##*/}"; return; }
	done
	case $1 in
	"$first-src")	echo /dev/xvda ;;
	"$first-dst")	echo /dev/xvdb ;;
	esac
}
has_pair() { [ -b "$(disk "$1-src")" ] && [ -b "$(disk "$1-dst")" ]; }
has_disks() { has_pair "$last"; }

# so many bytes, a multiple of 512; head moves one at a time
start_of() {
	dd if="$1" bs=65536 count=$(($2 >> 16)) 2> /dev/null || return 1
	[ $(($2 % 65536)) = 0 ] || dd if="$1" bs=512 skip=$(($2 >> 16 << 7)) count=$(($2 >> 9 & 127)) 2> /dev/null
}
# the first BYTES of the first disk
beginning() { start_of "$(disk "$first-src")" "$1"; }

read_back() { # FROM TO BYTES SUM
	start_of "$1" "$3" > "$2" && sync && echo 3 > /proc/sys/vm/drop_caches && [ "$(start_of "$2" "$3" | sum)" = "$4" ]
}

# echoed INTERFACE: the host sends back what goes to 10.0.2.100, port 7; boot/judge compares it with the disk
echoed() {
	ifconfig "$1" 10.0.2.15 netmask 255.255.255.0 up || return 1
	timeout "$(stretched 60)" nc 10.0.2.100 7 < /tmp/data > /tmp/back
	cat /proc/interrupts > /tmp/interrupts	# some drivers give their irqs back now
	ifconfig "$1" down
	info sum "$first" $part "$(sum < /tmp/back)"
	cmp /tmp/data /tmp/back
}

# with_fio DEVICE OPTION...: it writes to the disk and verifies, and says the rest in /tmp/fio
with_fio() {
	local device=$1
	shift
	[ -b "$device" ] && fio --name=disk --filename="$device" --size=24M --direct=1 --rw=randrw --verify=crc32c --verify_fatal=1 --randseed=1 --thread "$@" > /tmp/fio 2>&1 && return
	tail -n 3 /tmp/fio >&2
	return 1
}

# again and again, until there is /tmp/enough
read_disks() {
	local kind
	until [ -e /tmp/enough ]; do
		for kind in $disks; do cat "$(disk "$kind-src")" > /dev/null; echo 3 > /proc/sys/vm/drop_caches; done
	done
}

# all disks are read, copied and read back: two cases for each pair
copy_disks() {
	local kind from to bytes md5
	for kind in $disks; do
		within 60 has_pair "$kind"
		from=$(disk "$kind-src") to=$(disk "$kind-dst")
		bytes=$(blockdev --getsize64 "$from") md5=$(sum < "$from")
		info disk "$kind" "$from" "$to"
		info sum "$kind" "$bytes" "$md5"
		check "$kind: all of it read" [ "$bytes" -gt 0 ]
		check "$kind: copied and read back" read_back "$from" "$to" "$bytes" "$md5"
	done
}

count() { echo $#; }
