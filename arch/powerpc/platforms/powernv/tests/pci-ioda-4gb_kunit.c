// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The onedma developers
// KUnit tests of the 4 GB split of a PHB: the firmware's option, and window #0.

#include "pci-ioda-4gb-world.h"

/* The entries of all pools; each pool has to stay where its lock is looked for */
static unsigned long pool_entries(struct kunit *test, struct iommu_table *tbl)
{
	unsigned long n = tbl->large_pool.end - tbl->large_pool.start;
	int i;

	KUNIT_EXPECT_GE(test, tbl->large_pool.start, tbl->poolsize * IOMMU_NR_POOLS);
	for (i = 0; i < IOMMU_NR_POOLS; i++) {
		KUNIT_EXPECT_EQ(test, tbl->pools[i].start, i * tbl->poolsize);
		KUNIT_EXPECT_LE(test, tbl->pools[i].end, (i + 1) * tbl->poolsize);
		n += tbl->pools[i].end - tbl->pools[i].start;
	}
	return n;
}

static void cut_window0_test(struct kunit *test)
{
	struct world *w = test->priv;
	struct iommu_table *tbl = &w->tbl[0];

	KUNIT_EXPECT_EQ(test, pnv_4gb_cut_window0(tbl), 0);
	KUNIT_EXPECT_TRUE(test, window0_is_cut(tbl));
	KUNIT_EXPECT_FALSE(test, iommu_table_in_use(tbl));
	KUNIT_EXPECT_EQ(test, pool_entries(test, tbl), SZ_2G >> 16);
	KUNIT_EXPECT_GT(test, tbl->pools[IOMMU_NR_POOLS - 1].end,
			tbl->pools[IOMMU_NR_POOLS - 1].start);
	KUNIT_EXPECT_GT(test, tbl->large_pool.end, tbl->large_pool.start);
	pnv_4gb_extend_window0(tbl);
	KUNIT_EXPECT_EQ(test, pool_entries(test, tbl), TABLE_PAGES);
	KUNIT_EXPECT_FALSE(test, window0_is_cut(tbl));
}

/* While there are mappings the lock of an entry stays what it is */
static void cut_window0_used_test(struct kunit *test)
{
	struct world *w = test->priv;
	struct iommu_table *tbl = &w->tbl[0];
	unsigned long poolsize = tbl->poolsize;

	set_bit(1, tbl->it_map);
	KUNIT_EXPECT_EQ(test, pnv_4gb_cut_window0(tbl), 0);
	KUNIT_EXPECT_TRUE(test, window0_is_cut(tbl));
	KUNIT_EXPECT_EQ(test, tbl->poolsize, poolsize);
	KUNIT_EXPECT_EQ(test, pool_entries(test, tbl), SZ_2G >> 16);
	pnv_4gb_extend_window0(tbl);
	KUNIT_EXPECT_EQ(test, pool_entries(test, tbl), TABLE_PAGES);

	clear_bit(1, tbl->it_map);
	KUNIT_EXPECT_EQ(test, pnv_4gb_cut_window0(tbl), 0);
	KUNIT_EXPECT_LT(test, tbl->poolsize, poolsize);
	poolsize = tbl->poolsize;
	set_bit(1, tbl->it_map);
	pnv_4gb_extend_window0(tbl);
	KUNIT_EXPECT_EQ(test, tbl->poolsize, poolsize);
	KUNIT_EXPECT_EQ(test, pool_entries(test, tbl), TABLE_PAGES);
}

static void cut_window0_busy_test(struct kunit *test)
{
	struct world *w = test->priv;
	struct iommu_table *tbl = &w->tbl[0];

	set_bit(TABLE_PAGES - 1, tbl->it_map);
	KUNIT_EXPECT_EQ(test, pnv_4gb_cut_window0(tbl), -EBUSY);
	KUNIT_EXPECT_EQ(test, pool_entries(test, tbl), TABLE_PAGES);

	/* A window that ends at 4 GB has nothing to cut */
	tbl->it_size = SZ_4G >> 16;
	KUNIT_EXPECT_EQ(test, pnv_4gb_cut_window0(tbl), 0);
}

static void policy_test(struct kunit *test)
{
	struct world *w = test->priv;

	KUNIT_EXPECT_TRUE(test, pnv_4gb_policy_allows(PNV_4GB_AUTO));
	KUNIT_EXPECT_TRUE(test, pnv_4gb_policy_allows(PNV_4GB_ON));
	KUNIT_EXPECT_FALSE(test, pnv_4gb_policy_allows(PNV_4GB_OFF));

	w->on_qemu = true;
	KUNIT_EXPECT_FALSE(test, pnv_4gb_policy_allows(PNV_4GB_AUTO));
	KUNIT_EXPECT_TRUE(test, pnv_4gb_policy_allows(PNV_4GB_ON));
	KUNIT_EXPECT_FALSE(test, pnv_4gb_policy_allows(PNV_4GB_OFF));
}

