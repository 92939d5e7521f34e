// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The onedma developers
// KUnit tests of dma_layout in sysfs.

#include "pci-ioda-4gb-world.h"

static bool fake_bound(struct pnv_phb *phb)
{
	struct world *w = kunit_get_current_test()->priv;

	return w->bound;
}

static int layout_init(struct kunit *test)
{
	int rc = world_init(test);

	kunit_activate_static_stub(test, pnv_4gb_sysfs_bound, fake_bound);
	return rc;
}

/* What was written last holds, whatever masks drivers set */
static void set_test(struct kunit *test)
{
	struct world *w = test->priv;

	w->phb->dma4gb.allowed = false;
	KUNIT_EXPECT_EQ(test, pnv_4gb_sysfs_set(w->phb, true), 0);
	KUNIT_EXPECT_TRUE(test, w->opal.option);
	KUNIT_EXPECT_TRUE(test, window0_is_cut(&w->tbl[0]));
	pnv_4gb_set_mask(&w->dev, &w->pe[0], MASK44);
	expect_window(test, w);
	pnv_4gb_set_mask(&w->dev, &w->pe[0], DMA_BIT_MASK(64));
	KUNIT_EXPECT_TRUE(test, w->opal.option);

	KUNIT_EXPECT_EQ(test, pnv_4gb_sysfs_set(w->phb, false), 0);
	expect_not_split(test, w);
	pnv_4gb_set_mask(&w->dev, &w->pe[0], MASK44);
	expect_not_split(test, w);
}

/* A PE whose driver left without a word goes back to the bypass */
static void set_window_test(struct kunit *test)
{
	struct world *w = test->priv;

	pnv_4gb_set_mask(&w->dev, &w->pe[0], MASK44);
	KUNIT_EXPECT_EQ(test, pnv_4gb_sysfs_set(w->phb, false), 0);
	expect_not_split(test, w);
	KUNIT_EXPECT_TRUE(test, w->opal.real[0]);
	KUNIT_EXPECT_FALSE(test, w->opal.real[1]);
}

/* No call is made for a PHB that is as asked for */
static void set_same_test(struct kunit *test)
{
	struct world *w = test->priv;

	KUNIT_EXPECT_EQ(test, pnv_4gb_sysfs_set(w->phb, false), 0);
	KUNIT_EXPECT_EQ(test, w->opal.calls, 0);
	KUNIT_EXPECT_EQ(test, pnv_4gb_sysfs_set(w->phb, true), 0);
	KUNIT_EXPECT_EQ(test, pnv_4gb_sysfs_set(w->phb, true), 0);
	KUNIT_EXPECT_TRUE(test, w->phb->dma4gb.split);

	w->phb->dma4gb.capable = false;
	KUNIT_EXPECT_EQ(test, pnv_4gb_sysfs_set(w->phb, false), -EOPNOTSUPP);
}

/* QEMU's PHBs take the option and do not follow it */
static void set_qemu_test(struct kunit *test)
{
	struct world *w = test->priv;

	if (pnv_4gb_policy == PNV_4GB_ON)
		kunit_skip(test, "iommu=split asks for it");

	w->on_qemu = true;
	KUNIT_EXPECT_EQ(test, pnv_4gb_sysfs_set(w->phb, true), -EOPNOTSUPP);
	expect_not_split(test, w);
	KUNIT_EXPECT_EQ(test, pnv_4gb_sysfs_set(w->phb, false), 0);
}

static void set_busy_test(struct kunit *test)
{
	struct world *w = test->priv;

	w->bound = true;
	KUNIT_EXPECT_EQ(test, pnv_4gb_sysfs_set(w->phb, true), -EBUSY);
	expect_not_split(test, w);

	w->bound = false;
	w->pe[1].tce_bypass_enabled = false;
	KUNIT_EXPECT_EQ(test, pnv_4gb_sysfs_set(w->phb, true), -EBUSY);
	expect_not_split(test, w);

	w->pe[1].tce_bypass_enabled = true;
	pnv_4gb_set_mask(&w->dev, &w->pe[0], MASK44);
	w->bound = true;
	KUNIT_EXPECT_EQ(test, pnv_4gb_sysfs_set(w->phb, false), -EBUSY);
	expect_window(test, w);
}

