// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The onedma developers
// KUnit tests of the 4 GB window of a PE: masks, functions of one PE, and the way back.

#include <linux/memblock.h>
#include <linux/pfn.h>

#include "pci-ioda-4gb-world.h"

/* As the DMA core does: ask whether the bypass serves the mask, then set it */
static void set_mask(struct world *w, struct device *dev, int bits)
{
	struct pnv_ioda_pe *pe = dev == &w->far ? &w->pe[1] : &w->pe[0];

	if (!pnv_4gb_bypass_supported(dev, pe, DMA_BIT_MASK(bits)))
		dev_clear_dma_ops_bypass(dev);
	pnv_4gb_set_mask(dev, pe, DMA_BIT_MASK(bits));
}

static void bind(struct world *w, struct device *dev)
{
	dev->driver = &w->driver;
}

/* Not split, and the device uses the bypass */
static void expect_bypass(struct kunit *test, struct world *w)
{
	expect_not_split(test, w);
	KUNIT_EXPECT_TRUE(test, dev_dma_ops_bypass(&w->dev));
}

/* Not split, and the device uses window #0 */
static void expect_window0(struct kunit *test, struct world *w)
{
	expect_not_split(test, w);
	KUNIT_EXPECT_FALSE(test, dev_dma_ops_bypass(&w->dev));
}

/* The highest address that a device can set and that the window has */
static void limit_test(struct kunit *test)
{
	int bits, reach;

	for (reach = 48; reach <= 54; reach++) {
		u64 window = 1ULL << reach;

		for (bits = 1; bits <= 64; bits++) {
			u64 mask = DMA_BIT_MASK(bits);
			u64 limit = mask < window ? mask : window - 1;

			KUNIT_EXPECT_EQ_MSG(test, pnv_4gb_limit(window, mask), limit,
					    "%d bits, window %llx", bits, window);
		}
	}
}

/* 6 GB and the 4 GB below them are 34 bits */
static bool gets_window(int bits)
{
	return bits >= 34 && bits < 60;
}

/* Each width of mask, as the first mask and after one of 44 bits */
static void set_mask_each_test(struct kunit *test)
{
	struct world *w = test->priv;
	int bits;

	for (bits = 24; bits <= 64; bits++) {
		world_make(test, w);
		set_mask(w, &w->dev, bits);
		KUNIT_EXPECT_EQ_MSG(test, pnv_4gb_uses_window(&w->pe[0]), gets_window(bits),
				    "%d bits", bits);
		KUNIT_EXPECT_EQ(test, dev_dma_ops_bypass(&w->dev), bits >= 60);

		set_mask(w, &w->dev, 44);
		expect_window(test, w);

		set_mask(w, &w->dev, bits);
		if (bits >= 60)
			expect_bypass(test, w);
		else
			KUNIT_EXPECT_EQ(test, w->dev.archdata.dma_ranges_limit,
					min(DMA_BIT_MASK(bits), DMA_BIT_MASK(48)));
	}
}

/* A mask that does not reach all RAM leaves window #0 as large as it is */
static void set_mask_reach_test(struct kunit *test)
{
	static const u64 ends[] = { CHIP1 + SZ_2G, BIT_ULL(44) - SZ_4G + SZ_64K };
	struct world *w = test->priv;
	int i;

	for (i = 0; i < ARRAY_SIZE(ends); i++) {
		world_make(test, w);
		w->ram_end = ends[i];
		set_mask(w, &w->dev, 44);
		expect_window0(test, w);
		KUNIT_EXPECT_EQ(test, w->opal.calls, 0);
		set_mask(w, &w->dev, 47);
		KUNIT_EXPECT_TRUE(test, pnv_4gb_uses_window(&w->pe[0]));
	}

	world_make(test, w);
	w->ram_end = BIT_ULL(44) - SZ_4G;
	set_mask(w, &w->dev, 44);
	expect_window(test, w);
}

/* Are @bytes at @phys mapped directly, and is that known when they are unmapped? */
static void expect_direct(struct kunit *test, struct world *w, u64 phys, size_t bytes,
			  bool direct)
{
	dma_addr_t bus = world_map(w, phys, bytes);
	int nr = direct ? 0 : bytes / SZ_64K;

	KUNIT_EXPECT_EQ_MSG(test, bus >= SZ_4G, direct, "%llx", phys);
	if (direct)
		KUNIT_EXPECT_EQ(test, bus, phys + SZ_4G);
	expect_tces(test, nr, 0);
	world_unmap(w, bus, bytes);
	expect_tces(test, 0, nr);
}

