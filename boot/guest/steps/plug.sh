# SPDX-License-Identifier: GPL-2.0
# Functions are plugged into a slot of a running dom0, used and pulled, again and again, while the disks are read. The
# last one stays.
#   slot=FUNCTION	what is plugged in
#   port=NAME	QEMU's name of the port above it; its drive zeroes holds them
#   plugs=N	how often
# Needs /kmods/edu_test.ko, disks=.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

there() { [ -e "/sys/bus/pci/devices/$slot/driver" ]; }
plug() { # DRIVER ARGUMENTS
	info qmp "[\"device_add\", {\"driver\": \"$1\", \"id\": \"$port-$1\", \"bus\": \"$port\", $2}]"
	within 60 there
}
pull() { # DRIVER; QEMU's side of it ends a little later
	info qmp "[\"device_del\", {\"id\": \"$port-$1\"}]"
	within 60 eval "[ ! -e /sys/bus/pci/devices/$slot ]" && sleep 2
}
plug_edu() { plug edu '"dma_mask": 18446744073709551615'; }
has_zeroes() { [ -b "$(disk zeroes)" ]; }
reads_zeroes() {
	within 60 has_zeroes && [ "$(start_of "$(disk zeroes)" $part | sum)" = "$(start_of /dev/zero $part | sum)" ]
}
round() { plug_edu && use "$slot" && pull edu && plug nvme '"drive": "zeroes", "serial": "zeroes"' && reads_zeroes && pull nvme; }

plan $((4 + 2 * $(count $disks)))
check "edu's driver loaded" insmod /kmods/edu_test.ko masks=64,32 spots=2 size=4096 hold=10
read_disks &
i=0
while [ $i -lt "$plugs" ] && with_reason round; do i=$((i + 1)); done
check "plugged, used and pulled: $plugs times" [ $i = "$plugs" ]
touch /tmp/enough
wait
used used 100
copy_disks
check "edu plugged in for good" plug_edu
check "edu works" use "$slot"
