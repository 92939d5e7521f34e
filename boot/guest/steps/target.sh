# SPDX-License-Identifier: GPL-2.0
# QEMU's balloon where frame numbers mean nothing to the host: its driver gives statistics, but no memory.
#   target=FUNCTION=BYTES	the device, whose id is balloon, and what the host then wants this machine to have
# Needs nothing else.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

child=$(virtio_of "${target%=*}")
interrupts() { awk -v name="$child-$1" 'index($0, name) { for (i = 2; i <= NF && $i ~ /^[0-9]+$/; i++) n += $i } END { print n + 0 }' /proc/interrupts; }
given() { awk '$1 == "balloon_inflate" { print $2 }' /proc/vmstat; }
is_bound() { [ "$(basename "$(readlink "/sys/bus/virtio/devices/$child/driver")")" = virtio_balloon ]; }
says_so() { [ "$(dmesg | grep -c "virtio_balloon $child: gives no memory back, as the host does not know ")" = 1 ]; }
come() { [ "$(interrupts "$1")" -gt "$2" ]; }
gives_statistics() {
	local before
	before=$(interrupts)
	info qmp '["qom-set", {"path": "/machine/peripheral/balloon", "property": "guest-stats-polling-interval", "value": 1}]'
	within 60 come "" $((before + 3))
}
gives_nothing() {
	local before
	before=$(interrupts config)
	info qmp "[\"balloon\", {\"value\": ${target#*=}}]"
	within 60 come config "$before" && sleep 10 && [ "$(given)" = 0 ]
}

plan 4
check "balloon: ${target%=*} has its driver" is_bound
check "balloon: one line says that it gives no memory" says_so
check "balloon: gives statistics again and again" with_reason gives_statistics
check "balloon: gives no memory when it is asked to" with_reason gives_nothing
