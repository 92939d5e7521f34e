// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The onedma developers
// The 4 GB split of a PHB: the firmware's option, and window #0 of its PEs.

#define pr_fmt(fmt) "PCI: " fmt

#include <linux/list.h>
#include <linux/memblock.h>
#include <linux/of.h>
#include <linux/sched/mm.h>
#include <linux/spinlock.h>

#include <kunit/static_stub.h>
#include <kunit/visibility.h>

#include <asm/iommu.h>
#include <asm/opal.h>
#include <asm/pci-bridge.h>
#include <asm/ppc-pci.h>

#include "pci.h"

enum pnv_4gb_policy pnv_4gb_policy __ro_after_init;

/**
 * pnv_4gb_lock() - keep others from changing a PHB and the windows of its PEs
 * @phb: the PHB
 *
 * The order of locks: those of a device, an IOMMU group, rescan and memory
 * hotplug, and pci_bus_sem; this one; pe_list_mutex; the pools of a table.
 *
 * A driver's error handler may set its mask again, and AER calls it with
 * pci_bus_sem held.  So the holder of this lock must not wait for pci_bus_sem,
 * which rules pci_walk_bus() out, nor for memory that a device in recovery has
 * to write first.  It may put the last reference to a device, though: the release
 * of a PE takes pe_list_mutex only.
 */
void pnv_4gb_lock(struct pnv_phb *phb)
{
	mutex_lock(&phb->dma4gb.lock);
	phb->dma4gb.noio = memalloc_noio_save();
}

/**
 * pnv_4gb_unlock() - let others change a PHB and the windows of its PEs
 * @phb: the PHB
 */
void pnv_4gb_unlock(struct pnv_phb *phb)
{
	memalloc_noio_restore(phb->dma4gb.noio);
	mutex_unlock(&phb->dma4gb.lock);
}

/*
 * The option of the firmware
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

/*
 * Set or clear the option.  -EOPNOTSUPP if this PHB has no such option, -EIO if it
 * does not have the new value, or may not have it.
 */
static int pnv_4gb_write_option(struct pnv_phb *phb, bool on)
{
	bool is_on = !on;
	s64 rc;

	/* Only the value that is read back counts */
	pnv_4gb_fw_set(phb, on);
	rc = pnv_4gb_fw_get(phb, &is_on);
	if (rc == OPAL_UNSUPPORTED)
		return -EOPNOTSUPP;

	return !rc && is_on == on ? 0 : -EIO;
}

/*
 * QEMU's PHB4 and PHB5 keep the option and return it, but select the window by
 * bit 59 all the same: DMA at 4 GB would use some page of window #0.
 */
bool pnv_4gb_on_qemu(void)
{
	const char *compat;
	struct property *prop;

	KUNIT_STATIC_STUB_REDIRECT(pnv_4gb_on_qemu);

	of_property_for_each_string(of_root, "compatible", prop, compat)
		if (str_has_prefix(compat, "qemu,"))
			return true;

	return false;
}

VISIBLE_IF_KUNIT bool pnv_4gb_policy_allows(enum pnv_4gb_policy policy)
{
	if (policy != PNV_4GB_AUTO)
		return policy == PNV_4GB_ON;

	if (!pnv_4gb_on_qemu())
		return true;

	pr_info_once("No 4 GB split of QEMU's PHBs unless iommu=split asks for it\n");
	return false;
}

/**
 * pnv_4gb_init() - prepare for 4 GB windows, if a PHB may ever have one
 *
 * Context: boot, before the first PHB.
 */
void __init pnv_4gb_init(void)
{
	struct device_node *dn = of_find_compatible_node(NULL, NULL, "ibm,ioda3-phb");

	of_node_put(dn);
	if (!dn || !pnv_4gb_fw_present() || (pnv_4gb_policy != PNV_4GB_ON && pnv_4gb_on_qemu()))
		return;

	static_branch_enable(&dma_ranges_key);
	pnv_4gb_ranges_init();
}

static void pnv_4gb_unsplit_fn(struct work_struct *work)
{
	struct pnv_phb *phb = container_of(work, struct pnv_phb, dma4gb.unsplit_work);

	guard(pnv_4gb)(phb);
	pnv_4gb_unsplit_unused(phb);
}

/**
 * pnv_4gb_init_phb() - find out whether a PHB can be split
 * @phb: the PHB, after its reset
 * @bypass: whether devices may bypass the default window at all
 *
 * The kernel before this one may have left the PHB split.  If the option cannot
 * be cleared, cut each window #0, because window #1 may have what is above.
 * The bypass works either way.
 */
