# SPDX-License-Identifier: GPL-2.0
# What QEMU's file says that this kernel has written, as it reads through the port.
#   vmcoreinfo=yes|no	whether QEMU has to know where the vmcoreinfo note is
# Needs -device vmcoreinfo.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

raw=/sys/firmware/qemu_fw_cfg/by_name/etc/vmcoreinfo/raw
format=$(hexdump $raw | head -n 1 | cut -d ' ' -f 3)
plan 2
info vmcoreinfo "$(hexdump $raw | head -n 1)"
case $vmcoreinfo in
yes)	check "vmcoreinfo: written" [ "$format" = 0001 ]
	check "vmcoreinfo: no line says why not" eval '! dmesg | grep "no vmcoreinfo note"' ;;
*)	check "vmcoreinfo: left out" [ "$format" = 0000 ]
	check "vmcoreinfo: one line says why" [ "$(dmesg | grep -c 'fw_cfg: no vmcoreinfo note, ')" = 1 ] ;;
esac
