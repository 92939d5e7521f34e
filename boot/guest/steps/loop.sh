# SPDX-License-Identifier: GPL-2.0
# dom0 has a PV disk of its own, on the second disk of the first pair: each page of a request is a foreign one below its backend.
# fio writes and verifies.
#   requests=N	of 4 KiB
# Needs disks=, a step after it that copies them, the sets xen and peers, /domu/hotplug.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

attached() {
	xl block-attach 0 "format=raw,vdev=xvdz,access=w,script=/domu/hotplug,target=$(disk "$first-dst")" && within 60 [ -b /dev/xvdz ]
}
done_by_disk() { awk '{ print $1 + $5 }' /sys/block/xvdz/stat; }

plan 5
check "toolstack started" start_toolstack
check "loop: dom0's own PV disk" with_reason attached
check "loop: fio verifies" with_reason \
	with_fio /dev/xvdz --io_size=$((requests * 4))k --ioengine=libaio --iodepth=32 --bs=4k --norandommap --verify_backlog=1024
info loop "$(done_by_disk) requests went through the ring"
check "loop: $requests requests" [ "$(done_by_disk)" -ge "$requests" ]
check "loop: detached" with_reason xl block-detach 0 xvdz
