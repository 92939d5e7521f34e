// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The onedma developers
// KUnit tests of the 4 GB split after a reset of the PHB.

#include "pci-ioda-4gb-world.h"

static void restore_phb_test(struct kunit *test)
{
	struct world *w = test->priv;

	KUNIT_EXPECT_EQ(test, pnv_4gb_restore_phb(w->phb), 0);
	KUNIT_EXPECT_EQ(test, w->opal.calls, 0);

	pnv_4gb_set_mask(&w->dev, &w->pe[0], DMA_BIT_MASK(44));
	w->opal.option = false;
	KUNIT_EXPECT_EQ(test, pnv_4gb_restore_phb(w->phb), 0);
	expect_window(test, w);

	w->opal.option = false;
	w->opal.deaf = true;
	KUNIT_EXPECT_EQ(test, pnv_4gb_restore_phb(w->phb), -EIO);
}

/* Each call fails in turn: the recovery gets an error, and succeeds the next time */
static void restore_phb_failure_test(struct kunit *test)
{
	struct world *w = test->priv;
	int n;

	for (n = 1; n <= 2; n++) {
		world_make_failing(test, w, n);
		w->opal.option = false;
		KUNIT_EXPECT_EQ(test, pnv_4gb_restore_phb(w->phb), -EIO);
		KUNIT_EXPECT_EQ(test, pnv_4gb_restore_phb(w->phb), 0);
		expect_window(test, w);
	}
}

static struct kunit_case reset_cases[] = {
	KUNIT_CASE(restore_phb_test),
	KUNIT_CASE(restore_phb_failure_test),
	{}
};

static struct kunit_suite reset_suite = {
	.name = "powernv_pci_4gb_reset",
	.init = world_init,
	.exit = world_exit,
	.test_cases = reset_cases,
};

kunit_test_suite(reset_suite);
