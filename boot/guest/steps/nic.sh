# SPDX-License-Identifier: GPL-2.0
# A domU's PV NIC, its virtio card, and its PV console.
#   token=WORD	what the console is proved with
#   card=1	it has a virtio card
# Needs disks=, and dom0's step domu at the other end.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

plan $((1 + 0${card:+1}))
ifconfig lo 127.0.0.1 up
ifconfig "$(nic_of vif)" 10.0.0.2 up
httpd -h /www
echo "console of $(echo "$token" | sum)" > /dev/console
beginning $part > /www/data
check "dom0 to domU over the PV NIC" through_nic 10.0.0.1
[ -z "$card" ] || check "dom0 to domU over the virtio card" use_card
