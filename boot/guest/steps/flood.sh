# SPDX-License-Identifier: GPL-2.0
# Cards that reach 32 bits only share a small bounce pool: they are taken up and down, again and again, and each tenth time
# all have packets from and to the host at once. No slot of the pool stays in use.
#   nics=NAME...	the cards in the order of the kernel; the net of eth0 is 10.0.2.0, that of eth1 10.0.3.0, and so on
#   floods=N	how often
# Nothing else may do DMA meanwhile.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

used() { cat /sys/kernel/debug/swiotlb/io_tlb_used; }
ups() { for i in $numbers; do ifconfig "eth$i" "10.0.$((i + 2)).15" netmask 255.255.255.0 up || return 1; done; }
downs() { for i in $numbers; do ifconfig "eth$i" down || return 1; done; }
answers() { # NUMBER
	within 20 ping -c 1 -W 1 "10.0.$(($1 + 2)).2" && ping -q -A -c 200 -s 1400 -W 5 "10.0.$(($1 + 2)).2" > "/tmp/ping$1" &&
		grep -q ' 0% packet loss' "/tmp/ping$1"
}
all_answer() {
	local pids='' pid rc=0
	for i in $numbers; do answers "$i" & pids="$pids $!"; done
	for pid in $pids; do wait "$pid" || rc=1; done
	return $rc
}
floods() {
	local n=0
	while [ $((n += 1)) -le "$floods" ]; do
		ups && { [ $((n % 10)) != 0 ] || all_answer; } && downs || { info flood "the ${n}th"; return 1; }
	done
}

numbers=$(seq 0 $(($(count $nics) - 1)))
plan 5
check "no slot is in use" [ "$(used)" = 0 ]
check "cards taken up" ups
check "their buffers bounce" eval "[ $(used) -gt 100 ]"
info used "$(used) of $(cat /sys/kernel/debug/swiotlb/io_tlb_nslabs)"
check "$floods times up, each tenth time a flood, and down" floods
check "no slot stays in use" [ "$(used)" = 0 ]