/* With iommu=split: what is in reach is mapped directly, and no more */
static void set_mask_part_test(struct kunit *test)
{
	struct world *w = test->priv;
	u64 reach = BIT_ULL(44) - SZ_4G;

	world_count_tces(test, w);
	w->phb->dma4gb.asked = true;
	w->ram_end = CHIP1 + SZ_2G;
	set_mask(w, &w->dev, 44);
	expect_window(test, w);
	expect_direct(test, w, 0, SZ_64K, true);
	expect_direct(test, w, reach - SZ_64K, SZ_64K, true);
	expect_direct(test, w, reach - SZ_64K, SZ_128K, false);
	expect_direct(test, w, reach, SZ_64K, false);
	expect_direct(test, w, CHIP1, SZ_64K, false);

	set_mask(w, &w->dev, 48);
	expect_direct(test, w, CHIP1 + SZ_1G, SZ_64K, true);
}

/* A mapping from before a mask is unmapped where it was mapped */
static void set_mask_mapped_test(struct kunit *test)
{
	struct world *w = test->priv;
	dma_addr_t by_table, direct;

	world_count_tces(test, w);
	set_mask(w, &w->dev, 32);
	by_table = world_map(w, SZ_64K, SZ_64K);
	expect_tces(test, 1, 0);
	set_mask(w, &w->dev, 44);
	direct = world_map(w, SZ_64K, SZ_64K);
	KUNIT_EXPECT_EQ(test, direct, SZ_4G + SZ_64K);
	KUNIT_EXPECT_FALSE(test, dev_dma_ops_bypass(&w->dev));
	world_unmap(w, by_table, SZ_64K);
	expect_tces(test, 0, 1);

	set_mask(w, &w->dev, 32);
	by_table = world_map(w, SZ_64K, SZ_64K);
	world_unmap(w, direct, SZ_64K);
	expect_tces(test, 1, 0);
	world_unmap(w, by_table, SZ_64K);
	expect_tces(test, 0, 1);
}

/* Coherent memory is RAM of the machine that runs the test. */
static bool ram_in_reach(int bits)
{
	return memblock_end_of_DRAM() + SZ_4G <= BIT_ULL(bits);
}

static void expect_coherent(struct kunit *test, struct world *w, bool direct)
{
	dma_addr_t bus;
	void *cpu = dma_iommu_ops.alloc(&w->dev, SZ_64K, &bus, GFP_KERNEL, 0);

	KUNIT_EXPECT_NOT_NULL(test, cpu);
	if (!cpu)
		return;

	KUNIT_EXPECT_EQ(test, bus >= SZ_4G, direct);
	if (direct)
		KUNIT_EXPECT_EQ(test, bus, SZ_4G + virt_to_phys(cpu));
	KUNIT_EXPECT_TRUE(test, !memchr_inv(cpu, 0, SZ_64K));
	expect_tces(test, !direct, 0);
	dma_iommu_ops.free(&w->dev, SZ_64K, cpu, bus, 0);
	expect_tces(test, 0, !direct);
}

/* Coherent memory may come from anywhere, and is freed where it came from */
static void set_mask_coherent_test(struct kunit *test)
{
	struct world *w = test->priv;

	world_count_tces(test, w);
	set_mask(w, &w->dev, 44);
	expect_coherent(test, w, ram_in_reach(44));
	w->dev.coherent_dma_mask = DMA_BIT_MASK(32);
	expect_coherent(test, w, false);
}

/* Device-private memory raises max_pfn, and no coherent memory comes from there */
static void set_mask_private_test(struct kunit *test)
{
	struct world *w = test->priv;
	unsigned long pfn = max_pfn;

	world_count_tces(test, w);
	set_mask(w, &w->dev, 44);
	max_pfn = PHYS_PFN(CHIP1);
	expect_coherent(test, w, ram_in_reach(44));
	max_pfn = pfn;
}

