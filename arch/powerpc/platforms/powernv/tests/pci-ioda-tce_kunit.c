// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The onedma developers
// TCE tables of every page size and depth, against a slow walk of what the PHB sees.

#include <linux/bits.h>
#include <linux/iommu.h>
#include <linux/random.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include <kunit/test.h>

#include <asm/iommu.h>
#include <asm/pci-bridge.h>
#include <asm/tce.h>

#include "../pci.h"

#define BIT59		BIT_ULL(59)
#define RW		(TCE_PCI_READ | TCE_PCI_WRITE)
#define NR_PAGES	64

struct tce_case {
	const char *name;
	int num;
	u64 start;
	unsigned int page_shift;
	unsigned int levels;
	u64 size;
};

static const struct tce_case tce_cases[] = {
	{ "TVE 0, 4 KB, 1 level", 0, 0, 12, 1, SZ_2G },
	{ "TVE 0, 64 KB, 2 levels", 0, 0, 16, 2, SZ_4G },
	{ "TVE 1 at bit 59, 4 KB, 3 levels", 1, BIT59, 12, 3, 1ULL << 40 },
	{ "TVE 1 at bit 59, 64 KB, 1 level", 1, BIT59, 16, 1, SZ_4G },
	{ "TVE 1 at bit 59, 64 KB, 2 levels", 1, BIT59, 16, 2, 1ULL << 40 },
	{ "TVE 1 at bit 59, 2 MB, 2 levels", 1, BIT59, 21, 2, 1ULL << 45 },
	{ "TVE 1 at 4 GB, 4 KB, 3 levels", 1, SZ_4G, 12, 3, 1ULL << 40 },
	{ "TVE 1 at 4 GB, 64 KB, 1 level", 1, SZ_4G, 16, 1, SZ_1G },
	{ "TVE 1 at 4 GB, 64 KB, 2 levels", 1, SZ_4G, 16, 2, SZ_8G },
	{ "TVE 1 at 4 GB, 2 MB, 1 level", 1, SZ_4G, 21, 1, 1ULL << 38 },
	{ "TVE 1 at 4 GB, 2 MB, 2 levels", 1, SZ_4G, 21, 2, 1ULL << 46 },
	{ "TVE 1 at 4 GB, 1 GB, 1 level, one page", 1, SZ_4G, 30, 1, SZ_1G },
	{ "TVE 1 at 4 GB, 1 GB, 1 level", 1, SZ_4G, 30, 1, 1ULL << 46 },
};

KUNIT_ARRAY_PARAM_DESC(tce, tce_cases, name);

struct tce_world {
	struct pci_controller hose;
	struct pnv_phb phb;
	struct pnv_ioda_pe pe;
	struct iommu_table *tbl;
	u64 bus[NR_PAGES];
	u64 phys[NR_PAGES];
};

static int tce_init(struct kunit *test)
{
	struct tce_world *w = kunit_kzalloc(test, sizeof(*w), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, w);
	test->priv = w;
	w->hose.node = NUMA_NO_NODE;
	w->phb.hose = &w->hose;
	w->pe.phb = &w->phb;

	return 0;
}

static void tce_exit(struct kunit *test)
{
	struct tce_world *w = test->priv;

	if (w->tbl)
		iommu_tce_table_put(w->tbl);
}

static void make_table(struct kunit *test, const struct tce_case *c)
{
	struct tce_world *w = test->priv;

	w->pe.table_group.tce64_start = c->num ? c->start : BIT59;
	KUNIT_ASSERT_EQ(test, 0,
			pnv_pci_ioda2_create_table(&w->pe.table_group, c->num, c->page_shift,
						   c->size, c->levels, false, &w->tbl));
}

/* As the PHB does it, from what pnv_pci_ioda2_set_window() tells the firmware */
static u64 slow_walk(struct iommu_table *tbl, u64 bus)
{
	unsigned int bits = ilog2(pnv_tce_level_entries(tbl));
	unsigned int level = tbl->it_indirect_levels;
	__be64 *entries = (__be64 *)tbl->it_base;
	u64 index = (bus & ~BIT59) >> tbl->it_page_shift, tce;

	for (;;) {
		tce = be64_to_cpu(entries[(index >> (level * bits)) & ((1ULL << bits) - 1)]);
		if (!level-- || !(tce & RW))
			return tce;
		entries = __va(tce & ~(u64)RW);
	}
}

