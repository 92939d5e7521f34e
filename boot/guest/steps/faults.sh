# SPDX-License-Identifier: GPL-2.0
# Calls of which each allocation fails in turn: they say so or do without, leave nothing behind, and work the next time.
#   taken=FUNCTION	one that no driver has, for pciback
#   rebound=FUNCTION	a virtio source of random numbers
#   tested=FUNCTION	an edu
#   windowed=FUNCTION	an edu that is alone below its host bridge, which has a window at 4 GB
# Needs /selftests/fail_nth; xen-pciback.ko, edu_test.ko; a kernel with fault injection (DEBUG=gcov, DEBUG=1).
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

drivers=/sys/bus/pci/drivers rngs=/sys/bus/virtio/drivers/virtio_rng
sweep() { # NAME FILE WORD [FILE WORD]
	local name=$1 rc=0
	shift
	/selftests/fail_nth "$@" > /tmp/swept 2>&1 || rc=$?
	info faults "$name: $(cat /tmp/swept)"
	return $rc
}
swept() { check "$1: each allocation failed once" sweep "$@"; }
# Also those that may wait; no words, of which there would be thousands. But for those of others that cannot do without: /proc/irq
# warns when it removes what it could not make, ACPI's interpreter follows references that it could not count.
every_allocation() {
	local cache dir=/sys/kernel/debug/fail
	for cache in /sys/kernel/slab/*; do
		case ${cache##*/} in proc_dir_entry|Acpi-*) ;; *) echo 1 > $cache/failslab ;; esac
	done
	echo Y > ${dir}slab/cache-filter
	for dir in ${dir}slab ${dir}_page_alloc; do echo N > $dir/ignore-gfp-wait; echo 0 > $dir/verbose; done
}
# pages of slabs are single, also those of /proc
from_order() { echo $1 > /sys/kernel/debug/fail_page_alloc/min-order; }

pciback_swept() { # FUNCTION: four cases
	from_order 0
	swept "new_slot" $pciback/new_slot "$1" $pciback/remove_slot "$1"
	echo "$1" > $pciback/new_slot
	swept "bind" $pciback/bind "$1" $pciback/unbind "$1"
	echo "$1" > $pciback/bind
	swept "unbind" $pciback/unbind "$1" $pciback/bind "$1"
	check "$1: given back" give_back "$1"
	from_order 1
}

driven_again() { rebind "$1" none virtio-pci && [ -e "$rngs/$(virtio_of "$1")" ]; }
# not a disk: what the block layer does about memory that it does not get corrupts lists
virtio_swept() { # FUNCTION: four cases
	local device
	device=$(virtio_of "$1")
	swept "virtio_rng let go" $rngs/unbind $device $rngs/bind $device
	echo $device > $rngs/unbind
	swept "virtio_rng" $rngs/bind $device $rngs/unbind $device
	echo "$1" > $drivers/virtio-pci/unbind
	swept "virtio-pci" $drivers/virtio-pci/bind "$1" $drivers/virtio-pci/unbind "$1"
	check "$1: driven again" driven_again "$1"
}

edu_swept() { # FUNCTION: five cases
	edu_with masks=44 spots=2 size=4096 hold=2 irqs=4
	swept "mappings" $edu/$1/run 1
	echo "$1" > $drivers/edu_test/unbind
	swept "edu_test" $drivers/edu_test/bind "$1" $drivers/edu_test/unbind "$1"
	echo "$1" > $drivers/edu_test/bind
	edu_with masks=64,44,32 irqs=100
	edu_test "$1"
}

window_swept() { # FUNCTION: six cases
	local file
	file=$(host_bridge "$1")/dma_layout
	rebind "$1" edu_test none
	swept "dma_layout, from 4gb" $file bit59 $file 4gb
	echo bit59 > $file
	swept "dma_layout, to 4gb" $file 4gb $file bit59
	check "$1: layout 4gb" with_reason set_layout "$1" 4gb
	rebind "$1" none edu_test
	edu_test "$1"
}

if [ ! -e /proc/self/fail-nth ]; then
	plan 1
	told skip "faults: this kernel has none to give"
else
	plan $((0${taken:+4} + 0${rebound:+4} + 0${tested:+5} + 0${windowed:+6}))
	every_allocation
	from_order 1
	[ -z "$taken" ] || pciback_swept "$taken"
	[ -z "$tested" ] || edu_swept "$tested"
	[ -z "$windowed" ] || window_swept "$windowed"
	[ -z "$rebound" ] || virtio_swept "$rebound"
fi
