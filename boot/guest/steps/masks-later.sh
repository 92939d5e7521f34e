# SPDX-License-Identifier: GPL-2.0
# An edu moves data with masks that leave most of the memory out of reach: while ZONE_DMA is in pieces, the test holds most
# of the memory, and the page cache takes all the rest. Then again, quickly.
#   masks=BITS,...	the masks
#   again=N	how often it is done quickly
#   more=ADDRESS	a block of memory that mem= keeps from the kernel, to be added before
# Needs one edu, /kmods/edu_test.ko, /kmods/fragments.ko, and the disk 'cache', larger than the memory.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

memory=/sys/devices/system/memory
add() {
	local block=$memory/memory$((more / 0x$(cat $memory/block_size_bytes)))
	echo "$more" > $memory/probe && echo online_kernel > "$block/state"
}

kilobytes() { sed -n "s/^$1: *\([0-9]*\) kB/\1/p" /proc/meminfo; }
# once the test has taken its memory
fill_cache() {
	local n=0
	sleep 1
	exec 5< "$(disk cache)"		# the page cache of a disk goes with who last had it open
	until [ -e /tmp/enough ]; do
		dd if="$(disk cache)" of=/dev/null bs=1048576 count=64 skip=$((n * 64)) 2> /dev/null
		kilobytes MemFree >> /tmp/free
		n=$(((n + 1) % 32))
	done
}
pressed() { # CMD...
	local rc=0
	rm -f /tmp/enough
	echo 1 > /proc/sys/vm/drop_caches
	fill_cache &
	"$@" || rc=$?
	: > /tmp/enough
	wait
	return $rc
}
little_was_free() {
	info free "$(sort -n /tmp/free | head -n 1) of $(kilobytes MemTotal) kB"
	[ "$(sort -n /tmp/free | head -n 1)" -lt $(($(kilobytes MemTotal) / 16)) ]
}
run() { echo 1 > "$edu/$dev/run" && ends_well "$(tail -n 1 "$edu/$dev/report")" "$(grep -c '^ok' "$edu/$dev/report")"; }
quickly() {
	local i=0
	edu_with spots=2 size=4096
	while [ $((i += 1)) -le "$again" ]; do pressed run || return 1; done
}

[ -z "$more" ] || plan 8
[ -n "$more" ] || plan 7
[ -z "$more" ] || check "memory added at $more" with_reason add
check "ZONE_DMA in pieces" insmod /kmods/fragments.ko
info zones "$(grep -w DMA /proc/buddyinfo)"
check "driver loaded" insmod /kmods/edu_test.ko masks="$masks" spots=8 size=8192 hold=85 irqs=10
dev=$(edus | head -n 1)
pressed edu_test "$dev"
check "the page cache took what was left" little_was_free
grep -h '^# ' "$edu/$dev/report" | while read -r _ line; do info buffers "$line"; done
check "$dev: $again times quickly" quickly
rmmod edu_test fragments
