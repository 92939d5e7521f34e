# SPDX-License-Identifier: GPL-2.0
# dom0 makes a domU with two PV disks and a PV NIC, gives it functions, and takes its report in.
#   domu=pvh|pv|hvm	what kind of guest
#   give=FUNCTION...	the PCI functions that dom0 gives to it
#   emulated=KIND...	pairs of disks that a domU has from its device model, over virtio, and random numbers: both or platform if it is
#		hvm, granted, packed (both by grants) or foreign if it is pvh
#   null=1	these disks hold nothing and answer at once, if it is pvh
#   tap=1	it has a virtio card, too, on arm64
#   memory=MB	of the domU (256)
#   grow=MB	to which it grows when its step grow asks for it; a pv domU, with the host's memory map, gets its
#		functions only then
#   leave=MB	of Xen's free memory, of which another domain takes the rest before the domU starts
#   words=WORD	one more for its kernel's command line
#   patience=SECONDS	how long it may take (from boot/run)
#   rounds=N	how often the functions that it has go back to dom0 and return
#   binds=N	how often its virtio devices lose their drivers, while what it grants is counted
#   fate=1	then it is frozen, and its device model is killed and started again
#   keep=FUNCTION	an edu that dom0 uses meanwhile, on the GSI of the first that it gives
#   save=1	it is saved to a file and restored when it says so
#   token=WORD	what it proves its console with
# Needs disks=, the set xen (dm for hvm or emulated), /domu/{kernel,initrd,hotplug,params}; tun.ko for tap; xen-pciback.ko if it gives,
# edu_test.ko for keep, /selftests/grant_count for binds.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

# only an HVM guest has a device model, and takes functions with it
hvm_lines='device_model_version="qemu-xen"; device_model_override="/usr/libexec/xen-qemu-system-i386"; vga="none"; vnc=0; passthrough="enabled"'

# the device model's own: virtio disks, from slot 0x10 on, and random numbers
emulated_lines() {
	local kind end slot=10 how
	echo 'device_model_args_hvm=["-device", "virtio-rng-pci",'
	for kind in $emulated; do
		case $kind in
		both)		how= ;;
		platform)	how=,disable-legacy=on,packed=on,iommu_platform=on ;;
		esac
		for end in src dst; do
			echo "\"-drive\", \"if=none,id=$kind-$end,format=raw,file=$(disk "$kind-$end")\","
			echo "\"-device\", \"virtio-blk-pci,drive=$kind-$end,serial=$kind-$end,addr=0x$slot$how\","
			slot=$((slot + 1))
		done
	done
	echo ']'
}

# a pvh domU has no device model by xl. On arm64 it is told of a place for each device, which takes them in this order. Not by
# specification=virtio of a disk: xl waits for a backend that says in the store that it is there
mmio_lines() {
	local kind usage
	echo "virtio=['type=virtio,device,transport=mmio,backend=0,grant_usage=1',"
	for kind in $emulated; do
		usage=1
		[ "$kind" != foreign ] || usage=0
		for _ in src dst; do echo "'type=virtio,device,transport=mmio,backend=0,grant_usage=$usage',"; done
	done
	[ -z "$tap" ] || echo "'type=virtio,device,transport=mmio,backend=0,grant_usage=1',"
	echo ']'
}
# the same devices, in the same order; on x86 on a PCI bus, where boot/acpi/pvh-pci.asl says
windows=pci-ecam-base=0xd0000000,pci-ecam-size=256M,pci-mmio-base=0xe0000000,pci-mmio-size=256M
start_model() {
	local kind end how bus where
	case $(uname -m) in
	aarch64)	bus=device
			set -- /usr/libexec/xen-qemu-system-aarch64 -machine xenpvh -global virtio-mmio.force-legacy=false ;;
	x86_64)		bus=pci,disable-legacy=on
			set -- /usr/libexec/xen-qemu-system-i386 -machine xenpvh,$windows ;;
	esac
	set -- "$@" -m 256 -smp 1 -nodefaults -no-user-config -display none -device virtio-rng-$bus,iommu_platform=on
	for kind in $emulated; do
		case $kind in
		granted)	how=,iommu_platform=on ;;
		packed)		how=,iommu_platform=on,packed=on ;;
		foreign)	how= ;;
		esac
		for end in src dst; do
			where=driver=raw,file.driver=host_device,file.filename=$(disk "$kind-$end")
			[ -z "$null" ] || where=driver=null-co,size=67108864,read-zeroes=on
			set -- "$@" -blockdev "$where,node-name=$kind-$end" \
				-device "virtio-blk-$bus,drive=$kind-$end,serial=$kind-$end$how"
		done
	done
	[ -z "$tap" ] || set -- "$@" -netdev tap,id=net,ifname=tap0,script=no,downscript=no -device "virtio-net-$bus,netdev=net,iommu_platform=on"
	xenstore-write "/local/domain/0/device-model/$id/state" starting	# and not what one that has died has left
	"$@" -xen-domid "$id" -xen-attach >> /var/log/xen/qemu-dm-domu.log 2>&1 &
	model=$!
	within 60 model_runs && { [ -z "$tap" ] || ifconfig tap0 10.0.3.1 up; }
}
model_runs() { [ "$(xenstore-read "/local/domain/0/device-model/$id/state")" = running ]; }

