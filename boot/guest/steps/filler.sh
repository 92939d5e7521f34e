# SPDX-License-Identifier: GPL-2.0
# A domain that does nothing takes what memory Xen has free.
#   leave=MB	but that
# Needs the set xen, /domu/kernel.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

free() { xl info | sed -n 's/^free_memory *: //p'; }
fill() { echo "name='filler'; type='pv'; memory=$(($(free) - leave)); kernel='/domu/kernel'" > /tmp/filler.cfg && xl create -p /tmp/filler.cfg; }

plan 2
check "toolstack started" start_toolstack
info free "$(free) MB"
check "filler made" with_reason fill
info free "$(free) MB"
