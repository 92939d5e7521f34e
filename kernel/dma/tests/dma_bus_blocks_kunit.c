// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The onedma developers
 *
 * KUnit test of kept blocks, with a made-up hypervisor that fails sometimes.
 */
#include <linux/bitmap.h>
#include <linux/dma-bus.h>
#include <linux/dma-mapping.h>
#include <linux/mm.h>
#include <linux/prandom.h>

#include <kunit/device.h>
#include <kunit/static_stub.h>
#include <kunit/test.h>

#include "../bus-blocks.h"
#include "../direct.h"

#define KEPT_MAX	64
#define PAGES_MAX	256	/* blocks that exist at a time */
#define LIVE_MAX	40
#define STEPS		4000
#define NTH_MAX		60
#define NTH_STEPS	120
#define MAX_ORDER_USED	4

/* Memory that the hypervisor has to give, by what may be asked for. */
enum { LOW, MIDDLE, HIGH, HEAPS };
#define HEAP_FRAMES	256

struct heap {
	u64 base;
	unsigned long frames;
	DECLARE_BITMAP(used, HEAP_FRAMES);
};

/* A block that the page allocator gave. */
struct block {
	struct page *page;
	unsigned int order;
	struct heap *heap;	/* if it is exchanged */
	unsigned long frame;
};

struct owner {
	struct page *page;
	size_t size;
	struct device *dev;
	u8 pattern;
};

struct world {
	struct dma_bus_blocks blocks;
	struct heap heaps[HEAPS];
	struct block block[PAGES_MAX];
	struct owner owner[LIVE_MAX];
	struct device *dev[HEAPS];
	struct rnd_state rnd;
	unsigned int exchanges;
	unsigned int restores;
	unsigned int calls;	/* that can fail */
	unsigned int fail_nth;	/* the one that does */
};

static struct world *world(void)
{
	return kunit_get_current_test()->priv;
}

static struct block *block_of(struct page *page)
{
	struct block *b = world()->block;

	for (; b < world()->block + PAGES_MAX; b++)
		if (b->page && page >= b->page && page < b->page + (1 << b->order))
			return b;
	KUNIT_FAIL(kunit_get_current_test(), "a page of nobody");
	return NULL;
}

static bool fails_now(void)
{
	return ++world()->calls == world()->fail_nth;
}

static struct page *fake_alloc(int nid, gfp_t gfp, unsigned int order)
{
	struct block *b = world()->block;

	while (b < world()->block + PAGES_MAX && b->page)
		b++;
	if (fails_now() || b == world()->block + PAGES_MAX)
		return NULL;
	*b = (struct block){ .page = alloc_pages_node(nid, gfp, order),
			     .order = order };
	return b->page;
}

static void fake_free(struct page *page, unsigned int order)
{
	struct block *b = block_of(page);

	KUNIT_EXPECT_PTR_EQ(kunit_get_current_test(), b->page, page);
	KUNIT_EXPECT_EQ(kunit_get_current_test(), b->order, order);
	KUNIT_EXPECT_NULL(kunit_get_current_test(), b->heap);
	b->page = NULL;
	__free_pages(page, order);
}

/* What was not exchanged is above 4 GB, and no two pages are adjacent. */
static dma_addr_t fake_from_phys(phys_addr_t phys)
{
	struct page *page = phys_to_page(phys);
	struct block *b = block_of(page);

	if (!b->heap)
		return SZ_4G + (u64)page_to_pfn(page) * 2 * PAGE_SIZE +
			offset_in_page(phys);
	return b->heap->base + (b->frame + (page - b->page)) * PAGE_SIZE +
		offset_in_page(phys);
}

static dma_addr_t fake_from_range(phys_addr_t phys, size_t size)
{
	size_t step;

	for (step = PAGE_SIZE; step < size; step += PAGE_SIZE)
		if (fake_from_phys(phys + step) != fake_from_phys(phys) + step)
			return DMA_BUS_NONE;
	return fake_from_phys(phys);
}

