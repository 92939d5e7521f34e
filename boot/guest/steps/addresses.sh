# SPDX-License-Identifier: GPL-2.0
# Whether debugfs says that the driver gives a virtio function bus addresses, and why.
#   sees_bus=FUNCTION[=REASON]...	those that have to be given bus addresses
#   sees_phys=FUNCTION[=REASON]...	the same for physical ones
# Needs nothing else.
# shellcheck shell=dash disable=SC2154,SC2086,SC2046,SC2015 # parameters may be lists

# debugfs says the kind and, behind a colon, why
sees() { # FUNCTION KIND [REASON]
	grep -q "^$2: ${3:+$3\$}" "/sys/kernel/debug/virtio/$(virtio_of "$1")/addresses"
}
sees_all() { # KIND NAME FUNCTION[=REASON]...
	local kind=$1 name=$2 word reason
	shift 2
	for word; do
		reason=${word#"${word%%=*}"}
		check "${word%%=*}: sees $name addresses${reason:+, reason: ${reason#=}}" sees "${word%%=*}" $kind "${reason#=}"
	done
}

plan "$(count $sees_bus $sees_phys)"
sees_all bus bus $sees_bus
sees_all phys physical $sees_phys
