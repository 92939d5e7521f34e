// SPDX-License-Identifier: GPL-2.0
/* Copyright (C) 2026 The onedma developers */
/* Which addresses virtio devices of the machine get in a PVH dom0. */

#include <linux/acpi.h>
#include <linux/init.h>
#include <linux/string.h>
#include <linux/virtio_anchor.h>

#include <xen/xen.h>

/*
 * QEMU's ACPI tables have this OEM ID, unless the user changes it, and describe
 * fw_cfg. The names in SMBIOS are changed more often.
 */
static bool __init machine_is_qemu(void)
{
	return !memcmp(acpi_gbl_FADT.header.oem_id, "BOCHS ",
		       ACPI_OEM_ID_SIZE) ||
	       acpi_dev_found("QEMU0002");
}

/*
 * On a physical machine, a virtio device without VIRTIO_F_ACCESS_PLATFORM
 * accesses memory through the IOMMU like any other function. If Xen runs in
 * QEMU, the devices that QEMU emulates bypass the IOMMU. Nothing is known of
 * other hypervisors. Comes after the scan of the ACPI namespace, and before any
 * driver of virtio.
 */
static int __init xen_pvh_dom0_virtio_init(void)
{
	if (!xen_initial_domain() || xen_pv_domain())
		return 0;

	virtio_set_platform(machine_is_qemu() ? VIRTIO_PLATFORM_NONE :
						VIRTIO_PLATFORM_HARDWARE);

	return 0;
}
fs_initcall(xen_pvh_dom0_virtio_init);
