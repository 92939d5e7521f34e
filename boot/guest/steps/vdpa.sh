# SPDX-License-Identifier: GPL-2.0
# A disk that the kernel simulates, and the last of disks=, which a program serves, as vDPA devices: what is written is read back.
# The first of the pair gives the data; boot/judge compares the second, which is emptied before, from outside.
# Needs the set vdpa, and its modules.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

there() { [ -b "$(block_of "$1" 2> /dev/null)" ]; }
make_device() { # NAME KIND
	vdpa dev add mgmtdev "$2" name "$1" && within 20 there "$1"
}
sees() { [ "$(cat "/sys/kernel/debug/virtio/$(virtio_of "$1")/addresses")" = "$2" ]; }
# what the step disk has copied there is not to be found
serve() {
	{ start_of /dev/zero $part > "$(disk "$last-dst")" && sync; } || return 1
	qemu-storage-daemon --blockdev "driver=host_device,filename=$(disk "$last-dst"),node-name=d" \
		--export "type=vduse-blk,id=e,name=served,node-name=d,writable=on" > /tmp/daemon 2>&1 &
	server=$!
	within 20 [ -e /dev/vduse/served ]
}
copied() { # NAME
	read_back "$(disk "$last-src")" "$(block_of "$1")" $part "$(start_of "$(disk "$last-src")" $part | sum)"
}
gone() { vdpa dev del "$1" && ! there "$1"; }

plan 9
check "simulated: made" with_reason make_device simulated vdpasim_blk
check "simulated: sees bus addresses, reason: feature" sees simulated 'bus: feature'
check "simulated: written and read back" copied simulated
check "simulated: gone" with_reason gone simulated
check "served: a program serves it" with_reason serve
check "served: made" with_reason make_device served vduse
check "served: sees bus addresses, reason: transport" sees served 'bus: transport'
check "served: written and read back" copied served
check "served: gone" with_reason gone served
kill $server
info output "$(tr '\n' ' ' < /tmp/daemon)"