static struct heap *heap_for(unsigned int bits)
{
	return &world()->heaps[bits < 32 ? LOW : bits < 64 ? MIDDLE : HIGH];
}

static int fake_exchange(struct page *page, unsigned int order,
			 unsigned int bits)
{
	struct block *b = block_of(page);
	struct heap *heap = heap_for(bits);
	unsigned long frame;

	if (fails_now())
		return -ENOMEM;
	frame = bitmap_find_next_zero_area(heap->used, heap->frames, 0,
					   1UL << order, (1UL << order) - 1);
	if (frame >= heap->frames)
		return -ENOMEM;
	bitmap_set(heap->used, frame, 1 << order);
	memset(page_address(page), 0xa5, PAGE_SIZE << order);
	b->heap = heap;
	b->frame = frame;
	world()->exchanges++;
	return 0;
}

static bool fake_exchanged(struct page *page)
{
	return block_of(page)->heap;
}

static void fake_restore(struct page *page, unsigned int order)
{
	struct block *b = block_of(page);

	if (b->heap)
		bitmap_clear(b->heap->used, b->frame, 1 << order);
	b->heap = NULL;
	world()->restores++;
}

static unsigned long pages_exchanged(struct world *w)
{
	unsigned long nr = 0;
	int i;

	for (i = 0; i < HEAPS; i++)
		nr += bitmap_weight(w->heaps[i].used, HEAP_FRAMES);
	return nr;
}

static unsigned long pages_in_use(struct world *w)
{
	unsigned long nr = 0;
	struct owner *o;

	for (o = w->owner; o < w->owner + LIVE_MAX; o++)
		if (o->page && fake_exchanged(o->page))
			nr += 1 << get_order(o->size);
	return nr;
}

static int blocks_alive(struct world *w)
{
	int i, nr = 0;

	for (i = 0; i < PAGES_MAX; i++)
		nr += !!w->block[i].page;
	return nr;
}

static bool get_gfp(struct world *w, struct owner *o, struct device *dev,
		    size_t size, gfp_t gfp)
{
	*o = (struct owner){ .size = size, .dev = dev };
	o->page = dma_bus_blocks_get(&w->blocks, dev, size, gfp | __GFP_NOWARN);
	return o->page;
}

static bool get(struct world *w, struct owner *o, struct device *dev,
		size_t size)
{
	return get_gfp(w, o, dev, size, GFP_KERNEL);
}

static void put(struct world *w, struct owner *o)
{
	dma_bus_blocks_put(&w->blocks, o->dev, o->page, o->size);
	o->page = NULL;
}

/* The promises: in reach, in one piece, aligned. */
static void expect_good(struct kunit *test, struct owner *o)
{
	dma_addr_t bus = fake_from_range(page_to_phys(o->page), o->size);

	KUNIT_EXPECT_NE(test, bus, DMA_BUS_NONE);
	KUNIT_EXPECT_LE(test, bus + o->size - 1, o->dev->coherent_dma_mask);
	KUNIT_EXPECT_TRUE(test, IS_ALIGNED(bus, PAGE_SIZE << get_order(o->size)));
	KUNIT_EXPECT_EQ(test, page_count(o->page), 1);
}

static void step(struct kunit *test, struct world *w)
{
	u32 dice = prandom_u32_state(&w->rnd);
	struct owner *o = &w->owner[dice % LIVE_MAX];
	size_t size = (dice >> 8) % (PAGE_SIZE << MAX_ORDER_USED) + 1;

	if (dice >> 30 == 0 && dice % 64 == 0) {
		dma_bus_blocks_shrink(&w->blocks, dice % 16);
	} else if (o->page) {
		KUNIT_EXPECT_NULL(test, memchr_inv(page_address(o->page),
						   o->pattern, o->size));
		put(w, o);
	} else if (get(w, o, w->dev[(dice >> 24) % HEAPS], size)) {
		expect_good(test, o);
		o->pattern = dice >> 16;
		memset(page_address(o->page), o->pattern, size);
	}
	KUNIT_EXPECT_LE(test, w->blocks.pages, KEPT_MAX);
	KUNIT_EXPECT_EQ(test, w->blocks.pages + pages_in_use(w),
			pages_exchanged(w));
}