static void expect_init(struct kunit *test, struct world *w, bool capable, bool cut)
{
	const struct pnv_4gb *dma4gb = &w->phb->dma4gb;

	KUNIT_EXPECT_EQ(test, dma4gb->capable, capable);
	KUNIT_EXPECT_EQ(test, dma4gb->allowed, capable && pnv_4gb_policy != PNV_4GB_OFF);
	KUNIT_EXPECT_EQ(test, dma4gb->asked, capable && pnv_4gb_policy == PNV_4GB_ON);
	KUNIT_EXPECT_EQ(test, dma4gb->window0_cut, cut);
	KUNIT_EXPECT_EQ(test, pnv_4gb_window0_max(w->phb), cut ? SZ_4G : U64_MAX);
	KUNIT_EXPECT_FALSE(test, dma4gb->split);
}

/* What a kernel finds, and what it may use */
static void init_phb_test(struct kunit *test)
{
	struct world *w = test->priv;

	world_start_kernel(test, w, true);
	expect_init(test, w, true, false);

	w->opal.option = true;
	world_start_kernel(test, w, false);
	KUNIT_EXPECT_FALSE(test, w->opal.option);
	expect_init(test, w, false, false);

	w->opal.unsupported = true;
	world_start_kernel(test, w, true);
	expect_init(test, w, false, false);

	w->opal.absent = true;
	world_start_kernel(test, w, true);
	expect_init(test, w, false, false);
	KUNIT_EXPECT_EQ(test, w->opal.calls, 0);
}

/* The option stays set, or may be: no window #0 may lead to what window #1 has */
static void init_phb_stuck_test(struct kunit *test)
{
	struct world *w = test->priv;

	w->opal.option = true;
	w->opal.deaf = true;
	world_start_kernel(test, w, true);
	expect_init(test, w, false, true);
	pnv_4gb_set_mask(&w->dev, &w->pe[0], MASK44);
	KUNIT_EXPECT_EQ(test, w->dev.archdata.dma_offset, BIT59);
	KUNIT_EXPECT_FALSE(test, w->opal.mapped[0]);
	expect_init(test, w, false, true);

	/* The shutdown tries once more */
	w->opal.deaf = false;
	pnv_4gb_shutdown_phb(w->phb);
	KUNIT_EXPECT_FALSE(test, w->opal.option);

	w->opal.fail_at = 1;
	w->opal.fail_on = true;
	world_start_kernel(test, w, true);
	expect_init(test, w, false, true);

	/* The first call fails, but it was not needed */
	w->opal.fail_on = false;
	world_start_kernel(test, w, true);
	expect_init(test, w, true, false);
}

/* After an orderly kexec and after a crash the next kernel can split the PHB */
static void kexec_test(struct kunit *test)
{
	struct world *w = test->priv;
	int crash;

	for (crash = 0; crash <= 1; crash++) {
		world_make(test, w);
		pnv_4gb_set_mask(&w->dev, &w->pe[0], MASK44);
		expect_window(test, w);
		if (!crash)
			pnv_4gb_shutdown_phb(w->phb);
		KUNIT_EXPECT_EQ(test, w->opal.option, crash);

		world_start_kernel(test, w, true);
		KUNIT_EXPECT_FALSE(test, w->opal.option);
		expect_init(test, w, true, false);
		w->phb->dma4gb.allowed = true;
		pnv_4gb_set_mask(&w->dev, &w->pe[0], MASK44);
		expect_window(test, w);
	}
}

static void shutdown_phb_test(struct kunit *test)
{
	struct world *w = test->priv;

	pnv_4gb_shutdown_phb(w->phb);
	KUNIT_EXPECT_EQ(test, w->opal.calls, 0);

	pnv_4gb_set_mask(&w->dev, &w->pe[0], MASK44);
	expect_window(test, w);
	pnv_4gb_shutdown_phb(w->phb);
	KUNIT_EXPECT_FALSE(test, w->opal.option);
}

/* What a shutdown did not do the next kernel does */
static void shutdown_phb_failure_test(struct kunit *test)
{
	struct world *w = test->priv;
	int n;

	for (n = 1; n <= 2; n++) {
		world_make_failing(test, w, n);
		pnv_4gb_shutdown_phb(w->phb);
		KUNIT_EXPECT_EQ(test, w->opal.option, n == 1);

		w->opal.fail_at = 0;
		world_start_kernel(test, w, true);
		KUNIT_EXPECT_FALSE(test, w->opal.option);
		expect_init(test, w, true, false);
	}
}

/* Each call of the firmware fails in turn, until there is none left to fail */
static void split_phb_failure_test(struct kunit *test)
{
	struct world *w = test->priv;
	int n = 0;

	do {
		world_make(test, w);
		w->opal.fail_at = ++n;
		pnv_4gb_set_mask(&w->dev, &w->pe[0], MASK44);
		/* The fourth call reads the option once more, and it can be set again */
		if (n <= 3)
			expect_not_split(test, w);
		else
			expect_window(test, w);
	} while (w->opal.calls >= n);

	KUNIT_EXPECT_EQ(test, n, 5);
}

