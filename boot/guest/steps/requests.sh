# SPDX-License-Identifier: GPL-2.0
# Disks are copied by requests of 1 MB, whose memory is contiguous for this kernel and is not for a device.
# Needs disks=, a step balloon before it, /kmods/requests.ko.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

copied() { # FROM TO
	insmod /kmods/requests.ko from="$1" to="$2" && rmmod requests && dmesg | grep 'requests: ' | tail -n 1 &&
		[ "$(start_of "$1" $((32 << 20)) | sum)" = "$(start_of "$2" $((32 << 20)) | sum)" ]
}
are_cut() { dmesg | sed -n 's/.*requests: 0, \([0-9]*\) cuts.*/\1/p' | tail -n 1 | grep -q '[1-9]'; }

plan $((3 * $(count $disks)))
for kind in $disks; do
	from=$(disk "$kind-src") to=$(disk "$kind-dst")
	limit=$(cat "/sys/block/${from##*/}/queue/max_hw_sectors_kb")
	info requests "$kind $limit KiB"
	check "requests: $kind: can be larger than what bounces" [ "$limit" -gt 256 ]
	dd if=/dev/zero of="$to" bs=1048576 count=32 2> /dev/null
	check "requests: $kind: copied" with_reason copied "$from" "$to"
	check "requests: $kind: of memory that is not contiguous for the device" are_cut
done
