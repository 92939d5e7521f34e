# SPDX-License-Identifier: GPL-2.0
# The memory of this domain grows while its disks are read: that of dom0 because it asks Xen, that of a domU because dom0's step
# domu, which is told, has it grow.
#   to=MB	how far
# Needs disks=; in a domU the step nic before it.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

ram() { grep 'System RAM' /proc/iomem; }
grown() { [ $(($(sed -n 's/^MemTotal: *\([0-9]*\) .*/\1/p' /proc/meminfo) >> 10)) -ge $((to * 9 / 10)) ]; }

plan $((1 + 2 * $(count $disks)))
ram > /tmp/ram
echo online > /sys/devices/system/memory/auto_online_blocks
read_disks &
case $report in
/www/report)	echo 1 > /www/round ;;
*)		echo $((to << 10)) > /sys/devices/system/xen_memory/xen_memory0/target_kb ;;
esac
check "memory: $to MB" within 200 grown
touch /tmp/enough
wait
ram | grep -vxFf /tmp/ram | while read -r line; do info more "$line"; done
copy_disks
