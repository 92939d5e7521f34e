# SPDX-License-Identifier: GPL-2.0
# A disk is read into the memory of the first NVMe, by its own DMA, and another one written from there, by that of the second.
#   refused=1	it must not work
# Needs disks= with a pair nvme, the source with memory; /selftests/p2p.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

plan 2
source=$(disk nvme-src)
/selftests/p2p "$(echo /sys/bus/pci/devices/*/p2pmem/allocate)" "$source" "$(disk nvme-dst)" ${refused:+refused} > /tmp/tap
relay p2p /tmp/tap
