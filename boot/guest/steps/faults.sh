# SPDX-License-Identifier: GPL-2.0
# Calls of which each allocation fails in turn: they say so or do without, leave nothing behind, and work the next time.
#   taken=FUNCTION	one that no driver has, for pciback
#   rebound=KIND	a pair of virtio disks
#   tested=FUNCTION	an edu
#   switched=FUNCTION	one whose host bridge has two layouts of DMA addresses
# Needs /selftests/fail_nth; xen-pciback.ko, edu_test.ko; a kernel with fault injection (DEBUG=gcov, DEBUG=1).
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

drivers=/sys/bus/pci/drivers
sweep() { # NAME FILE WORD [FILE WORD]
	local name=$1 rc=0
	shift
	/selftests/fail_nth "$@" > /tmp/swept 2>&1 || rc=$?
	info faults "$name: $(cat /tmp/swept)"
	return $rc
}
swept() { check "$1: each allocation failed once" sweep "$@"; }
# also those that may wait, and single pages; no words, of which there would be thousands
every_allocation() {
	local dir=/sys/kernel/debug/fail
	echo N > ${dir}slab/ignore-gfp-wait
	echo N > ${dir}_page_alloc/ignore-gfp-wait
	echo 0 > ${dir}_page_alloc/min-order
	for dir in ${dir}slab ${dir}_page_alloc; do echo 0 > $dir/verbose; done
}

pciback_swept() { # FUNCTION: five cases
	swept "new_slot" $pciback/new_slot "$1" $pciback/remove_slot "$1"
	echo "$1" > $pciback/new_slot
	swept "bind" $pciback/bind "$1" $pciback/unbind "$1"
	echo "$1" > $pciback/bind
	swept "unbind" $pciback/unbind "$1" $pciback/bind "$1"
	check "$1: given back" give_back "$1"
	swept "GSI" gsi "$1"
}

virtio_swept() { # KIND: four cases
	local device function
	device=$(realpath "/sys/block/$(basename "$(disk "$1-dst")")/device")
	function=$(basename "$(dirname "$device")") device=$(basename "$device")
	swept "virtio_blk let go" /sys/bus/virtio/drivers/virtio_blk/unbind $device /sys/bus/virtio/drivers/virtio_blk/bind $device
	echo $device > /sys/bus/virtio/drivers/virtio_blk/unbind
	swept "virtio_blk" /sys/bus/virtio/drivers/virtio_blk/bind $device /sys/bus/virtio/drivers/virtio_blk/unbind $device
	echo $function > $drivers/virtio-pci/unbind
	swept "virtio-pci" $drivers/virtio-pci/bind $function $drivers/virtio-pci/unbind $function
	check "$function: driven again" rebind $function none virtio-pci
}

edu_swept() { # FUNCTION: five cases
	edu_with masks=64,44,32 spots=2 size=4096 hold=2
	swept "mappings" $edu/$1/run 1
	echo "$1" > $drivers/edu_test/unbind
	swept "edu_test" $drivers/edu_test/bind "$1" $drivers/edu_test/unbind "$1"
	echo "$1" > $drivers/edu_test/bind
	edu_test "$1"
}

layout_swept() { # FUNCTION: five cases
	local layout bridge
	bridge=$(host_bridge "$1")
	rebind "$1" edu_test none
	for layout in 4gb:bit59 bit59:4gb; do
		echo "${layout#*:}" > $bridge/dma_layout
		swept "${layout%:*}" $bridge/dma_layout ${layout%:*} $bridge/dma_layout ${layout#*:}
	done
	rebind "$1" none edu_test
	edu_test "$1"
}

if [ ! -e /proc/self/fail-nth ]; then
	plan 1
	told skip "faults: this kernel has none to give"
else
	plan $((0${taken:+5} + 0${rebound:+4} + 0${tested:+5} + 0${switched:+5}))
	every_allocation
	[ -z "$taken" ] || pciback_swept "$taken"
	[ -z "$rebound" ] || virtio_swept "$rebound"
	[ -z "$tested" ] || edu_swept "$tested"
	[ -z "$switched" ] || layout_swept "$switched"
fi
