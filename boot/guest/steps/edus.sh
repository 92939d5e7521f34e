# SPDX-License-Identifier: GPL-2.0
# Each edu, with the test driver's own parameters: interrupts, and DMA all over the memory.
# Needs an edu at least, and edu_test.ko.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

plan $((3 * $(count $(edus))))
for dev in $(edus); do edu_test "$dev"; done
