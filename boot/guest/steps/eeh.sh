# SPDX-License-Identifier: GPL-2.0
# An error of the PE of the last edu, which its driver does not know to handle; then one of the first one's whole PHB.
#   nest_fir=ADDRESS	the XSCOM register of the first edu's PHB (or stack) that takes an error when it is written
#   layout=bit59|4gb	the layout of DMA addresses that has to come back
# Needs edu_test.ko.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

eeh=/sys/kernel/debug/powerpc
recovered() { [ "$(dmesg | grep -c 'EEH: Recovery successful')" = "$1" ]; }

plan 9
dev=$(edus | tail -n 1)
echo "${dev%%:*}:$(cat "/sys/bus/pci/devices/$dev/eeh_pe_config_addr")" > $eeh/eeh_force_recover
check "$dev: PE recovered" within 60 recovered 1
edu_test "$dev"
dev=$(edus | head -n 1)
printf '\0\0\0\0\040\0\0\0' | dd of=$eeh/scom/00000000/access bs=8 seek=$((nest_fir)) conv=notrunc 2> /dev/null
echo "$dev" > $eeh/eeh_dev_check
check "$dev: PHB recovered" within 60 recovered 2
# the driver was unbound, and with it the last one that needed the window
edu_test "$dev"
check "$dev: again layout $layout" has_layout "$dev" "$layout"
