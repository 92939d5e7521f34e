# SPDX-License-Identifier: GPL-2.0
# A virtio device brings memory; copies of a disk fill it, and are read back; it is taken back, and brought again.
#   brought=MB	from QEMU's device "memory", which is movable
# Needs disks=.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

megabytes() { awk "/^$1:/ { print int(\$2 / 1024) }" /proc/meminfo; }
is_there() { [ "$(megabytes MemTotal)" = $((without + $1)) ]; }
ask_for() { # MB
	info qmp "[\"qom-set\", {\"path\": \"/machine/peripheral/memory\", \"property\": \"requested-size\", \"value\": $(($1 << 20))}]"
	within 60 is_there "$1"
}
movable_free() { awk '/zone +Movable/ { z = 1 } z && /pages free/ { print int($3 / 256); exit }' /proc/zoneinfo; } # MB
# but for 40 MB, which are left for everybody else
fill() {
	local i=0 before
	before=$(movable_free)
	while [ "$(megabytes MemAvailable)" -gt 40 ]; do beginning $part > "/tmp/full/$((i += 1))" || return 1; done
	info brought "$i copies of $part bytes, $(megabytes MemAvailable) MB left; of the memory brought first $before, then $(movable_free) MB"
	[ "$before" -gt $((brought / 2)) ] && [ "$(movable_free)" -lt $((brought / 4)) ]
}
is_full_of() { ! for file in /tmp/full/*; do sum < "$file"; done | grep -vqx "$1"; } # MD5
filled() {
	mkdir -p /tmp/full && mount -t tmpfs -o size=100% tmpfs /tmp/full || return 1
	fill && is_full_of "$(beginning $part | sum)"
	set -- $?
	umount /tmp/full && return $1
}

plan 4
without=$(megabytes MemTotal)
check "memory: brought" ask_for $brought
check "memory: filled with copies, which are as they were" filled
check "memory: taken back after it was used" ask_for 0
check "memory: brought again" ask_for $brought
