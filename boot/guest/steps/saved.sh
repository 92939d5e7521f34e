# SPDX-License-Identifier: GPL-2.0
# The domU's half of being saved and restored by dom0's step domu; it finds dom0 again over the PV NIC.
# Needs the step nic before it.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

plan 1
echo save > /www/round
check "saved and restored" within 300 wget -q -T 5 -O /tmp/restored http://10.0.0.1/restored
