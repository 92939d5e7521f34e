# SPDX-License-Identifier: GPL-2.0
# What the host has in a file has to be what is on the disk, and the other way round; boot/judge compares both.
#   shares=TAG...	file systems of the host, over 9p
#   ports=NAME...	virtio ports that lead to files of the host
# Needs disks=.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

shared() { # TAG
	mkdir -p "/mnt/$1" && mount -t 9p -o trans=virtio,version=9p2000.L,msize=262144 "$1" "/mnt/$1" || return 1
	info sum "$first" $part "$(sum < "/mnt/$1/host")"
	cp /tmp/data "/mnt/$1/$1" && umount "/mnt/$1" && info shared "$1"
}

# the same over a virtio port; the host hangs up when all of its file has been read
port() { # NAME
	exec 4<> "/dev/$(basename "$(dirname "$(grep -lx "$1" /sys/class/virtio-ports/*/name)")")"
	timeout "$(stretched 60)" cat /tmp/data >&4 || return 1
	timeout "$(stretched 60)" head -c $part <&4 > /tmp/back
	exec 4<&-
	info sum "$first" $part "$(sum < /tmp/back)"
	cmp /tmp/data /tmp/back && info shared "$1"
}

plan "$(count $shares $ports)"
beginning $part > /tmp/data
for tag in $shares; do check "$tag: files of the host" shared "$tag"; done
for tag in $ports; do check "$tag: to and from the host" port "$tag"; done
