# SPDX-License-Identifier: GPL-2.0
# The functions that dom0 gave to this domU are there, and answer where their BARs are said to be.
#   ids=ID...	0xVENDOR:0xDEVICE of each, from dom0's step domu
# Needs nothing else.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

edu_answers() {
	echo 1 > "$1/enable"
	[ "$(devmem "$(bar "$1" 0)" 32)" = 0x010000ED ] && devmem $(($(bar "$1" 0) + 4)) 32 0x12345678 &&
		[ "$(devmem $(($(bar "$1" 0) + 4)) 32)" = 0xEDCBA987 ]
}
# 16 MB, and beside them the registers of the mode, of which the first has a name
display_keeps() {
	local memory=$(($(bar "$1" 0)))
	grep -q ^0x03 "$1/class" && keeps "$1" $memory $((memory + (8 << 20))) $((memory + (16 << 20) - 4)) &&
		[ "$(devmem $(($(bar "$1" 2) + 0x500)) 16)" = 0xB0C5 ]
}
known() { for id in $ids; do case $id in *:0x11e8|*:0x1111|0x1af4:*) echo "$id" ;; esac; done; }

plan $(($(count $ids) + $(count $(known))))
within 60 here
for id in $ids; do
	found=$(place_of "$id")
	check "$id: seen" [ -n "$found" ] || continue
	found=/sys/bus/pci/devices/$found
	info function "$id ${found##*/} irq $(cat "$found/irq") BAR 0 $(bar "$found" 0) BAR 2 $(bar "$found" 2)"
	case $id in
	*:0x11e8)	check "$id: its registers answer" edu_answers "$found" ;;
	*:0x1111)	check "$id: a display, its memory keeps words" display_keeps "$found" ;;
	0x1af4:*)	check "$id: its memory keeps a word" keeps "$found" "$(bar "$found" 2)" ;;
	esac
done
