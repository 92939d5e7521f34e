# SPDX-License-Identifier: GPL-2.0
# After the steps pinwatch and domu: whether dom0 was asked for interrupts of the guest's pin, and let go of a busy one.
#   shares=1	dom0 has another function on the GSI, and xen_pciback.pin_rate= is low
# Needs xen-pciback.ko.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

lines() { dmesg | grep -c 'pciback .*: [0-9]* pin interrupts of the guest in a second'; }
most() { awk '{ n = 0; for (i = 2; $i ~ /^[0-9]+$/; i++) n += $i; if (n > most) most = n } END { print most + 0 }' /tmp/pins; }

plan $((2 + ${shares:-0}))
info asked "$(most) times at most, seen $(wc -l < /tmp/pins) times, $(lines) lines"
check "pin: a handler while the guest has it" [ -s /tmp/pins ]
if [ -n "$shares" ]; then
	check "pin: dom0 was asked, and says that it was too often" [ "$(lines)" -ge 1 ]
	check "pin: not more than once a minute" [ "$(lines)" -le $(($(cut -d. -f1 /proc/uptime) / 60 + 1)) ]
else
	check "pin: nothing asked of dom0, which does not share it" [ "$(most)" = 0 ]
fi
