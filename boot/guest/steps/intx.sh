# SPDX-License-Identifier: GPL-2.0
# Pin interrupts of an edu that dom0 gave to this domU: all arrive; the report says how long one takes, for a comparison.
# Needs /kmods/intx.ko.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

result() { cat "/sys/module/intx/parameters/$1"; }

plan 1
insmod /kmods/intx.ko
info intx "$(result seen) of $(result irqs), $(result ns) ns each"
check "all pin interrupts arrived" [ "$(result seen)" = "$(result irqs)" ]
rmmod intx
