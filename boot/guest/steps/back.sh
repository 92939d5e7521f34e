# SPDX-License-Identifier: GPL-2.0
# The functions that the domU has had come back to dom0, are used here and made assignable again, many times.
#   give=FUNCTION...	the functions
#   times=N	how often
# Needs a step domu before it, e1000e.ko for a NIC, and the last of disks= on the others.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

there_and_back() { each xl pci-assignable-remove -r && each use && irqs > "/tmp/irqs$1" && each xl pci-assignable-add; }
# what interrupts dom0 has, and whose they are, without numbers: they may change places
irqs() { sed 's/^[^:]*:[ 0-9]*//' /proc/interrupts | sort; }

plan 2
i=0
while [ $i -lt "$times" ] && with_reason there_and_back $((i + 1)); do i=$((i + 1)); done
check "used in dom0 and given again: $times times" [ $i = "$times" ]
check "no interrupt more or less" with_reason eval "diff /tmp/irqs1 /tmp/irqs$times >&2"
