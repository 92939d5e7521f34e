# SPDX-License-Identifier: GPL-2.0
# PCI functions: where they are, what their registers and memory hold, who drives them.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046 # parameters may be lists

id_of() { echo "$(cat "/sys/bus/pci/devices/$1/vendor"):$(cat "/sys/bus/pci/devices/$1/device")"; }
place_of() { # ID
	local dev
	for dev in /sys/bus/pci/devices/*; do [ "$(id_of "${dev##*/}")" != "$1" ] || echo "${dev##*/}"; done
}
# the functions of ids=
places() { for id in $(echo $ids | tr ' ' '\n' | sort -u); do place_of "$id"; done; }
here() { [ "$(count $(places))" = "$(count $ids)" ]; }
functions() { find /sys/bus/pci/devices/* -maxdepth 0 | wc -l; }

bar() { sed -n "$(($2 + 1))s/ .*//p" "$1/resource"; } # DIRECTORY NUMBER

keeps() { # DIRECTORY ADDRESS...: what is written to each is still there when all have been written
	local address
	echo 1 > "$1/enable"
	shift
	for address; do devmem "$address" 32 $((address ^ 0x600DF00D)) || return 1; done
	for address; do [ $(($(devmem "$address" 32))) = $(((address ^ 0x600DF00D) & 0xffffffff)) ] || return 1; done
}

rebind() { # FUNCTION FROM TO
	local drivers=/sys/bus/pci/drivers
	[ "$2" = none ] || echo "$1" > "$drivers/$2/unbind"
	[ "$3" = none ] || { echo "$3" > "/sys/bus/pci/devices/$1/driver_override"; echo "$1" > "$drivers/$3/bind"; }
}

# where a virtio device is, a channel of s390x, a PCI function, a platform device or one of vDPA; what it is, and its disk if it is one
device_of() {
	case $1 in
	0.0.*)	echo "/sys/bus/ccw/devices/$1" ;;
	*:*)	echo "/sys/bus/pci/devices/$1" ;;
	*.*)	echo "/sys/bus/platform/devices/$1" ;;
	*)	echo "/sys/bus/vdpa/devices/$1" ;;
	esac
}
virtio_of() { (cd "$(device_of "$1")" && echo virtio[0-9]*); }
block_of() { (cd "$(device_of "$1")/$(virtio_of "$1")/block" && echo "/dev/$(echo vd*)"); }
# the driver of the function, and not that of the virtio device on it
bind_function_again() { # FUNCTION
	local device driver
	device=$(device_of "$1")
	driver=$(realpath "$device/driver")
	echo "$1" > "$driver/unbind" && [ ! -e "$device/driver" ] && echo "$1" > "$driver/bind"
}
# all devices are suspended as for sleep, and resumed
freeze_devices() { echo devices > /sys/power/pm_test && echo freeze > /sys/power/state; }