/* Nothing is left anywhere. */
static void expect_all_returned(struct kunit *test, struct world *w)
{
	struct owner *o;

	for (o = w->owner; o < w->owner + LIVE_MAX; o++)
		if (o->page)
			put(w, o);
	while (dma_bus_blocks_shrink(&w->blocks, ULONG_MAX))
		;
	KUNIT_EXPECT_EQ(test, w->blocks.pages, 0);
	KUNIT_EXPECT_EQ(test, pages_exchanged(w), 0);
	KUNIT_EXPECT_EQ(test, blocks_alive(w), 0);
}

static void random_test(struct kunit *test)
{
	struct world *w = test->priv;
	int i;

	for (i = 0; i < STEPS; i++)
		step(test, w);
	KUNIT_EXPECT_GT(test, w->blocks.reused, STEPS / 100);
	KUNIT_EXPECT_GT(test, w->blocks.returned, 0);
	expect_all_returned(test, w);
}

static void fail_nth_test(struct kunit *test)
{
	struct world *w = test->priv;
	unsigned int nth;
	int i;

	for (nth = 1; nth <= NTH_MAX; nth++) {
		w->calls = 0;
		w->fail_nth = nth;
		for (i = 0; i < NTH_STEPS; i++)
			step(test, w);
		expect_all_returned(test, w);
	}
}

static void reused_test(struct kunit *test)
{
	struct world *w = test->priv;
	struct page *first;
	int i;

	KUNIT_ASSERT_TRUE(test, get(w, w->owner, w->dev[MIDDLE], PAGE_SIZE));
	first = w->owner->page;
	for (i = 0; i < 10; i++) {
		put(w, w->owner);
		KUNIT_ASSERT_TRUE(test, get(w, w->owner, w->dev[MIDDLE], 100));
		KUNIT_EXPECT_PTR_EQ(test, w->owner->page, first);
	}
	KUNIT_EXPECT_EQ(test, w->exchanges, 1);
	expect_all_returned(test, w);
}

/* A device that reaches all is not given what lies low. */
static void low_is_left_test(struct kunit *test)
{
	struct world *w = test->priv;

	KUNIT_ASSERT_TRUE(test, get(w, w->owner, w->dev[LOW], PAGE_SIZE));
	put(w, w->owner);
	KUNIT_ASSERT_TRUE(test, get(w, w->owner, w->dev[HIGH], PAGE_SIZE));
	KUNIT_EXPECT_FALSE(test, fake_exchanged(w->owner->page));
	KUNIT_EXPECT_EQ(test, w->blocks.pages, 1);
	expect_all_returned(test, w);
}

/* All that the hypervisor has is kept, in pieces that are too small. */
static void drained_test(struct kunit *test)
{
	struct world *w = test->priv;
	struct owner *o;

	w->heaps[LOW].frames = 16;
	for (o = w->owner; o < w->owner + 16; o++)
		KUNIT_ASSERT_TRUE(test, get(w, o, w->dev[LOW], PAGE_SIZE));
	for (o = w->owner; o < w->owner + 16; o++)
		put(w, o);
	KUNIT_EXPECT_EQ(test, w->blocks.pages, 16);
	KUNIT_EXPECT_TRUE(test, get(w, w->owner, w->dev[LOW], 16 * PAGE_SIZE));
	expect_all_returned(test, w);
}

/* The first @nr owners get a page each, and put it where it is kept. */
static void keep_pages(struct kunit *test, int nr)
{
	struct world *w = test->priv;
	struct owner *o;

	for (o = w->owner; o < w->owner + nr; o++)
		KUNIT_ASSERT_TRUE(test, get(w, o, w->dev[LOW], PAGE_SIZE));
	for (o = w->owner; o < w->owner + nr; o++)
		put(w, o);
	KUNIT_EXPECT_EQ(test, w->blocks.pages, nr);
}

