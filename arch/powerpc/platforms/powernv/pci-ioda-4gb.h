/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (C) 2026 The onedma developers */
/* The 4 GB split: direct DMA for PCI devices that cannot set address bit 59. */
#ifndef __POWERNV_PCI_IODA_4GB_H
#define __POWERNV_PCI_IODA_4GB_H

#include <linux/cleanup.h>
#include <linux/mutex.h>
#include <linux/sizes.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include <asm/dma-ranges.h>

#include "pci-ioda-4gb-table.h"

struct device;
struct device_node;
struct iommu_table;
struct pnv_ioda_pe;
struct pnv_phb;

/**
 * DOC: The words of the 4 GB split
 *
 * window #0, window #1
 *	The two DMA windows of a PE.  TVE#0 and TVE#1 of the PHB describe them.
 *	Window #0 is the default window: the kernel fills its table of TCEs as
 *	drivers map memory.
 * bypass
 *	A window #1 without a table.  It takes DMA addresses with bit 59 set, and
 *	the rest of the address is the physical address.
 * split PHB
 *	A PHB on which window #1 of each PE takes all DMA at 4 GB and above.  An
 *	option of the firmware selects this for the whole PHB.
 * 4 GB window
 *	A window #1 of a split PHB with a table that maps RAM: at its physical
 *	address plus 4 GB, or in ranges side by side from 4 GB on.
 * cut
 *	A window #0 is cut when no mapping in it may be at 4 GB or above.
 */

/* What iommu= asks for */
enum pnv_4gb_policy {
	PNV_4GB_AUTO,		/* split where one PE has all devices of the PHB */
	PNV_4GB_OFF,
	PNV_4GB_ON,		/* split wherever the firmware can */
};

/**
 * struct pnv_4gb - the 4 GB split of a PHB
 * @lock: serializes changes of the PHB and of its PEs; see pnv_4gb_lock()
 * @noio: the allocation flags that the holder of @lock restores
 * @capable: the firmware has the option, and devices may bypass at all
 * @allowed: the mask of a driver may split the PHB
 * @asked: iommu=split or sysfs asks for the split, so the PHB is also split
 *	for masks that do not reach all RAM, and next to PEs that keep the bypass
 * @kept: sysfs asks for the split, so the PHB stays split without users
 * @pinned: a TVE that could not be cleared refers to @table, so the PHB stays split
 * @window0_cut: each window #0 is cut: window #1 has what is above, or may have
 * @split: the PHB is split, and @table exists
 * @table: the TCEs of the 4 GB window, the same for each PE
 * @unsplit_work: ends the split when the last PE that used it was released
 * @setting: where the firmware stores the value of the option
 */
struct pnv_4gb {
	struct mutex lock;	/* changes of the PHB and of its PEs */
	unsigned int noio;
	bool capable;
	bool allowed;
	bool asked;
	bool kept;
	bool pinned;
	bool window0_cut;
	bool split;
	struct pnv_4gb_table table;
	struct work_struct unsplit_work;
	__be64 setting;
};

/* Chips that have memory, and pmem; a hole of less than this is part of a range */
#define PNV_4GB_MAX_RANGES	16
#define PNV_4GB_RANGE_ALIGN	((u64)SZ_1G)

/**
 * struct pnv_4gb_ranges - the places of memory in all 4 GB windows
 * @list: the ranges, in the order of addresses; one of size 0 ends the list
 * @nr: how many there are
 * @end: the bus address where the last one ends
 */
struct pnv_4gb_ranges {
	struct dma_range list[PNV_4GB_MAX_RANGES + 1];
	unsigned int nr;
	u64 end;
};

extern enum pnv_4gb_policy pnv_4gb_policy;

void pnv_4gb_lock(struct pnv_phb *phb);
void pnv_4gb_unlock(struct pnv_phb *phb);
DEFINE_GUARD(pnv_4gb, struct pnv_phb *, pnv_4gb_lock(_T), pnv_4gb_unlock(_T))

void pnv_4gb_init(void);
void pnv_4gb_init_phb(struct pnv_phb *phb, bool bypass);
void pnv_4gb_shutdown_phb(struct pnv_phb *phb);
int pnv_4gb_restore_phb(struct pnv_phb *phb);
void pnv_4gb_restore_slot(u64 id);
bool pnv_4gb_on_qemu(void);

int pnv_4gb_split_phb(struct pnv_phb *phb, unsigned long pgsizes);
int pnv_4gb_unsplit_phb(struct pnv_phb *phb);
void pnv_4gb_unsplit_unused(struct pnv_phb *phb);
u64 pnv_4gb_window0_max(const struct pnv_phb *phb);
int pnv_4gb_cut_window0(struct iommu_table *tbl);
int pnv_4gb_map_memory(struct pnv_4gb_table *t);

void pnv_4gb_ranges_init(void);
const struct pnv_4gb_ranges *pnv_4gb_ranges(void);
const struct dma_range *pnv_4gb_list(void);

bool pnv_4gb_uses_window(const struct pnv_ioda_pe *pe);
bool pnv_4gb_bypass_supported(struct device *dev, struct pnv_ioda_pe *pe, u64 mask);
void pnv_4gb_set_mask(struct device *dev, struct pnv_ioda_pe *pe, u64 mask);
void pnv_4gb_reset_pe(struct pnv_ioda_pe *pe);
u64 pnv_4gb_take_pe(struct pnv_ioda_pe *pe);
void pnv_4gb_release_pe(struct pnv_ioda_pe *pe);
void pnv_4gb_fw_kill(struct pnv_ioda_pe *pe);

/**
 * struct pnv_4gb_walk - a walk over the devices of a PE, or of all others
 * @phb: the PHB
 * @pe: the PE
 * @others: walk over the devices of @phb that are not of @pe
 * @asks: the device that the window may change for
 * @found: a device was found that @fn looks for
 * @fn: what is done with each device
 */
struct pnv_4gb_walk {
	struct pnv_phb *phb;
	struct pnv_ioda_pe *pe;
	bool others;
	struct device *asks;
	bool found;
	void (*fn)(struct device *dev, struct pnv_4gb_walk *walk);
};

#if IS_ENABLED(CONFIG_KUNIT)
u64 pnv_4gb_limit(u64 window, u64 mask);
void pnv_4gb_extend_window0(struct iommu_table *tbl);
bool pnv_4gb_policy_allows(enum pnv_4gb_policy policy);
bool pnv_4gb_fw_present(void);
s64 pnv_4gb_fw_set(struct pnv_phb *phb, bool on);
s64 pnv_4gb_fw_get(struct pnv_phb *phb, bool *on);
s64 pnv_4gb_fw_map(struct pnv_ioda_pe *pe);
void pnv_4gb_for_each_dev(struct pnv_4gb_walk *walk);
bool pnv_4gb_bound(struct device *dev);
u64 pnv_4gb_ram_end(void);
bool pnv_4gb_ranges_add(struct pnv_4gb_ranges *ranges, u64 start, u64 end);
void pnv_4gb_ranges_place(struct pnv_4gb_ranges *ranges);
bool pnv_4gb_online(u64 start, u64 end);
int pnv_4gb_map(struct pnv_4gb_table *t, u64 start, u64 end);
int pnv_4gb_map_node(struct pnv_4gb_table *t, struct device_node *dn);
int pnv_4gb_add_memory(struct pnv_phb *phb, u64 start, u64 end);
void pnv_4gb_remove_memory(struct pnv_phb *phb, u64 start, u64 end);
#endif

#endif
