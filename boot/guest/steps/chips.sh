# SPDX-License-Identifier: GPL-2.0
# The second chip's memory is beyond 44 bits, and mapped directly for those who reach it; edu moves data in all of it.
#   more=ADDRESS	where it begins
# Needs edu_test.ko.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

plan $((5 * $(count $(edus))))
for dev in $(edus); do
	edu_test "$dev"
	check "$dev: the memory of the second chip is mapped directly" direct_from "$dev" 48 "$more"
	check "$dev: that of the first one is if the other is out of reach" partly_direct "$dev" 44
done