# its initramfs: what boot/run has packed, and the parameters that are known here alone
pack_domu() {
	mkdir -p /tmp/domu
	cp /domu/params /tmp/domu/params
	echo "ids='$(for function in $give; do id_of "$function"; done | tr '\n' ' ')'" >> /tmp/domu/params
	{ cat /domu/initrd; (cd /tmp/domu && echo params | cpio -o -H newc 2> /dev/null | gzip); } > /tmp/domu.initrd
}

create_domu() {
	pack_domu
	cat > /tmp/domu.cfg <<-END
		name="domu"; type="$domu"; memory=${memory:-256}; vcpus=1
		kernel="/domu/kernel"; ramdisk="/tmp/domu.initrd"
		extra="console=hvc0 panic=-1 tsc=reliable${emulated:+ xen_emul_unplug=unnecessary} $(grep -o kunit.enable=0 /proc/cmdline) $words"
		on_crash="destroy"; on_reboot="destroy"
		disk=['vdev=xvda,format=raw,access=r,script=/domu/hotplug,target=$(disk "$first-src")',
		      'vdev=xvdb,format=raw,access=w,script=/domu/hotplug,target=$(disk "$first-dst")']
		vif=['script=/domu/hotplug,type=vif']
	END
	case $domu in
	hvm)	{ echo "$hvm_lines"; [ -z "$emulated" ] || emulated_lines; } >> /tmp/domu.cfg ;;
	pvh)	[ -z "$emulated" ] || [ "$(uname -m)" = x86_64 ] || mmio_lines >> /tmp/domu.cfg ;;
	pv)	if [ -n "$grow" ]; then echo 'e820_host=1; passthrough="enabled"'
		elif [ -n "$give" ]; then echo "pci=['$(echo "$give" | sed "s/ /','/g")']"
		fi >> /tmp/domu.cfg ;;
	esac
	# an HVM guest gets one function after the other: each has ten seconds in libxl
	xl create -p /tmp/domu.cfg && id=$(xl domid domu) && { [ "$domu" != hvm ] || each xl pci-attach domu; } &&
		{ [ -z "$emulated" ] || [ "$domu" = hvm ] || start_model; } &&
		{ [ -z "$leave" ] || fill_memory "$leave"; } && xl unpause domu && return
	xl destroy domu
	sed 's/^/device model: /' /var/log/xen/qemu-dm-domu.log
	return 1
}

# a domain that does nothing takes what memory Xen has free, but for so many MB
fill_memory() { # MB
	local free
	free=$(xl info | sed -n 's/^free_memory *: //p')
	echo "name='filler'; type='pv'; memory=$((free - $1)); kernel='/domu/kernel'" > /tmp/filler.cfg
	xl create -p /tmp/filler.cfg && info free "$free MB, then $(xl info | sed -n 's/^free_memory *: //p') MB"
}

