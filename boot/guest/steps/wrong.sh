# SPDX-License-Identifier: GPL-2.0
# What pciback is asked for wrongly: each time an error and a line at most, nothing bound by half, and dom0's own unharmed.
#   alone=FUNCTION	one without a reset, on a root bus, of the same kind as beside
#   beside=FUNCTION	one behind a bridge, without a reset of its own
#   other=FUNCTION	its neighbour there, which stays dom0's
# Needs disks=, xen-pciback.ko.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

ask() { echo "$2" > "$pciback/$1"; } # FILE FUNCTION
refused() { # ERROR FILE FUNCTION
	ask "$2" "$3" 2> /tmp/why
	info wrong "$2 $3: $(sed 's/.*: //' /tmp/why)"
	grep -q "$1" /tmp/why
}
says() { dmesg -c | tee -a /tmp/log | grep "$1" > /tmp/said && [ "$(wc -l < /tmp/said)" = 1 ]; }
ours() { find $pciback/ -name '0000:*' | wc -l; }
settings() { hexdump "/sys/bus/pci/devices/$1/config"; }
vanishes() { echo 1 > "/sys/bus/pci/devices/$1/remove" && [ ! -e "$pciback/$1" ]; }
comes_back() { echo 1 > /sys/bus/pci/rescan && [ -e "/sys/bus/pci/devices/$1" ]; }

plan $((22 + 2 * $(count $disks)))
dmesg -c > /dev/null
root=$(realpath "/sys/block/$(basename "$(disk "$first-src")")" | grep -o '0000:[^/]*' | tail -n 1)
before=$(settings "$root")
for function in 0000:00:1e.7 0000:7f:00.0; do
	check "no such function, $function: not bound" refused 'No such device' bind $function
	check "no such function, $function: not reset" refused 'No such device' do_flr $function
done
check "no function: not taken" refused 'Invalid argument' new_slot nonsense
check "no function: not reset" refused 'Invalid argument' do_flr nonsense
ask new_slot "$root"
check "dom0's disk: not bound" refused 'No such device\|busy' bind "$root"
check "dom0's disk: not reset" refused 'No such device' do_flr "$root"
ask remove_slot "$root"
check "dom0's disk: as it was" [ "$(settings "$root")" = "$before" ]
check "none of them is pciback's" [ "$(ours)" = 0 ]
check "no reset: bound" take "$alone"
check "no reset: one line says so" says "$alone: .*cannot be reset"
check "no reset: nor on request" refused 'Inappropriate\|Not a tty' do_flr "$alone"
check "beside another: bound" take "$beside"
before=$(settings "$other") && dmesg -c > /dev/null
check "beside another: not reset" refused 'not permitted' do_flr "$beside"
check "beside another: one line says why" says "$beside: .*can be reset only with .*$other, which pciback does not have"
check "beside another: that is as it was" [ "$(settings "$other")" = "$before" ]
check "beside another: leaves" give_back "$beside"
check "the first, of the same kind, keeps its entry in quirks" [ "$(grep -v '^	' $pciback/quirks)" = "${alone#0000:}" ]
check "vanished: pciback lets go" vanishes "$alone"
check "vanished: not reset" refused 'No such device' do_flr "$alone"
check "vanished: comes back" comes_back "$alone"
copy_disks
