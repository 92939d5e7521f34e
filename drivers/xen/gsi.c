// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The onedma developers
 *
 * Answers which GSI a PCI function or an irq has.
 */
#include <kunit/static_stub.h>
#include <kunit/visibility.h>
#include <linux/acpi.h>
#include <linux/export.h>
#include <linux/irq.h>
#include <linux/pci.h>
#include <linux/rcupdate.h>
#include <xen/acpi.h>
#include <xen/events.h>
#include <xen/gsi.h>
#include <xen/xen.h>
#include <asm/io_apic.h>

/* A domU may have PCI functions, but does not know the platform's routes. */
VISIBLE_IF_KUNIT bool xen_gsi_routing_known(void)
{
	KUNIT_STATIC_STUB_REDIRECT(xen_gsi_routing_known);

	return xen_initial_domain() && !acpi_disabled && !acpi_noirq;
}
EXPORT_SYMBOL_IF_KUNIT(xen_gsi_routing_known);

VISIBLE_IF_KUNIT int xen_gsi_find_route(struct pci_dev *dev,
					struct xen_gsi_route *route)
{
	KUNIT_STATIC_STUB_REDIRECT(xen_gsi_find_route, dev, route);

	return acpi_pci_irq_get_gsi(dev, &route->gsi, &route->trigger,
				    &route->polarity);
}
EXPORT_SYMBOL_IF_KUNIT(xen_gsi_find_route);

/**
 * xen_pci_gsi_route() - Find out where the interrupt pin of a function goes
 * @dev: PCI function
 * @route: filled in on success
 *
 * Context: May sleep.
 * Return: 0; -ENOENT if the function has no pin; -ENOTCONN if it has one
 * that the firmware routes nowhere; -EAGAIN if the pin goes to an interrupt
 * link that is not set up; -EOPNOTSUPP if this domain does not know the routes
 * of the platform.
 */
int xen_pci_gsi_route(struct pci_dev *dev, struct xen_gsi_route *route)
{
	if (!xen_gsi_routing_known())
		return -EOPNOTSUPP;

	return xen_gsi_errno(dev->pin, xen_gsi_find_route(dev, route));
}
EXPORT_SYMBOL_GPL(xen_pci_gsi_route);

/**
 * xen_gsi_from_sbdf() - Find the GSI of a PCI function by its address
 * @sbdf: segment, bus, device and function
 * @gsi: where to store the GSI
 *
 * Context: May sleep.
 * Return: 0; -ENODEV if there is no such function; or see xen_pci_gsi_route().
 */
int xen_gsi_from_sbdf(u32 sbdf, u32 *gsi)
{
	struct xen_gsi_route route;
	struct pci_dev *dev;
	int err;

	if (!xen_gsi_routing_known())
		return -EOPNOTSUPP;

	dev = pci_get_domain_bus_and_slot(xen_sbdf_segment(sbdf),
					  xen_sbdf_bus(sbdf),
					  xen_sbdf_devfn(sbdf));
	if (!dev)
		return -ENODEV;

	err = xen_pci_gsi_route(dev, &route);
	pci_dev_put(dev);
	if (err)
		return err;

	*gsi = route.gsi;
	return 0;
}
EXPORT_SYMBOL_GPL(xen_gsi_from_sbdf);

/**
 * xen_gsi_from_irq() - Find the GSI of an interrupt by its Linux number
 * @irq: any number
 * @gsi: where to store the GSI
 *
 * The answer is in the data of the pirq, or else in that of the IO-APIC.
 *
 * Context: May sleep.
 * Return: 0; -EINVAL if there is no such interrupt; -ENOENT if it has no GSI,
 * as is the case for MSI and for event channels.
 */
int xen_gsi_from_irq(unsigned int irq, u32 *gsi)
{
	scoped_guard(rcu) {
		if (!irq_get_irq_data(irq))
			return -EINVAL;
		if (!xen_pirq_irq_to_gsi(irq, gsi))
			return 0;
	}

	return mp_irq_to_gsi(irq, gsi);
}
EXPORT_SYMBOL_GPL(xen_gsi_from_irq);

/**
 * xen_gsi_setup() - Have Xen prepare a GSI that is to be passed to a guest
 * @route: route of the function's pin
 *
 * A PV dom0 does this when it registers the GSI. For a PVH dom0 Xen does it
 * when the pin is unmasked, which does not happen for a function that no
 * driver of dom0 uses.
 *
 * Context: Any.
 * Return: 0 or the error of the hypercall.
 */
int xen_gsi_setup(const struct xen_gsi_route *route)
{
	if (!xen_pvh_domain())
		return 0;

	return xen_pvh_setup_gsi(route->gsi, route->trigger, route->polarity);
}
EXPORT_SYMBOL_GPL(xen_gsi_setup);

/**
 * xen_gsi_register() - Get an irq of this kernel for a GSI
 * @route: route of a function's pin
 *
 * To be undone with xen_gsi_unregister(), after free_irq().
 *
 * Context: May sleep.
 * Return: the irq, or a negative error.
 */
int xen_gsi_register(const struct xen_gsi_route *route)
{
	return acpi_register_gsi(NULL, route->gsi, route->trigger,
				 route->polarity);
}
EXPORT_SYMBOL_GPL(xen_gsi_register);

/**
 * xen_gsi_unregister() - Undo xen_gsi_register()
 * @gsi: the GSI of the route
 *
 * Context: May sleep.
 */
void xen_gsi_unregister(u32 gsi)
{
	acpi_unregister_gsi(gsi);
}
EXPORT_SYMBOL_GPL(xen_gsi_unregister);