void pnv_4gb_init_phb(struct pnv_phb *phb, bool bypass)
{
	struct pnv_4gb *w = &phb->dma4gb;
	int rc;

	mutex_init(&w->lock);
	INIT_WORK(&w->unsplit_work, pnv_4gb_unsplit_fn);
	if (phb->type != PNV_PHB_IODA2 || phb->model == PNV_PHB_MODEL_PHB3 ||
	    !pnv_4gb_fw_present())
		return;

	rc = pnv_4gb_write_option(phb, false);
	if (rc == -EOPNOTSUPP)
		return;
	if (rc) {
		w->window0_cut = true;
		pr_warn("PHB#%x: 4 GB split not cleared, window #0 ends at 4 GB\n",
			phb->hose->global_number);
		return;
	}

	w->capable = bypass;
	w->allowed = bypass && pnv_4gb_policy_allows(pnv_4gb_policy);
	w->asked = bypass && pnv_4gb_policy == PNV_4GB_ON;
}

/**
 * pnv_4gb_shutdown_phb() - leave the PHB as a kernel that knows no split wants it
 * @phb: the PHB, when none of its TVEs is valid any more
 */
void pnv_4gb_shutdown_phb(struct pnv_phb *phb)
{
	if (phb->dma4gb.window0_cut && pnv_4gb_write_option(phb, false))
		pr_warn("PHB#%x: 4 GB split not cleared\n", phb->hose->global_number);
}

/*
 * Window #0
 */

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

/* Let no pool search at or beyond an entry */
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

static void pnv_4gb_end_pools(struct iommu_table *tbl, unsigned long end)
{
	unsigned long flags = pnv_4gb_lock_pools(tbl);

	pnv_4gb_cut_pools(tbl, end);
	pnv_4gb_unlock_pools(tbl, flags);
}

/* What drivers may map below 4 GB ends where the range of MMIO begins */
static unsigned long pnv_4gb_low_entries(const struct iommu_table *tbl)
{
	unsigned long first = PNV_4GB_BASE >> tbl->it_page_shift;

	return tbl->it_reserved_end == first ? tbl->it_reserved_start : first;
}

/*
 * Divide a window #0 that has no mappings above 4 GB.  If it has some below, the
 * pools stay where they are, because the lock of an entry must not change.
 */
static void pnv_4gb_divide_pools(struct iommu_table *tbl, unsigned long end)
{
	unsigned long flags = pnv_4gb_lock_pools(tbl);
	unsigned long low = pnv_4gb_low_entries(tbl);

	/* Entry 0 is reserved */
	if (find_next_bit(tbl->it_map, low, 1) >= low)
		iommu_divide_pools(tbl, end);
	else
		pnv_4gb_cut_pools(tbl, end);
	pnv_4gb_unlock_pools(tbl, flags);
}

/* The bitmap can have 16 MB, too much to read with interrupts off */
static bool pnv_4gb_mapped_above(const struct iommu_table *tbl, unsigned long first)
{
	return find_next_bit(tbl->it_map, tbl->it_size, first) < tbl->it_size;
}

/* The last pool ends where the table does, unless window #0 is cut */
static bool pnv_4gb_window0_is_cut(const struct iommu_table *tbl)
{
	return tbl->large_pool.end != tbl->it_size;
}

/**
 * pnv_4gb_cut_window0() - allow no mapping of a window #0 at 4 GB or above
 * @tbl: its table
 *
 * The pools end at 4 GB, so the look after that misses no mapping.  The look before
 * keeps the entries for those who use them.
 *
 * Return: 0, or -EBUSY if there is such a mapping
 */
int pnv_4gb_cut_window0(struct iommu_table *tbl)
{
	unsigned long first = PNV_4GB_BASE >> tbl->it_page_shift;

	if (tbl->it_size <= first || pnv_4gb_window0_is_cut(tbl))
		return 0;

	if (pnv_4gb_mapped_above(tbl, first))
		return -EBUSY;

	pnv_4gb_end_pools(tbl, first);
	if (pnv_4gb_mapped_above(tbl, first)) {
		pnv_4gb_end_pools(tbl, tbl->it_size);
		return -EBUSY;
	}
	pnv_4gb_divide_pools(tbl, pnv_4gb_low_entries(tbl));

	return 0;
}

