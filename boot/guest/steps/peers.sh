# SPDX-License-Identifier: GPL-2.0
# What others test with: fio writes to the second disk of each pair and verifies, stress-ng has memory and files under load,
# ethtool asks each NIC to test itself, without what takes its link down: of that, QEMU's e1000e fails three parts with any kernel.
# Of the kernel's own: the benchmark of mappings, on a function, and the tests of HMM.
#   seconds=N	of load
#   mapped=FUNCTION	one that no driver has
#   hmm=1	the tests of HMM, too
#   without=TEST...	of which these are left out
#   skipped=N	of which so many find no memory of their kind
# Needs disks=, the set peers, /selftests/dma_map_benchmark; for hmm test_hmm.ko, /selftests/hmm-tests.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

engines='psync libaio'
nics=$(cd /sys/class/net && echo eth*)

fio_verifies() { # KIND ENGINE
	with_fio "$(disk "$1-dst")" --io_size=48M --ioengine="$2" --iodepth=16 --bsrange=4k-1M --do_verify=1 --group_reporting &&
		info fio "$1, $2: $(sed -n 's/^ *\(read\|write\): .*(\([0-9.MKiB]*\)\/.*/\1 \2/p' /tmp/fio | tr '\n' ' ')"
}
stressed() {
	mkdir -p /tmp/stress && mount -t tmpfs none /tmp/stress &&
		stress-ng --temp-path /tmp/stress --iomix 1 --iomix-bytes 8M --vm 1 --vm-bytes 64M --verify -t "$seconds" > /tmp/stressed 2>&1 &&
		info stress "$(tail -n 1 /tmp/stressed)"
}
tests_itself() { # INTERFACE
	rm -f /tmp/itself
	ifconfig "$1" up && ethtool -t "$1" online > /tmp/itself 2>&1
	info ethtool "$1: $(tr '\n' ' ' < /tmp/itself)"
	grep -q 'result is PASS' /tmp/itself
}
# words of dma_map_benchmark: threads, mask, mode (1: scatterlists), pages, direction
mapped_by() { # WORD...
	/selftests/dma_map_benchmark -s 2 "$@" > /tmp/mapped && info mapped "$(tr '\n' ' ' < /tmp/mapped)"
}
hmm_tests() {
	/selftests/hmm-tests $(for test in $without; do echo "-T $test"; done) > /tmp/hmm 2>&1
	relay hmm-tests /tmp/hmm $skipped
}

plan $((2 * $(count $disks) + 1 + $(count $nics) + 5 + (${hmm:-0} ? 2 : 0)))
for kind in $disks; do
	for engine in $engines; do check "$kind: fio verifies, by $engine" with_reason fio_verifies $kind $engine; done
done
check "stress-ng: memory and files" with_reason stressed
for name in $nics; do check "$name: tests itself" with_reason tests_itself $name; done
check "$mapped: for the benchmark of mappings" rebind "$mapped" none dma_map_benchmark
check "$mapped: pages" with_reason mapped_by -t 2 -b 64
check "$mapped: 16 pages at once, below 4 GB" with_reason mapped_by -t 2 -b 32 -g 16 -d 1
check "$mapped: scatterlists" with_reason mapped_by -t 2 -b 64 -m 1 -g 16
check "$mapped: scatterlists, below 4 GB" with_reason mapped_by -t 2 -b 32 -m 1 -g 16 -d 2
[ -z "$hmm" ] || hmm_tests