/* By default a PHB is not split if another PE has a device, bound or not */
static void auto_neighbour_test(struct kunit *test)
{
	struct world *w = test->priv;
	int bits;

	for (bits = 32; bits <= 64; bits++) {
		world_make(test, w);
		w->neighbour = true;
		set_mask(w, &w->far, bits);
		set_mask(w, &w->dev, 44);
		expect_window0(test, w);
		KUNIT_EXPECT_EQ(test, dev_dma_ops_bypass(&w->far), bits >= 60);
		KUNIT_EXPECT_EQ(test, w->opal.calls, 0);
	}

	/* iommu=split asks for both */
	bind(w, &w->far);
	w->phb->dma4gb.asked = true;
	set_mask(w, &w->dev, 44);
	expect_window(test, w);
	KUNIT_EXPECT_TRUE(test, dev_dma_ops_bypass(&w->far));
}

/* A PE that was added later: by default no device uses the bypass of a split PHB */
static void auto_wide_test(struct kunit *test)
{
	struct world *w = test->priv;

	set_mask(w, &w->dev, 44);
	bind(w, &w->far);
	set_mask(w, &w->far, 64);
	KUNIT_EXPECT_TRUE(test, pnv_4gb_uses_window(&w->pe[1]));
	KUNIT_EXPECT_FALSE(test, dev_dma_ops_bypass(&w->far));
	KUNIT_EXPECT_EQ(test, w->far.archdata.dma_ranges_limit, DMA_BIT_MASK(48));

	/* Two PEs use it, so neither of them goes back alone */
	w->opal.kills = 0;
	set_mask(w, &w->dev, 64);
	KUNIT_EXPECT_EQ(test, w->opal.kills, 0);
	KUNIT_EXPECT_TRUE(test, pnv_4gb_uses_window(&w->pe[0]));
	KUNIT_EXPECT_TRUE(test, w->opal.option);
}

/* With iommu=split it does */
static void asked_wide_test(struct kunit *test)
{
	struct world *w = test->priv;

	w->phb->dma4gb.asked = true;
	set_mask(w, &w->dev, 44);
	set_mask(w, &w->far, 64);
	expect_window(test, w);
	KUNIT_EXPECT_TRUE(test, dev_dma_ops_bypass(&w->far));
	KUNIT_EXPECT_EQ(test, w->far.archdata.dma_offset, BIT59);
}

/* Functions of one PE, with iommu=split: the window, whichever driver comes first */
static void asked_functions_test(struct kunit *test)
{
	struct world *w = test->priv;
	int first;

	for (first = 0; first <= 1; first++) {
		world_make(test, w);
		w->phb->dma4gb.asked = true;
		w->pe[0].device_count = 2;
		bind(w, &w->dev);
		bind(w, &w->other);
		set_mask(w, first ? &w->dev : &w->other, first ? 44 : 64);
		set_mask(w, first ? &w->other : &w->dev, first ? 64 : 44);
		expect_window(test, w);
		KUNIT_EXPECT_EQ(test, w->other.archdata.dma_ranges_limit, DMA_BIT_MASK(48));
	}
}

/* By default the first driver decides, and a 64-bit one has what it has without the split */
static void auto_functions_test(struct kunit *test)
{
	struct world *w = test->priv;

	w->pe[0].device_count = 2;
	bind(w, &w->dev);
	bind(w, &w->other);
	set_mask(w, &w->other, 64);
	set_mask(w, &w->dev, 44);
	expect_window0(test, w);
	KUNIT_EXPECT_TRUE(test, dev_dma_ops_bypass(&w->other));

	world_make(test, w);
	bind(w, &w->dev);
	bind(w, &w->other);
	set_mask(w, &w->dev, 44);
	set_mask(w, &w->other, 64);
	expect_window(test, w);
	KUNIT_EXPECT_EQ(test, w->other.archdata.dma_ranges_limit, DMA_BIT_MASK(48));
	set_mask(w, &w->other, 32);
	set_mask(w, &w->dev, 64);
	expect_bypass(test, w);
}

/* The flag of the bypass is there before the lock is free: no mapping is missed */
static void bypass_supported_test(struct kunit *test)
{
	struct world *w = test->priv;
	u64 mask = DMA_BIT_MASK(64);

	bind(w, &w->other);
	KUNIT_EXPECT_TRUE(test, pnv_4gb_bypass_supported(&w->other, &w->pe[0], mask));
	KUNIT_EXPECT_TRUE(test, dev_dma_ops_bypass(&w->other));
	set_mask(w, &w->dev, 44);
	expect_window0(test, w);

	KUNIT_EXPECT_FALSE(test, pnv_4gb_bypass_supported(&w->dev, &w->pe[0], DMA_BIT_MASK(44)));
}

