# SPDX-License-Identifier: GPL-2.0
# Reads all disks, copies each to its partner and reads that back. boot/judge compares from outside.
# Needs disks=.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

plan $((2 * $(count $disks)))
copy_disks
