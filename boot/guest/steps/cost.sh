# SPDX-License-Identifier: GPL-2.0
# What a read of 4 KiB takes from virtio disks, in nanoseconds: these are instructions of the whole machine where QEMU counts
# them. For make bench, on the console.
#   costs=KIND...	the disks
# Needs nothing else.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

clock() { sed -n 's/^now at \([0-9]*\) nsecs/\1/p' /proc/timer_list; }
reads() { dd if="$1" of=/dev/null bs=4096 count="$2" iflag=direct 2> /dev/null; }
# the first reads of a kind are not counted: code is translated, and grants find their places
cost() { # KIND
	local from begin
	from=$(disk "$1-src")
	reads "$from" 256 && begin=$(clock) && reads "$from" 4096 &&
		echo "dma_bench: $1-4K $((($(clock) - begin) / 4096))" > /dev/kmsg
}

plan $(count $costs)
for kind in $costs; do
	check "cost: $kind" with_reason cost "$kind"
done
echo "dma_bench: done 0" > /dev/kmsg
