# SPDX-License-Identifier: GPL-2.0
# From now on: note each second how often Xen has asked dom0 for an interrupt of a guest's pin. Before the step domu.
# Needs xen-pciback.ko.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

plan 1
while sleep 1; do grep ' xen-pciback' /proc/interrupts; done > /tmp/pins 2> /dev/null &
check "pin: watched" kill -0 $!
