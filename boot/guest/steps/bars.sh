# SPDX-License-Identifier: GPL-2.0
# What the BARs of a function hold stays there when pciback takes it, resets it and gives it back.
#   give=FUNCTION...	the functions
# Needs the set xen, xen-pciback.ko.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

bars() { dd if="/sys/bus/pci/devices/$1/config" bs=4 skip=4 count=6 2> /dev/null | hexdump -v | head -n 2; }
decodes() { hexdump -s 4 -n 2 "/sys/bus/pci/devices/$1/config" | head -n 1 | grep -q '[2367abef]$'; }
# as libxl does it
ask_for_reset() { echo "$1" > $pciback/do_flr 2> /dev/null || echo 1 > "/sys/bus/pci/devices/$1/reset"; }
unchanged() { [ "$(bars "$function")" = "$before" ] || { info bars "$function was $before is $(bars "$function")"; return 1; }; }

plan $((1 + 6 * $(count $give)))
check "toolstack started" start_toolstack
for function in $give; do
	before=$(bars "$function")
	check "$function: taken" with_reason xl pci-assignable-add "$function"
	check "$function: BARs as before" unchanged
	check "$function: not decoded" eval "! decodes $function"
	[ ! -e "/sys/bus/pci/devices/$function/reset" ] || ask_for_reset "$function"
	check "$function: BARs as before the reset" unchanged
	check "$function: given back" with_reason xl pci-assignable-remove -r "$function"
	check "$function: BARs as in the beginning" unchanged
done
