# SPDX-License-Identifier: GPL-2.0
# A driver with 44 bits splits the host bridge of the last edu, as one of a GPU does; then user space takes the edu, which ends
# the split: the second window is at bit 59, where QEMU expects it. The driver that comes back has its window again.
# Needs /selftests/dma64_window, edu_test.ko; nobody may have written the layout before.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

plan $((2 * (3 + 1) + 2 + 1))
dev=$(edus | tail -n 1)
edu_with masks=44
edu_test "$dev"
check "$dev: split for 44 bits" has_layout "$dev" 4gb
rebind "$dev" edu_test none
rebind "$dev" none vfio-pci
/selftests/dma64_window "$dev" 0x800000000000000 2 > /tmp/tap
relay "vfio after 44 bits" /tmp/tap
check "$dev: not split any more" has_layout "$dev" bit59
rebind "$dev" vfio-pci none
rebind "$dev" none edu_test
edu_test "$dev"
check "$dev: split again for 44 bits" has_layout "$dev" 4gb
edu_with masks=64,60,59,48,44,40,32
