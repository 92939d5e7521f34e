/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The onedma developers
 *
 * Which GSI a PCI function or an irq has, as Xen's toolstack asks for it.
 */
#ifndef _XEN_GSI_H
#define _XEN_GSI_H

#include <linux/errno.h>
#include <linux/kconfig.h>
#include <linux/types.h>

struct pci_dev;

/**
 * struct xen_gsi_route - where the firmware routes an interrupt pin
 * @gsi: the platform's (ACPI) interrupt number
 * @trigger: ACPI_LEVEL_SENSITIVE or ACPI_EDGE_SENSITIVE
 * @polarity: ACPI_ACTIVE_HIGH or ACPI_ACTIVE_LOW
 */
struct xen_gsi_route {
	u32 gsi;
	int trigger;
	int polarity;
};

/*
 * An sbdf is segment, bus, device and function in one number, as in the
 * hypercalls and in struct privcmd_pcidev_get_gsi.
 */
static inline u32 xen_sbdf(u16 segment, u8 bus, u8 devfn)
{
	return (u32)segment << 16 | bus << 8 | devfn;
}

static inline u16 xen_sbdf_segment(u32 sbdf)
{
	return sbdf >> 16;
}

static inline u8 xen_sbdf_bus(u32 sbdf)
{
	return sbdf >> 8;
}

static inline u8 xen_sbdf_devfn(u32 sbdf)
{
	return sbdf;
}

/*
 * The toolstack goes on without an interrupt on -ENOENT and gives up on all
 * other errors. So -ENOENT is only for a function that has no interrupt.
 * -ENOTCONN is what request_irq() returns for IRQ_NOTCONNECTED.
 */
static inline int xen_gsi_errno(u8 pin, int err)
{
	if (!pin)
		return -ENOENT;

	return !err || err == -EAGAIN ? err : -ENOTCONN;
}

/*
 * Whether a function is passed to a guest as if it had no pin. In a PVH dom0
 * a pin without a route is of no use. In a PV dom0 Linux has always used an
 * Interrupt Line that says anything but "not connected", even without a route.
 */
static inline bool xen_gsi_hides_pin(int err, bool pvh, bool line_connected)
{
	return err == -ENOTCONN && (pvh || !line_connected);
}

#ifdef CONFIG_XEN_GSI
int xen_pci_gsi_route(struct pci_dev *dev, struct xen_gsi_route *route);
int xen_gsi_from_sbdf(u32 sbdf, u32 *gsi);
int xen_gsi_from_irq(unsigned int irq, u32 *gsi);
int xen_gsi_setup(const struct xen_gsi_route *route);
int xen_gsi_register(const struct xen_gsi_route *route);
void xen_gsi_unregister(u32 gsi);

#if IS_ENABLED(CONFIG_KUNIT)
bool xen_gsi_routing_known(void);
int xen_gsi_find_route(struct pci_dev *dev, struct xen_gsi_route *route);
#endif
#else /* !CONFIG_XEN_GSI */
static inline int xen_pci_gsi_route(struct pci_dev *dev,
				    struct xen_gsi_route *route)
{
	return -EOPNOTSUPP;
}

static inline int xen_gsi_from_sbdf(u32 sbdf, u32 *gsi)
{
	return -EOPNOTSUPP;
}

static inline int xen_gsi_from_irq(unsigned int irq, u32 *gsi)
{
	return -EOPNOTSUPP;
}

static inline int xen_gsi_setup(const struct xen_gsi_route *route)
{
	return -EOPNOTSUPP;
}

static inline int xen_gsi_register(const struct xen_gsi_route *route)
{
	return -EOPNOTSUPP;
}

static inline void xen_gsi_unregister(u32 gsi)
{
}
#endif /* !CONFIG_XEN_GSI */

#endif /* _XEN_GSI_H */
