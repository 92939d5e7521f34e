# SPDX-License-Identifier: GPL-2.0
# A dom0 with a function that has an interrupt pin and one that has none: both GSI ioctls, pciback, lifetimes.
#   pin=FUNCTION	one with a pin
#   pin_gsi=NUMBER	its GSI
#   no_pin=FUNCTION	one without
# Needs /selftests/{privcmd_gsi,xen-irqs}, xen-pciback.ko.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

reload() {
	local i=0
	! grep -q xen_pciback_kunit /proc/modules || rmmod xen_pciback_kunit || return
	while [ $((i += 1)) -le 20 ] || [ "$(wc -l < /tmp/asked)" -lt 2 ]; do
		rmmod xen_pciback && insmod /modules/*-xen-pciback.ko && take "$pin" || return 1
		take "$no_pin" 2> /dev/null || true
	done
	info loads $((i - 1))
}

ask_until_stopped() {
	until [ -e /tmp/stop ]; do
		/selftests/privcmd_gsi 1000 > /tmp/meanwhile || cp /tmp/meanwhile /tmp/wrong
		echo >> /tmp/asked
	done
}

# the tool: as many rows as there are functions, and JSON for boot/judge to read
all_irqs() {
	/selftests/xen-irqs > /tmp/irqs && /selftests/xen-irqs --json > /tmp/json && sed 's/^/# json /' /tmp/json > /tmp/said.json &&
		say_file /tmp/said.json && [ "$(grep -c ^0000: /tmp/irqs)" = "$(functions)" ]
}

plan 16
rmmod xen_pciback
check "selftest: without pciback" ask 1000
insmod /modules/*-xen-pciback.ko
check "selftest: nothing bound" ask 1000
row "pin, unbound" "$pin" "GSI $pin_gsi"
row "no pin, unbound" "$no_pin" "errno 2"
check "pin: bound" with_reason take "$pin"
check "no pin: bound" with_reason take "$no_pin"
check "selftest: both bound" ask 1000000
row "pin, bound" "$pin" "GSI $pin_gsi"
row "no pin, bound" "$no_pin" "errno 2"
check "debugfs: all functions" in_debugfs
check "xen-irqs: all functions" with_reason all_irqs
check "pin: given back" give_back "$pin"
[ -d "$pciback/$no_pin" ] && give_back "$no_pin"
check "pin: 20 rounds" with_reason take_and_give "$pin"
check "no pin: 20 rounds" with_reason take_and_give "$no_pin"
touch /tmp/asked
ask_until_stopped &
check "pciback: 20 loads while the selftest runs" with_reason reload
touch /tmp/stop
wait
info asked "$(wc -l < /tmp/asked) times"
[ -f /tmp/wrong ] && grep -E '^(not ok|# [0-9a-f]{4}:)' /tmp/wrong | while read -r line; do info wrong "$line"; done
check "selftest: in the meantime" [ ! -e /tmp/wrong ]
rmmod xen_pciback
