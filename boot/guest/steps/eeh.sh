# SPDX-License-Identifier: GPL-2.0
# An error of the PE of the last edu; another one while its link stays down until the firmware resets the whole PHB;
# then one of the first edu's PHB. The drivers keep their windows, and no option has to be set again later than by the reset.
#   nest_fir=ADDRESS	the XSCOM register of the first edu's PHB (or stack) that takes an error when it is written
#   layout=bit59|4gb	the layout of DMA addresses that has to come back
# Needs edu_test.ko.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

eeh=/sys/kernel/debug/powerpc
recovered() { [ "$(dmesg | grep -c 'EEH: Recovery successful')" = "$1" ]; }
force() { echo "${1%%:*}:$(cat "/sys/bus/pci/devices/$1/eeh_pe_config_addr")" > $eeh/eeh_force_recover; }
# DETECT of the PHB's register for link training, which is big-endian; a complete reset clears it
hold_link_down() {
	local regs
	regs=0x$(hexdump -n 8 -e '8/1 "%02x"' "/sys/bus/pci/devices/${1%%:*}:00:00.0/of_node/../reg")
	devmem $((regs + 0x1a40)) 64 0x800
}
came_back() { # N: the Nth recovery is over, and the device works
	check "$dev: recovery $1" within 60 recovered "$1"
	edu_test "$dev"
}

lost() { dmesg | grep -c '4 GB split was lost'; }	# KUnit's fake PHB loses it, too

plan 15
before=$(lost)
dev=$(edus | tail -n 1)
force "$dev"
came_back 1
hold_link_down "$dev"
force "$dev"
came_back 2
check "$dev: the firmware reset the PHB" grep -q 'LINK: Timeout waiting for link up' /sys/firmware/opal/msglog
dev=$(edus | head -n 1)
printf '\0\0\0\0\040\0\0\0' | dd of=$eeh/scom/00000000/access bs=8 seek=$((nest_fir)) conv=notrunc 2> /dev/null
echo "$dev" > $eeh/eeh_dev_check
came_back 3
check "$dev: again layout $layout" has_layout "$dev" "$layout"
check "the option was never found lost" [ "$(lost)" = "$before" ]