/* A bound driver that repeats its mask has mappings in window #1 */
static void set_mask_again_test(struct kunit *test)
{
	struct world *w = test->priv;

	w->dev_bound = true;
	bind(w, &w->dev);
	set_mask(w, &w->dev, 64);
	w->mask = DMA_BIT_MASK(64);
	w->phb->dma4gb.asked = true;
	w->pe[0].device_count = 2;
	set_mask(w, &w->dev, 64);
	expect_bypass(test, w);

	world_make(test, w);
	w->dev_bound = true;
	w->mask = DMA_BIT_MASK(32);
	bind(w, &w->dev);
	set_mask(w, &w->dev, 44);
	set_mask(w, &w->other, 44);
	w->mask = DMA_BIT_MASK(44);
	set_mask(w, &w->dev, 44);
	expect_window(test, w);
}

/* As pnv_ioda2_take_ownership() does it */
static u64 take_pe(struct pnv_ioda_pe *pe)
{
	pnv_pci_ioda2_set_bypass(pe, false);
	pe->table_group.tce64_start = pnv_4gb_take_pe(pe);
	return pe->table_group.tce64_start;
}

/* A mask that was set after the probe, and again after user space had the PE */
static void set_mask_late_test(struct kunit *test)
{
	struct world *w = test->priv;

	w->dev_bound = true;
	w->mask = DMA_BIT_MASK(44);
	set_mask(w, &w->dev, 44);
	expect_window(test, w);
	KUNIT_EXPECT_EQ(test, take_pe(&w->pe[0]), BIT59);
	expect_not_split(test, w);
	pnv_pci_ioda2_set_bypass(&w->pe[0], true);
	set_mask(w, &w->dev, 44);
	expect_window(test, w);
}

/* User space has the layout that it was told of, until it gives the PE back */
static void take_pe_test(struct kunit *test)
{
	struct world *w = test->priv;

	set_mask(w, &w->dev, 44);
	set_mask(w, &w->far, 44);
	KUNIT_EXPECT_EQ(test, take_pe(&w->pe[0]), SZ_4G);
	KUNIT_EXPECT_FALSE(test, pnv_4gb_uses_window(&w->pe[0]));

	take_pe(&w->pe[1]);
	KUNIT_EXPECT_TRUE(test, w->opal.option);

	w->pe[1].table_group.tce64_start = BIT59;
	w->pe[0].table_group.tce64_start = BIT59;
	pnv_4gb_unsplit_unused(w->phb);
	KUNIT_EXPECT_FALSE(test, w->opal.option);
}

/* The last PE that used the window is released */
static void release_pe_test(struct kunit *test)
{
	struct world *w = test->priv;

	set_mask(w, &w->dev, 44);
	w->opal.mapped[0] = false;
	w->dev.archdata.dma_ranges_limit = 0;
	w->dev.archdata.dma_offset = BIT59;
	w->pe[0].tce_bypass_enabled = false;

	/* The worker has no fake firmware: let it find nothing to do */
	w->phb->dma4gb.pinned = true;
	pnv_4gb_release_pe(&w->pe[0]);
	flush_work(&w->phb->dma4gb.unsplit_work);
	KUNIT_EXPECT_TRUE(test, w->opal.option);
	w->phb->dma4gb.pinned = false;
	pnv_4gb_unsplit_unused(w->phb);
	expect_not_split(test, w);
}

/* Its TVE could not be cleared, so the table has to stay */
static void release_pe_failure_test(struct kunit *test)
{
	struct world *w = test->priv;

	set_mask(w, &w->dev, 44);
	pnv_4gb_release_pe(&w->pe[0]);
	pnv_4gb_unsplit_unused(w->phb);
	expect_window(test, w);
}

/* Then user space is not given the PE, with all memory in its window #1 */
static void take_pe_failure_test(struct kunit *test)
{
	struct world *w = test->priv;
	struct iommu_table_group *group = &w->pe[0].table_group;

	set_mask(w, &w->dev, 44);
	w->opal.refuses_clear = true;
	KUNIT_EXPECT_EQ(test, pnv_ioda2_take_ownership(group, &w->dev), -EIO);
	KUNIT_EXPECT_PTR_EQ(test, group->tables[0], &w->tbl[0]);
	expect_window(test, w);
}

