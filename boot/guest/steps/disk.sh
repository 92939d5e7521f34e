# SPDX-License-Identifier: GPL-2.0
# Reads all disks, copies each to its partner and reads that back. boot/judge compares from outside.
# Needs disks=.
# shellcheck shell=dash disable=SC2154

plan $((2 * $(count $disks)))
copy_disks
