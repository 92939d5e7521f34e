// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The onedma developers
// KUnit tests of the places of memory in a 4 GB window, against a slow reference.

#include <linux/dma-map-ops.h>
#include <linux/memblock.h>
#include <linux/random.h>
#include <linux/scatterlist.h>

#include <asm/dma-ranges.h>
#include <asm/iommu.h>

#include "pci-ioda-4gb-walk.h"
#include "pci-ioda-4gb-world.h"

#define GB(n)		((n) * (u64)SZ_1G)
#define NOWHERE		(~0ULL)
#define MAX_PIECES	12

/* RAM of some chips, in pieces that may touch, overlap, or have holes between them */
struct layout {
	struct {
		u64 start, end;
	} pieces[MAX_PIECES];
	int nr;
	struct pnv_4gb_ranges ranges;
};

static void make_layout(struct kunit *test, struct layout *l)
{
	unsigned int stride = 36 + get_random_u32_below(10);
	int i;

	memset(l, 0, sizeof(*l));
	l->nr = 1 + get_random_u32_below(MAX_PIECES);
	for (i = 0; i < l->nr; i++) {
		u64 chip = (u64)get_random_u32_below(4) << stride;
		u64 start = chip + get_random_u32_below(48) * (u64)SZ_512M;

		l->pieces[i].start = start;
		l->pieces[i].end = start + (1 + get_random_u32_below(12)) * (u64)SZ_256M;
		KUNIT_ASSERT_TRUE(test, pnv_4gb_ranges_add(&l->ranges, start, l->pieces[i].end));
	}
	pnv_4gb_ranges_place(&l->ranges);
}

/* Do the first @nr pieces have memory in a page of 1 GB? */
static bool has_memory(const struct layout *l, int nr, u64 page)
{
	int i;

	for (i = 0; i < nr; i++)
		if (l->pieces[i].start < page + SZ_1G && l->pieces[i].end > page)
			return true;

	return false;
}

/* Pages with memory come one after the other, in the order of their addresses */
static u64 slow_bus(const struct layout *l, u64 phys)
{
	u64 page = phys / SZ_1G * SZ_1G, bus = SZ_4G, other;
	int i;

	if (!has_memory(l, l->nr, page))
		return NOWHERE;

	for (i = 0; i < l->nr; i++) {
		other = l->pieces[i].start / SZ_1G * SZ_1G;
		for (; other < l->pieces[i].end && other < page; other += SZ_1G)
			bus += has_memory(l, i, other) ? 0 : SZ_1G;
	}

	return bus + phys % SZ_1G;
}

static void expect_place(struct kunit *test, const struct layout *l, u64 phys)
{
	u64 bus = slow_bus(l, phys), got = dma_ranges_to_bus(l->ranges.list, phys);

	KUNIT_EXPECT_EQ_MSG(test, got, bus, "phys %llx", phys);
	if (bus != NOWHERE)
		KUNIT_EXPECT_LT(test, bus, l->ranges.end);
}

static void random_test(struct kunit *test)
{
	struct layout *l = kunit_kzalloc(test, sizeof(*l), GFP_KERNEL);
	int n, i;

	KUNIT_ASSERT_NOT_NULL(test, l);
	for (n = 0; n < 30; n++) {
		make_layout(test, l);
		for (i = 0; i < l->nr; i++) {
			expect_place(test, l, l->pieces[i].start);
			expect_place(test, l, l->pieces[i].start - 1);
			expect_place(test, l, l->pieces[i].end - 1);
			expect_place(test, l, l->pieces[i].end);
			expect_place(test, l, l->pieces[i].start + get_random_u32());
		}
	}
}

