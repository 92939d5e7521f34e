# SPDX-License-Identifier: GPL-2.0
# Made up devices exhaust the bounce pools; nothing else may do DMA meanwhile.
# Needs /kmods/pool_test.ko (kmods = pools).
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

plan 3
check "module loaded" insmod /kmods/pool_test.ko
dmesg | sed -n 's/.*pool_test: //p' > /tmp/pools
relay pools /tmp/pools
while read -r line; do info pool "$line"; done < /sys/kernel/debug/swiotlb/io_tlb_pools
rmmod pool_test
