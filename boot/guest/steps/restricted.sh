# SPDX-License-Identifier: GPL-2.0
# The disks were copied through the pool that the device tree has for them, and not through another one.
# Needs disks=, the step disk before it, swiotlb=track_hiwater, a pool 'restricted'.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

swiotlb=/sys/kernel/debug/swiotlb
plan 4
pool=$(echo $swiotlb/restricted*)
check "restricted: a pool of 16 MB" [ "$(cat "$pool/io_tlb_nslabs")" = 8192 ]
info restricted "most $(cat "$pool/io_tlb_used_hiwater"), now $(cat "$pool/io_tlb_used")"
check "restricted: it was used for data" [ "$(cat "$pool/io_tlb_used_hiwater")" -gt 64 ]
check "restricted: only queues are left in it" [ "$(cat "$pool/io_tlb_used")" -lt 64 ]
check "restricted: the pool of all others was not used" [ "$(cat $swiotlb/io_tlb_used_hiwater 2> /dev/null || echo 0)" = 0 ]
