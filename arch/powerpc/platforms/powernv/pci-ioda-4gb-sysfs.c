// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The onedma developers
// dma_layout in sysfs: show, begin and end the 4 GB split of a PHB.

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

/* Documentation/ABI/testing/sysfs-devices-pci-host-bridge: not split, and split */
static const char * const pnv_4gb_sysfs_names[] = { "bit59", "4gb" };

/* A bridge does no DMA of its own */
static bool pnv_4gb_sysfs_dev_bound(struct pnv_phb *phb, struct pci_dev *pdev)
{
	if (pci_bus_to_pnvhb(pdev->bus) != phb || !pdev->dev.driver || pci_is_bridge(pdev))
		return false;

	pci_info(pdev, "The DMA layout of the PHB stays: %s is bound\n",
		 dev_driver_string(&pdev->dev));
	return true;
}

VISIBLE_IF_KUNIT bool pnv_4gb_sysfs_bound(struct pnv_phb *phb)
{
	struct pci_dev *pdev = NULL;

	KUNIT_STATIC_STUB_REDIRECT(pnv_4gb_sysfs_bound, phb);

	/* Not with pci_walk_bus(), see pnv_4gb_lock() */
	for_each_pci_dev(pdev) {
		if (pnv_4gb_sysfs_dev_bound(phb, pdev)) {
			pci_dev_put(pdev);
			return true;
		}
	}

	return false;
}

/* User space can have a PE to which no driver is bound */
static bool pnv_4gb_sysfs_owned(struct pnv_phb *phb)
{
	struct pnv_ioda_pe *pe;

	guard(mutex)(&phb->ioda.pe_list_mutex);
	list_for_each_entry(pe, &phb->ioda.pe_list, list) {
		if (!pe->dma_setup_done || pe->tce_bypass_enabled)
			continue;
		pe_info(pe, "The DMA layout of the PHB stays: user space has the PE, or it has no bypass\n");
		return true;
	}

	return false;
}

/* What was asked for before holds on if the PHB cannot be split */
static int pnv_4gb_sysfs_split(struct pnv_phb *phb)
{
	struct pnv_4gb *w = &phb->dma4gb;
	bool allowed = w->allowed;
	int rc;

	w->allowed = true;
	rc = pnv_4gb_split_phb(phb, pnv_ioda_parse_tce_sizes(phb));
	if (rc) {
		w->allowed &= allowed;
		return rc;
	}

	w->asked = true;
	w->kept = true;
	return 0;
}

/*
 * A bypass works on a split PHB and on one that is not, so the PEs go first.  With
 * rescan locked no device, and so no PE, is released meanwhile.
 */
static int pnv_4gb_sysfs_end_split(struct pnv_phb *phb)
{
	struct pnv_ioda_pe *pe;

	guard(mutex)(&phb->ioda.pe_list_mutex);
	list_for_each_entry(pe, &phb->ioda.pe_list, list)
		pnv_4gb_reset_pe(pe);

	if (phb->dma4gb.pinned)
		pr_info("PHB#%x: the DMA layout stays: the firmware did not clear a window #1\n",
			phb->hose->global_number);

	return pnv_4gb_unsplit_phb(phb);
}

/* What was asked for before holds on if the split cannot end */
static int pnv_4gb_sysfs_unsplit(struct pnv_phb *phb)
{
	struct pnv_4gb *w = &phb->dma4gb;
	int rc = w->window0_cut ? pnv_4gb_sysfs_end_split(phb) : 0;

	if (rc)
		return rc;

	w->allowed = false;
	w->asked = false;
	w->kept = false;

	return 0;
}

/* DMA would go to wrong addresses on a QEMU that is not known to follow the option */
static bool pnv_4gb_sysfs_refuses(const struct pnv_4gb *w, bool split)
{
	return !w->capable ||
	       (split && pnv_4gb_policy != PNV_4GB_ON && pnv_4gb_on_qemu());
}

/* The lock of the PHB and that of rescan are held */
VISIBLE_IF_KUNIT int pnv_4gb_sysfs_set(struct pnv_phb *phb, bool split)
{
	struct pnv_4gb *w = &phb->dma4gb;

	if (pnv_4gb_sysfs_refuses(w, split))
		return -EOPNOTSUPP;

	if (pnv_4gb_sysfs_bound(phb) || pnv_4gb_sysfs_owned(phb))
		return -EBUSY;

	return split ? pnv_4gb_sysfs_split(phb) : pnv_4gb_sysfs_unsplit(phb);
}

/**
 * pnv_4gb_sysfs_wait() - wait for a change through sysfs to end
 * @phb: the PHB
 *
 * The change looks for bound drivers with the lock held.  A driver is bound
 * first, then enables its device, and only then does DMA.  So a driver that the
 * change did not see waits here.
 */
void pnv_4gb_sysfs_wait(struct pnv_phb *phb)
{
	pnv_4gb_lock(phb);
	pnv_4gb_unlock(phb);
}

static struct pnv_phb *pnv_4gb_sysfs_phb(struct device *dev)
{
	return pci_bus_to_pnvhb(to_pci_host_bridge(dev)->bus);
}

static ssize_t dma_layout_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct pnv_phb *phb = pnv_4gb_sysfs_phb(dev);

	return sysfs_emit(buf, "%s\n", pnv_4gb_sysfs_names[phb->dma4gb.split]);
}

static ssize_t dma_layout_store(struct device *dev, struct device_attribute *attr,
				const char *buf, size_t count)
{
	struct pnv_phb *phb = pnv_4gb_sysfs_phb(dev);
	int split = sysfs_match_string(pnv_4gb_sysfs_names, buf), rc;

	if (split < 0)
		return split;

	pci_lock_rescan_remove();
	pnv_4gb_lock(phb);
	rc = pnv_4gb_sysfs_set(phb, split);
	pnv_4gb_unlock(phb);
	pci_unlock_rescan_remove();

	return rc ?: count;
}
static DEVICE_ATTR_RW(dma_layout);

/**
 * pnv_4gb_sysfs_init() - create dma_layout in sysfs
 * @phb: the PHB, after its root bus was created
 */
void pnv_4gb_sysfs_init(struct pnv_phb *phb)
{
	if (phb->type != PNV_PHB_IODA2 || !phb->hose->bus)
		return;

	if (device_create_file(phb->hose->bus->bridge, &dev_attr_dma_layout))
		pr_warn("PHB#%x: no dma_layout in sysfs\n", phb->hose->global_number);
}
