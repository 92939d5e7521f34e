// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The onedma developers
// A window at 4 GB that maps memory directly, for devices that cannot set address bit 59.

#define pr_fmt(fmt) "PCI: " fmt

#include <linux/dma-direct.h>
#include <linux/list.h>
#include <linux/memblock.h>
#include <linux/of.h>
#include <linux/pci.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include <kunit/static_stub.h>
#include <kunit/visibility.h>

#include <asm/iommu.h>
#include <asm/opal.h>
#include <asm/tce.h>

#include "pci.h"

enum pnv_4gb_policy pnv_4gb_policy __ro_after_init;

/* The highest bus address of a direct mapping; 0 if there can be none */
VISIBLE_IF_KUNIT u64 pnv_4gb_limit(u64 window, u64 mask)
{
	if (mask < PNV_4GB_BASE)
		return 0;

	return min(window - 1, mask);
}

/**
 * pnv_4gb_lock() - let nobody else change the layout of a PHB
 * @phb: the PHB
 *
 * The order of locks: those of a device, an IOMMU group, rescan and memory
 * hotplug, and pci_bus_sem; this one; pe_list_mutex; the pools of a table.
 *
 * A driver's error handler may set its mask again, and AER calls it with
 * pci_bus_sem held.  So who holds this lock must not wait for pci_bus_sem, which
 * rules pci_walk_bus() out, nor for memory that a device in recovery has to
 * write first.  The last reference to a device may be put, though: to release
 * a PE takes pe_list_mutex only.
 */
void pnv_4gb_lock(struct pnv_phb *phb)
{
	mutex_lock(&phb->dma4gb.lock);
	phb->dma4gb.noio = memalloc_noio_save();
}

/**
 * pnv_4gb_unlock() - let others change the layout of a PHB
 * @phb: the PHB
 */
void pnv_4gb_unlock(struct pnv_phb *phb)
{
	memalloc_noio_restore(phb->dma4gb.noio);
	mutex_unlock(&phb->dma4gb.lock);
}

/*
 * The firmware
 */

VISIBLE_IF_KUNIT bool pnv_4gb_fw_present(void)
{
	KUNIT_STATIC_STUB_REDIRECT(pnv_4gb_fw_present);

	return opal_check_token(OPAL_PHB_SET_OPTION) &&
	       opal_check_token(OPAL_PHB_GET_OPTION);
}

VISIBLE_IF_KUNIT s64 pnv_4gb_fw_set(struct pnv_phb *phb, bool on)
{
	KUNIT_STATIC_STUB_REDIRECT(pnv_4gb_fw_set, phb, on);

	return opal_phb_set_option(phb->opal_id, OPAL_PHB_OPTION_TVE1_4GB, on);
}