/* Kept blocks are not the reason why the page allocator has nothing. */
static void not_drained_for_pages_test(struct kunit *test)
{
	struct world *w = test->priv;

	keep_pages(test, 16);
	w->fail_nth = w->calls + 1;
	KUNIT_EXPECT_FALSE(test, get(w, w->owner, w->dev[LOW], 2 * PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, w->blocks.pages, 16);
	expect_all_returned(test, w);
}

/* Nor are they given back for a caller that only tries. */
static void not_drained_for_a_try_test(struct kunit *test)
{
	struct world *w = test->priv;

	w->heaps[LOW].frames = 16;
	keep_pages(test, 16);
	KUNIT_EXPECT_FALSE(test, get_gfp(w, w->owner, w->dev[LOW],
					 16 * PAGE_SIZE,
					 GFP_KERNEL | __GFP_NORETRY));
	KUNIT_EXPECT_EQ(test, w->blocks.pages, 16);
	expect_all_returned(test, w);
}

/* Pages that were not needed from one check to the next are given back. */
static void age_test(struct kunit *test)
{
	struct world *w = test->priv;
	struct owner *o;

	keep_pages(test, 16);
	dma_bus_blocks_age(&w->blocks);
	KUNIT_EXPECT_EQ(test, w->blocks.pages, 16);
	for (o = w->owner; o < w->owner + 6; o++)
		KUNIT_ASSERT_TRUE(test, get(w, o, w->dev[LOW], PAGE_SIZE));
	for (o = w->owner; o < w->owner + 6; o++)
		put(w, o);
	dma_bus_blocks_age(&w->blocks);
	KUNIT_EXPECT_EQ(test, w->blocks.pages, 6);
	dma_bus_blocks_age(&w->blocks);
	KUNIT_EXPECT_EQ(test, w->blocks.pages, 0);
	expect_all_returned(test, w);
}

/* To keep a large block few small ones are given back at a time. */
static void bounded_put_test(struct kunit *test)
{
	struct world *w = test->priv;
	struct owner *large = &w->owner[LIVE_MAX - 1];
	struct owner *o;

	for (o = w->owner; o < w->owner + 32; o++)
		KUNIT_ASSERT_TRUE(test, get(w, o, w->dev[LOW], PAGE_SIZE));
	KUNIT_ASSERT_TRUE(test, get(w, large, w->dev[LOW], 16 * PAGE_SIZE));
	w->blocks.max = 32;
	for (o = w->owner; o < w->owner + 32; o++)
		put(w, o);
	KUNIT_EXPECT_EQ(test, w->blocks.pages, 32);
	w->restores = 0;
	put(w, large);
	KUNIT_EXPECT_LE(test, w->restores, 9);
	expect_all_returned(test, w);
}

/* What was exchanged comes from elsewhere, what was kept from another device. */
static void zeroed_test(struct kunit *test)
{
	struct world *w = test->priv;
	int i;

	for (i = 0; i < 2; i++) {
		KUNIT_ASSERT_TRUE(test, get_gfp(w, w->owner, w->dev[LOW],
						PAGE_SIZE,
						GFP_KERNEL | __GFP_ZERO));
		KUNIT_EXPECT_NULL(test, memchr_inv(page_address(w->owner->page),
						   0, PAGE_SIZE));
		memset(page_address(w->owner->page), 0x5a, PAGE_SIZE);
		put(w, w->owner);
	}
	KUNIT_EXPECT_EQ(test, w->blocks.reused, 1);
	expect_all_returned(test, w);
}

static void narrowed_mask_test(struct kunit *test)
{
	struct world *w = test->priv;

	KUNIT_ASSERT_TRUE(test, get(w, w->owner, w->dev[HIGH], 2 * PAGE_SIZE));
	w->dev[HIGH]->coherent_dma_mask = DMA_BIT_MASK(32);
	put(w, w->owner);
	KUNIT_ASSERT_TRUE(test, get(w, w->owner, w->dev[HIGH], 2 * PAGE_SIZE));
	expect_good(test, w->owner);
	expect_all_returned(test, w);
}

/* Somebody still has it mapped: it may not be given to the next one. */
static void held_test(struct kunit *test)
{
	struct world *w = test->priv;
	struct page *page;

	KUNIT_ASSERT_TRUE(test, get(w, w->owner, w->dev[MIDDLE], PAGE_SIZE));
	page = w->owner->page;
	get_page(page);
	put(w, w->owner);
	KUNIT_EXPECT_EQ(test, w->blocks.pages, 0);
	put_page(page);
	expect_all_returned(test, w);
}

static void nothing_kept_test(struct kunit *test)
{
	struct world *w = test->priv;

	w->blocks.max = 0;
	KUNIT_ASSERT_TRUE(test, get(w, w->owner, w->dev[MIDDLE], PAGE_SIZE));
	put(w, w->owner);
	KUNIT_EXPECT_EQ(test, w->blocks.pages, 0);
	expect_all_returned(test, w);
}

static void replace_all(struct kunit *test)
{
	kunit_activate_static_stub(test, dma_bus_raw_alloc, fake_alloc);
	kunit_activate_static_stub(test, dma_bus_raw_free, fake_free);
	kunit_activate_static_stub(test, arch_dma_bus_from_phys,
				   fake_from_phys);
	kunit_activate_static_stub(test, arch_dma_bus_from_range,
				   fake_from_range);
	kunit_activate_static_stub(test, arch_dma_bus_exchange, fake_exchange);
	kunit_activate_static_stub(test, arch_dma_bus_exchanged,
				   fake_exchanged);
	kunit_activate_static_stub(test, arch_dma_bus_restore, fake_restore);
}

static int world_init(struct kunit *test)
{
	static const char * const name[HEAPS] = { "low", "middle", "high" };
	static const u64 base[HEAPS] = { SZ_512M, SZ_2G, 1ULL << 40 };
	static const u64 mask[HEAPS] = {
		DMA_BIT_MASK(30), DMA_BIT_MASK(32), DMA_BIT_MASK(64)
	};
	struct world *w = kunit_kzalloc(test, sizeof(*w), GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, w);
	for (i = 0; i < HEAPS; i++) {
		w->heaps[i].base = base[i];
		w->heaps[i].frames = HEAP_FRAMES >> (HIGH - i);
		w->dev[i] = kunit_device_register(test, name[i]);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, w->dev[i]);
		w->dev[i]->coherent_dma_mask = mask[i];
	}
	prandom_seed_state(&w->rnd, 4);
	spin_lock_init(&w->blocks.lock);
	dma_bus_blocks_init(&w->blocks, KEPT_MAX);
	test->priv = w;
	replace_all(test);
	return 0;
}

static struct kunit_case dma_bus_blocks_cases[] = {
	KUNIT_CASE(random_test),
	KUNIT_CASE(fail_nth_test),
	KUNIT_CASE(reused_test),
	KUNIT_CASE(low_is_left_test),
	KUNIT_CASE(drained_test),
	KUNIT_CASE(not_drained_for_pages_test),
	KUNIT_CASE(not_drained_for_a_try_test),
	KUNIT_CASE(age_test),
	KUNIT_CASE(bounded_put_test),
	KUNIT_CASE(zeroed_test),
	KUNIT_CASE(narrowed_mask_test),
	KUNIT_CASE(held_test),
	KUNIT_CASE(nothing_kept_test),
	{}
};

static struct kunit_suite dma_bus_blocks_suite = {
	.name = "dma_bus_blocks",
	.init = world_init,
	.test_cases = dma_bus_blocks_cases,
};

kunit_test_suite(dma_bus_blocks_suite);

MODULE_DESCRIPTION("KUnit test of kept blocks");
MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_LICENSE("GPL");