static void expect_pages(struct kunit *test, bool set)
{
	struct tce_world *w = test->priv;
	int i;

	for (i = 0; i < NR_PAGES; i++) {
		u64 tce = slow_walk(w->tbl, w->bus[i]);

		if (set)
			KUNIT_EXPECT_EQ_MSG(test, tce, w->phys[i] | RW, "bus %llx", w->bus[i]);
		else
			KUNIT_EXPECT_EQ_MSG(test, tce & RW, 0, "bus %llx", w->bus[i]);
	}
}

/* The first page, the last one, and some in between; any memory will do */
static void choose_pages(struct kunit *test, const struct tce_case *c)
{
	struct tce_world *w = test->priv;
	u64 pages = c->size >> c->page_shift;
	int i;

	for (i = 0; i < NR_PAGES; i++) {
		u64 n = i < 2 ? i * (pages - 1) : get_random_u64() & (pages - 1);

		w->bus[i] = c->start + (n << c->page_shift);
		w->phys[i] = n << c->page_shift & GENMASK_ULL(45, 0);
	}
}

static void tce_test(struct kunit *test)
{
	const struct tce_case *c = test->param_value;
	struct tce_world *w = test->priv;
	struct iommu_table_ops *ops;
	int i;

	make_table(test, c);
	choose_pages(test, c);
	ops = w->tbl->it_ops;
	for (i = 0; i < NR_PAGES; i++)
		KUNIT_ASSERT_EQ(test, 0,
				ops->set(w->tbl, w->bus[i] >> c->page_shift, 1,
					 (unsigned long)__va(w->phys[i]), DMA_BIDIRECTIONAL, 0));
	expect_pages(test, true);

	for (i = 0; i < NR_PAGES; i++)
		KUNIT_EXPECT_EQ(test, ops->get(w->tbl, w->bus[i] >> c->page_shift),
				w->phys[i] | RW);
	for (i = 0; i < NR_PAGES; i++)
		ops->clear(w->tbl, w->bus[i] >> c->page_shift, 1);
	expect_pages(test, false);
}

/* The table covers the window, and its entries begin where the window does */
static void range_test(struct kunit *test)
{
	const struct tce_case *c = test->param_value;
	struct tce_world *w = test->priv;
	u64 first, size;

	make_table(test, c);
	first = (u64)w->tbl->it_offset << c->page_shift;
	size = (u64)w->tbl->it_size << c->page_shift;
	KUNIT_EXPECT_EQ(test, first, c->start);
	KUNIT_EXPECT_GE(test, size, c->size);
	KUNIT_EXPECT_EQ(test, (u64)w->tbl->it_skip << c->page_shift,
			c->start == SZ_4G ? SZ_4G : 0);
	KUNIT_EXPECT_TRUE(test, is_power_of_2(pnv_tce_level_entries(w->tbl)));
}

static const u64 bad_sizes[] = { 3ULL * SZ_1G, 1ULL << 54, 1ULL << 55, 1ULL << 63 };

static void bad_size_test(struct kunit *test)
{
	struct tce_world *w = test->priv;
	int i;

	w->pe.table_group.tce64_start = SZ_4G;
	for (i = 0; i < ARRAY_SIZE(bad_sizes); i++)
		KUNIT_EXPECT_EQ_MSG(test, -EINVAL,
				    pnv_pci_ioda2_create_table(&w->pe.table_group, 1, 16,
							       bad_sizes[i], 2, false, &w->tbl),
				    "size %llx", bad_sizes[i]);
}

static struct kunit_case table_cases[] = {
	KUNIT_CASE_PARAM(tce_test, tce_gen_params),
	KUNIT_CASE_PARAM(range_test, tce_gen_params),
	KUNIT_CASE(bad_size_test),
	{}
};

static struct kunit_suite table_suite = {
	.name = "powernv_pci_tce",
	.init = tce_init,
	.exit = tce_exit,
	.test_cases = table_cases,
};

kunit_test_suite(table_suite);