domu_console() { sed 's/^/domU: /' /var/log/xen/console/guest-domu.log > /dev/console; }
console_spoke() { grep -q "console of $(echo "$token" | sum)" /var/log/xen/console/guest-domu.log; }
domu_settled() { wget -q -T 5 -O /tmp/done http://10.0.0.2/done || ! xl list domu; }
domu_says() { [ "$(wget -q -T 5 -O - http://10.0.0.2/round)" = "$1" ]; }

# dom0's half of a round: its own function works for as long as the domU uses those that it has; they come back, are used
# here and are given again
round() { # NUMBER
	local i=0
	until domu_says "$1"; do [ $((i += 1)) -le 100 ] && use "$keep" || return 1; done
	each xl pci-detach domu && each xl pci-assignable-remove -r && each use && irqs > "/tmp/irqs$1" &&
		each xl pci-assignable-add && each xl pci-attach domu && info round "$1"
}

gsi_of() { awk -v f="$1" '$1 == f { print $5 }' /sys/kernel/debug/xen/pci-irqs; }

all_rounds() { # three cases
	local i=0
	quick_edu
	check "$keep: on the GSI of ${give%% *}" [ "$(gsi_of "$keep")" = "$(gsi_of "${give%% *}")" ]
	while [ $i -lt "$rounds" ] && with_reason round $((i + 1)); do i=$((i + 1)); done
	used used 100
	check "rounds: $rounds of them" [ $i = "$rounds" ]
	check "rounds: no interrupt more or less" with_reason eval "diff /tmp/irqs1 /tmp/irqs$rounds >&2"
}

# the fewest until four looks agree, of 20 at most, as packets come and go, and as the kernel takes back ten a second of what the model lets
# go of late
granted() {
	local last same=0 looks=0
	: > /tmp/looks
	while [ $same -lt 3 ] && [ $((looks += 1)) -le 20 ]; do
		sleep 1
		last=$(tail -n 1 /tmp/looks)
		/selftests/grant_count "$id" >> /tmp/looks || return 1
		[ "$last" = "$(tail -n 1 /tmp/looks)" ] && same=$((same + 1)) || same=0
	done
	sort -n /tmp/looks | head -n 1 | grep .
}
counted() { # ROUND STATE [CMD]: which is done before it is counted
	within "$patience" said_or_gone "$1 $2" && domu_says "$1 $2" && ${3:-true} && granted >> "/tmp/$2" && echo "$1 $2" > /www/counted
}
said_or_gone() { domu_says "$1" || domu_settled; }
all_binds() { # three cases
	local i=0
	while [ $i -lt "$binds" ] && with_reason counted $((i + 1)) free && with_reason counted $((i + 1)) used; do i=$((i + 1)); done
	info granted_free "$(tr '\n' ' ' < /tmp/free)"
	info granted_used "$(tr '\n' ' ' < /tmp/used)"
	check "binds: $binds of them" [ $i = "$binds" ]
	check "binds: no more grants after the last unbinding than after the first" [ "$(last_of /tmp/free)" -le "$(first_of /tmp/free)" ]
	check "binds: more with the drivers than without" [ "$(most_of /tmp/used)" -gt "$(most_of /tmp/free)" ]
}
first_of() { head -n 1 "$1" | cut -d ' ' -f 1; }
last_of() { tail -n 1 "$1" | cut -d ' ' -f 1; }
most_of() { sort -n "$1" | tail -n 1 | cut -d ' ' -f 1; }
mapped_now() { /selftests/grant_count "$id" | cut -d ' ' -f 2; }
# what it had mapped is let go of with it; the domU's PV disks and NIC map what they need for as long as they need it
replace_model() {
	local before
	before=$(mapped_now)
	kill -9 "$model" && wait "$model"
	within 10 few_mapped
	info mapped "$before, $(last_of /tmp/mapped) without it"
	[ "$(last_of /tmp/mapped)" -lt "$before" ] && few_mapped && start_model
}
# no more than without the drivers, in the last round
few_mapped() { mapped_now > /tmp/mapped && [ "$(last_of /tmp/mapped)" -le "$(tail -n 1 /tmp/free | cut -d ' ' -f 2)" ]; }
all_fates() { # three cases
	check "freeze: no more grants after it than before" with_reason same_grants frozen
	check "the device model killed, and another started" with_reason counted death used replace_model
	check "new device model: no more grants with it than with the old one" with_reason same_with_new
}
# no more than there were in any round: one of two rings may be empty, or packets on their way
same_grants() { # ROUND [STATE]
	local most state=${2:-used}
	most=$(most_of "/tmp/$state")
	counted "$1" "$state" && info granted "$state: up to $most, then $(last_of "/tmp/$state")" && [ "$(last_of "/tmp/$state")" -le "$most" ]
}
same_with_new() { same_grants new free && same_grants new; }
grow_domu() {
	within 200 domu_says 1 && xl mem-max domu "$grow" && xl mem-set domu "$grow" &&
		within 200 eval "[ \"\$(xl list domu | awk 'NR == 2 { print \$3 }')\" -ge $((grow - 16)) ]" && each xl pci-attach domu
}

# without rounds: dom0's own function works from when the domU says so to its end
use_keep() {
	insmod /kmods/edu_test.ko masks=64 spots=2 size=4096 hold=10
	until [ -e /tmp/settled ] || domu_says 1; do sleep 1; done
	until [ -e /tmp/settled ]; do use "$keep" || echo "$keep" >> /tmp/failed; done
}
kept() { used used 100; [ -s /tmp/used ] && [ ! -e /tmp/failed ]; }
saved() { within "$patience" domu_says save && xl save domu /tmp/domu.saved && ! xl list domu; }
restored() { xl restore /tmp/domu.saved && rm /tmp/domu.saved && : > /www/restored; }
meanwhile() {
	[ -z "$grow" ] || check "domU grows to $grow MB" with_reason grow_domu
	[ -z "$binds" ] || all_binds
	[ -z "$fate" ] || all_fates
	[ -z "$save" ] || { check "domU saved" with_reason saved; check "domU restored" with_reason restored; }
	if [ -n "$rounds" ]; then all_rounds; elif [ -n "$keep" ]; then use_keep & keeper=$!; fi
	within "$patience" domu_settled
	: > /tmp/settled
	[ -z "$keeper" ] || wait "$keeper"	# not for a device model
	[ -n "$rounds" ] || [ -z "$keep" ] || check "$keep: used meanwhile" kept
}

# the lines of its kernel are told apart from ours; what it says of its disks is not
take_report() {
	sed 's/^\( *\)# info /\1# info domu_/; s/# info domu_\(sum\|disk\) /# info \1 /' /tmp/report > /tmp/domu.report
	relay domU /tmp/domu.report
}

cases=$((8 + 0${tap:+1} + $(count $give) + (${binds:-0} ? 3 : 0) + 3 * ${fate:-0} + 0${grow:+1} + 2 * ${save:-0}))
[ -z "$keep" ] || cases=$((cases + ${rounds:+2} + 1))
plan $cases
check "toolstack started" start_toolstack
for function in $give; do
	check "$function: assignable" with_reason xl pci-assignable-add "$function"
done
beginning $part > /www/data
rm -f /www/bye /www/restored /www/counted /tmp/free /tmp/used	# of a domU before this one
check "domU made" create_domu && meanwhile
if check "domU reported" wget -q -T 20 -O /tmp/report http://10.0.0.2/report; then
	check "domU to dom0 over the PV NIC" through_nic 10.0.0.2
	[ -z "$tap" ] || check "domU to dom0 over the virtio card" through_nic 10.0.3.2
	touch /www/bye
	take_report
	check "domU spoke on its PV console" console_spoke
	check "domU ended" within 120 eval '! xl list domu'
fi
[ -z "$model" ] || { kill "$model"; sed 's/^/device model: /' /var/log/xen/qemu-dm-domu.log; }
[ -z "$leave" ] || xl destroy filler
domu_console
