# SPDX-License-Identifier: GPL-2.0
# Pin interrupts of an edu that dom0 gave to this domU: all arrive, and none waits for a domain that does not answer Xen.
#   most=NANOSECONDS	of the machine's own time that one may take, under -icount
# Needs /kmods/intx.ko.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

result() { cat "/sys/module/intx/parameters/$1"; }

plan 2
insmod /kmods/intx.ko
info intx "$(result seen) of $(result irqs), $(result ns) ns each"
check "all pin interrupts arrived" [ "$(result seen)" = "$(result irqs)" ]
check "one takes less than $most ns" [ "$(result ns)" -lt "$most" ]
rmmod intx
