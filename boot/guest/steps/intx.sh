# SPDX-License-Identifier: GPL-2.0
# The edu that dom0 gave to this domU interrupts it by its pin, as fast as it is answered; then again, which dom0's step domu is
# told, for the case that it uses another edu on this GSI meanwhile.
#   ids=ID...	0xVENDOR:0xDEVICE of each function, from dom0's step domu
#   interrupts=N	how many of them
#   masks=N,...	that its DMA is tested with (64)
#   hold=PERCENT	of the memory that the test takes meanwhile (60)
# Needs /kmods/edu_test.ko, the step nic before it.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

rate() { sed -n "s/.* $1: .*, \([0-9]*\) ns for ten at best/\1/p" /tmp/edu; } # INTx or MSI

plan 7
check "edu: here" within 60 here
insmod /kmods/edu_test.ko irqs="$interrupts" masks="${masks:-64}" spots=2 size=4096 hold="${hold:-60}"
edu_test "$(edus)"
cp "$edu/$(edus)/report" /tmp/edu
# for boot/matrix to show beside that of another kernel: on a busy host no number of them is a verdict
info rate "ten pin interrupts in $(rate INTx) ns, by MSI in $(rate MSI) ns"
echo 1 > /www/round
edu_test "$(edus)"
