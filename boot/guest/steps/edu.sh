# SPDX-License-Identifier: GPL-2.0
# edu with its test driver: interrupts, and DMA whose sums the driver compares; a few masks, and little memory.
# Needs an edu, and edu_test.ko: without the driver one case says that there is none (the stock kernel).
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

if [ ! -d $edu ]; then
	plan 1
	told skip "edu: this kernel has no driver for it"
else
	plan 2
	edu_with masks=64,40,32 spots=4 size=8192
	for run in "$edu"/*/run; do echo 1 > "$run"; done
	cat $edu/*/report > /tmp/edu
	relay edu /tmp/edu
	rmmod edu_test
fi
