// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The onedma developers
// KUnit tests of the TCE tables with small levels, against a slow reference.

#include <linux/bits.h>
#include <linux/numa.h>
#include <linux/random.h>
#include <linux/sizes.h>

#include <kunit/test.h>

#include "pci-ioda-4gb-walk.h"

#define PHB4_PAGES	(SZ_4K | SZ_64K | SZ_2M | SZ_1G)
#define GB(n)		((n) * (u64)SZ_1G)
#define CHIP1		BIT_ULL(45)

struct size_case {
	const char *name;
	unsigned long pgsizes;
	u64 ram_end;
	int rc;
	unsigned int page_shift;
	unsigned int levels;
	size_t level_size;
	unsigned int reach;		/* a power of two */
};

static const struct size_case size_cases[] = {
	{ "what skiboot gives for PHB4", PHB4_PAGES, GB(6), 0, 30, 2, SZ_4K, 48 },
	{ "no 1 GB", SZ_4K | SZ_64K | SZ_2M, GB(6), 0, 21, 3, SZ_4K, 48 },
	{ "two chips", PHB4_PAGES, CHIP1 + GB(508), 0, 30, 2, SZ_4K, 48 },
	{ "just within 2^48", PHB4_PAGES, BIT_ULL(48) - GB(4), 0, 30, 2, SZ_4K, 48 },
	{ "beyond 2^48", PHB4_PAGES, BIT_ULL(48), 0, 30, 2, SZ_8K, 50 },
	{ "beyond 2^48, 2 MB", SZ_2M, BIT_ULL(48), 0, 21, 3, SZ_8K, 51 },
	{ "all of 2^51", PHB4_PAGES, BIT_ULL(51), 0, 30, 2, SZ_16K, 52 },
	{ "all of 2^51, 2 MB", SZ_2M, BIT_ULL(51), 0, 21, 3, SZ_16K, 54 },
	{ "small pages only", SZ_4K | SZ_64K, GB(6), -EOPNOTSUPP },
	{ "pages of PHB3", SZ_4K | SZ_64K | SZ_16M | SZ_256M, GB(6), -EOPNOTSUPP },
	{ "none", 0, GB(6), -EOPNOTSUPP },
};

KUNIT_ARRAY_PARAM_DESC(size, size_cases, name);

static void size_test(struct kunit *test)
{
	const struct size_case *c = test->param_value;
	struct pnv_4gb_table t = {};

	KUNIT_ASSERT_EQ(test, c->rc,
			pnv_4gb_table_init(&t, c->pgsizes, c->ram_end + SZ_4G, NUMA_NO_NODE));
	if (!c->rc) {
		KUNIT_EXPECT_EQ(test, t.page_shift, c->page_shift);
		KUNIT_EXPECT_EQ(test, t.levels, c->levels);
		KUNIT_EXPECT_EQ(test, pnv_4gb_table_level_size(&t), c->level_size);
		KUNIT_EXPECT_EQ(test, pnv_4gb_table_end(&t), BIT_ULL(c->reach));
		KUNIT_EXPECT_EQ(test, t.bytes, c->level_size);
		KUNIT_EXPECT_EQ(test, __pa(t.root) % c->level_size, 0);
	}
	pnv_4gb_table_free(&t);
}

#define MAX_RANGES	4

struct ram_case {
	const char *name;
	unsigned long pgsizes;
	size_t bytes;			/* of all levels */
	struct {
		u64 start, end;
	} ranges[MAX_RANGES];
};