VISIBLE_IF_KUNIT s64 pnv_4gb_fw_get(struct pnv_phb *phb, bool *on)
{
	s64 rc;

	KUNIT_STATIC_STUB_REDIRECT(pnv_4gb_fw_get, phb, on);

	rc = opal_phb_get_option(phb->opal_id, OPAL_PHB_OPTION_TVE1_4GB,
				 &phb->dma4gb.setting);
	*on = be64_to_cpu(phb->dma4gb.setting);

	return rc;
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

/**
 * pnv_4gb_write_option() - set or clear the option, and see that it is kept
 * @phb: the PHB
 * @on: whether TVE#1 shall take all DMA at 4 GB and above
 *
 * Return: 0, -EOPNOTSUPP if this PHB has no such option, or -EIO if it is not,
 *	or not known to be, as it should
 */
int pnv_4gb_write_option(struct pnv_phb *phb, bool on)
{
	bool is_on = !on;
	s64 rc;

	/* What it reads back is what counts */
	pnv_4gb_fw_set(phb, on);
	rc = pnv_4gb_fw_get(phb, &is_on);
	if (rc == OPAL_UNSUPPORTED)
		return -EOPNOTSUPP;

	return !rc && is_on == on ? 0 : -EIO;
}

/*
 * The PHB
 */

/*
 * QEMU's PHB4 and PHB5 keep the option, and read it back, but select the TVE
 * by bit 59 all the same: DMA at 4 GB would go to some page of TVE#0.
 */
VISIBLE_IF_KUNIT bool pnv_4gb_on_qemu(void)
{
	const char *compat;
	struct property *prop;

	KUNIT_STATIC_STUB_REDIRECT(pnv_4gb_on_qemu);

	of_property_for_each_string(of_root, "compatible", prop, compat)
		if (str_has_prefix(compat, "qemu,"))
			return true;

	return false;
}

VISIBLE_IF_KUNIT bool pnv_4gb_allowed(enum pnv_4gb_policy policy)
{
	if (policy != PNV_4GB_AUTO)
		return policy == PNV_4GB_ON;

	if (!pnv_4gb_on_qemu())
		return true;

	pr_info_once("no DMA window at 4 GB on QEMU's PHBs, unless iommu=split asks for it\n");
	return false;
}

/**
 * pnv_4gb_init_phb() - find out whether a PHB can have windows at 4 GB
 * @phb: the PHB, after its reset
 * @bypass: whether devices may bypass the default window at all
 *
 * The kernel before this one may have left the option set.  Where it cannot be
 * cleared, a window #0 that is longer than 4 GB would lead into memory that TVE#1
 * maps; the bypass at bit 59 works either way.
 */
void pnv_4gb_init_phb(struct pnv_phb *phb, bool bypass)
{
	struct pnv_4gb *w = &phb->dma4gb;
	int rc;

	mutex_init(&w->lock);
	if (phb->type != PNV_PHB_IODA2 || phb->model == PNV_PHB_MODEL_PHB3 ||
	    !pnv_4gb_fw_present())
		return;

	rc = pnv_4gb_write_option(phb, false);
	if (rc == -EOPNOTSUPP)
		return;
	if (rc) {
		w->fenced = true;
		pr_warn("PHB#%x: DMA option not cleared, TVE#0 ends at 4 GB\n",
			phb->hose->global_number);
		return;
	}

	w->capable = bypass;
	w->available = w->capable && pnv_4gb_allowed(pnv_4gb_policy);
}

/**
 * pnv_4gb_shutdown_phb() - leave the PHB as a kernel without windows at 4 GB wants it
 * @phb: the PHB, when no TVE of it is valid any more
 */
void pnv_4gb_shutdown_phb(struct pnv_phb *phb)
{
	if (phb->dma4gb.fenced && pnv_4gb_write_option(phb, false))
		pr_warn("PHB#%x: DMA option not cleared\n", phb->hose->global_number);
}

/**
 * pnv_4gb_restore_phb() - set the option again
 * @phb: the PHB, after a complete reset and before any device does DMA
 *
 * The firmware restores the TVEs and forgets the option.
 *
 * Return: 0, or a negative errno if devices must not be used
 */
int pnv_4gb_restore_phb(struct pnv_phb *phb)
{
	/* The first reset is before there is a lock */
	if (!phb->dma4gb.capable)
		return 0;

	guard(pnv_4gb)(phb);
	return phb->dma4gb.active ? pnv_4gb_write_option(phb, true) : 0;
}

static int pnv_4gb_make_table(struct pnv_phb *phb, unsigned long pgsizes)
{
	struct pnv_4gb_table *t = &phb->dma4gb.table;
	int rc;

	rc = pnv_4gb_table_init(t, pgsizes, memblock_end_of_DRAM(), phb->hose->node);
	if (rc)
		return rc;

	return pnv_4gb_map_memory(t);
}

static unsigned long pnv_4gb_lock_pools(struct iommu_table *tbl)
{
	unsigned long flags;
	unsigned int i;

	spin_lock_irqsave(&tbl->large_pool.lock, flags);
	for (i = 0; i < tbl->nr_pools; i++)
		spin_lock_nest_lock(&tbl->pools[i].lock, &tbl->large_pool.lock);

	return flags;
}

static void pnv_4gb_unlock_pools(struct iommu_table *tbl, unsigned long flags)
{
	unsigned int i;

	for (i = 0; i < tbl->nr_pools; i++)
		spin_unlock(&tbl->pools[i].lock);
	spin_unlock_irqrestore(&tbl->large_pool.lock, flags);
}

/* Where no pool may have an entry, none need be searched for one */
static void pnv_4gb_cut_pools(struct iommu_table *tbl, unsigned long first)
{
	struct iommu_pool *p = tbl->pools;

	for (; p < tbl->pools + tbl->nr_pools; p++) {
		p->end = clamp(first, p->start, p->start + tbl->poolsize);
		p->hint = p->start;
	}
	p = &tbl->large_pool;
	p->end = clamp(first, p->start, tbl->it_size);
	p->hint = p->start;
}

/* Keep window #0 below 4 GB; the reserved range of its table ends there */
VISIBLE_IF_KUNIT int pnv_4gb_fence(struct iommu_table *tbl)
{
	unsigned long first = PNV_4GB_BASE >> tbl->it_page_shift;
	unsigned long flags;
	int rc = -EBUSY;

	if (tbl->it_size <= first || tbl->it_reserved_end == tbl->it_size)
		return 0;

	flags = pnv_4gb_lock_pools(tbl);
	if (find_next_bit(tbl->it_map, tbl->it_size, first) >= tbl->it_size) {
		bitmap_set(tbl->it_map, first, tbl->it_size - first);
		tbl->it_reserved_end = tbl->it_size;
		pnv_4gb_cut_pools(tbl, first);
		rc = 0;
	}
	pnv_4gb_unlock_pools(tbl, flags);

	return rc;
}

VISIBLE_IF_KUNIT void pnv_4gb_unfence(struct iommu_table *tbl)
{
	unsigned long first = PNV_4GB_BASE >> tbl->it_page_shift;
	unsigned long flags;

	if (tbl->it_size <= first)
		return;

	flags = pnv_4gb_lock_pools(tbl);
	bitmap_clear(tbl->it_map, first, tbl->it_size - first);
	tbl->it_reserved_end = first;
	pnv_4gb_cut_pools(tbl, tbl->it_size);
	pnv_4gb_unlock_pools(tbl, flags);
}

/* The window #0 of a PE, which must not be in the hands of user space */
static int pnv_4gb_fence_pe(struct pnv_ioda_pe *pe)
{
	struct iommu_table *tbl = pe->table_group.tables[0];

	if (!tbl && !pe->dma_setup_done)
		return 0;

	if (!pe->tce_bypass_enabled)
		return -EBUSY;

	return tbl ? pnv_4gb_fence(tbl) : 0;
}

static void pnv_4gb_unfence_before(struct pnv_phb *phb, struct pnv_ioda_pe *end)
{
	struct pnv_ioda_pe *pe;

	list_for_each_entry(pe, &phb->ioda.pe_list, list) {
		if (pe == end)
			return;
		if (pe->table_group.tables[0])
			pnv_4gb_unfence(pe->table_group.tables[0]);
	}
}

/**
 * pnv_4gb_unfence_phb() - let the windows #0 go beyond 4 GB again
 * @phb: the PHB, with its lock and that of its list of PEs held
 */
void pnv_4gb_unfence_phb(struct pnv_phb *phb)
{
	pnv_4gb_unfence_before(phb, NULL);
	phb->dma4gb.fenced = false;
}

/**
 * pnv_4gb_window0_max() - how far a new window #0 may go
 * @phb: the PHB, with its lock held
 *
 * Return: where it has to end
 */
u64 pnv_4gb_window0_max(const struct pnv_phb *phb)
{
	return phb->dma4gb.fenced ? PNV_4GB_BASE : U64_MAX;
}

static int pnv_4gb_fence_phb(struct pnv_phb *phb)
{
	struct pnv_ioda_pe *pe;
	int rc = 0;

	list_for_each_entry(pe, &phb->ioda.pe_list, list) {
		rc = pnv_4gb_fence_pe(pe);
		if (rc)
			break;
	}
	/* Fences that were there before stay */
	if (rc && !phb->dma4gb.fenced)
		pnv_4gb_unfence_before(phb, pe);

	return rc;
}

static int pnv_4gb_switch_phb(struct pnv_phb *phb)
{
	int rc;

	mutex_lock(&phb->ioda.pe_list_mutex);
	rc = pnv_4gb_fence_phb(phb);
	if (rc)
		goto out;

	phb->dma4gb.fenced = true;
	rc = pnv_4gb_write_option(phb, true);
	/* What may still be set leaves TVE#0 nothing at 4 GB and above */
	if (rc && !pnv_4gb_write_option(phb, false))
		pnv_4gb_unfence_phb(phb);
out:
	mutex_unlock(&phb->ioda.pe_list_mutex);

	return rc;
}

/**
 * pnv_4gb_enable_phb() - let TVE#1 take all DMA at 4 GB and above
 * @phb: the PHB, with its lock held
 * @pgsizes: the sizes of pages that its TCEs may have
 *
 * Busy is for now, every other failure is for good.
 *
 * Return: 0 if it does so now, or has done so before, or a negative errno
 */
int pnv_4gb_enable_phb(struct pnv_phb *phb, unsigned long pgsizes)
{
	struct pnv_4gb *w = &phb->dma4gb;
	int rc;

	if (w->active)
		return 0;

	if (!w->available)
		return -EOPNOTSUPP;

	rc = pnv_4gb_make_table(phb, pgsizes);
	if (!rc)
		rc = pnv_4gb_switch_phb(phb);
	if (rc) {
		pnv_4gb_table_free(&w->table);
		w->available = rc == -EBUSY;
		pr_info("PHB#%x: no DMA window at 4 GB, error %d\n",
			phb->hose->global_number, rc);
		return rc;
	}

	w->active = true;
	pr_info("PHB#%x: TVE#1 takes DMA at 4 GB and above, up to 0x%llx, with %zu KB of TCEs in %u levels for pages of 0x%llx\n",
		phb->hose->global_number, pnv_4gb_table_end(&w->table) - 1,
		w->table.bytes / SZ_1K, w->table.levels, 1ULL << w->table.page_shift);

	return 0;
}

/*
 * The PE
 */

/**
 * pnv_4gb_pe_active() - does window #1 of a PE lie at 4 GB?
 * @pe: the PE
 *
 * Return: true if it does, and false if it is a no-translate one at bit 59
 */
bool pnv_4gb_pe_active(const struct pnv_ioda_pe *pe)
{
	return pe->tce_bypass_base == PNV_4GB_BASE;
}

/* Not with pci_walk_bus(), see pnv_4gb_lock() */
VISIBLE_IF_KUNIT void pnv_4gb_for_each_dev(struct pnv_4gb_walk *walk)
{
	struct pci_dev *pdev = NULL;

	KUNIT_STATIC_STUB_REDIRECT(pnv_4gb_for_each_dev, walk);

	for_each_pci_dev(pdev)
		if (pci_bus_to_pnvhb(pdev->bus) == walk->pe->phb &&
		    pnv_ioda_get_pe(pdev) == walk->pe)
			walk->fn(&pdev->dev, walk);
}

/* A driver that goes through window #1, for all or some of memory, may have mappings in it */
static void pnv_4gb_dev_busy(struct device *dev, struct pnv_4gb_walk *walk)
{
	if (dev != walk->asks && dev->driver)
		walk->busy |= dev_dma_ops_bypass(dev) || dev->bus_dma_limit;
}

static bool pnv_4gb_pe_busy(struct pnv_ioda_pe *pe, struct device *asks)
{
	struct pnv_4gb_walk walk = { .pe = pe, .asks = asks, .fn = pnv_4gb_dev_busy };

	pnv_4gb_for_each_dev(&walk);
	return walk.busy;
}

static void pnv_4gb_dev_reset(struct device *dev, struct pnv_4gb_walk *walk)
{
	dev->archdata.dma_offset = walk->pe->tce_bypass_base;
	dev->bus_dma_limit = 0;
	dev_clear_dma_ops_bypass(dev);
}

static void pnv_4gb_move_pe(struct pnv_ioda_pe *pe, u64 base)
{
	struct pnv_4gb_walk walk = { .pe = pe, .fn = pnv_4gb_dev_reset };

	pnv_4gb_fw_kill(pe);
	pe->tce_bypass_base = base;
	pnv_4gb_for_each_dev(&walk);
}

static int pnv_4gb_enable_pe(struct pnv_ioda_pe *pe, struct device *dev)
{
	int rc;

	if (pnv_4gb_pe_active(pe))
		return 0;

	if (!pe->tce_bypass_enabled || pnv_4gb_pe_busy(pe, dev))
		return -EBUSY;

	rc = pnv_4gb_enable_phb(pe->phb, pe->table_group.pgsizes);
	if (rc)
		return rc;

	if (pnv_4gb_fw_map(pe))
		return -EIO;

	pnv_4gb_move_pe(pe, PNV_4GB_BASE);

	return 0;
}

/**
 * pnv_4gb_disable_pe() - go back to where window #1 is by default
 * @pe: the PE; its TVE#1 is not valid any more, and its PHB's lock is held
 */
void pnv_4gb_disable_pe(struct pnv_ioda_pe *pe)
{
	if (pnv_4gb_pe_active(pe))
		pnv_4gb_move_pe(pe, 1ULL << 59);
}

/**
 * pnv_4gb_reset_pe() - give a PE the bypass at bit 59 again
 * @pe: the PE, whose PHB's lock is held, without mappings in window #1
 */
void pnv_4gb_reset_pe(struct pnv_ioda_pe *pe)
{
	if (!pnv_4gb_pe_active(pe))
		return;

	pnv_pci_ioda2_set_bypass(pe, false);
	/* Whatever the firmware says: without a window #1 there is still #0 */
	pe->tce_bypass_enabled = false;
	pnv_4gb_disable_pe(pe);
	pnv_pci_ioda2_set_bypass(pe, true);
}

/* A bypass has no table for the PHB to look into; dma_supported() was asked before this */
static void pnv_4gb_leave_pe(struct pnv_ioda_pe *pe, struct device *dev)
{
	if (!pnv_4gb_pe_active(pe) || pnv_4gb_pe_busy(pe, dev))
		return;

	pnv_4gb_reset_pe(pe);
	if (pe->tce_bypass_enabled)
		dev_set_dma_ops_bypass(dev);
}

VISIBLE_IF_KUNIT u64 pnv_4gb_required(struct device *dev)
{
	KUNIT_STATIC_STUB_REDIRECT(pnv_4gb_required, dev);

	return dma_direct_get_required_mask(dev);
}

/* Coherent memory comes from the default window unless all RAM is in reach */
static void pnv_4gb_set_dev(struct device *dev, u64 window, u64 mask)
{
	dev->archdata.dma_offset = PNV_4GB_BASE;
	dev->bus_dma_limit = pnv_4gb_limit(window, mask);
	if (min(dev->bus_dma_limit, dev->coherent_dma_mask) >= pnv_4gb_required(dev))
		dev_set_dma_ops_bypass(dev);
	else
		dev_clear_dma_ops_bypass(dev);
}

VISIBLE_IF_KUNIT bool pnv_4gb_bound(struct device *dev)
{
	KUNIT_STATIC_STUB_REDIRECT(pnv_4gb_bound, dev);

	return device_is_bound(dev);
}

/* A driver sets its mask before it maps anything, but after a reset the same one again */
static bool pnv_4gb_may_have_mappings(struct device *dev, u64 mask)
{
	return pnv_4gb_bound(dev) && *dev->dma_mask == mask;
}

static void pnv_4gb_choose(struct pnv_ioda_pe *pe, struct device *dev, u64 mask)
{
	if (mask >= DMA_BIT_MASK(60))
		pnv_4gb_leave_pe(pe, dev);
	else if (mask >= PNV_4GB_BASE && mask < 1ULL << 59)
		pnv_4gb_enable_pe(pe, dev);
}

/**
 * pnv_4gb_set_mask() - give a device the window at 4 GB, if that serves it best
 * @dev: the device
 * @pe: its PE
 * @mask: its new mask for streaming DMA
 *
 * A mask that includes bit 59 keeps the no-translate window of its PE, or has it
 * put back unless another device of the PE may have mappings.  One of 32 bits
 * keeps the default window.  What is in between gets the window at 4 GB, which
 * each device of the PE then shares.  A device that does not get it works through
 * the default window.
 */
void pnv_4gb_set_mask(struct device *dev, struct pnv_ioda_pe *pe, u64 mask)
{
	struct pnv_4gb *w = &pe->phb->dma4gb;

	guard(pnv_4gb)(pe->phb);
	if (!pnv_4gb_may_have_mappings(dev, mask))
		pnv_4gb_choose(pe, dev, mask);
	if (pnv_4gb_pe_active(pe))
		pnv_4gb_set_dev(dev, pnv_4gb_table_end(&w->table), mask);
}
