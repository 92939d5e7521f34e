# SPDX-License-Identifier: GPL-2.0
# Disks are copied by 32 processes at once, each with direct I/O of 1 MB: more than the bounce pool holds.
# Needs disks=.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

copy() { # FROM TO
	local pids='' pid i rc=0
	for i in $(seq 0 31); do
		dd if="$1" of="$2" bs=1048576 count=1 skip="$i" seek="$i" iflag=direct oflag=direct conv=notrunc 2> /dev/null &
		pids="$pids $!"
	done
	for pid in $pids; do wait "$pid" || rc=1; done
	echo 3 > /proc/sys/vm/drop_caches
	return $rc
}

plan $((2 * $(count $disks)))
for kind in $disks; do
	from=$(disk "$kind-src") to=$(disk "$kind-dst")
	dd if=/dev/zero of="$to" bs=1048576 count=32 2> /dev/null
	sync
	check "deep: $kind: copied by many at once" copy "$from" "$to"
	check "deep: $kind: the same" [ "$(start_of "$from" $((32 << 20)) | sum)" = "$(start_of "$to" $((32 << 20)) | sum)" ]
done
info deep "$(cat /sys/kernel/debug/swiotlb/io_tlb_used_hiwater) of $(cat /sys/kernel/debug/swiotlb/io_tlb_nslabs) slots at most"
