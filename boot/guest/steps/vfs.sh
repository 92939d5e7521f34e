# SPDX-License-Identifier: GPL-2.0
# Xen 4.20 has no vPCI for the virtual functions of a PVH dom0; one that is named to it all the same has it crash.
# Needs an igb, igb.ko, xen-pciback.ko, the set xen.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

make_vfs() { echo 2 > "$1/sriov_numvfs" && [ "$(find "$1"/virtfn* | wc -l)" = 2 ]; }

plan 7
pf=$(place_of 0x8086:0x10c9)
check "toolstack started" start_toolstack
check "VFs made" with_reason make_vfs "/sys/bus/pci/devices/$pf"
for vf in /sys/bus/pci/devices/"$pf"/virtfn*; do
	vf=$(basename "$(readlink "$vf")")
	info vf "$vf BAR 0 $(bar "/sys/bus/pci/devices/$vf" 0)"
	check "$vf: Xen says why it does not take it" eval "xl dmesg | grep -q '$vf: MSI-X vector table at invalid BAR'"
	check "$vf: refused by pciback" eval "! with_reason xl pci-assignable-add $vf"
done
check "VFs gone" eval "echo 0 > /sys/bus/pci/devices/$pf/sriov_numvfs"
