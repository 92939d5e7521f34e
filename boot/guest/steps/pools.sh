# SPDX-License-Identifier: GPL-2.0
# Made up devices exhaust the bounce pools; nothing else may do DMA meanwhile.
#   rounds=N	how many times (three)
# Needs /kmods/pool_test.ko (kmods = pools).
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

plan 3
dmesg -c > /dev/null	# of a step pools before this one
check "module loaded" insmod /kmods/pool_test.ko ${rounds:+rounds=$rounds}
dmesg | sed -n 's/.*pool_test: //p' > /tmp/pools
relay pools /tmp/pools
while read -r line; do info pool "$line"; done < /sys/kernel/debug/swiotlb/io_tlb_pools
rmmod pool_test
