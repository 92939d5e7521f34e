# SPDX-License-Identifier: GPL-2.0
# Virtio devices that have requests which they have not answered lose the drivers of their functions and get them back, twice;
# a kernel with CONFIG_DMA_API_DEBUG says what they leave mapped.
#   held=FUNCTION...	the devices
# Needs nothing else.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

complaints() { dmesg | grep -c 'pending DMA allocations'; }
has_driver() { [ -e "/sys/bus/virtio/devices/$(virtio_of "$1")/driver" ]; }
leaves_nothing() { # FUNCTION
	local before
	before=$(complaints)
	has_driver "$1" && bind_function_again "$1" && bind_function_again "$1" && has_driver "$1" && [ "$(complaints)" = "$before" ]
}

# each, and not just the first
echo 1 > /sys/kernel/debug/dma-api/all_errors
plan $((1 + $(count $held)))
check "unanswered: the kernel looks at all" [ "$(cat /sys/kernel/debug/dma-api/all_errors)" = 1 ]
for function in $held; do
	check "unanswered: $function ($(basename "$(readlink "/sys/bus/virtio/devices/$(virtio_of "$function")/driver")"))" \
		with_reason leaves_nothing "$function"
done