/* Two ranges never touch: a buffer would lie in both */
static void touch_test(struct kunit *test)
{
	struct pnv_4gb_ranges r = {};

	KUNIT_EXPECT_TRUE(test, pnv_4gb_ranges_add(&r, GB(64), GB(64)));
	KUNIT_EXPECT_EQ(test, r.nr, 0);
	KUNIT_EXPECT_TRUE(test, pnv_4gb_ranges_add(&r, GB(4), GB(8)));
	KUNIT_EXPECT_TRUE(test, pnv_4gb_ranges_add(&r, 0, GB(2)));
	KUNIT_EXPECT_EQ(test, r.nr, 2);
	KUNIT_EXPECT_TRUE(test, pnv_4gb_ranges_add(&r, GB(2), GB(4) - SZ_64K));
	KUNIT_EXPECT_EQ(test, r.nr, 1);
	KUNIT_EXPECT_TRUE(test, pnv_4gb_ranges_add(&r, GB(9) + SZ_64K, GB(10)));
	KUNIT_EXPECT_EQ(test, r.nr, 2);
	KUNIT_EXPECT_TRUE(test, pnv_4gb_ranges_add(&r, GB(8) - SZ_64K, GB(8) + SZ_64K));
	KUNIT_EXPECT_EQ(test, r.nr, 1);
	pnv_4gb_ranges_place(&r);
	KUNIT_EXPECT_EQ(test, r.list[0].phys, 0);
	KUNIT_EXPECT_EQ(test, r.list[0].size, GB(10));
	KUNIT_EXPECT_EQ(test, r.list[1].size, 0);
	KUNIT_EXPECT_EQ(test, r.end, GB(14));
}

static void too_many_test(struct kunit *test)
{
	struct pnv_4gb_ranges r = {};
	int i;

	for (i = 0; i < PNV_4GB_MAX_RANGES; i++)
		KUNIT_EXPECT_TRUE(test, pnv_4gb_ranges_add(&r, GB(2 * i), GB(2 * i + 1)));
	KUNIT_EXPECT_FALSE(test, pnv_4gb_ranges_add(&r, GB(2 * i), GB(2 * i + 1)));
	KUNIT_EXPECT_TRUE(test, pnv_4gb_ranges_add(&r, GB(1), GB(2)));
	KUNIT_EXPECT_TRUE(test, pnv_4gb_ranges_add(&r, GB(2 * i), GB(2 * i + 1)));
	pnv_4gb_ranges_place(&r);
	KUNIT_EXPECT_EQ(test, r.list[PNV_4GB_MAX_RANGES].size, 0);
}

static const struct pnv_4gb_ranges *two_chips(struct kunit *test)
{
	struct pnv_4gb_ranges *r = kunit_kzalloc(test, sizeof(*r), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, r);
	pnv_4gb_ranges_add(r, 0, GB(8));
	pnv_4gb_ranges_add(r, CHIP1, CHIP1 + GB(4));
	pnv_4gb_ranges_place(r);

	return r;
}

/* The sum of the ranges counts, and not where the last one ends in memory */
static void window_test(struct kunit *test)
{
	struct world *w = test->priv;
	struct pnv_4gb_table *t;

	w->ranges = two_chips(test);
	w->ram_end = CHIP1 + SZ_2G;
	pnv_4gb_set_mask(&w->dev, &w->pe[0], DMA_BIT_MASK(33));
	expect_not_split(test, w);
	KUNIT_EXPECT_NULL(test, w->dev.archdata.dma_ranges);

	pnv_4gb_set_mask(&w->dev, &w->pe[0], DMA_BIT_MASK(34));
	KUNIT_EXPECT_TRUE(test, pnv_4gb_uses_window(&w->pe[0]));
	KUNIT_EXPECT_PTR_EQ(test, w->dev.archdata.dma_ranges, &w->ranges->list[0]);
	KUNIT_EXPECT_EQ(test, w->dev.archdata.dma_ranges_limit, DMA_BIT_MASK(34));

	t = &w->phb->dma4gb.table;
	KUNIT_EXPECT_EQ(test, walk_table(t, GB(4)), 0);
	KUNIT_EXPECT_EQ(test, walk_table(t, GB(8) - 1), (s64)GB(4) - 1);
	KUNIT_EXPECT_EQ(test, walk_table(t, GB(8)), -1);
	KUNIT_EXPECT_EQ(test, walk_table(t, GB(12)), (s64)CHIP1);
	KUNIT_EXPECT_EQ(test, walk_table(t, GB(14) - 1), (s64)(CHIP1 + SZ_2G - 1));
	KUNIT_EXPECT_EQ(test, walk_table(t, GB(14)), -1);

	pnv_4gb_set_mask(&w->dev, &w->pe[0], DMA_BIT_MASK(64));
	expect_not_split(test, w);
	KUNIT_EXPECT_NULL(test, w->dev.archdata.dma_ranges);
}

