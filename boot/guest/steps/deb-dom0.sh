# SPDX-License-Identifier: GPL-2.0
# In Debian on a disk, started by GRUB and Xen with our package: what an administrator sees, and a Debian guest.
#   type=PV|PVH		what dom0 has to be
#   next=pvh|gone	what the next boot has to be: dom0=pvh in GRUB's configuration; or our package removed
# shellcheck shell=dash disable=SC2154,SC1091 # params; a file of Debian

ours=$(dpkg-query -W -f '${Package}\n' 'linux-image-*-onedma*' | sed 's/^linux-image-//')
xen_says=/sys/hypervisor
guest=/dev/disk/by-label/guest

make_guest() {
	cat > /etc/xen/guest.cfg <<-END
		name="guest"; type="pvh"; memory=384; vcpus=1
		kernel="/boot/vmlinuz-$ours"; ramdisk="/boot/initrd.img-$ours"
		extra="root=/dev/xvda rw console=hvc0 panic=-1 tsc=reliable onedma.guest=$type"
		disk=['phy:$(readlink -f $guest),xvda,w']
		on_reboot="destroy"; on_crash="destroy"
	END
	xl create /etc/xen/guest.cfg
}
guest_gone() { ! xl list guest; }
# what it has written on its disk, which dom0 reads when the guest has ended
guest_said() {
	mount -o ro $guest /mnt && cat /mnt/said > "$tmp/guest"
	umount /mnt
	while read -r line; do info guest "$line"; done < "$tmp/guest"
	grep -qx "$ours xen PVH $type" "$tmp/guest"
}

change_grub() { sed -i "s/^ROLE=.*/ROLE=$1/" /etc/default/grub.d/zz-onedma.cfg && update-grub; }
# removed by Debian's tools, which then also take it out of GRUB's menu
remove() {
	dpkg --purge "linux-image-$ours" && change_grub pv && [ ! -e "/boot/vmlinuz-$ours" ] && [ ! -e "/boot/initrd.img-$ours" ] &&
		! grep "$ours" /boot/grub/grub.cfg
}

failed_units() { systemctl list-units --failed --plain --no-legend | while read -r unit _; do info failed "$unit"; done; }

plan 10
info kernel "$(uname -srm)"
info xen "$(cat $xen_says/version/major).$(cat $xen_says/version/minor)$(cat $xen_says/version/extra) $(cat $xen_says/guest_type)"
check "our kernel runs" [ "$(uname -r)" = "$ours" ]
check "dom0 is $type" [ "$(cat $xen_says/guest_type)" = "$type" ]
check "GRUB has started it" grep -q '^placeholder root=' /proc/cmdline
check "xl answers" with_reason xl info
failed_units
check "debugfs shows how devices do DMA" grep -q ^0000: /sys/kernel/debug/dma_devices
while read -r line; do info dma "$line"; done < /sys/kernel/debug/dma_devices
check "debugfs shows the interrupts of PCI functions" grep -q ^0000: /sys/kernel/debug/xen/pci-irqs
check "Xen says nothing bad" eval '! xl dmesg | grep -E "Xen (BUG|WARN)"'
check "xl makes a Debian guest" with_reason make_guest
within 1200 guest_gone || xl destroy guest	# or the next boot waits for it
check "the guest has run from its PV disk" guest_said
for log in /var/log/xen/xl-guest.log /var/log/xen/console/guest-guest.log; do [ ! -f $log ] || tail -n 30 $log; done
case $next in
pvh)	check "dom0=pvh is in GRUB's menu" with_reason change_grub pvh ;;
gone)	check "our package is removed" with_reason remove ;;
esac
