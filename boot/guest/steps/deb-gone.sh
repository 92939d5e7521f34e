# SPDX-License-Identifier: GPL-2.0
# In Debian on a disk, after our package was removed: GRUB starts Xen with Debian's own kernel again.
# shellcheck shell=dash disable=SC2016 # eval's own

plan 4
info kernel "$(uname -srm)"
check "Debian's own kernel runs" eval 'case $(uname -r) in *onedma*) false ;; esac'
check "nothing of ours is installed" eval '! dpkg-query -W "linux-image-*-onedma*" && ! ls /lib/modules/*onedma*'
check "GRUB has started it" grep -q '^placeholder root=' /proc/cmdline
check "xl answers" with_reason xl info
