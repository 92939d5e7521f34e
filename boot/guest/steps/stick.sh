# SPDX-License-Identifier: GPL-2.0
# In the system of a stick (mk/image), when its self-check is through.
#   type=PV|PVH		what dom0 has to be
# shellcheck shell=dash disable=SC2154,SC2016 # params; eval's own
stick=/run/stick
report=$(echo $stick/reports/*/report.json)
lines() { jq -r ".$1[]" "$report"; }

plan 9
info kernel "$(uname -srm)"
info xen "$(lines xen | sed -n 's/^xen_version *: //p') $(cat /sys/hypervisor/guest_type)"
check "our kernel runs" eval 'case $(uname -r) in *onedma*) ;; *) false ;; esac'
check "dom0 is $type" [ "$(cat /sys/hypervisor/guest_type)" = "$type" ]
check "the root is the stick's" eval 'grep -q "^overlay / overlay" /proc/mounts && grep -q " $stick vfat ro" /proc/mounts'
check "no other disk is mounted" eval '! grep -E "^/dev/(vd|nvme)" /proc/mounts'
check "xl answers" with_reason xl info
check "the report has all sections" eval 'with_reason jq -e "all(.machine, .kernel, .xen, .iommu, .functions, .passable, .interrupts, .dma; length > 0)" "$report"'
check "functions can be passed on" eval 'lines passable | grep " yes"'
check "KUnit passes" eval 'lines kunit | grep -q "^ok" && ! lines kunit | grep -v "^ok"'
check "Xen says nothing bad" eval '! xl dmesg | grep -E "Xen (BUG|WARN)"'
while read -r line; do info check "$line"; done < "${report%.json}.txt"
