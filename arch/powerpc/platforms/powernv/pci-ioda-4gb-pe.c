// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The onedma developers
// The 4 GB window of a PE: which devices use it, and which memory they reach.

#define pr_fmt(fmt) "PCI: " fmt

#include <linux/dma-mapping.h>
#include <linux/list.h>
#include <linux/memblock.h>
#include <linux/pci.h>

#include <kunit/static_stub.h>
#include <kunit/visibility.h>

#include <asm/iommu.h>
#include <asm/opal.h>

#include "pci.h"

/* The highest bus address of a direct mapping, below 4 GB if there is none */
VISIBLE_IF_KUNIT u64 pnv_4gb_limit(u64 window, u64 mask)
{
	return min(window - 1, mask);
}

VISIBLE_IF_KUNIT s64 pnv_4gb_fw_map(struct pnv_ioda_pe *pe)
{
	const struct pnv_4gb_table *t = &pe->phb->dma4gb.table;

	KUNIT_STATIC_STUB_REDIRECT(pnv_4gb_fw_map, pe);

	return opal_pci_map_pe_dma_window(pe->phb->opal_id, pe->pe_number,
					  (pe->pe_number << 1) + 1, t->levels,
					  __pa(t->root), pnv_4gb_table_level_size(t),
					  1ULL << t->page_shift);
}

void pnv_4gb_fw_kill(struct pnv_ioda_pe *pe)
{
	KUNIT_STATIC_STUB_REDIRECT(pnv_4gb_fw_kill, pe);

	opal_pci_tce_kill(pe->phb->opal_id, OPAL_PCI_TCE_KILL_PE,
			  pe->pe_number, 0, 0, 0);
}

/*
 * The devices behind a PHB
 */

/* Not by its pci_dn: that of a VF may be freed while the walk is at the VF */
static struct pnv_ioda_pe *pnv_4gb_dev_pe(struct pnv_phb *phb, struct pci_dev *pdev)
{
	return pnv_pci_bdfn_to_pe(phb, pci_dev_id(pdev));
}

/* Not with pci_walk_bus(), see pnv_4gb_lock() */
VISIBLE_IF_KUNIT void pnv_4gb_for_each_dev(struct pnv_4gb_walk *walk)
{
	struct pci_dev *pdev = NULL;

	KUNIT_STATIC_STUB_REDIRECT(pnv_4gb_for_each_dev, walk);

	for_each_pci_dev(pdev)
		if (pci_bus_to_pnvhb(pdev->bus) == walk->phb &&
		    (pnv_4gb_dev_pe(walk->phb, pdev) == walk->pe) != walk->others)
			walk->fn(&pdev->dev, walk);
}

static bool pnv_4gb_dev_direct(const struct device *dev)
{
	return dev_dma_ops_bypass(dev) || dev->archdata.dma_ranges_limit >= PNV_4GB_BASE;
}

/* A driver may have mappings in the window #1 that it uses */
static void pnv_4gb_find_direct(struct device *dev, struct pnv_4gb_walk *walk)
{
	if (walk->found || dev == walk->asks || !dev->driver || !pnv_4gb_dev_direct(dev))
		return;

	walk->found = true;
	pe_info(walk->pe, "Window #1 stays: the driver of %s uses it\n", dev_name(dev));
}

/* A bridge does no DMA of its own */
static void pnv_4gb_find_neighbour(struct device *dev, struct pnv_4gb_walk *walk)
{
	if (walk->found || (dev_is_pci(dev) && pci_is_bridge(to_pci_dev(dev))))
		return;

	walk->found = true;
	dev_info(walk->asks, "No 4 GB window: %s is behind the same PHB, see iommu=split\n",
		 dev_name(dev));
}

static bool pnv_4gb_pe_busy(struct pnv_ioda_pe *pe, struct device *asks)
{
	struct pnv_4gb_walk walk = {
		.phb = pe->phb, .pe = pe, .asks = asks, .fn = pnv_4gb_find_direct
	};

	pnv_4gb_for_each_dev(&walk);

	return walk.found;
}

