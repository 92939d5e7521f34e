# SPDX-License-Identifier: GPL-2.0
# The disk's data as a picture on each screen, long enough for boot/run to look at it.
#   screens=NAME...	in the order of the kernel
# Needs disks=.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

drawn() { # FB NAME
	local fb=/sys/class/graphics/fb$1
	head -n 1 "$fb/modes" > "$fb/mode" || return 1
	beginning $(($(cut -d , -f 2 "$fb/virtual_size") * $(cat "$fb/stride"))) > "/dev/fb$1" || return 1
	sleep 2	# the console's worker brings it to the device
	info screen "$2"
	sleep 8
}

plan "$(count $screens)"
i=0
for name in $screens; do
	check "$name: drawn" drawn $i "$name"
	i=$((i + 1))
done
