# SPDX-License-Identifier: GPL-2.0
# In Debian on a disk, started by its own kernel: installs our package as an administrator does, and GRUB.
# Needs a machine with system=, our package beside init.
# shellcheck shell=dash disable=SC2154 # params

package=$(echo "$ROOT"/linux-image-*.deb)
ours=$(dpkg-deb -f "$package" Package | sed 's/^linux-image-//')
disk=/dev/$(lsblk -n -o PKNAME "$(findmnt -n -o SOURCE /)")

plan 6
info kernel "$(uname -srm)"
check "Debian's own kernel runs" [ "$(uname -r)" != "$ours" ]
check "dpkg installs $ours" with_reason dpkg -i "$package"
check "Debian's tools have made its initramfs" [ -s "/boot/initrd.img-$ours" ]
check "GRUB is installed on the disk" with_reason grub-install "$disk"
check "GRUB has a menu" with_reason update-grub
check "Xen with $ours is in it" grep -q "module2.*/boot/vmlinuz-$ours" /boot/grub/grub.cfg
