# SPDX-License-Identifier: GPL-2.0
# User space has the last edu, with either layout; then it comes back.
# Needs /selftests/dma64_window, edu_test.ko.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

plan $((2 * (1 + 2 * 2 + 1) + 3))
start=0x800000000000000
dev=$(edus | tail -n 1)
rebind "$dev" edu_test none
for next in bit59 4gb; do
	check "$dev: layout changed to $next" with_reason set_layout "$dev" $next
	rebind "$dev" none vfio-pci
	for levels in 1 2; do
		/selftests/dma64_window "$dev" $start $levels > /tmp/tap
		relay "vfio $next, levels $levels" /tmp/tap
	done
	check "$dev: layout kept for vfio-pci" eval "! set_layout $dev bit59 2> /dev/null"
	rebind "$dev" vfio-pci none
	start=0x100000000
done
rebind "$dev" none edu_test
edu_test "$dev"
