// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The onedma developers
// KUnit tests of the memory that the 4 GB window maps: hotplug, and persistent memory.

#include "pci-ioda-4gb-walk.h"
#include "pci-ioda-4gb-world.h"

static bool fake_online(u64 start, u64 end)
{
	struct world *w = kunit_get_current_test()->priv;

	return start <= w->online && w->online < end;
}

static int memory_init(struct kunit *test)
{
	int rc = world_init(test);

	kunit_activate_static_stub(test, pnv_4gb_online, fake_online);
	return rc;
}

static s64 phys_at(struct world *w, u64 phys)
{
	return walk_table(&w->phb->dma4gb.table, phys + SZ_4G);
}

/* Memory of another chip comes and goes: each time the PHB drops what it cached */
static void hotplug_test(struct kunit *test)
{
	struct world *w = test->priv;
	struct pnv_4gb_table *t = &w->phb->dma4gb.table;
	u64 end = CHIP1 + 2ULL * SZ_1G;

	KUNIT_EXPECT_EQ(test, pnv_4gb_add_memory(w->phb, CHIP1, end), 0);
	pnv_4gb_remove_memory(w->phb, CHIP1, end);
	KUNIT_EXPECT_NULL(test, t->root);

	pnv_4gb_set_mask(&w->dev, &w->pe[0], DMA_BIT_MASK(44));
	expect_window(test, w);
	KUNIT_EXPECT_EQ(test, t->bytes, SZ_8K);
	KUNIT_EXPECT_EQ(test, phys_at(w, CHIP1), -1);

	KUNIT_EXPECT_EQ(test, pnv_4gb_add_memory(w->phb, CHIP1, end), 0);
	KUNIT_EXPECT_EQ(test, w->opal.kills, 2);
	KUNIT_EXPECT_EQ(test, t->bytes, 3 * SZ_4K);
	KUNIT_EXPECT_EQ(test, phys_at(w, CHIP1 - 1), -1);
	KUNIT_EXPECT_EQ(test, phys_at(w, CHIP1), (s64)CHIP1);
	KUNIT_EXPECT_EQ(test, phys_at(w, end - 1), (s64)end - 1);
	KUNIT_EXPECT_EQ(test, phys_at(w, end), -1);

	pnv_4gb_remove_memory(w->phb, CHIP1, end);
	KUNIT_EXPECT_EQ(test, w->opal.kills, 3);
	KUNIT_EXPECT_EQ(test, phys_at(w, CHIP1), -1);
	KUNIT_EXPECT_EQ(test, phys_at(w, end - 1), -1);
	KUNIT_EXPECT_EQ(test, phys_at(w, SZ_64K), SZ_64K);
}

/* A page of the table stays as long as some of its memory is online */
static void shared_page_test(struct kunit *test)
{
	struct world *w = test->priv;
	u64 start = 8ULL * SZ_1G + SZ_512M, end = start + SZ_256M;

	pnv_4gb_set_mask(&w->dev, &w->pe[0], DMA_BIT_MASK(44));
	KUNIT_EXPECT_EQ(test, pnv_4gb_add_memory(w->phb, start, end), 0);
	KUNIT_EXPECT_EQ(test, phys_at(w, start), (s64)start);

	w->online = start - 1;
	pnv_4gb_remove_memory(w->phb, start, end);
	KUNIT_EXPECT_EQ(test, phys_at(w, start), (s64)start);
	w->online = end;
	pnv_4gb_remove_memory(w->phb, start, end);
	KUNIT_EXPECT_EQ(test, phys_at(w, start), (s64)start);

	w->online = 9ULL * SZ_1G;
	pnv_4gb_remove_memory(w->phb, start, end);
	KUNIT_EXPECT_EQ(test, phys_at(w, start), -1);
}

/* Each address range of a node, as the firmware may describe persistent memory */
static void map_node_test(struct kunit *test)
{
	static const __be32 cells = cpu_to_be32(2);
	static const __be64 reg[] = {
		cpu_to_be64(CHIP1), cpu_to_be64(SZ_1G),
		cpu_to_be64(CHIP1 + SZ_4G), cpu_to_be64(SZ_2G)
	};
	struct property reg_prop = { .name = "reg", .length = sizeof(reg), .value = (void *)reg };
	struct property sizes = { .name = "#size-cells", .length = 4, .value = (void *)&cells };
	struct property addrs = {
		.name = "#address-cells", .length = 4, .value = (void *)&cells, .next = &sizes
	};
	struct device_node root = { .full_name = "", .properties = &addrs };
	struct device_node node = { .full_name = "pmem", .properties = &reg_prop, .parent = &root };
	struct world *w = test->priv;

	of_node_init(&root);
	of_node_init(&node);
	pnv_4gb_set_mask(&w->dev, &w->pe[0], DMA_BIT_MASK(44));
	KUNIT_EXPECT_EQ(test, pnv_4gb_map_node(&w->phb->dma4gb.table, &node), 0);
	KUNIT_EXPECT_EQ(test, phys_at(w, CHIP1), (s64)CHIP1);
	KUNIT_EXPECT_EQ(test, phys_at(w, CHIP1 + SZ_1G), -1);
	KUNIT_EXPECT_EQ(test, phys_at(w, CHIP1 + SZ_4G), (s64)(CHIP1 + SZ_4G));
	KUNIT_EXPECT_EQ(test, phys_at(w, CHIP1 + SZ_4G + SZ_2G - 1),
			(s64)(CHIP1 + SZ_4G + SZ_2G - 1));
	KUNIT_EXPECT_EQ(test, phys_at(w, CHIP1 + SZ_4G + SZ_2G), -1);
}

static struct kunit_case memory_cases[] = {
	KUNIT_CASE(hotplug_test),
	KUNIT_CASE(shared_page_test),
	KUNIT_CASE(map_node_test),
	{}
};

static struct kunit_suite memory_suite = {
	.name = "powernv_pci_4gb_memory",
	.init = memory_init,
	.exit = world_exit,
	.test_cases = memory_cases,
};

kunit_test_suite(memory_suite);