VISIBLE_IF_KUNIT void pnv_4gb_extend_window0(struct iommu_table *tbl)
{
	if (pnv_4gb_window0_is_cut(tbl))
		pnv_4gb_divide_pools(tbl, tbl->it_size);
}

/* A PE that user space has, through VFIO, has no bypass and may have any window #0 */
static int pnv_4gb_cut_pe(struct pnv_ioda_pe *pe)
{
	struct iommu_table *tbl = pe->table_group.tables[0];

	if (!tbl && !pe->dma_setup_done)
		return 0;

	if (!pe->tce_bypass_enabled) {
		pe_info(pe, "No 4 GB split: user space has this PE, or it has no bypass\n");
		return -EBUSY;
	}

	if (!tbl || !pnv_4gb_cut_window0(tbl))
		return 0;

	pe_info(pe, "No 4 GB split: window #0 has mappings above 4 GB\n");
	return -EBUSY;
}

static void pnv_4gb_extend_before(struct pnv_phb *phb, struct pnv_ioda_pe *end)
{
	struct pnv_ioda_pe *pe;

	list_for_each_entry(pe, &phb->ioda.pe_list, list) {
		if (pe == end)
			return;
		if (pe->table_group.tables[0])
			pnv_4gb_extend_window0(pe->table_group.tables[0]);
	}
}

static void pnv_4gb_extend_phb(struct pnv_phb *phb)
{
	pnv_4gb_extend_before(phb, NULL);
	phb->dma4gb.window0_cut = false;
}

/**
 * pnv_4gb_window0_max() - how far a window #0 of user space may go
 * @phb: the PHB, which cannot be split while user space has one of its PEs
 *
 * Return: the bus address where the window has to end
 */
u64 pnv_4gb_window0_max(const struct pnv_phb *phb)
{
	return phb->dma4gb.window0_cut ? PNV_4GB_BASE : U64_MAX;
}

static int pnv_4gb_cut_phb(struct pnv_phb *phb)
{
	struct pnv_ioda_pe *pe;
	int rc = 0;

	list_for_each_entry(pe, &phb->ioda.pe_list, list) {
		rc = pnv_4gb_cut_pe(pe);
		if (rc)
			break;
	}
	/* A window that was cut before stays so */
	if (rc && !phb->dma4gb.window0_cut)
		pnv_4gb_extend_before(phb, pe);

	return rc;
}

/*
 * The split
 */

static int pnv_4gb_make_table(struct pnv_phb *phb, unsigned long pgsizes)
{
	const struct pnv_4gb_ranges *ranges = pnv_4gb_ranges();
	u64 end = ranges ? ranges->end : PNV_4GB_BASE + memblock_end_of_DRAM();
	struct pnv_4gb_table *t = &phb->dma4gb.table;
	int rc;

	rc = pnv_4gb_table_init(t, pgsizes, end, phb->hose->node);
	if (rc)
		return rc;

	return pnv_4gb_map_memory(t);
}

static int pnv_4gb_switch_phb(struct pnv_phb *phb)
{
	int rc;

	guard(mutex)(&phb->ioda.pe_list_mutex);
	rc = pnv_4gb_cut_phb(phb);
	if (rc)
		return rc;

	phb->dma4gb.window0_cut = true;
	rc = pnv_4gb_write_option(phb, true);
	/* Cut windows #0 stay cut where the option may still be set */
	if (rc && !pnv_4gb_write_option(phb, false))
		pnv_4gb_extend_phb(phb);

	return rc;
}

/* A reset of which the kernel does not know may have cleared the option */
static int pnv_4gb_check_option(struct pnv_phb *phb)
{
	bool on = false;

	if (!pnv_4gb_fw_get(phb, &on) && on)
		return 0;

	pr_warn("PHB#%x: 4 GB split was lost, setting it again\n", phb->hose->global_number);
	return pnv_4gb_write_option(phb, true);
}

/**
 * pnv_4gb_split_phb() - let window #1 take all DMA at 4 GB and above
 * @phb: the PHB, whose lock is held
 * @pgsizes: the sizes of pages that its TCEs may have
 *
 * -EBUSY is for now; after every other failure no mask splits the PHB.
 *
 * Return: 0 if the PHB is split, or a negative errno
 */
