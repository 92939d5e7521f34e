# SPDX-License-Identifier: GPL-2.0
# A block of memory comes, goes and comes; edu moves data in it while it is there, and has the window all the time.
#   more=ADDRESS	a block of memory that mem= keeps from the kernel
# Needs edu_test.ko.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

memory=/sys/devices/system/memory
block=$memory/memory$((more / 0x$(cat $memory/block_size_bytes)))
dev=$(edus | head -n 1)
plan $((3 + 1 + 2 * 10))
edu_test "$dev"
check "memory added at $more" with_reason eval "echo $more > $memory/probe"
for _ in 1 2; do
	check "memory online" with_reason eval "echo online_kernel > $block/state"
	edu_test "$dev"
	check "$dev: the new memory is mapped directly" direct_from "$dev" 44 "$more"
	check "memory offline" with_reason eval "echo offline > $block/state"
	edu_test "$dev"
	check "$dev: the rest is mapped directly" direct_from "$dev" 44 0
done
