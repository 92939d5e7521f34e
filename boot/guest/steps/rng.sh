# SPDX-License-Identifier: GPL-2.0
# Two draws from each virtio source of random numbers are long enough, and differ.
# Needs one at least.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

draws() { # NAME
	echo "$1" > /sys/class/misc/hw_random/rng_current || return 1
	timeout "$(stretched 60)" head -c 64 /dev/hwrng > /tmp/draw1 && timeout "$(stretched 60)" head -c 64 /dev/hwrng > /tmp/draw2 || return 1
	[ "$(wc -c < /tmp/draw2)" = 64 ] && ! cmp -s /tmp/draw1 /tmp/draw2
}

all=$(tr ' ' '\n' < /sys/class/misc/hw_random/rng_available | grep ^virtio)
plan "$(count $all)"
for name in $all; do check "$name: draws differ" draws "$name"; done