/* Where the option is left set, or may be, window #0 stays cut */
static void split_phb_stuck_test(struct kunit *test)
{
	struct world *w = test->priv;
	int n, i;

	for (n = 1; n <= 2; n++) {
		world_make_stuck(test, w, n);
		KUNIT_EXPECT_EQ(test, w->dev.archdata.dma_offset, BIT59);
		for (i = 0; i < ARRAY_SIZE(w->tbl); i++)
			KUNIT_EXPECT_TRUE(test, window0_is_cut(&w->tbl[i]));
		KUNIT_EXPECT_EQ(test, pnv_4gb_window0_max(w->phb), SZ_4G);
		KUNIT_EXPECT_FALSE(test, w->phb->dma4gb.split);
	}
}

/* The firmware says yes and does nothing */
static void split_phb_deaf_test(struct kunit *test)
{
	struct world *w = test->priv;

	w->opal.deaf = true;
	pnv_4gb_set_mask(&w->dev, &w->pe[0], MASK44);
	expect_not_split(test, w);
	KUNIT_EXPECT_FALSE(test, w->phb->dma4gb.allowed);
}

/* A mapping above 4 GB of another PE is in the way, until it is gone */
static void split_phb_busy_test(struct kunit *test)
{
	struct world *w = test->priv;

	set_bit(TABLE_PAGES - 1, w->tbl[1].it_map);
	pnv_4gb_set_mask(&w->dev, &w->pe[0], MASK44);
	expect_not_split(test, w);

	clear_bit(TABLE_PAGES - 1, w->tbl[1].it_map);
	pnv_4gb_set_mask(&w->dev, &w->pe[0], MASK44);
	expect_window(test, w);
}

/* So is user space that has a PE */
static void split_phb_vfio_test(struct kunit *test)
{
	struct world *w = test->priv;

	w->pe[1].tce_bypass_enabled = false;
	w->pe[1].table_group.tables[0] = NULL;
	pnv_4gb_set_mask(&w->dev, &w->pe[0], MASK44);
	expect_not_split(test, w);

	w->pe[1].tce_bypass_enabled = true;
	w->pe[1].table_group.tables[0] = &w->tbl[1];
	w->pe[0].tce_bypass_enabled = false;
	pnv_4gb_set_mask(&w->dev, &w->pe[0], MASK44);
	expect_not_split(test, w);
}

/* A table of which half could be allocated is freed */
static void split_phb_no_memory_test(struct kunit *test)
{
	struct world *w = test->priv;

	w->no_memory = true;
	pnv_4gb_set_mask(&w->dev, &w->pe[0], MASK44);
	expect_not_split(test, w);
	KUNIT_EXPECT_EQ(test, w->opal.calls, 0);
	KUNIT_EXPECT_FALSE(test, w->phb->dma4gb.allowed);
}

/* A reset that nobody noticed has cleared the option: the next mask sets it again */
static void split_phb_lost_test(struct kunit *test)
{
	struct world *w = test->priv;

	pnv_4gb_set_mask(&w->dev, &w->pe[0], MASK44);
	w->opal.option = false;
	pnv_4gb_set_mask(&w->dev, &w->pe[0], MASK44);
	expect_window(test, w);

	/* It cannot be set again: no direct mapping, which would go astray */
	w->opal.option = false;
	w->opal.deaf = true;
	pnv_4gb_set_mask(&w->dev, &w->pe[0], MASK44);
	KUNIT_EXPECT_LT(test, w->dev.archdata.dma_ranges_limit, SZ_4G);
}

static struct kunit_case split_cases[] = {
	KUNIT_CASE(cut_window0_test),
	KUNIT_CASE(cut_window0_used_test),
	KUNIT_CASE(cut_window0_busy_test),
	KUNIT_CASE(policy_test),
	KUNIT_CASE(init_phb_test),
	KUNIT_CASE(init_phb_stuck_test),
	KUNIT_CASE(kexec_test),
	KUNIT_CASE(shutdown_phb_test),
	KUNIT_CASE(shutdown_phb_failure_test),
	KUNIT_CASE(split_phb_failure_test),
	KUNIT_CASE(split_phb_stuck_test),
	KUNIT_CASE(split_phb_deaf_test),
	KUNIT_CASE(split_phb_busy_test),
	KUNIT_CASE(split_phb_vfio_test),
	KUNIT_CASE(split_phb_no_memory_test),
	KUNIT_CASE(split_phb_lost_test),
	{}
};

static struct kunit_suite split_suite = {
	.name = "powernv_pci_4gb",
	.init = world_init,
	.exit = world_exit,
	.test_cases = split_cases,
};

kunit_test_suite(split_suite);