int pnv_4gb_split_phb(struct pnv_phb *phb, unsigned long pgsizes)
{
	struct pnv_4gb *w = &phb->dma4gb;
	int rc;

	if (w->split)
		return pnv_4gb_check_option(phb);

	if (!w->allowed)
		return -EOPNOTSUPP;

	rc = pnv_4gb_make_table(phb, pgsizes);
	if (!rc)
		rc = pnv_4gb_switch_phb(phb);
	if (rc) {
		pnv_4gb_table_free(&w->table);
		w->allowed = rc == -EBUSY;
		pr_info("PHB#%x: no 4 GB split, error %d\n", phb->hose->global_number, rc);
		return rc;
	}

	w->split = true;
	pr_info("PHB#%x: 4 GB split, window #1 up to 0x%llx, %zu KB of TCEs in %u levels for pages of 0x%llx\n",
		phb->hose->global_number, pnv_4gb_table_end(&w->table) - 1,
		w->table.bytes / SZ_1K, w->table.levels, 1ULL << w->table.page_shift);

	return 0;
}

/**
 * pnv_4gb_uses_window() - is window #1 of a PE a 4 GB window?
 * @pe: the PE
 *
 * Return: true if it is, and false if it is a bypass
 */
bool pnv_4gb_uses_window(const struct pnv_ioda_pe *pe)
{
	return pe->tce_bypass_base == PNV_4GB_BASE;
}

/**
 * pnv_4gb_unsplit_phb() - let window #1 take DMA with bit 59 again
 * @phb: the PHB, whose lock and pe_list_mutex are held and of which no PE uses
 *	the 4 GB window
 *
 * Return: 0, or a negative errno if the PHB is still split
 */
int pnv_4gb_unsplit_phb(struct pnv_phb *phb)
{
	struct pnv_4gb *w = &phb->dma4gb;
	int rc;

	if (w->pinned)
		return -EBUSY;

	rc = pnv_4gb_write_option(phb, false);
	if (rc) {
		pr_warn("PHB#%x: 4 GB split not cleared\n", phb->hose->global_number);
		return rc;
	}

	pnv_4gb_extend_phb(phb);
	w->split = false;
	pnv_4gb_table_free(&w->table);
	pr_info("PHB#%x: no 4 GB split any more\n", phb->hose->global_number);

	return 0;
}

/* User space that took a PE of a split PHB was told that window #1 starts at 4 GB */
static bool pnv_4gb_pe_needs_split(const struct pnv_ioda_pe *pe)
{
	return pnv_4gb_uses_window(pe) || pe->table_group.tce64_start == PNV_4GB_BASE;
}

/**
 * pnv_4gb_unsplit_unused() - end the split of a PHB if no PE needs it any more
 * @phb: the PHB, whose lock is held
 */
void pnv_4gb_unsplit_unused(struct pnv_phb *phb)
{
	struct pnv_ioda_pe *pe;

	if (!phb->dma4gb.split || phb->dma4gb.kept)
		return;

	guard(mutex)(&phb->ioda.pe_list_mutex);
	list_for_each_entry(pe, &phb->ioda.pe_list, list)
		if (pnv_4gb_pe_needs_split(pe))
			return;

	pnv_4gb_unsplit_phb(phb);
}

/**
 * pnv_4gb_restore_phb() - set the option again after a reset
 * @phb: the PHB, before any device behind it does DMA
 *
 * A complete reset clears the option; the firmware restores the TVEs, but not the
 * option.  A hot or fundamental reset becomes a complete one if the link does not
 * train in time, and the firmware does not report that.
 *
 * Return: 0, or a negative errno if devices must not be used
 */
int pnv_4gb_restore_phb(struct pnv_phb *phb)
{
	int rc;

	/* The first reset is before there is a lock */
	if (!phb->dma4gb.capable)
		return 0;

	guard(pnv_4gb)(phb);
	if (!phb->dma4gb.split)
		return 0;

	rc = pnv_4gb_write_option(phb, true);
	if (rc)
		pr_err("PHB#%x: 4 GB split not restored, error %d\n",
		       phb->hose->global_number, rc);

	return rc;
}

/**
 * pnv_4gb_restore_slot() - set the option again after a slot was powered on
 * @id: OPAL's number of the slot, with that of the PHB in the lower 16 bits
 */
void pnv_4gb_restore_slot(u64 id)
{
	struct pci_controller *hose;

	list_for_each_entry(hose, &hose_list, list_node) {
		struct pnv_phb *phb = hose->private_data;

		if (phb->type == PNV_PHB_IODA2 && phb->opal_id == (id & 0xffff))
			pnv_4gb_restore_phb(phb);
	}
}
