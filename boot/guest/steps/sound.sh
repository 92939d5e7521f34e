# SPDX-License-Identifier: GPL-2.0
# A card plays the beginning of the first disk, out of a small and a large buffer; boot/judge looks for it in what the host
# has recorded.
# Needs disks=, /selftests/play.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

pcm=/dev/snd/pcmC0D0p
play() { # BYTES BUFFER-BYTES
	start_of "$(disk "$first-src")" "$1" > /tmp/sound
	with_reason eval "/selftests/play $pcm 96000 $2 < /tmp/sound > /tmp/played" && info played "$(cat /tmp/played)"
}

plan 3
check "sound: a card" within 60 [ -c $pcm ]
check "sound: 1 MB out of a buffer of 256 KB" play $((1 << 20)) $((256 << 10))
check "sound: 6 MB out of a buffer of 4 MB" play $((6 << 20)) $((4 << 20))
