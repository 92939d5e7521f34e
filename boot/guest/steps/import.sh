# SPDX-License-Identifier: GPL-2.0
# A virtio GPU takes a buffer of a process, and the host maps it; one that bypasses the IOMMU refuses.
#   imports=FUNCTION...	those that take it
#   imports_not=FUNCTION...	those that say ENODEV
# Needs /selftests/import.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

card() { (cd "$(device_of "$1")/drm" && echo card*); }
# of VIRTIO_GPU_CMD_RESOURCE_CREATE_BLOB
complaints() { dmesg | grep -c 'virtio_gpu_dequeue_ctrl_func.*command 0x10c'; }
takes() {
	local before
	before=$(complaints)
	/selftests/import "/dev/dri/$(card "$1")" && sleep 1 && [ "$(complaints)" = "$before" ]
}
refuses() {
	/selftests/import "/dev/dri/$(card "$1")"
	[ $? = 19 ]
}

plan $(count $imports $imports_not)
for function in $imports; do check "$function: a buffer of a process is taken" takes "$function"; done
for function in $imports_not; do check "$function: a buffer of a process is refused" refuses "$function"; done
