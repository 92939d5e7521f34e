# SPDX-License-Identifier: GPL-2.0
# A virtio disk gives the same data, and gets the same kind of address for the same reason, after a reset of its function,
# after its driver was bound again, after the driver of the function was, and after all devices were frozen.
#   again=FUNCTION...	virtio disks
#   flr=1	they can be reset by themselves
#   frozen=1	this kernel can be
# Needs nothing else.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

state() { # FUNCTION: what it gets, where there is a file that says it, and its data
	cat "/sys/kernel/debug/virtio/$(virtio_of "$1")/addresses" 2> /dev/null
	sync && echo 3 > /proc/sys/vm/drop_caches && sum < "$(block_of "$1")"
}

reset_alone() {
	echo flr > "/sys/bus/pci/devices/$1/reset_method" && echo 1 > "/sys/bus/pci/devices/$1/reset"
}
bind_disk_again() {
	local device drivers=/sys/bus/virtio/drivers/virtio_blk
	device=$(virtio_of "$1")
	echo "$device" > $drivers/unbind && [ ! -e "/sys/bus/virtio/devices/$device/driver" ] && echo "$device" > $drivers/bind
}
same_after() { # CMD FUNCTION
	local before
	before=$(state "$2") && with_reason "$1" "$2" && [ "$(state "$2")" = "$before" ]
}

plan $(((2 + ${flr:-0} + ${frozen:-0}) * $(count $again)))
for function in $again; do
	[ -z "$flr" ] || check "$function: the same after a reset" same_after reset_alone "$function"
	check "$function: the same after its disk driver is bound again" same_after bind_disk_again "$function"
	check "$function: the same after its PCI driver is bound again" same_after bind_function_again "$function"
	[ -z "$frozen" ] || check "$function: the same after a freeze" same_after freeze_devices "$function"
done
