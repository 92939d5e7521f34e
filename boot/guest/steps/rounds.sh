# SPDX-License-Identifier: GPL-2.0
# The domU's half of the rounds that dom0's step domu makes: its functions are used, go, and come back.
#   rounds=N	how often
#   ids=ID...	0xVENDOR:0xDEVICE of each function, from dom0's step domu
# Needs edu_test.ko for an edu, and the last of disks= on the other.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

gone() { [ -z "$(places)" ]; }
use_all() { within 100 here && for place in $(places); do use "$place" || return 1; done; }
# the drivers let go first, for libxl waits ten seconds, or takes the function away unasked
let_go() { for place in $(places); do echo "$place" > "/sys/bus/pci/devices/$place/driver/unbind"; done; }

plan 2
i=0
quick_edu
while [ $i -lt "$rounds" ] && use_all && let_go; do
	i=$((i + 1))
	echo $i > /www/round
	within 300 gone || break
done
check "rounds: $rounds of them" [ $i = "$rounds" ]
check "rounds: used once more" use_all
used used 100