static void hotplug_test(struct kunit *test)
{
	struct world *w = test->priv;
	struct pnv_4gb_table *t = &w->phb->dma4gb.table;
	u64 start = CHIP1 + GB(2), end = CHIP1 + GB(3);

	w->ranges = two_chips(test);
	pnv_4gb_set_mask(&w->dev, &w->pe[0], MASK44);
	KUNIT_EXPECT_EQ(test, pnv_4gb_add_memory(w->phb, start, end), 0);
	KUNIT_EXPECT_EQ(test, walk_table(t, GB(14)), (s64)start);
	pnv_4gb_remove_memory(w->phb, start, end);
	KUNIT_EXPECT_EQ(test, walk_table(t, GB(14)), -1);

	/* What the device tree did not name could lie beside a range */
	KUNIT_EXPECT_EQ(test, pnv_4gb_add_memory(w->phb, GB(7), GB(9)), -ERANGE);
	KUNIT_EXPECT_EQ(test, pnv_4gb_add_memory(w->phb, GB(8), GB(9)), -ERANGE);
	KUNIT_EXPECT_EQ(test, walk_table(t, GB(12)), (s64)CHIP1);
}

/* A device with the 4 GB window, on a machine with two chips */
static struct world *windowed_world(struct kunit *test, u64 mask)
{
	struct world *w = test->priv;

	world_count_tces(test, w);
	w->ranges = two_chips(test);
	w->ram_end = CHIP1 + SZ_2G;
	pnv_4gb_set_mask(&w->dev, &w->pe[0], mask);
	w->mask = mask;

	return w;
}

static void make_sg(struct scatterlist *sg, u64 first, u64 second)
{
	sg_init_table(sg, 2);
	sg_set_page(&sg[0], pfn_to_page(PHYS_PFN(first)), SZ_64K, 512);
	sg_set_page(&sg[1], pfn_to_page(PHYS_PFN(second)), SZ_4K, 0);
}

/* What has a place in the window is mapped for good */
static void map_test(struct kunit *test)
{
	struct world *w = windowed_world(test, MASK44);
	struct scatterlist sg[2];

	KUNIT_EXPECT_EQ(test, world_map(w, 0, SZ_4K), GB(4));
	KUNIT_EXPECT_EQ(test, world_map(w, GB(8) - SZ_4K, SZ_4K), GB(12) - SZ_4K);
	KUNIT_EXPECT_EQ(test, world_map(w, CHIP1, SZ_64K), GB(12));
	KUNIT_EXPECT_EQ(test, world_map(w, CHIP1 + GB(4) - 1, 1), GB(16) - 1);
	world_unmap(w, GB(4), SZ_4K);

	make_sg(sg, CHIP1, SZ_1M);
	KUNIT_EXPECT_EQ(test, dma_iommu_ops.map_sg(&w->dev, sg, 2, DMA_TO_DEVICE, 0), 2);
	KUNIT_EXPECT_EQ(test, sg_dma_address(&sg[0]), GB(12) + 512);
	KUNIT_EXPECT_EQ(test, sg_dma_len(&sg[0]), SZ_64K);
	KUNIT_EXPECT_EQ(test, sg_dma_address(&sg[1]), GB(4) + SZ_1M);
	KUNIT_EXPECT_EQ(test, sg_dma_len(&sg[1]), SZ_4K);
	dma_iommu_ops.unmap_sg(&w->dev, sg, 2, DMA_TO_DEVICE, 0);
	dma_iommu_ops.unmap_sg(&w->dev, NULL, 0, DMA_TO_DEVICE, 0);
	expect_tces(test, 0, 0);
}

/* Maps by TCEs of window #0 and takes them away again */
static void expect_by_table(struct kunit *test, struct world *w, u64 phys, unsigned long attrs)
{
	dma_addr_t bus;

	bus = dma_iommu_ops.map_phys(&w->dev, phys, SZ_4K, DMA_TO_DEVICE, attrs);
	KUNIT_EXPECT_LT_MSG(test, bus, SZ_4G, "phys %llx", phys);
	expect_tces(test, 1, 0);
	world_unmap(w, bus, SZ_4K);
	expect_tces(test, 0, 1);
}