static const struct ram_case ram_cases[] = {
	{ "6 GB", PHB4_PAGES, SZ_8K, { { 0, GB(6) } } },
	{ "256 MB", PHB4_PAGES, SZ_8K, { { 0, SZ_256M } } },
	{ "6 GB, 2 MB pages", SZ_2M, 8 * SZ_4K, { { 0, GB(6) } } },
	{ "508 GB", PHB4_PAGES, SZ_8K, { { 0, GB(508) } } },
	{ "509 GB", PHB4_PAGES, 3 * SZ_4K, { { 0, GB(509) } } },
	{ "holes", PHB4_PAGES, SZ_8K,
	  { { 0, GB(1) + SZ_64K }, { GB(3), GB(4) }, { GB(7) + SZ_256M, GB(7) + SZ_512M } } },
	{ "holes, 2 MB pages", SZ_2M, 5 * SZ_4K,
	  { { SZ_64K, SZ_2M + SZ_64K }, { GB(2) - SZ_64K, GB(2) + SZ_64K } } },
	{ "two chips", PHB4_PAGES, 4 * SZ_4K,
	  { { 0, GB(256) }, { CHIP1, CHIP1 + GB(508) + SZ_64K } } },
	{ "two chips, 2 MB pages", SZ_2M, 6 * SZ_4K,
	  { { 0, GB(1) }, { CHIP1, CHIP1 + GB(2) } } },
	{ "up to the last page", PHB4_PAGES, 3 * SZ_4K,
	  { { 0, GB(1) }, { BIT_ULL(48) - GB(6), BIT_ULL(48) - GB(4) } } },
};

KUNIT_ARRAY_PARAM_DESC(ram, ram_cases, name);

static void make_table(struct kunit *test, struct pnv_4gb_table *t, const struct ram_case *c)
{
	u64 end = 0;
	int i;

	for (i = 0; i < MAX_RANGES; i++)
		end = max(end, c->ranges[i].end);
	KUNIT_ASSERT_EQ(test, pnv_4gb_table_init(t, c->pgsizes, end + SZ_4G, NUMA_NO_NODE), 0);
	for (i = 0; i < MAX_RANGES; i++)
		KUNIT_ASSERT_EQ(test, 0, pnv_4gb_table_map(t, c->ranges[i].start,
							   c->ranges[i].end, SZ_4G));
}

/* Is there any memory in the page? */
static s64 slow_walk(const struct ram_case *c, u64 page, u64 bus)
{
	u64 first = (bus - SZ_4G) / page * page;
	int i;

	if (bus < SZ_4G)
		return -1;
	for (i = 0; i < MAX_RANGES; i++)
		if (c->ranges[i].start < c->ranges[i].end &&
		    c->ranges[i].start < first + page && c->ranges[i].end > first)
			return bus - SZ_4G;

	return -1;
}

static void expect_walk(struct kunit *test, const struct pnv_4gb_table *t,
			const struct ram_case *c, u64 bus)
{
	u64 page = c->pgsizes & SZ_1G ? SZ_1G : SZ_2M;

	KUNIT_EXPECT_EQ_MSG(test, walk_table(t, bus), slow_walk(c, page, bus), "bus %llx", bus);
}

static void expect_around(struct kunit *test, const struct pnv_4gb_table *t,
			  const struct ram_case *c, u64 bus)
{
	static const s64 steps[] = { -SZ_1G, -SZ_2M, -1, 0, SZ_64K, SZ_2M, SZ_1G };
	int i;

	for (i = 0; i < ARRAY_SIZE(steps); i++)
		if (bus + steps[i] < BIT_ULL(48))
			expect_walk(test, t, c, bus + steps[i]);
}

static void ram_test(struct kunit *test)
{
	const struct ram_case *c = test->param_value;
	struct pnv_4gb_table t = {};
	int i;

	make_table(test, &t, c);
	KUNIT_EXPECT_EQ(test, t.bytes, c->bytes);
	expect_walk(test, &t, c, 0);
	expect_around(test, &t, c, SZ_4G);
	for (i = 0; i < MAX_RANGES; i++) {
		expect_around(test, &t, c, SZ_4G + c->ranges[i].start);
		expect_around(test, &t, c, SZ_4G + c->ranges[i].end);
	}
	for (i = 0; i < 1000; i++)
		expect_walk(test, &t, c, get_random_u64() >> (16 + i % 20));
	pnv_4gb_table_free(&t);
	KUNIT_EXPECT_NULL(test, t.root);
}

