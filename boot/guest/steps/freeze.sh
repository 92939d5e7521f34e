# SPDX-License-Identifier: GPL-2.0
# The devices of this domU are suspended as for sleep, and resumed; the functions that dom0 gave to it go on.
#   ids=ID...	0xVENDOR:0xDEVICE of each, from dom0's step domu
# Needs e1000e.ko for a NIC, and the last of disks= on the others, which the step disk has copied.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

plan $((1 + $(count $ids)))
check "frozen and resumed" with_reason freeze_devices
for function in $(places); do check "$function: used after it" use "$function"; done