static void beyond_test(struct kunit *test)
{
	struct world *w = windowed_world(test, DMA_BIT_MASK(33));
	struct scatterlist sg[2];

	/* All of RAM is not in reach, so that the default would not split */
	KUNIT_EXPECT_FALSE(test, pnv_4gb_uses_window(&w->pe[0]));
	w->phb->dma4gb.asked = true;
	w = windowed_world(test, DMA_BIT_MASK(33));
	KUNIT_EXPECT_TRUE(test, pnv_4gb_uses_window(&w->pe[0]));

	KUNIT_EXPECT_EQ(test, world_map(w, GB(4) - SZ_4K, SZ_4K), GB(8) - SZ_4K);
	expect_by_table(test, w, GB(4), 0);
	expect_by_table(test, w, GB(4) - SZ_4K, DMA_ATTR_MMIO);
	expect_by_table(test, w, GB(8), 0);
	expect_by_table(test, w, CHIP1, 0);
	expect_by_table(test, w, CHIP1 - SZ_4K, 0);

	make_sg(sg, SZ_1M, CHIP1);
	KUNIT_EXPECT_GT(test, dma_iommu_ops.map_sg(&w->dev, sg, 2, DMA_TO_DEVICE, 0), 0);
	KUNIT_EXPECT_LT(test, sg_dma_address(&sg[0]), SZ_4G);
	dma_iommu_ops.unmap_sg(&w->dev, sg, 2, DMA_TO_DEVICE, 0);
	expect_tces(test, 3, 3);
}

/* Coherent memory comes from anywhere, so the places are those of this machine */
static void coherent_test(struct kunit *test)
{
	struct world *w = windowed_world(test, DMA_BIT_MASK(48));
	const struct dma_range *list;
	dma_addr_t bus, last;
	void *cpu;

	kunit_deactivate_static_stub(test, pnv_4gb_ranges);
	list = pnv_4gb_list();
	w->dev.archdata.dma_ranges = list;
	last = dma_ranges_to_bus(list, memblock_end_of_DRAM() - 1);
	w->dev.coherent_dma_mask = last;
	w->dev.archdata.dma_ranges_limit = last;
	cpu = dma_iommu_ops.alloc(&w->dev, 3 * PAGE_SIZE, &bus, GFP_KERNEL, 0);
	KUNIT_ASSERT_NOT_NULL(test, cpu);
	KUNIT_EXPECT_LE(test, bus, last);
	KUNIT_EXPECT_EQ(test, bus, dma_ranges_to_bus(list, virt_to_phys(cpu)));
	KUNIT_EXPECT_TRUE(test, !memchr_inv(cpu, 0, 3 * PAGE_SIZE));
	dma_iommu_ops.free(&w->dev, 3 * PAGE_SIZE, cpu, bus, 0);
	bus = world_map(w, memblock_end_of_DRAM() - SZ_4K, SZ_4K);
	KUNIT_EXPECT_EQ(test, bus, last - SZ_4K + 1);
	expect_tces(test, 0, 0);

	/* One byte less, and some of RAM is out of reach */
	w->dev.archdata.dma_ranges_limit = last - 1;
	cpu = dma_iommu_ops.alloc(&w->dev, PAGE_SIZE, &bus, GFP_KERNEL, 0);
	KUNIT_ASSERT_NOT_NULL(test, cpu);
	KUNIT_EXPECT_LT(test, bus, SZ_4G);
	dma_iommu_ops.free(&w->dev, PAGE_SIZE, cpu, bus, 0);
	expect_tces(test, PAGE_SIZE >> 16 ?: 1, PAGE_SIZE >> 16 ?: 1);
}

static struct kunit_case ranges_cases[] = {
	KUNIT_CASE(random_test),
	KUNIT_CASE(touch_test),
	KUNIT_CASE(too_many_test),
	KUNIT_CASE(window_test),
	KUNIT_CASE(hotplug_test),
	KUNIT_CASE(map_test),
	KUNIT_CASE(beyond_test),
	KUNIT_CASE(coherent_test),
	{}
};

static struct kunit_suite ranges_suite = {
	.name = "powernv_pci_4gb_ranges",
	.init = world_init,
	.exit = world_exit,
	.test_cases = ranges_cases,
};

kunit_test_suite(ranges_suite);
