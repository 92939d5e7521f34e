# SPDX-License-Identifier: GPL-2.0
# Pins that the firmware routes nowhere: of edu, which has MSI, and of rtl8139, which has not.
# Needs /selftests/privcmd_gsi, xen-pciback.ko, an edu and an rtl8139 behind pins of boot/acpi/unrouted.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

unrouted_rows() { # MSI-BOUND-ANSWER: twelve cases
	local function before
	before=$(irq_and_pin "$msi")
	check "selftest: unbound" ask 1000
	row "MSI, unbound" "$msi" "errno 107"
	row "no MSI, unbound" "$no_msi" "errno 107"
	check "MSI: bound" with_reason take "$msi"
	check "no MSI: bound" with_reason take "$no_msi"
	check "selftest: bound" ask 1000
	row "MSI, bound" "$msi" "$1"
	row "no MSI, bound" "$no_msi" "errno 107"
	check "debugfs: all functions" in_debugfs
	for function in "$msi" "$no_msi"; do
		[ -d "$pciback/$function" ] && give_back "$function"
		check "$function: 20 rounds" with_reason take_and_give "$function"
	done
	check "MSI: its pin is shown again" [ "$(irq_and_pin "$msi")" = "$before" ]
}

# the firmware says that it has connected the pin to nothing
unconnected() { # FUNCTION
	printf '\377' | dd of="/sys/bus/pci/devices/$1/config" bs=1 seek=60 conv=notrunc 2> /dev/null
	echo 1 > "/sys/bus/pci/devices/$1/remove"
	echo 1 > /sys/bus/pci/rescan
}

guest_type=$(cat /sys/hypervisor/guest_type)
[ "$guest_type" = PV ] && plan 24 || plan 12
msi=$(place_of 0x1234:0x11e8) no_msi=$(place_of 0x10ec:0x8139)
if [ "$guest_type" = PV ]; then
	# a PV dom0 uses what the Interrupt Line says, and hides the pin only if that is 0xff
	unrouted_rows "errno 107"
	unconnected "$msi"
	unconnected "$no_msi"
fi
unrouted_rows "errno 2"
