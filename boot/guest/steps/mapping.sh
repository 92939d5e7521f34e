# SPDX-License-Identifier: GPL-2.0
# What it costs dom0 to map the memory of a PVH guest that does not run, page by page.
# Needs the set xen, /domu/kernel, /selftests/map_guest, QEMU's icount.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

guest() {
	echo "name='mapped'; type='pvh'; memory=128; kernel='/domu/kernel'" > /tmp/mapped.cfg
	xl create -p /tmp/mapped.cfg
}
maps() { /selftests/map_guest "$(xl domid mapped)" > /tmp/mapped && [ "$(grep -c . /tmp/mapped)" = 3 ]; }

plan 4
check "toolstack started" start_toolstack
check "guest made" with_reason guest
check "its memory mapped three times" with_reason maps
i=0
while read -r map unmap; do
	i=$((i + 1))
	info rate "time $i: $map instructions to map a page of a guest, $unmap to unmap it"
done < /tmp/mapped
check "guest gone" with_reason xl destroy mapped
