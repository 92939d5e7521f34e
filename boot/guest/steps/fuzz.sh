# SPDX-License-Identifier: GPL-2.0
# What root may write is given text that is changed at random, further where it ran something new; what says so runs as before.
#   inputs=N	how many for each interface
#   seed=N	what chance begins with
#   taken=FUNCTION	one that no driver has, for pciback and privcmd
#   windowed=FUNCTION	an edu that is alone below its host bridge, which has a window at 4 GB, for dma_layout
# Needs /selftests/fuzz; xen-pciback.ko or edu_test.ko; a kernel with KCOV (DEBUG=1).
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

fuzz() { # INTERFACE WORD...
	local rc=0
	/selftests/fuzz $inputs $seed "$@" > /tmp/fuzzed 2>&1 || rc=$?
	info fuzz "$(basename "$1"): $(cat /tmp/fuzzed)"
	return $rc
}
fuzzed() { check "$(basename "$1"): $inputs inputs" fuzz "$@"; }

pciback_fuzzed() { # FUNCTION: ten cases
	local file
	set -- "$1" 0000: 00:1f.7 '*' "${1#0000:}" ffff:ff:1f.7
	check "$1: taken" take "$1"
	for file in permissive allow_interrupt_control irq_handler_state; do fuzzed $pciback/$file "$@"; done
	fuzzed $pciback/quirks "$@" "$1-00000010:4:ffffffff" -10:2:0 :1:
	check "$1: given back" give_back "$1"
	fuzzed $pciback/new_slot -$pciback/remove_slot "$@"
	fuzzed $pciback/do_flr "$@"
	fuzzed gsi A30 A31 @30 @ffffffff Affffffff F30 I30 L30
	check "$1: taken and given back as before" take_and_give "$1"
}

window_fuzzed() { # FUNCTION: five cases
	rebind "$1" edu_test none
	fuzzed "$(host_bridge "$1")/dma_layout" bit59 4gb bit 5 9 4 gb
	check "$1: layout 4gb" with_reason set_layout "$1" 4gb
	rebind "$1" none edu_test
	edu_test "$1"
}

plan $(((${#taken} ? 10 : 0) + (${#windowed} ? 5 : 0)))
[ -z "$taken" ] || pciback_fuzzed "$taken"
[ -z "$windowed" ] || window_fuzzed "$windowed"