static void pnv_4gb_find_vfs(struct device *dev, struct pnv_4gb_walk *walk)
{
	if (!dev_is_pci(dev) || !pci_sriov_get_totalvfs(to_pci_dev(dev)))
		return;

	walk->found = true;
	dev_info(dev, "No 4 GB window: the device can have VFs, see iommu=split\n");
}

/*
 * A neighbour could lose by the split: its window #0 ends at 4 GB, and how a bypass
 * acts on a split PHB is not known.  VFs are neighbours that come later, and user
 * space may have to be told where their second window starts.
 */
static bool pnv_4gb_has_neighbour(struct pnv_ioda_pe *pe, struct device *asks)
{
	struct pnv_4gb_walk walk = {
		.phb = pe->phb, .pe = pe, .others = true, .asks = asks,
		.fn = pnv_4gb_find_neighbour
	};

	if (pe->phb->dma4gb.asked || pe->phb->dma4gb.split)
		return false;

	pnv_4gb_find_vfs(asks, &walk);
	pnv_4gb_for_each_dev(&walk);

	return walk.found;
}

static void pnv_4gb_dev_reset(struct device *dev, struct pnv_4gb_walk *walk)
{
	dev->archdata.dma_offset = walk->pe->tce_bypass_base;
	dev->archdata.dma_ranges = NULL;
	dev->archdata.dma_ranges_limit = 0;
	dev_clear_dma_ops_bypass(dev);
}

/*
 * Window #1 of a PE
 */

static void pnv_4gb_move_pe(struct pnv_ioda_pe *pe, u64 base)
{
	struct pnv_4gb_walk walk = { .phb = pe->phb, .pe = pe, .fn = pnv_4gb_dev_reset };

	pnv_4gb_fw_kill(pe);
	pe->tce_bypass_base = base;
	pnv_4gb_for_each_dev(&walk);
}

static int pnv_4gb_open_window(struct pnv_ioda_pe *pe)
{
	s64 rc = pnv_4gb_fw_map(pe);

	if (rc) {
		pe_err(pe, "No 4 GB window: OPAL error %lld\n", rc);
		pe->phb->dma4gb.allowed = false;
		pnv_4gb_unsplit_unused(pe->phb);
		return -EIO;
	}

	pnv_4gb_move_pe(pe, PNV_4GB_BASE);
	pe_info(pe, "Using a 4 GB window\n");

	return 0;
}

static int pnv_4gb_enable_pe(struct pnv_ioda_pe *pe, struct device *dev)
{
	const struct pnv_4gb *w = &pe->phb->dma4gb;
	int rc;

	if (pnv_4gb_uses_window(pe))
		return 0;

	if (!w->allowed && !w->split)
		return -EOPNOTSUPP;

	if (!pe->tce_bypass_enabled || pnv_4gb_pe_busy(pe, dev) ||
	    pnv_4gb_has_neighbour(pe, dev))
		return -EBUSY;

	rc = pnv_4gb_split_phb(pe->phb, pe->table_group.pgsizes);

	return rc ?: pnv_4gb_open_window(pe);
}

/* The PHB may read the table as long as a TVE refers to it */
static void pnv_4gb_pin_table(struct pnv_ioda_pe *pe)
{
	pe_err(pe, "Window #1 not cleared, the PHB stays split at 4 GB\n");
	pe->phb->dma4gb.pinned = true;
}

/**
 * pnv_4gb_reset_pe() - give a PE the bypass again
 * @pe: the PE, without mappings in window #1; the lock of its PHB is held
 */
void pnv_4gb_reset_pe(struct pnv_ioda_pe *pe)
{
	bool cleared;

	if (!pnv_4gb_uses_window(pe))
		return;

	pnv_pci_ioda2_set_bypass(pe, false);
	cleared = !pe->tce_bypass_enabled;
	/* Whatever the firmware says: without a window #1 there is still #0 */
	pe->tce_bypass_enabled = false;
	pnv_4gb_move_pe(pe, PNV_4GB_BYPASS_BASE);
	pnv_pci_ioda2_set_bypass(pe, true);
	if (!cleared && !pe->tce_bypass_enabled)
		pnv_4gb_pin_table(pe);
}

