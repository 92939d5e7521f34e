# SPDX-License-Identifier: GPL-2.0
# The domU of the step before is made again, many times, with all functions that it had; nothing of it stays.
#   times=N	how often
# Needs a step domu before it.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

# a domU that finds /www/bye ends by itself, and says on its console how it went
once_more() {
	: > /var/log/xen/console/guest-domu.log
	xl create -p /tmp/domu.cfg && { [ "$domu" != hvm ] || each xl pci-attach domu; } && xl unpause domu &&
		within 200 eval '! xl list domu' && grep -q 'verdict pass=[0-9]* fail=0' /var/log/xen/console/guest-domu.log &&
		within 60 backends_gone && irqs > "/tmp/irqs$1"
}

plan 2
i=0
touch /www/bye
while [ $i -lt "$times" ] && with_reason once_more $((i + 1)); do i=$((i + 1)); done
check "made and ended: $times times" [ $i = "$times" ]
check "no interrupt more or less" with_reason eval "diff /tmp/irqs1 /tmp/irqs$times >&2"
[ $i = "$times" ] || sed 's/^/domU: /' /var/log/xen/console/guest-domu.log > /dev/console
