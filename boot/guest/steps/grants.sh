# SPDX-License-Identifier: GPL-2.0
# A program of dom0 maps grants, and disks are read and written directly into and out of them.
# Needs disks=, /selftests/grants.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

plan $((2 * $(count $disks)))
for kind in $disks; do
	/selftests/grants "$(disk "$kind-src")" "$(disk "$kind-dst")" > /tmp/tap
	relay "grants: $kind" /tmp/tap
done
