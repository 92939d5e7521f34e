// SPDX-License-Identifier: GPL-2.0
/* Copyright (C) 2026 The onedma developers */
/* Which addresses virtio devices of the machine get in a PVH dom0. */

#include <linux/bits.h>
#include <linux/dmi.h>
#include <linux/init.h>
#include <linux/virtio_anchor.h>

#include <xen/xen.h>

/* Extension byte 2 of the BIOS information, see the SMBIOS specification */
#define BIOS_EXT2_OFFSET	0x13
#define BIOS_EXT2_VIRTUAL	BIT(4)

/* Firmware that does not set the bit; hypervisors that can run Xen */
static const struct dmi_system_id virtual_machines[] __initconst = {
	{ .matches = { DMI_MATCH(DMI_SYS_VENDOR, "QEMU") } },
	{ .matches = { DMI_EXACT_MATCH(DMI_PRODUCT_NAME, "KVM") } },
	{ .matches = { DMI_MATCH(DMI_SYS_VENDOR, "OpenStack") } },
	{ .matches = { DMI_MATCH(DMI_SYS_VENDOR, "VMware") } },
	{ .matches = { DMI_MATCH(DMI_PRODUCT_NAME, "VirtualBox") } },
	{ .matches = { DMI_EXACT_MATCH(DMI_SYS_VENDOR, "Xen") } },
	{ .matches = { DMI_MATCH(DMI_SYS_VENDOR, "BHYVE") } },
	{ }
};

static void __init bios_is_virtual(const struct dmi_header *header, void *arg)
{
	const u8 *bios = (const u8 *)header;
	bool *virtual = arg;

	if (header->type == DMI_ENTRY_BIOS && header->length > BIOS_EXT2_OFFSET)
		*virtual |= bios[BIOS_EXT2_OFFSET] & BIOS_EXT2_VIRTUAL;
}

static bool __init machine_is_virtual(void)
{
	bool virtual = dmi_check_system(virtual_machines);

	dmi_walk(bios_is_virtual, &virtual);

	return virtual;
}

/*
 * A virtio device without VIRTIO_F_ACCESS_PLATFORM is either hardware, and
 * accesses memory through the IOMMU like any other function. Or Xen runs in a
 * virtual machine, and the device of the hypervisor below bypasses the IOMMU.
 */
static int __init xen_pvh_dom0_virtio_init(void)
{
	if (!xen_initial_domain() || xen_pv_domain())
		return 0;

	virtio_set_platform(machine_is_virtual() ? VIRTIO_PLATFORM_NONE :
						   VIRTIO_PLATFORM_HARDWARE);

	return 0;
}
arch_initcall(xen_pvh_dom0_virtio_init);
