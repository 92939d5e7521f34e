# SPDX-License-Identifier: GPL-2.0
# The same kernel once more, with the same files; init goes on behind this step there, and says that it does.
#   words=WORD	one more word for its command line
#   kexec_cpu=MASK	the processors that its init may use
# Needs the set kexec and /kernel.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

start() {
	(cd / && find . -xdev ! -path './tmp/*' | cpio -o -H newc > /tmp/initrd) && sync &&
		kexec -s -l /kernel --initrd=/tmp/initrd --command-line="$(cat /proc/cmdline) kunit.enable=0 $words" && say_counts && kexec -e
}

plan 1
echo "number=$number number_of_step=$((number - kunit_steps + 1)) kunit_steps=$kunit_steps" > /state
check "kexec: the next kernel" with_reason start
