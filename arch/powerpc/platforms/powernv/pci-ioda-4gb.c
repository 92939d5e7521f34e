// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The onedma developers
// A window at 4 GB that maps memory directly, for devices that cannot set address bit 59.

#define pr_fmt(fmt) "PCI: " fmt

#include <linux/dma-direct.h>
#include <linux/list.h>
#include <linux/memblock.h>
#include <linux/of.h>
#include <linux/pci.h>
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
 * Return: 0 or -EIO
 */
int pnv_4gb_write_option(struct pnv_phb *phb, bool on)
{
	bool is_on = !on;

	if (pnv_4gb_fw_set(phb, on) || pnv_4gb_fw_get(phb, &is_on))
		return -EIO;

	return is_on == on ? 0 : -EIO;
}

/*
 * The PHB
 */

/*
 * QEMU's PHB4 and PHB5 keep the option, and read it back, but select the TVE
 * by bit 59 all the same: DMA at 4 GB would go to some page of TVE#0.
 */
static bool pnv_4gb_on_qemu(void)
{
	const char *compat;
	struct property *prop;

	of_property_for_each_string(of_root, "compatible", prop, compat)
		if (str_has_prefix(compat, "qemu,"))
			return true;

	return false;
}

static bool pnv_4gb_allowed(void)
{
	if (pnv_4gb_policy != PNV_4GB_AUTO)
		return pnv_4gb_policy == PNV_4GB_ON;

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
 * The kernel before this one may have left the option set.
 */
void pnv_4gb_init_phb(struct pnv_phb *phb, bool bypass)
{
	struct pnv_4gb *w = &phb->dma4gb;

	mutex_init(&w->lock);
	if (phb->type != PNV_PHB_IODA2 || !pnv_4gb_fw_present())
		return;

	if (pnv_4gb_write_option(phb, false))
		return;

	w->capable = bypass;
	w->available = w->capable && pnv_4gb_allowed();
}

/**
 * pnv_4gb_shutdown_phb() - leave the PHB as a kernel without windows at 4 GB wants it
 * @phb: the PHB, when no TVE of it is valid any more
 */
void pnv_4gb_shutdown_phb(struct pnv_phb *phb)
{
	if (phb->dma4gb.active && pnv_4gb_write_option(phb, false))
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
	if (!phb->dma4gb.active)
		return 0;

	return pnv_4gb_write_option(phb, true);
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

	if (tbl->it_size <= first)
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
}

static int pnv_4gb_fence_phb(struct pnv_phb *phb)
{
	struct pnv_ioda_pe *pe;
	int rc = 0;

	list_for_each_entry(pe, &phb->ioda.pe_list, list) {
		rc = pnv_4gb_fence_pe(pe);
		if (rc) {
			pnv_4gb_unfence_before(phb, pe);
			break;
		}
	}

	return rc;
}

static int pnv_4gb_switch_phb(struct pnv_phb *phb)
{
	int rc;

	mutex_lock(&phb->ioda.pe_list_mutex);
	rc = pnv_4gb_fence_phb(phb);
	if (rc)
		goto out;

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

struct pnv_4gb_walk {
	struct pnv_ioda_pe *pe;
	struct device *asks;
	bool busy;
};

static void pnv_4gb_for_each_dev(struct pnv_4gb_walk *walk,
				 int (*fn)(struct pci_dev *pdev, void *walk))
{
	if (walk->pe->pbus)
		pci_walk_bus(walk->pe->pbus, fn, walk);
	else if (walk->pe->pdev)
		fn(walk->pe->pdev, walk);
}

/* A driver that bypasses through window #1 may have mappings at bit 59 */
static int pnv_4gb_dev_busy(struct pci_dev *pdev, void *arg)
{
	struct pnv_4gb_walk *walk = arg;
	struct device *dev = &pdev->dev;

	if (dev == walk->asks || pnv_ioda_get_pe(pdev) != walk->pe)
		return 0;

	walk->busy = dev->driver && dev_dma_ops_bypass(dev);
	return walk->busy;
}

static int pnv_4gb_dev_reset(struct pci_dev *pdev, void *arg)
{
	struct pnv_4gb_walk *walk = arg;
	struct device *dev = &pdev->dev;

	if (pnv_ioda_get_pe(pdev) != walk->pe)
		return 0;

	dev->archdata.dma_offset = walk->pe->tce_bypass_base;
	dev->bus_dma_limit = 0;
	dev_clear_dma_ops_bypass(dev);
	return 0;
}

static int pnv_4gb_enable_pe(struct pnv_ioda_pe *pe, struct device *dev)
{
	struct pnv_4gb_walk walk = { .pe = pe, .asks = dev };
	int rc;

	if (pnv_4gb_pe_active(pe))
		return 0;

	if (!pe->tce_bypass_enabled)
		return -EBUSY;

	pnv_4gb_for_each_dev(&walk, pnv_4gb_dev_busy);
	if (walk.busy)
		return -EBUSY;

	rc = pnv_4gb_enable_phb(pe->phb, pe->table_group.pgsizes);
	if (rc)
		return rc;

	if (pnv_4gb_fw_map(pe))
		return -EIO;

	pnv_4gb_fw_kill(pe);
	pe->tce_bypass_base = PNV_4GB_BASE;
	pnv_4gb_for_each_dev(&walk, pnv_4gb_dev_reset);

	return 0;
}

/**
 * pnv_4gb_disable_pe() - go back to where window #1 is by default
 * @pe: the PE; its TVE#1 is not valid any more, and its PHB's lock is held
 */
void pnv_4gb_disable_pe(struct pnv_ioda_pe *pe)
{
	struct pnv_4gb_walk walk = { .pe = pe };

	if (!pnv_4gb_pe_active(pe))
		return;

	pnv_4gb_fw_kill(pe);
	pe->tce_bypass_base = 1ULL << 59;
	pnv_4gb_for_each_dev(&walk, pnv_4gb_dev_reset);
}

/* Coherent memory comes from the default window unless all RAM is in reach */
static void pnv_4gb_set_dev(struct device *dev, u64 window, u64 mask)
{
	u64 required = dma_direct_get_required_mask(dev);

	dev->bus_dma_limit = pnv_4gb_limit(window, mask);
	if (min(dev->bus_dma_limit, dev->coherent_dma_mask) >= required)
		dev_set_dma_ops_bypass(dev);
	else
		dev_clear_dma_ops_bypass(dev);
}

/**
 * pnv_4gb_set_mask() - give a device the window at 4 GB, if that serves it best
 * @dev: the device
 * @pe: its PE
 * @mask: its new mask for streaming DMA
 *
 * A mask that includes bit 59 keeps the no-translate window of its PE, and one
 * of 32 bits the default window.  What is in between gets the window at 4 GB,
 * which each device of the PE then shares.  A device that does not get it works
 * through the default window.
 */
void pnv_4gb_set_mask(struct device *dev, struct pnv_ioda_pe *pe, u64 mask)
{
	struct pnv_4gb *w = &pe->phb->dma4gb;
	bool wanted = mask >= PNV_4GB_BASE && mask < 1ULL << 59;

	mutex_lock(&w->lock);
	if (wanted && !pnv_4gb_enable_pe(pe, dev))
		dev->archdata.dma_offset = PNV_4GB_BASE;
	if (pnv_4gb_pe_active(pe))
		pnv_4gb_set_dev(dev, pnv_4gb_table_end(&w->table), mask);
	mutex_unlock(&w->lock);
}
