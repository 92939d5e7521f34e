# SPDX-License-Identifier: GPL-2.0
# The domU's half of the rounds in which its virtio devices lose their drivers and get them back, while dom0's step domu counts
# what is granted: in every other round those of the transport go, too. Between the rounds the disks are used.
#   binds=N	how often
#   card=1	there is a virtio card, too
#   fate=1	after that it is frozen and resumed, and its device model dies and another takes its place
# Needs disks=, and the PV NIC of the step nic.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

transport=/sys/bus/platform/drivers/virtio-mmio
[ -d $transport ] || transport=/sys/bus/pci/drivers/virtio-pci
places=$(cd $transport && echo *.virtio *:*.? | tr ' ' '\n' | grep -v '[*]')

driver_of() { basename "$(readlink "/sys/bus/virtio/devices/$(virtio_of "$1")/driver")"; }
let_go() { # TRANSPORT: and remember which drivers they were
	local place
	for place in $places; do
		if [ "$1" = 1 ]; then
			echo "$place" > $transport/unbind || return 1
		else
			driver_of "$place" > "/tmp/driver-$place"
			virtio_of "$place" > "/sys/bus/virtio/drivers/$(cat "/tmp/driver-$place")/unbind" || return 1
		fi
	done
	! ls /sys/block/vd* > /dev/null 2>&1
}
take() { # TRANSPORT
	local place
	for place in $places; do
		if [ "$1" = 1 ]; then
			echo "$place" > $transport/bind || return 1
		else
			virtio_of "$place" > "/sys/bus/virtio/drivers/$(cat "/tmp/driver-$place")/bind" || return 1
		fi
	done
}
use_all() { # but the PV pair and NIC
	local kind from
	[ -z "$card" ] || use_card || return 1
	for kind in ${disks#"$first"}; do
		from=$(disk "$kind-src")
		read_back "$from" "$(disk "$kind-dst")" $part "$(start_of "$from" $part | sum)" || return 1
	done
}
dom0_says() { [ "$(wget -q -T 5 -O - http://10.0.0.1/counted)" = "$1" ]; }
dom0_counts() { # WORDS
	echo "$1" > /www/round
	within 300 dom0_says "$1"
}
round() { # NUMBER
	let_go $(($1 % 2)) && dom0_counts "$1 free" && take $(($1 % 2)) && use_all && dom0_counts "$1 used"
}
frozen() {
	freeze_devices && use_all && dom0_counts 'frozen used'
}
# headers keep|restore: of PCI functions, with their BARs
headers() {
	local place
	for place in $(echo "$places" | grep :); do
		set -- "$1" "/sys/bus/pci/devices/$place/config" "/tmp/config-$place"
		case $1 in
		keep)		dd if="$2" of="$3" bs=64 count=1 ;;
		restore)	dd if="$3" of="$2" bs=64 count=1 conv=notrunc ;;
		esac 2> /dev/null || return 1
	done
}
# the one that is there now knows nothing of what the one before was told
model_is_new() {
	headers restore && let_go 1 && dom0_counts 'new free' && take 1 && use_all && dom0_counts 'new used'
}

plan $((1 + 3 * ${fate:-0}))
i=0
while [ $i -lt "$binds" ] && with_reason round $((i + 1)); do i=$((i + 1)); done
check "binds: $binds of them" [ $i = "$binds" ]
[ -z "$fate" ] || {
	check "frozen and resumed" with_reason frozen
	headers keep
	check "the device model died, and came back" with_reason dom0_counts 'death used'
	check "used again with the new device model" with_reason model_is_new
}
