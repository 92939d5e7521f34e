# SPDX-License-Identifier: GPL-2.0
# QEMU's edu and its test driver; the layout of DMA addresses of the host bridge above one.
# shellcheck shell=dash disable=SC2154

edu=/sys/kernel/debug/edu_test

edus() { ls $edu; }
edu_with() { for word; do echo "${word#*=}" > "/sys/module/edu_test/parameters/${word%%=*}"; done; }
# a case and the driver's report: three cases
edu_test() { check "$1: edu tested" eval "echo 1 > $edu/$1/run"; relay "$1" "$edu/$1/report"; }

host_bridge() { realpath "/sys/bus/pci/devices/$1" | sed 's,\(/pci[0-9a-f]*:[0-9a-f]*\)/.*,\1,'; }
has_layout() { [ "$(cat "$(host_bridge "$1")/dma_layout")" = "$2" ]; } # FUNCTION LAYOUT
set_layout() { echo "$2" > "$(host_bridge "$1")/dma_layout" && has_layout "$1" "$2"; }

# where edu saw the highest of its buffers with that many bits
highest() { echo "0x$(sed -n "s/.* $2 bits, streaming: .*-\([0-9a-f]*\), .*/\1/p" "$edu/$1/report")"; } # FUNCTION BITS

# the highest of edu's buffers is above ADDRESS, and at its place in the window at 4 GB, where that of ADDRESS is BUS
direct_from() { # FUNCTION BITS ADDRESS [BUS]
	local buffer bus place=${4:-$(($3 + (4 << 30)))}
	buffer=$(sed -n 's/^# .* and //p' "$edu/$1/report")
	bus=$(highest "$1" "$2")
	info direct "$1 $2 bits $buffer $bus"
	[ $((buffer > $3 && bus == buffer - $3 + place)) = 1 ]
}

# with that many bits some of edu's buffers are mapped directly, and others through the default window
partly_direct() { # FUNCTION BITS
	local low high
	low=0x$(sed -n "s/.* $2 bits, streaming: .* at \([0-9a-f]*\)-.*/\1/p" "$edu/$1/report")
	high=$(highest "$1" "$2")
	info direct "$1 $2 bits $low $high"
	[ $((low < 4 << 30 && high >= 4 << 30)) = 1 ]
}
