# SPDX-License-Identifier: GPL-2.0
# The second chip's memory is beyond 44 bits, and follows that of the first one in the window at 4 GB: 34 bits reach all of
# it, 33 a part; edu moves data in all of it.
#   more=ADDRESS	where it begins
#   place=ADDRESS	and where on the bus
# Needs edu_test.ko.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

reaching='48 47 44 40 34'
plan $((9 * $(count $(edus))))
edu_with "masks=$(echo 64 $reaching 33 32 | tr " " ,)"
for dev in $(edus); do
	edu_test "$dev"
	for bits in $reaching; do
		check "$dev: $bits bits reach the memory of the second chip directly" direct_from "$dev" $bits "$more" "$place"
	done
	check "$dev: 33 bits reach some of it" partly_direct "$dev" 33
done
