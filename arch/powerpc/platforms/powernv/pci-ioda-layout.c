// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The onedma developers
// The DMA layout of a PHB, shown and changed through sysfs.

#define pr_fmt(fmt) "PCI: " fmt

#include <linux/cleanup.h>
#include <linux/device.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include <kunit/static_stub.h>
#include <kunit/visibility.h>

#include <asm/iommu.h>
#include <asm/pci-bridge.h>

#include "pci.h"

/* Where TVE#1 begins; Documentation/ABI/testing/sysfs-devices-pci-host-bridge */
static const char * const pnv_layout_names[] = { "bit59", "4gb" };

/* A bridge does no DMA of its own */
static bool pnv_layout_dev_bound(struct pnv_phb *phb, struct pci_dev *pdev)
{
	if (pci_bus_to_pnvhb(pdev->bus) != phb || !pdev->dev.driver || pci_is_bridge(pdev))
		return false;

	pci_info(pdev, "the DMA layout of the PHB stays, as the driver %s is bound\n",
		 dev_driver_string(&pdev->dev));
	return true;
}

VISIBLE_IF_KUNIT bool pnv_layout_bound(struct pnv_phb *phb)
{
	struct pci_dev *pdev = NULL;

	KUNIT_STATIC_STUB_REDIRECT(pnv_layout_bound, phb);

	/* Not with pci_walk_bus(), see pnv_4gb_lock() */
	for_each_pci_dev(pdev) {
		if (pnv_layout_dev_bound(phb, pdev)) {
			pci_dev_put(pdev);
			return true;
		}
	}

	return false;
}

/* User space can have a PE that no driver is bound in */
static bool pnv_layout_owned(struct pnv_phb *phb)
{
	struct pnv_ioda_pe *pe;

	guard(mutex)(&phb->ioda.pe_list_mutex);
	list_for_each_entry(pe, &phb->ioda.pe_list, list) {
		if (!pe->dma_setup_done || pe->tce_bypass_enabled)
			continue;
		pe_info(pe, "the DMA layout of the PHB stays, as user space has the PE\n");
		return true;
	}

	return false;
}

/*
 * A PE with the default window #1 works in either layout: those come first.  With
 * rescan locked no device, and so no PE, is released meanwhile.
 */
static int pnv_layout_reset(struct pnv_phb *phb)
{
	struct pnv_4gb *w = &phb->dma4gb;
	struct pnv_ioda_pe *pe;
	int rc;

	guard(mutex)(&phb->ioda.pe_list_mutex);
	list_for_each_entry(pe, &phb->ioda.pe_list, list)
		pnv_4gb_reset_pe(pe);

	rc = pnv_4gb_write_option(phb, false);
	if (rc)
		return rc;

	pnv_4gb_unfence_phb(phb);
	w->active = false;
	pnv_4gb_table_free(&w->table);
	pr_info("PHB#%x: TVE#1 takes DMA with bit 59\n", phb->hose->global_number);

	return 0;
}

/* The lock and the one of rescan are held */
VISIBLE_IF_KUNIT int pnv_layout_set(struct pnv_phb *phb, bool split)
{
	struct pnv_4gb *w = &phb->dma4gb;

	if (!w->capable)
		return -EOPNOTSUPP;

	if (pnv_layout_bound(phb) || pnv_layout_owned(phb))
		return -EBUSY;

	w->available = split;
	if (split)
		return pnv_4gb_enable_phb(phb, pnv_ioda_parse_tce_sizes(phb));

	return w->fenced ? pnv_layout_reset(phb) : 0;
}

/**
 * pnv_layout_wait() - let a change of the layout that is under way come to its end
 * @phb: the PHB
 *
 * The change looks for drivers with the lock held.  A driver is bound first,
 * enables its device next and does DMA then.  So one that the change has not
 * seen waits here.
 */
void pnv_layout_wait(struct pnv_phb *phb)
{
	pnv_4gb_lock(phb);
	pnv_4gb_unlock(phb);
}

static struct pnv_phb *pnv_layout_phb(struct device *dev)
{
	return pci_bus_to_pnvhb(to_pci_host_bridge(dev)->bus);
}

static ssize_t dma_layout_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct pnv_phb *phb = pnv_layout_phb(dev);

	return sysfs_emit(buf, "%s\n", pnv_layout_names[phb->dma4gb.active]);
}

static ssize_t dma_layout_store(struct device *dev, struct device_attribute *attr,
				const char *buf, size_t count)
{
	struct pnv_phb *phb = pnv_layout_phb(dev);
	int split = sysfs_match_string(pnv_layout_names, buf), rc;

	if (split < 0)
		return split;

	pci_lock_rescan_remove();
	pnv_4gb_lock(phb);
	rc = pnv_layout_set(phb, split);
	pnv_4gb_unlock(phb);
	pci_unlock_rescan_remove();

	return rc ?: count;
}
static DEVICE_ATTR_RW(dma_layout);

/**
 * pnv_layout_init() - show the layout of a PHB in sysfs
 * @phb: the PHB, whose root bus is there
 */
void pnv_layout_init(struct pnv_phb *phb)
{
	if (phb->type != PNV_PHB_IODA2 || !phb->hose->bus)
		return;

	if (device_create_file(phb->hose->bus->bridge, &dev_attr_dma_layout))
		pr_warn("PHB#%x: no dma_layout in sysfs\n", phb->hose->global_number);
}