/**
 * pnv_4gb_take_pe() - end the 4 GB window of a PE that user space takes
 * @pe: the PE, whose TVEs were cleared; the lock of its PHB is held
 *
 * If no other PE needs it the PHB is not split any more, and does not change as
 * long as user space has the PE.
 *
 * Return: the bus address where a window #1 of user space starts
 */
u64 pnv_4gb_take_pe(struct pnv_ioda_pe *pe)
{
	if (pnv_4gb_uses_window(pe))
		pnv_4gb_move_pe(pe, PNV_4GB_BYPASS_BASE);
	pnv_4gb_unsplit_unused(pe->phb);

	return pe->phb->dma4gb.split ? PNV_4GB_BASE : PNV_4GB_BYPASS_BASE;
}

/**
 * pnv_4gb_release_pe() - end the 4 GB window of a PE that is released
 * @pe: the PE, whose TVE#1 was cleared; the pe_list_mutex of its PHB is held
 *
 * The lock of the PHB may be held or not, so a worker looks for other users.
 */
void pnv_4gb_release_pe(struct pnv_ioda_pe *pe)
{
	if (!pnv_4gb_uses_window(pe))
		return;

	if (pe->tce_bypass_enabled) {
		pnv_4gb_pin_table(pe);
		return;
	}

	pnv_4gb_fw_kill(pe);
	pe->tce_bypass_base = PNV_4GB_BYPASS_BASE;
	schedule_work(&pe->phb->dma4gb.unsplit_work);
}

/*
 * The mask of a device
 */

VISIBLE_IF_KUNIT u64 pnv_4gb_ram_end(void)
{
	KUNIT_STATIC_STUB_REDIRECT(pnv_4gb_ram_end);

	return memblock_end_of_DRAM();
}

/* The last bus address of RAM in a 4 GB window */
static u64 pnv_4gb_ram_last(void)
{
	return dma_ranges_to_bus(pnv_4gb_list(), pnv_4gb_ram_end() - 1);
}

VISIBLE_IF_KUNIT bool pnv_4gb_bound(struct device *dev)
{
	KUNIT_STATIC_STUB_REDIRECT(pnv_4gb_bound, dev);

	return device_is_bound(dev);
}

static bool pnv_4gb_phb_shared(struct pnv_ioda_pe *pe)
{
	struct pnv_ioda_pe *other;

	guard(mutex)(&pe->phb->ioda.pe_list_mutex);
	list_for_each_entry(other, &pe->phb->ioda.pe_list, list)
		if (other != pe && pnv_4gb_uses_window(other))
			return true;

	return false;
}

/* pnv_4gb_bypass_supported() answered before this, when there was no bypass */
static void pnv_4gb_leave_pe(struct pnv_ioda_pe *pe, struct device *dev)
{
	struct pnv_4gb *w = &pe->phb->dma4gb;

	if (!pnv_4gb_uses_window(pe) || pnv_4gb_pe_busy(pe, dev) ||
	    (!w->asked && pnv_4gb_phb_shared(pe)))
		return;

	pnv_4gb_reset_pe(pe);
	pnv_4gb_unsplit_unused(pe->phb);
	if (pe->tce_bypass_enabled && (w->asked || !w->split))
		dev_set_dma_ops_bypass(dev);
}

/* Before another function of the PE asks for less, when the window cannot change any more */
static bool pnv_4gb_prefers_window(const struct pnv_ioda_pe *pe)
{
	return pe->phb->dma4gb.asked && pe->device_count > 1;
}

static void pnv_4gb_choose_wide(struct pnv_ioda_pe *pe, struct device *dev)
{
	const struct pnv_4gb *w = &pe->phb->dma4gb;

	if (!pnv_4gb_prefers_window(pe))
		pnv_4gb_leave_pe(pe, dev);
	if (pnv_4gb_prefers_window(pe) || (w->split && !w->asked))
		pnv_4gb_enable_pe(pe, dev);
}

