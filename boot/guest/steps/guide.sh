# SPDX-License-Identifier: GPL-2.0
# The commands, settings, paths and messages of Documentation/admin-guide/xen/pvh-dom0-passthrough.rst are right: two functions,
# where the guide has them, go through what it tells.
# Needs a step domu before it, xen-pciback.ko, /selftests/xen-irqs, /documents, functions at 0000:03:00.0 and .1 in a PVH dom0.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

guide=/documents/pvh-dom0-passthrough.rst
text() { tr '\n' ' ' < $guide | tr -s ' '; }
block() { sed -n "s/^     *\($1 .*\)/\1/p" $guide; }	# COMMAND OR SETTING: the lines that stand for themselves
give=$(block 'xl pci-assignable-add' | sed 's/.* //')	# both; of lib/xen.sh's each

run() { echo "$1 $2" >> /tmp/tried; with_reason "$@"; }
# each line of the guide that begins so, as it is there
run_block() {
	local lines
	lines=$(block "$1" | tr ' ' _)
	[ -n "$lines" ] && for line in $lines; do run $(echo "$line" | tr _ ' ') || return 1; done
}
listed() { grep -q "$1" /tmp/list; }
lists() { run "$@" > /tmp/list && each listed; }	# COMMAND...: it shows both
lists_none() { run "$@" > /tmp/list && ! grep -qE "$(echo $give | tr ' ' '|')" /tmp/list; }
# a guest of this bed does not always eject within libxl's ten seconds: the guide says what to do then
detach() { run xl pci-detach guest "$1" || run xl pci-detach -f guest "$1"; }
# the domU before, under another name and with what the guide says; it has to run before it can give functions back
create() { run xl create /tmp/guest.cfg; }	# libxl has ten seconds for both functions, which is short here
make_guest() {
	{ sed "s/name=\"domu\"; type=\"$domu\"; //; s/passthrough=\"enabled\"//" /tmp/domu.cfg
	echo 'name="guest"'; block type; block pci; } > /tmp/guest.cfg
	rm -f /www/bye
	[ "$(grep -c '^type\|^pci\|^name' /tmp/guest.cfg)" = 3 ] && { create || create || create; } &&
		within 300 wget -T 5 -O /tmp/done http://10.0.0.2/done
}

says() { run xl dmesg | grep -q "$1" && text | grep -q "$1"; }
reset() { echo "$1" > $pciback/do_flr; }
told_of_reset() { dmesg | grep -q "$1: cannot be reset"; }
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
	tr '\0' '\n' < "$(echo /modules/*-xen-pciback.ko)" > /tmp/words
	[ -s /tmp/pieces ] && while read -r piece; do
		grep -qF "$piece" /tmp/words || { info missing "$piece"; return 1; }
	done < /tmp/pieces
}
all_tried() { # whatever it tells one to run
	grep -o '[ `]xl [a-z][a-z-]*' $guide | cut -c 2- | sort -u | grep -vxFf /tmp/tried > /tmp/untried
	info untried $(cat /tmp/untried)
	[ -s /tmp/tried ] && [ ! -s /tmp/untried ]
}

plan 21
check "guide: Xen has HAP" says 'HVM: Hardware Assisted Paging (HAP) detected'
check "guide: Xen has an IOMMU" says 'I/O virtualisation enabled'
check "guide: both made assignable" run_block 'xl pci-assignable-add'
check "guide: both listed" lists xl pci-assignable-list
check "guide: a line on the reset of each" each told_of_reset
check "guide: reset by do_flr" with_reason each reset
check "guide: xen-irqs" lists /selftests/xen-irqs
check "guide: xen-irqs --json" lists /selftests/xen-irqs --json
check "guide: debugfs" lists cat /sys/kernel/debug/xen/pci-irqs
check "guide: guest made with both" make_guest
check "guide: guest has both" lists xl pci-list guest
check "guide: both detached" each detach
check "guide: the guest has none" lists_none xl pci-list guest
check "guide: both attached" each run xl pci-attach guest
check "guide: the guest has both again" lists xl pci-list guest
touch /www/bye
check "guide: guest shut down" within 400 eval '! xl list guest'
check "guide: both given back" run_block 'xl pci-assignable-remove -r'
check "guide: none assignable" lists_none xl pci-assignable-list
check "guide: its paths exist" paths_exist
check "guide: messages are ours" messages_exist
check "guide: all of its commands" all_tried
