# SPDX-License-Identifier: GPL-2.0
# What debugfs says of the DMA of each disk: with swiotlb=force all that was read has bounced, and nothing without, where a
# device reaches all that there is.
#   bounces=WORD	may, where the bus is scattered (never)
# Needs disks=, the step disk before it, and /sys/kernel/debug/dma_devices.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

# device, path, masks, limit, whether it bounces, bytes, failures
dma_of() { # SERIAL
	grep "^$(realpath "/sys/block/$(basename "$(disk "$1")")/device" | grep -o '0000:[^/]*' | tail -n 1) " \
		/sys/kernel/debug/dma_devices
}

plan $((2 * $(count $disks)))
for kind in $disks; do
	bytes=$(blockdev --getsize64 "$(disk "$kind-src")")
	# shellcheck disable=SC2046 # columns
	set -- $(dma_of "$kind-src")
	info dma "$kind $*"
	if grep -q swiotlb=force /proc/cmdline; then
		check "dma: $kind: as much as was read has bounced" [ "$6$((${7:-0} >= bytes))" = always1 ]
	else
		check "dma: $kind: nothing has bounced" [ "$6$7" = "${bounces:-never}0" ]
	fi
	check "dma: $kind: mapped by dma-direct, without failure" [ "$2$8" = direct0 ]
done
