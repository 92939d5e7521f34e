/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (C) 2026 The onedma developers */
/* A window at 4 GB that maps memory directly, for devices that cannot set address bit 59. */
#ifndef __POWERNV_PCI_IODA_4GB_H
#define __POWERNV_PCI_IODA_4GB_H

#include <linux/cleanup.h>
#include <linux/mutex.h>
#include <linux/sizes.h>
#include <linux/types.h>

#include "pci-ioda-4gb-table.h"

struct device;
struct device_node;
struct iommu_table;
struct pnv_ioda_pe;
struct pnv_phb;

/* What iommu= asks for */
enum pnv_4gb_policy {
	PNV_4GB_AUTO,		/* where the firmware can and the machine is not QEMU's */
	PNV_4GB_OFF,
	PNV_4GB_ON,		/* where the firmware can */
};

/**
 * struct pnv_4gb - the window at 4 GB of a PHB
 * @lock: serializes the layout of the PHB and of its PEs; see pnv_4gb_lock()
 * @noio: what its holder gets back when it lets go
 * @capable: the firmware has the option, and devices may bypass at all
 * @available: a driver's mask may switch the PHB; iommu= and sysfs decide
 * @fenced: windows #0 end at 4 GB, for TVE#1 has or may have what is above
 * @active: the PHB uses TVE#1 for all DMA at 4 GB and above, and @table is there
 * @table: the same for each PE that uses the window
 * @setting: what the firmware stores the option's value in
 *
 * Memory that is added beyond the reach of the table goes through the default
 * window.  Once active, the PHB stays so until it is shut down.  A PE without such a
 * window keeps its no-translate TVE#1: bus addresses with bit 59 are above
 * 4 GB too, and a no-translate TVE looks at bits 49 to 24 only.
 */
struct pnv_4gb {
	struct mutex lock;	/* the layout of the PHB and of its PEs */
	unsigned int noio;
	bool capable;
	bool available;
	bool fenced;
	bool active;
	struct pnv_4gb_table table;
	__be64 setting;
};

extern enum pnv_4gb_policy pnv_4gb_policy;

/**
 * struct pnv_4gb_walk - a look at each device of a PE
 * @pe: the PE
 * @asks: the device that the layout may change for
 * @busy: another one is in the way
 * @fn: what is done with each
 */
struct pnv_4gb_walk {
	struct pnv_ioda_pe *pe;
	struct device *asks;
	bool busy;
	void (*fn)(struct device *dev, struct pnv_4gb_walk *walk);
};

void pnv_4gb_lock(struct pnv_phb *phb);
void pnv_4gb_unlock(struct pnv_phb *phb);
DEFINE_GUARD(pnv_4gb, struct pnv_phb *, pnv_4gb_lock(_T), pnv_4gb_unlock(_T))

void pnv_4gb_init_phb(struct pnv_phb *phb, bool bypass);
void pnv_4gb_shutdown_phb(struct pnv_phb *phb);
int pnv_4gb_enable_phb(struct pnv_phb *phb, unsigned long pgsizes);
int pnv_4gb_write_option(struct pnv_phb *phb, bool on);
void pnv_4gb_unfence_phb(struct pnv_phb *phb);
u64 pnv_4gb_window0_max(const struct pnv_phb *phb);
int pnv_4gb_restore_phb(struct pnv_phb *phb);
void pnv_4gb_disable_pe(struct pnv_ioda_pe *pe);
void pnv_4gb_reset_pe(struct pnv_ioda_pe *pe);
void pnv_4gb_set_mask(struct device *dev, struct pnv_ioda_pe *pe, u64 mask);
bool pnv_4gb_pe_active(const struct pnv_ioda_pe *pe);
void pnv_4gb_fw_kill(struct pnv_ioda_pe *pe);
int pnv_4gb_map_memory(struct pnv_4gb_table *t);

#if IS_ENABLED(CONFIG_KUNIT)
u64 pnv_4gb_limit(u64 window, u64 mask);
int pnv_4gb_fence(struct iommu_table *tbl);
void pnv_4gb_unfence(struct iommu_table *tbl);
bool pnv_4gb_on_qemu(void);
bool pnv_4gb_allowed(enum pnv_4gb_policy policy);
bool pnv_4gb_fw_present(void);
s64 pnv_4gb_fw_set(struct pnv_phb *phb, bool on);
s64 pnv_4gb_fw_get(struct pnv_phb *phb, bool *on);
s64 pnv_4gb_fw_map(struct pnv_ioda_pe *pe);
void pnv_4gb_for_each_dev(struct pnv_4gb_walk *walk);
bool pnv_4gb_bound(struct device *dev);
u64 pnv_4gb_required(struct device *dev);
bool pnv_4gb_online(u64 start, u64 end);
int pnv_4gb_map_node(struct pnv_4gb_table *t, struct device_node *dn);
int pnv_4gb_add_memory(struct pnv_phb *phb, u64 start, u64 end);
void pnv_4gb_remove_memory(struct pnv_phb *phb, u64 start, u64 end);
#endif

#endif
