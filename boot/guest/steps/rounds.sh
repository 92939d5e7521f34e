# SPDX-License-Identifier: GPL-2.0
# The domU's half of the rounds that dom0's step domu makes: its functions are used, go, and come back.
#   rounds=N	how often
#   ids=ID...	0xVENDOR:0xDEVICE of each function, from dom0's step domu
# Needs edu_test.ko for an edu, and the last of disks= on the other.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

here() { for id in $ids; do [ -n "$(place_of "$id")" ] || return 1; done; }
gone() { for id in $ids; do [ -z "$(place_of "$id")" ] || return 1; done; }
use_all() { within 100 here && for id in $ids; do use "$(place_of "$id")" || return 1; done; }
# the drivers let go first, for libxl waits ten seconds, or takes the function away unasked
let_go() { for id in $ids; do id=$(place_of "$id"); echo "$id" > "/sys/bus/pci/devices/$id/driver/unbind"; done; }

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