/* Only what lies wholly in the range goes, and it comes again without more levels */
static void unmap_test(struct kunit *test)
{
	static const struct ram_case all = { "", PHB4_PAGES, 0, { { 0, GB(6) } } };
	static const struct ram_case rest = {
		"", PHB4_PAGES, 0, { { 0, GB(3) }, { GB(5), GB(6) } }
	};
	struct pnv_4gb_table t = {};
	u64 bus;

	make_table(test, &t, &all);
	pnv_4gb_table_unmap(&t, GB(2) + SZ_64K, GB(6) - SZ_64K, SZ_4G);
	for (bus = 0; bus < GB(16); bus += SZ_256M)
		expect_walk(test, &t, &rest, bus);
	KUNIT_EXPECT_EQ(test, t.bytes, SZ_8K);

	KUNIT_EXPECT_EQ(test, pnv_4gb_table_map(&t, GB(3) + SZ_64K, GB(4) + SZ_64K, SZ_4G), 0);
	for (bus = 0; bus < GB(16); bus += SZ_256M)
		expect_walk(test, &t, &all, bus);
	KUNIT_EXPECT_EQ(test, t.bytes, SZ_8K);
	pnv_4gb_table_free(&t);
}

/* What the table does not reach is left out, and to unmap what is not mapped needs no level */
static void beyond_test(struct kunit *test)
{
	struct pnv_4gb_table t = {};

	KUNIT_ASSERT_EQ(test, pnv_4gb_table_init(&t, PHB4_PAGES, GB(6), NUMA_NO_NODE), 0);
	KUNIT_EXPECT_EQ(test, pnv_4gb_table_map(&t, BIT_ULL(48) - GB(4), BIT_ULL(49), SZ_4G), 0);
	pnv_4gb_table_unmap(&t, 0, BIT_ULL(50), SZ_4G);
	KUNIT_EXPECT_EQ(test, t.bytes, SZ_4K);

	KUNIT_EXPECT_EQ(test, pnv_4gb_table_map(&t, BIT_ULL(48) - GB(5), BIT_ULL(49), SZ_4G), 0);
	KUNIT_EXPECT_EQ(test, t.bytes, SZ_8K);
	KUNIT_EXPECT_EQ(test, walk_table(&t, BIT_ULL(48) - 1), (s64)(BIT_ULL(48) - GB(4) - 1));
	pnv_4gb_table_free(&t);
}

/* Memory above the reach of the table, at a place within */
static void offset_test(struct kunit *test)
{
	struct pnv_4gb_table t = {};
	u64 phys = BIT_ULL(49), offset = GB(6) - phys;

	KUNIT_ASSERT_EQ(test, pnv_4gb_table_init(&t, PHB4_PAGES, GB(10), NUMA_NO_NODE), 0);
	KUNIT_EXPECT_EQ(test, pnv_4gb_table_map(&t, phys, phys + GB(2), offset), 0);
	KUNIT_EXPECT_EQ(test, walk_table(&t, GB(6) - 1), -1);
	KUNIT_EXPECT_EQ(test, walk_table(&t, GB(6)), (s64)phys);
	KUNIT_EXPECT_EQ(test, walk_table(&t, GB(8) - 1), (s64)(phys + GB(2) - 1));
	KUNIT_EXPECT_EQ(test, walk_table(&t, GB(8)), -1);

	pnv_4gb_table_unmap(&t, phys + GB(1), phys + GB(2), offset);
	KUNIT_EXPECT_EQ(test, walk_table(&t, GB(6)), (s64)phys);
	KUNIT_EXPECT_EQ(test, walk_table(&t, GB(7)), -1);
	pnv_4gb_table_free(&t);
}

static struct kunit_case table_cases[] = {
	KUNIT_CASE_PARAM(size_test, size_gen_params),
	KUNIT_CASE_PARAM(ram_test, ram_gen_params),
	KUNIT_CASE(unmap_test),
	KUNIT_CASE(beyond_test),
	KUNIT_CASE(offset_test),
	{}
};

static struct kunit_suite table_suite = {
	.name = "powernv_pci_4gb_table",
	.test_cases = table_cases,
};

kunit_test_suite(table_suite);
