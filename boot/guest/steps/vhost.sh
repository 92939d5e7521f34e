# SPDX-License-Identifier: GPL-2.0
# What is written to a disk that another process of the host serves is read from it again; boot/judge compares its file.
#   vhost=FUNCTION	a vhost-user-blk device of boot/run
# Needs disks=.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

plan 1
beginning $part > /tmp/data
check "$vhost: written and read back" read_back /tmp/data "$(block_of "$vhost")" $part "$(sum < /tmp/data)"
info shared vhost