/* A PHB that could not be split is as it was, and so is what masks may do */
static void set_split_failure_test(struct kunit *test)
{
	struct world *w = test->priv;
	int allowed;

	for (allowed = 0; allowed <= 1; allowed++) {
		world_make(test, w);
		w->phb->dma4gb.allowed = allowed;
		set_bit(TABLE_PAGES - 1, w->tbl[1].it_map);
		KUNIT_EXPECT_EQ(test, pnv_4gb_sysfs_set(w->phb, true), -EBUSY);
		expect_not_split(test, w);
		KUNIT_EXPECT_EQ(test, w->phb->dma4gb.allowed, allowed);
		KUNIT_EXPECT_FALSE(test, w->phb->dma4gb.asked);
		KUNIT_EXPECT_FALSE(test, w->phb->dma4gb.kept);
	}
}

/* A PHB whose table is still in use by the PHB itself stays split */
static void set_pinned_test(struct kunit *test)
{
	struct world *w = test->priv;

	pnv_4gb_set_mask(&w->dev, &w->pe[0], MASK44);
	w->opal.refuses_clear = true;
	w->opal.refuses_real = true;
	KUNIT_EXPECT_EQ(test, pnv_4gb_sysfs_set(w->phb, false), -EBUSY);
	KUNIT_EXPECT_TRUE(test, w->phb->dma4gb.split);
	KUNIT_EXPECT_TRUE(test, w->phb->dma4gb.allowed);
	KUNIT_EXPECT_NOT_NULL(test, w->phb->dma4gb.table.root);
}

/* A PHB that cannot go back stays split, with every PE at the bypass, and can be used */
static void set_failure_test(struct kunit *test)
{
	struct world *w = test->priv;
	int n;

	for (n = 1; n <= 2; n++) {
		world_make_failing(test, w, n);
		KUNIT_EXPECT_EQ(test, pnv_4gb_sysfs_set(w->phb, false), -EIO);
		KUNIT_EXPECT_TRUE(test, w->phb->dma4gb.split);
		KUNIT_EXPECT_FALSE(test, pnv_4gb_uses_window(&w->pe[0]));
		KUNIT_EXPECT_TRUE(test, w->opal.real[0]);
		KUNIT_EXPECT_TRUE(test, window0_is_cut(&w->tbl[0]));
		KUNIT_EXPECT_TRUE(test, w->phb->dma4gb.allowed);
		KUNIT_EXPECT_EQ(test, pnv_4gb_sysfs_set(w->phb, false), 0);
		expect_not_split(test, w);
	}
}

/* Where a failure left window #0 cut, a write tries again */
static void set_stuck_test(struct kunit *test)
{
	struct world *w = test->priv;
	int n;

	for (n = 1; n <= 2; n++) {
		world_make_stuck(test, w, n);
		w->pe[1].tce_bypass_enabled = false;
		w->phb->dma4gb.allowed = true;
		pnv_4gb_set_mask(&w->dev, &w->pe[0], MASK44);
		KUNIT_EXPECT_TRUE(test, window0_is_cut(&w->tbl[0]));

		w->pe[1].tce_bypass_enabled = true;
		w->opal.fail_on = false;
		w->opal.fail_at = 0;
		KUNIT_EXPECT_EQ(test, pnv_4gb_sysfs_set(w->phb, n == 2), 0);
		KUNIT_EXPECT_EQ(test, w->opal.option, n == 2);
		KUNIT_EXPECT_EQ(test, w->phb->dma4gb.split, n == 2);
		KUNIT_EXPECT_EQ(test, window0_is_cut(&w->tbl[0]), n == 2);
	}
}

static struct kunit_case sysfs_cases[] = {
	KUNIT_CASE(set_test),
	KUNIT_CASE(set_window_test),
	KUNIT_CASE(set_same_test),
	KUNIT_CASE(set_qemu_test),
	KUNIT_CASE(set_busy_test),
	KUNIT_CASE(set_split_failure_test),
	KUNIT_CASE(set_pinned_test),
	KUNIT_CASE(set_failure_test),
	KUNIT_CASE(set_stuck_test),
	{}
};

static struct kunit_suite sysfs_suite = {
	.name = "powernv_pci_4gb_sysfs",
	.init = layout_init,
	.exit = world_exit,
	.test_cases = sysfs_cases,
};

kunit_test_suite(sysfs_suite);