static void pnv_4gb_choose_narrow(struct pnv_ioda_pe *pe, struct device *dev, u64 mask)
{
	const struct pnv_4gb *w = &pe->phb->dma4gb;

	/* For the rest of RAM window #0 is worse on a split PHB than before */
	if (w->asked || w->split || mask >= pnv_4gb_ram_last())
		pnv_4gb_enable_pe(pe, dev);
	else if (w->allowed)
		pe_info(pe, "No 4 GB window: mask 0x%llx does not reach all RAM\n", mask);
}

/*
 * A driver sets its mask before it maps memory, and some set the same mask again
 * after a reset.  Window #0 keeps its mappings whatever window #1 does.
 */
static bool pnv_4gb_may_have_mappings(struct device *dev, u64 mask)
{
	return pnv_4gb_bound(dev) && *dev->dma_mask == mask && pnv_4gb_dev_direct(dev);
}

static void pnv_4gb_choose(struct pnv_ioda_pe *pe, struct device *dev, u64 mask)
{
	if (pnv_4gb_may_have_mappings(dev, mask))
		return;

	if (mask >= DMA_BIT_MASK(60))
		pnv_4gb_choose_wide(pe, dev);
	else if (mask >= PNV_4GB_BASE && mask < PNV_4GB_BYPASS_BASE)
		pnv_4gb_choose_narrow(pe, dev, mask);
}

static void pnv_4gb_set_dev(struct device *dev, u64 window, u64 mask)
{
	dev->archdata.dma_offset = PNV_4GB_BASE;
	dev->archdata.dma_ranges_limit = pnv_4gb_limit(window, mask);
	WRITE_ONCE(dev->archdata.dma_ranges, pnv_4gb_list());
	dev_clear_dma_ops_bypass(dev);
}

/**
 * pnv_4gb_set_mask() - choose window #1 of a PE by the new mask of a device
 * @dev: the device
 * @pe: its PE
 * @mask: its new mask for streaming DMA
 *
 * A mask of up to 32 bits changes nothing.  One of 33 to 59 bits asks for the
 * 4 GB window, which each device of the PE then shares.  One of 60 bits or more
 * asks for the bypass, unless the PHB is split for the mask of another device and
 * iommu=split did not ask for both on one PHB.  A device that gets neither uses
 * window #0.
 */
void pnv_4gb_set_mask(struct device *dev, struct pnv_ioda_pe *pe, u64 mask)
{
	struct pnv_4gb *w = &pe->phb->dma4gb;

	if (!w->capable)
		return;

	guard(pnv_4gb)(pe->phb);
	pnv_4gb_choose(pe, dev, mask);
	if (!pnv_4gb_uses_window(pe))
		return;

	if (pnv_4gb_split_phb(pe->phb, pe->table_group.pgsizes))
		mask = min(mask, PNV_4GB_BASE - 1);
	pnv_4gb_set_dev(dev, pnv_4gb_table_end(&w->table), mask);
}

/**
 * pnv_4gb_bypass_supported() - may a device use the bypass of its PE?
 * @dev: the device
 * @pe: its PE
 * @mask: the mask that its driver asks for
 *
 * This sets the flag of the device under the lock, so that
 * pnv_4gb_find_direct() sees it before the driver maps memory.
 *
 * Return: true if it may
 */
bool pnv_4gb_bypass_supported(struct device *dev, struct pnv_ioda_pe *pe, u64 mask)
{
	const struct pnv_4gb *w = &pe->phb->dma4gb;

	if (!w->capable)
		return pnv_pci_ioda_tve1_bypass_fits(pe, mask);

	guard(pnv_4gb)(pe->phb);
	if (pnv_4gb_uses_window(pe) || (w->split && !w->asked) ||
	    !pnv_pci_ioda_tve1_bypass_fits(pe, mask))
		return false;

	dev_set_dma_ops_bypass(dev);
	return true;
}
