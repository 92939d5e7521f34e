/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (C) 2026 The onedma developers */
/* A fake firmware with one PHB, and the devices behind it, for the tests of the 4 GB split. */
#ifndef __POWERNV_PCI_IODA_4GB_WORLD_H
#define __POWERNV_PCI_IODA_4GB_WORLD_H

#include <linux/bits.h>
#include <linux/device/driver.h>
#include <linux/dma-map-ops.h>
#include <linux/of.h>
#include <linux/pci.h>

#include <kunit/static_stub.h>
#include <kunit/test.h>

#include <asm/iommu.h>
#include <asm/opal-api.h>
#include <asm/pci-bridge.h>

#include "../pci.h"

#define BIT59		BIT_ULL(59)
#define MASK44		DMA_BIT_MASK(44)
#define CHIP1		BIT_ULL(45)
#define TABLE_PAGES	(SZ_8G >> 16)

/* The firmware's side: one PHB, and the TVE#1 of its PEs */
struct fake_opal {
	bool absent;
	bool option;
	bool deaf;		/* accepts a new value and keeps the old one */
	bool unsupported;	/* has the calls, but not the option */
	bool refuses_real;	/* refuses a bypass */
	bool refuses_clear;	/* refuses to clear TVE#1 */
	bool mapped[2];		/* the PE has a 4 GB window */
	bool real[2];		/* the PE was given the bypass again */
	int kills;
	int calls;
	int fail_at;		/* the call that fails, from 1 on */
	bool fail_on;		/* all calls from fail_at on fail */
};

struct world {
	struct fake_opal opal;
	bool bound;		/* a driver is bound behind the PHB */
	bool dev_bound;		/* the driver of the device has left its probe */
	bool neighbour;		/* the function of the second PE is there from the start */
	bool on_qemu;
	bool no_memory;		/* for the whole table */
	u64 online;		/* the address of one byte that is online */
	u64 ram_end;
	const struct pnv_4gb_ranges *ranges;	/* or NULL: memory is not moved together */
	struct property sizes;
	struct device_node dn;
	struct pci_controller hose;
	struct pnv_phb *phb;
	struct pnv_ioda_pe pe[2];
	struct pci_dev pdev[2];	/* only the names of the PEs */
	struct iommu_table tbl[2];
	struct device_driver driver;
	struct device dev, other;	/* two functions of the first PE */
	struct device far;		/* the function of the second PE */
	u64 mask;
};

void world_make(struct kunit *test, struct world *w);
void world_make_failing(struct kunit *test, struct world *w, int n);
void world_make_stuck(struct kunit *test, struct world *w, int n);
int world_init(struct kunit *test);
void world_exit(struct kunit *test);
void world_start_kernel(struct kunit *test, struct world *w, bool bypass);

/* TCEs of window #0 that were set and cleared */
void world_count_tces(struct kunit *test, struct world *w);
void expect_tces(struct kunit *test, int set, int cleared);
dma_addr_t world_map(struct world *w, u64 phys, size_t size);
void world_unmap(struct world *w, dma_addr_t bus, size_t size);

bool window0_is_cut(const struct iommu_table *tbl);
void expect_not_split(struct kunit *test, struct world *w);
void expect_window(struct kunit *test, struct world *w);

#endif
