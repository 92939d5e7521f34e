# SPDX-License-Identifier: GPL-2.0
# The domU of the step before is made with its functions, not started, and destroyed, many times: dom0 and Xen hold the same after
# the last time as after the tenth.
#   times=N	how often, more than ten
# Needs a pv domU of a step domu before it.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

made_and_gone() { xl create -p /tmp/soak.cfg && xl destroy domu && within 60 backends_gone; }
xen_says() { xl dmesg -c > /tmp/before && xl debug-keys "$1" && xl dmesg -c; }

# what Xen knows of dom0 comes first
of_dom0() { awk '/domain 1|domain:? *[1-9]/ { exit } { print }'; }
held() {
	info held "slots $(grep -c . $pciback/slots)"
	info held "functions of pciback $(find $pciback/ -name '0000:*' | wc -l)"
	info held "event channels $(xen_says e | of_dom0 | grep -c ' s=')"
	info held "grants of dom0 $(xen_says g | of_dom0 | grep -c '\[0x')"
	info held "interrupts $(irqs | wc -l)"
	info held "domains $(xl list | wc -l)"
	info held "nodes of the store $(xenstore-ls -f / | grep -vc '/backend/pci[/ ]')"
}
memory_of_xen() { xl info | sed -n 's/^free_memory *: //p'; }
memory_of_dom0() { echo 3 > /proc/sys/vm/drop_caches; sed -n 's/^MemAvailable: *\([0-9]*\) kB/\1/p' /proc/meminfo; }
# libxl leaves what says to pciback which functions it is to give, if the domU never looked
look() { # NAME
	echo $(memory_of_xen) $(memory_of_dom0) > "/tmp/memory-$1"
	held
	info left_by_libxl "$(xenstore-ls -f / | grep -c '/backend/pci[/ ]') nodes"
	grep -o 'info held .*' "$copy" | tail -n 7 > "/tmp/held-$1"
}

sed 's/ramdisk="[^"]*"//; s/memory=[0-9]*/memory=64/' /tmp/domu.cfg > /tmp/soak.cfg
plan 4
i=0
while [ $i -lt "$times" ] && with_reason made_and_gone; do
	i=$((i + 1))
	[ $i != 10 ] || look first
done
look last
read -r xen_first dom0_first < /tmp/memory-first
read -r xen_last dom0_last < /tmp/memory-last
info memory "of Xen: $xen_first MB free after ten, $xen_last in the end; of dom0: $dom0_first kB, $dom0_last"
check "soak: made and destroyed $times times" [ $i = "$times" ]
check "soak: nothing more is held" with_reason eval "grep -q 'channels [1-9]' /tmp/held-last && diff /tmp/held-first /tmp/held-last >&2"
check "soak: as much of Xen's memory is free" [ "$xen_last" -ge "$xen_first" ]
check "soak: as much of dom0's, but for 4 MB" [ "$dom0_last" -ge $((dom0_first - 4096)) ]
