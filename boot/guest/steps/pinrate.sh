# SPDX-License-Identifier: GPL-2.0
# After the step domu: the guest's pin had more interrupts in a second than pciback answers for, and all of them came through.
#   give=FUNCTION	whose pin it is
# Needs xen-pciback.ko, a low xen-pciback.pin_rate= on the kernel's command line.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

plan 2
check "pin rate: a line for the guest" [ "$(dmesg | grep -c "pciback $give: [0-9]* pin interrupts of the guest in a second")" -ge 1 ]
check "pin rate: no more than one each minute" [ "$(dmesg | grep -c 'pin interrupts of the guest')" -le $(($(cut -d. -f1 /proc/uptime) / 60 + 1)) ]
