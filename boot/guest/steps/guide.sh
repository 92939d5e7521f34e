# SPDX-License-Identifier: GPL-2.0
# The commands, settings, paths and messages of Documentation/admin-guide/xen/pvh-dom0-passthrough.rst are right: two functions,
# where the guide has them, go through what it tells.
# Needs a step domu before it, xen-pciback.ko, /selftests/xen-irqs, /documents, functions at 0000:03:00.0 and .1 in a PVH dom0.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

guide=/documents/pvh-dom0-passthrough.rst
text() { tr '\n' ' ' < $guide | tr -s ' '; }
block() { sed -n "s/^     *\($1 .*\)/\1/p" $guide; }	# COMMAND OR SETTING: the lines that stand for themselves
functions="$(block 'xl pci-assignable-add' | sed 's/.* //')"

run() { echo "$1 $2" >> /tmp/tried; with_reason "$@"; }
# each line of the guide that begins so, as it is there
run_block() {
	local lines
	lines=$(block "$1" | tr ' ' _)
	[ -n "$lines" ] && for line in $lines; do run $(echo "$line" | tr _ ' ') || return 1; done
}
lists() { # COMMAND...: it shows both
	run "$@" > /tmp/list && for function in $functions; do grep -q "$function" /tmp/list || return 1; done
}
none_listed() { ! lists "$@"; }
each_function() { for function in $functions; do run "$@" "$function" || return 1; done; }
make_guest() {
	{ grep -v '^type=\|^name=' /tmp/domu.cfg | sed 's/passthrough="enabled"//'; echo 'name="guest"'; block type; block pci; } > /tmp/guest.cfg
	grep -c '^type\|^pci' /tmp/guest.cfg | grep -qx 2 && rm -f /www/bye && run xl create /tmp/guest.cfg
}

says() { xl dmesg | grep -q "$1" && text | grep -q "$1"; }
paths_exist() {
	# shellcheck disable=SC2016 # backticks of reStructuredText
	for path in $(text | grep -o '``/[a-z/_-]*' | tr -d '`' | sort -u) /sys/module/xen_pciback/parameters/hold_msix; do
		[ -e "$path" ] || { info missing "$path"; return 1; }
	done
}
# our messages, in pieces between what changes in them
messages_exist() {
	# shellcheck disable=SC2016 # backticks of reStructuredText
	sed -n '/^Lines from xen-pciback/,/^Lines from Xen/p' $guide | grep '^``' | grep -o '``[^`]*``' | tr -d '`' |
		sed 's/pin A/pin .../; s/(-19)/(...)/; s/which /which.../; s/\.\.\./\n/g' | grep . > /tmp/pieces
	[ -s /tmp/pieces ] && while read -r piece; do
		grep -qF "$piece" /modules/*-xen-pciback.ko || { info missing "$piece"; return 1; }
	done < /tmp/pieces
}
all_tried() { # whatever it tells one to run
	grep -o 'xl [a-z][a-z-]*' $guide | sort -u | grep -vxFf /tmp/tried > /tmp/untried
	info untried $(cat /tmp/untried)
	! grep -q . /tmp/untried
}

plan 19
check "guide: Xen has HAP" says 'HVM: Hardware Assisted Paging (HAP) detected'
check "guide: Xen has an IOMMU" says 'I/O virtualisation enabled'
check "guide: both made assignable" run_block 'xl pci-assignable-add'
check "guide: both listed" lists xl pci-assignable-list
check "guide: xen-irqs" lists /selftests/xen-irqs
check "guide: xen-irqs --json" lists /selftests/xen-irqs --json
check "guide: debugfs" lists cat /sys/kernel/debug/xen/pci-irqs
check "guide: guest made with both" make_guest
check "guide: guest has both" lists xl pci-list guest
check "guide: detached" each_function xl pci-detach guest
check "guide: guest has none" none_listed xl pci-list guest
check "guide: attached" each_function xl pci-attach guest
check "guide: guest has both again" lists xl pci-list guest
run xl dmesg > /dev/null
touch /www/bye
check "guide: guest shut down" within 400 eval '! xl list guest'
check "guide: both given back" run_block 'xl pci-assignable-remove -r'
check "guide: none assignable" none_listed xl pci-assignable-list
check "guide: its paths exist" paths_exist
check "guide: messages are ours" messages_exist
check "guide: all of its commands" all_tried