/* A PE whose window #0 could not be made has the bypass alone, which ends */
static void take_pe_without_window0_test(struct kunit *test)
{
	struct world *w = test->priv;
	struct iommu_table_group *group = &w->pe[0].table_group;

	w->phb->dma4gb.asked = true;
	set_mask(w, &w->far, 44);
	group->tables[0] = NULL;
	KUNIT_EXPECT_EQ(test, pnv_ioda2_take_ownership(group, &w->dev), 0);
	KUNIT_EXPECT_FALSE(test, w->pe[0].tce_bypass_enabled);
	KUNIT_EXPECT_EQ(test, group->tce64_start, SZ_4G);

	/* For a second device of the group, and when it was given back without */
	group->tce64_start = BIT59;
	KUNIT_EXPECT_EQ(test, pnv_ioda2_take_ownership(group, &w->other), 0);
	KUNIT_EXPECT_EQ(test, group->tce64_start, SZ_4G);
}

/* And when the bypass does not replace it */
static void reset_pe_failure_test(struct kunit *test)
{
	struct world *w = test->priv;

	set_mask(w, &w->dev, 44);
	w->opal.refuses_clear = true;
	set_mask(w, &w->dev, 64);
	expect_bypass(test, w);

	set_mask(w, &w->dev, 44);
	w->opal.refuses_real = true;
	set_mask(w, &w->dev, 64);
	KUNIT_EXPECT_NOT_NULL(test, w->phb->dma4gb.table.root);
	KUNIT_EXPECT_TRUE(test, w->opal.option);
	KUNIT_EXPECT_FALSE(test, dev_dma_ops_bypass(&w->dev));
	KUNIT_EXPECT_EQ(test, pnv_ioda2_take_ownership(&w->pe[0].table_group, &w->dev),
			-EIO);
}

/* The firmware does not clear the option: the PHB is used as it is */
static void unsplit_failure_test(struct kunit *test)
{
	struct world *w = test->priv;

	set_mask(w, &w->dev, 44);
	w->opal.deaf = true;
	set_mask(w, &w->dev, 64);
	KUNIT_EXPECT_TRUE(test, w->phb->dma4gb.split);
	KUNIT_EXPECT_TRUE(test, pnv_4gb_uses_window(&w->pe[0]));
	KUNIT_EXPECT_FALSE(test, dev_dma_ops_bypass(&w->dev));
	KUNIT_EXPECT_EQ(test, w->dev.archdata.dma_ranges_limit, DMA_BIT_MASK(48));
	KUNIT_EXPECT_TRUE(test, window0_is_cut(&w->tbl[0]));

	w->opal.deaf = false;
	set_mask(w, &w->dev, 64);
	expect_bypass(test, w);
}

/* Without a window #1 there is still #0 */
static void leave_failure_test(struct kunit *test)
{
	struct world *w = test->priv;

	set_mask(w, &w->dev, 44);
	w->opal.refuses_real = true;
	set_mask(w, &w->dev, 64);
	expect_window0(test, w);
}

static struct kunit_case pe_cases[] = {
	KUNIT_CASE(limit_test),
	KUNIT_CASE(set_mask_each_test),
	KUNIT_CASE(set_mask_reach_test),
	KUNIT_CASE(set_mask_part_test),
	KUNIT_CASE(set_mask_mapped_test),
	KUNIT_CASE(set_mask_coherent_test),
	KUNIT_CASE(set_mask_private_test),
	KUNIT_CASE(auto_neighbour_test),
	KUNIT_CASE(auto_wide_test),
	KUNIT_CASE(asked_wide_test),
	KUNIT_CASE(asked_functions_test),
	KUNIT_CASE(auto_functions_test),
	KUNIT_CASE(bypass_supported_test),
	KUNIT_CASE(set_mask_again_test),
	KUNIT_CASE(set_mask_late_test),
	KUNIT_CASE(take_pe_test),
	KUNIT_CASE(release_pe_test),
	KUNIT_CASE(release_pe_failure_test),
	KUNIT_CASE(take_pe_failure_test),
	KUNIT_CASE(take_pe_without_window0_test),
	KUNIT_CASE(reset_pe_failure_test),
	KUNIT_CASE(unsplit_failure_test),
	KUNIT_CASE(leave_failure_test),
	{}
};

static struct kunit_suite pe_suite = {
	.name = "powernv_pci_4gb_pe",
	.init = world_init,
	.exit = world_exit,
	.test_cases = pe_cases,
};

kunit_test_suite(pe_suite);
