// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The onedma developers
 *
 * KUnit test of bounce pools: compares the search for a pool with a slow one.
 */
#include <linux/bitmap.h>
#include <linux/ctype.h>
#include <linux/delay.h>
#include <linux/dma-direct.h>
#include <linux/dma-mapping.h>
#include <linux/gfp.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/prandom.h>
#include <linux/rcupdate.h>
#include <linux/sched/task.h>
#include <linux/swiotlb.h>

#include <kunit/device.h>
#include <kunit/static_stub.h>
#include <kunit/test.h>

#include "../swiotlb.h"

#define POOLS		5
#define SLOTS		(2 * IO_TLB_SEGSIZE)
#define LIVE_MAX	160
#define STEPS		3000

/* What a pool was made for, and where it says that it ends. */
static const struct {
	u64 limit, last;
} places[POOLS] = {
	{ DMA_BIT_MASK(32), SZ_2G - 1 },
	{ U64_MAX, DMA_BIT_MASK(40) },
	{ DMA_BIT_MASK(24), SZ_8M - 1 },
	{ U64_MAX, DMA_BIT_MASK(34) },
	{ DMA_BIT_MASK(32), SZ_1G - 1 },
};

static const u64 masks[] = {
	DMA_BIT_MASK(64), DMA_BIT_MASK(36), DMA_BIT_MASK(32),
	DMA_BIT_MASK(31), DMA_BIT_MASK(30), DMA_BIT_MASK(24), DMA_BIT_MASK(20),
};

struct mapping {
	phys_addr_t addr;
	size_t size;
	unsigned int keep;	/* min_align_mask */
	struct io_tlb_pool *pool;
};

struct world {
	struct io_tlb_mem *boot, mem;
	struct io_tlb_pool *pools[POOLS];
	DECLARE_BITMAP(used[POOLS], SLOTS);
	struct mapping live[LIVE_MAX];
	struct device *dev;
	struct device_dma_parameters parms;
	struct page *page;		/* what is mapped, of SZ_256K */
	struct rnd_state rnd;
	unsigned int pools_wanted;
};

static unsigned long *used_of(struct world *w, struct io_tlb_pool *pool)
{
	int i = 0;

	while (w->pools[i] != pool)
		i++;
	return w->used[i];
}

static u32 below(struct world *w, u32 max)
{
	return prandom_u32_state(&w->rnd) % max;
}

/* Are these slots free, and does a buffer at their start keep the rules? */
static bool slots_fit(struct world *w, struct io_tlb_pool *pool,
		      unsigned int first, size_t size, phys_addr_t orig)
{
	unsigned int nr = DIV_ROUND_UP(size, IO_TLB_SIZE);
	u64 boundary = dma_get_seg_boundary(w->dev);
	u64 keep = w->parms.min_align_mask;
	u64 start = pool->start + first * IO_TLB_SIZE;
	u64 end = start + nr * IO_TLB_SIZE - 1;
	unsigned int i;

	if (first / IO_TLB_SEGSIZE != (first + nr - 1) / IO_TLB_SEGSIZE)
		return false;
	for (i = first; i < first + nr; i++)
		if (test_bit(i, used_of(w, pool)))
			return false;
	if ((start & ~boundary) != (end & ~boundary))
		return false;
	if (!keep && size >= PAGE_SIZE && start % PAGE_SIZE)
		return false;
	return ((start ^ orig) & keep & ~(u64)(IO_TLB_SIZE - 1)) == 0;
}

static bool area_fits(struct world *w, struct io_tlb_pool *pool,
		      unsigned int area, size_t bytes, phys_addr_t orig,
		      unsigned int usable)
{
	unsigned int size = SLOTS / pool->nareas, used = 0, i;
	unsigned long *bits = used_of(w, pool);

	for (i = 0; i < size; i++)
		used += test_bit(area * size + i, bits);
	if (used + DIV_ROUND_UP(bytes, IO_TLB_SIZE) > usable)
		return false;
	for (i = 0; i < size; i++)
		if (slots_fit(w, pool, area * size + i, bytes, orig))
			return true;
	return false;
}

/* In the area of this CPU, or in any.  Half a pool is the upper half of its areas. */
static bool pool_fits(struct world *w, struct io_tlb_pool *pool,
		      size_t bytes, phys_addr_t orig, bool half, bool own)
{
	unsigned int nareas = pool->nareas, usable = SLOTS / nareas;
	unsigned int area = 0;

	if (half && nareas > 1)
		area = nareas / 2;
	else if (half)
		usable /= 2;
	if (own)
		return area_fits(w, pool, area + raw_smp_processor_id() %
				 (nareas - area), bytes, orig, usable);
	for (; area < nareas; area++)
		if (area_fits(w, pool, area, bytes, orig, usable))
			return true;
	return false;
}

static bool higher(struct io_tlb_pool *a, struct io_tlb_pool *b)
{
	if (!b || a->bus_limit != b->bus_limit)
		return !b || a->bus_limit > b->bus_limit;
	return a->bus_last > b->bus_last;
}

static u64 reach_of(struct world *w)
{
	return min_not_zero(*w->dev->dma_mask, w->dev->bus_dma_limit);
}

static bool in_reach(struct world *w, struct io_tlb_pool *pool)
{
	return pool->bus_last <= reach_of(w);
}

/* Is there room in that part of the pool which is in reach? */
static bool part_fits(struct world *w, struct io_tlb_pool *pool, size_t bytes,
		      phys_addr_t orig)
{
	u64 bus = pool->bus_last + 1 - SLOTS * IO_TLB_SIZE;
	unsigned int i;

	bytes = ALIGN(bytes, IO_TLB_SIZE);
	for (i = 0; bus + bytes - 1 <= reach_of(w); i++, bus += IO_TLB_SIZE)
		if (slots_fit(w, pool, i, bytes, orig))
			return true;
	return false;
}

/* If no pool that is in reach as a whole has room. */
static struct io_tlb_pool *expected_part(struct world *w, size_t bytes,
					 phys_addr_t orig)
{
	struct io_tlb_pool *pool, *best = NULL;
	int i;

	for (i = 0; i < POOLS; i++) {
		pool = w->pools[i];
		if (!in_reach(w, pool) && higher(pool, best) &&
		    part_fits(w, pool, bytes, orig))
			best = pool;
	}
	return best;
}

/* The highest pool of this limit with room in the area of this CPU, or in any. */
static struct io_tlb_pool *expected_of(struct world *w, u64 limit, size_t size,
				       phys_addr_t orig, bool higher_in_reach)
{
	struct io_tlb_pool *pool, *best = NULL;
	int i, own;

	for (own = 1; !best && own >= 0; own--) {
		for (i = 0; i < POOLS; i++) {
			pool = w->pools[i];
			if (pool->bus_limit == limit && in_reach(w, pool) &&
			    higher(pool, best) &&
			    pool_fits(w, pool, size, orig,
				      higher_in_reach && pool->keep_half, own))
				best = pool;
		}
	}
	return best;
}

/* The pool with the highest limit that is in reach and has room. */
static struct io_tlb_pool *expected(struct world *w, size_t size,
				    phys_addr_t orig)
{
	static const u64 limits[] = { U64_MAX, DMA_BIT_MASK(32), DMA_BIT_MASK(24) };
	struct io_tlb_pool *best = NULL;
	bool higher_in_reach = false;
	int i, j;

	for (i = 0; !best && i < ARRAY_SIZE(limits); i++) {
		best = expected_of(w, limits[i], size, orig, higher_in_reach);
		for (j = 0; j < POOLS; j++)
			higher_in_reach |= w->pools[j]->bus_limit == limits[i] &&
				in_reach(w, w->pools[j]);
	}
	return best ?: expected_part(w, size, orig);
}

/*
 * With min_align_mask the search passes over some slots, so that it may also
 * end at a lower pool, at a part of a pool, or at none.
 */
static bool as_expected(struct world *w, struct io_tlb_pool *pool,
			struct io_tlb_pool *expected)
{
	if (pool == expected)
		return true;
	return w->parms.min_align_mask && expected &&
		(!pool || higher(expected, pool) || !in_reach(w, pool));
}

static struct io_tlb_pool *pool_of(struct world *w, phys_addr_t addr)
{
	int i;

	for (i = 0; i < POOLS; i++)
		if (addr >= w->pools[i]->start && addr < w->pools[i]->end)
			return w->pools[i];
	return NULL;
}

static void mark(struct kunit *test, struct mapping *m, bool used)
{
	struct world *w = test->priv;
	unsigned long *bits = used_of(w, m->pool);
	unsigned int first = (m->addr - m->pool->start) / IO_TLB_SIZE;
	unsigned int last = (m->addr + m->size - 1 - m->pool->start) / IO_TLB_SIZE;

	for (; first <= last; first++) {
		KUNIT_EXPECT_EQ(test, test_bit(first, bits), !used);
		assign_bit(first, bits, used);
	}
}

static void unmap(struct kunit *test, struct mapping *m)
{
	struct world *w = test->priv;

	if (!m->pool)
		return;
	w->parms.min_align_mask = m->keep;
	swiotlb_tbl_unmap_single(w->dev, m->addr, m->size, DMA_TO_DEVICE, 0);
	mark(test, m, false);
	m->pool = NULL;
}

static bool map(struct kunit *test, struct mapping *m, size_t size, size_t offset)
{
	struct world *w = test->priv;
	phys_addr_t orig = page_to_phys(w->page) + offset;
	size_t pad = orig & w->parms.min_align_mask & (IO_TLB_SIZE - 1);
	struct io_tlb_pool *pool;
	unsigned long attrs = DMA_ATTR_NO_WARN;

	migrate_disable();
	pool = expected(w, size + pad, orig);
	m->addr = swiotlb_tbl_map_single(w->dev, orig, size, 0, DMA_TO_DEVICE,
					 &attrs);
	migrate_enable();
	m->size = size;
	m->keep = w->parms.min_align_mask;
	m->pool = m->addr == DMA_MAPPING_ERROR ? NULL : pool_of(w, m->addr);
	KUNIT_EXPECT_TRUE_MSG(test, as_expected(w, m->pool, pool),
			      "size %zu offset %zu mask %llx", size, offset,
			      *w->dev->dma_mask);
	if (!m->pool)
		return false;

	KUNIT_EXPECT_EQ(test, 0, (m->addr ^ orig) & w->parms.min_align_mask);
	KUNIT_EXPECT_EQ(test, 0, memcmp(phys_to_virt(m->addr),
					phys_to_virt(orig), size));
	KUNIT_EXPECT_PTR_EQ(test, swiotlb_find_pool(w->dev, m->addr),
			    m->pool);
	mark(test, m, true);
	return true;
}

static void unmap_all(struct kunit *test)
{
	struct world *w = test->priv;
	int i;

	for (i = 0; i < LIVE_MAX; i++)
		unmap(test, &w->live[i]);
	for (i = 0; i < POOLS; i++)
		KUNIT_EXPECT_TRUE(test, bitmap_empty(w->used[i], SLOTS));
}

static void random_test(struct kunit *test)
{
	static const unsigned int keeps[] = { 0, 0, SZ_4K - 1, SZ_8K - 1 };
	static const unsigned long boundaries[] = { U32_MAX, SZ_64K - 1 };
	static const u64 limits[] = { 0, 0, 0, DMA_BIT_MASK(33),
				      SZ_1G - SZ_64K - 1, SZ_2G - SZ_256K };
	struct world *w = test->priv;
	struct mapping *m;
	int step;

	for (step = 0; step < STEPS; step++) {
		m = &w->live[below(w, LIVE_MAX)];
		unmap(test, m);
		*w->dev->dma_mask = masks[below(w, ARRAY_SIZE(masks))];
		w->dev->bus_dma_limit = limits[below(w, ARRAY_SIZE(limits))];
		w->parms.min_align_mask = keeps[below(w, ARRAY_SIZE(keeps))];
		w->parms.segment_boundary_mask = boundaries[below(w, 2)];
		map(test, m, 1 + below(w, below(w, 8) ? SZ_16K : SZ_64K - SZ_8K),
		    below(w, SZ_64K));
	}
	unmap_all(test);
}

/* A device takes all that it gets, then one with another mask gets some too. */
static void exhaust(struct kunit *test, u64 mask, u64 other)
{
	struct world *w = test->priv;
	int i = 0;

	*w->dev->dma_mask = mask;
	swiotlb_keep_half_for(w->dev, other);
	while (i < LIVE_MAX - 1 && map(test, &w->live[i], SZ_32K, 0))
		i++;
	KUNIT_EXPECT_LT(test, i, LIVE_MAX - 1);
	KUNIT_EXPECT_GE(test, i, 16);
	*w->dev->dma_mask = other;
	KUNIT_EXPECT_TRUE(test, map(test, &w->live[i], SZ_32K, 0));
	unmap_all(test);
}

static void exhausted_test(struct kunit *test)
{
	exhaust(test, DMA_BIT_MASK(64), DMA_BIT_MASK(32));
	exhaust(test, DMA_BIT_MASK(32), DMA_BIT_MASK(64));
	exhaust(test, DMA_BIT_MASK(64), DMA_BIT_MASK(24));
	exhaust(test, DMA_BIT_MASK(32), DMA_BIT_MASK(24));
}

/* Map buffers of the largest size until there is no room; count them. */
static int map_largest(struct kunit *test)
{
	struct world *w = test->priv;
	int i = 0;

	while (map(test, &w->live[i], SZ_256K, 0))
		i++;
	unmap_all(test);
	return i;
}

/* A half that is kept free is whole areas, and kept only if a device needs it. */
static void largest_test(struct kunit *test)
{
	struct world *w = test->priv;

	*w->dev->dma_mask = DMA_BIT_MASK(64);
	KUNIT_EXPECT_EQ(test, map_largest(test), 2 * POOLS);
	swiotlb_keep_half_for(w->dev, DMA_BIT_MASK(32));
	KUNIT_EXPECT_EQ(test, map_largest(test), 2 * POOLS - 2);
}

/*
 * The limit of a device is inside the only pool that it reaches: it gets all slots
 * below the limit, also after another device has taken all that it gets.
 */
static void part_test(struct kunit *test)
{
	struct world *w = test->priv;
	struct io_tlb_pool *pool = w->pools[2];
	int i = 0, got = 0;

	*w->dev->dma_mask = DMA_BIT_MASK(32);
	w->dev->bus_dma_limit = SZ_8M - 1 - SZ_128K;
	while (i < LIVE_MAX && map(test, &w->live[i], SZ_16K, 0)) {
		KUNIT_EXPECT_PTR_EQ(test, w->live[i].pool, pool);
		KUNIT_EXPECT_LE(test, w->live[i].addr + SZ_16K,
				pool->end - SZ_128K);
		i++;
	}
	KUNIT_EXPECT_EQ(test, i, (SLOTS * IO_TLB_SIZE - SZ_128K) / SZ_16K);
	unmap_all(test);

	w->dev->bus_dma_limit = 0;
	for (i = 0; i < LIVE_MAX && map(test, &w->live[i], SZ_64K, 0); i++)
		;
	w->dev->bus_dma_limit = SZ_8M - 1 - SZ_256K;
	for (; i < LIVE_MAX && map(test, &w->live[i], SZ_64K, 0); i++)
		got++;
	KUNIT_EXPECT_EQ(test, got, 4);
	unmap_all(test);
}

/* If the own area is full then that of the next pool is searched next. */
static void own_area_first_test(struct kunit *test)
{
	struct world *w = test->priv;
	int i;

	*w->dev->dma_mask = DMA_BIT_MASK(64);
	migrate_disable();
	for (i = 0; i < 5; i++)
		KUNIT_EXPECT_TRUE(test, map(test, &w->live[i], SZ_64K, 0));
	KUNIT_EXPECT_PTR_EQ(test, w->live[3].pool, w->pools[1]);
	KUNIT_EXPECT_PTR_EQ(test, w->live[4].pool, w->pools[3]);
	migrate_enable();
	unmap_all(test);
}

static struct io_tlb_pool *no_pool(struct device *dev, struct io_tlb_mem *mem,
				   unsigned long minslabs, unsigned long nslabs,
				   unsigned int nareas, u64 bus_limit, gfp_t gfp)
{
	struct world *w = kunit_get_current_test()->priv;

	w->pools_wanted++;
	return NULL;
}

/* The answer of Linux 7.3.4, which does not depend on pools. */
static int expected_ret(u64 mask)
{
	u64 least = ((u64)max_pfn << PAGE_SHIFT) - 1;

	if (IS_ENABLED(CONFIG_ZONE_DMA))
		least = min_t(u64, least, zone_dma_limit);
	return mask >= DMA_BIT_MASK(32) || mask >= least ? 0 : -EIO;
}

/* No mask is refused because there is no memory for a pool. */
static void masks_test(struct kunit *test)
{
	struct world *w = test->priv;
	bool wanted = false;
	unsigned int bits;

	if (!is_swiotlb_allocated())
		kunit_skip(test, "no bounce buffer was made at boot");
	w->dev->dma_io_tlb_mem = w->boot;
	kunit_activate_static_stub(test, swiotlb_alloc_pool, no_pool);
	for (bits = 12; bits <= 64; bits++) {
		u64 mask = DMA_BIT_MASK(bits);
		int ret = expected_ret(mask);

		/* where no RAM is that low the mask is refused at once */
		wanted |= !ret && !swiotlb_reachable(w->dev, mask);
		KUNIT_EXPECT_EQ_MSG(test, ret, dma_set_mask(w->dev, mask),
				    "%u bits", bits);
	}
	KUNIT_EXPECT_EQ(test, w->pools_wanted > 0, wanted);

	w->pools_wanted = 0;
	for (bits = 12; bits <= 64; bits++)
		KUNIT_EXPECT_EQ_MSG(test, expected_ret(DMA_BIT_MASK(bits)),
				    dma_set_coherent_mask(w->dev,
							  DMA_BIT_MASK(bits)),
				    "%u bits, coherent", bits);
	KUNIT_EXPECT_EQ(test, w->pools_wanted, 0);
}

/* The free slots of a set are counted together, under the lock of one area. */
static void areas_test(struct kunit *test)
{
	struct world *w = test->priv;
	struct io_tlb_pool *pool;

	if (!is_swiotlb_allocated())
		kunit_skip(test, "no bounce buffer was made at boot");

	rcu_read_lock();
	list_for_each_entry_rcu(pool, &w->boot->pools, node)
		KUNIT_EXPECT_TRUE_MSG(test, pool->nareas == 1 ||
				      !(pool->area_nslabs % IO_TLB_SEGSIZE),
				      "%u areas of %u", pool->nareas,
				      pool->area_nslabs);
	rcu_read_unlock();
}

/* Each failure counts, and leaves nothing behind. */
static void out_of_reach_test(struct kunit *test)
{
	struct world *w = test->priv;
	long before = atomic_long_read(&w->mem.failures);

	*w->dev->dma_mask = DMA_BIT_MASK(20);
	KUNIT_EXPECT_FALSE(test, map(test, w->live, SZ_4K, 0));
	KUNIT_EXPECT_EQ(test, atomic_long_read(&w->mem.failures), before + 1);
	unmap_all(test);
}

static phys_addr_t map_alone(struct world *w, size_t size)
{
	unsigned long attrs = DMA_ATTR_NO_WARN;

	return swiotlb_tbl_map_single(w->dev, page_to_phys(w->page), size, 0,
				      DMA_TO_DEVICE, &attrs);
}

/* The page that is allocated next is likely to be this one. */
static void dirty_page(struct kunit *test, int fill)
{
	unsigned long page = __get_free_page(GFP_KERNEL);

	KUNIT_ASSERT_NE(test, page, 0);
	memset((void *)page, fill, PAGE_SIZE);
	free_page(page);
}

/* What is behind the end of a pool does not count as slots. */
static void tiny_pool(struct kunit *test, struct io_tlb_mem *mem, int fill)
{
	unsigned int slots = SZ_64K / IO_TLB_SIZE, i;
	size_t size = IO_TLB_SEGSIZE * sizeof(struct io_tlb_slot);
	struct world *w = test->priv;
	struct io_tlb_pool *pool;
	phys_addr_t addr;

	dirty_page(test, fill);
	pool = swiotlb_alloc_pool(NULL, mem, slots, slots, 1, U64_MAX, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, pool);
	for (i = slots; i < IO_TLB_SEGSIZE; i++)
		KUNIT_EXPECT_EQ(test, pool->slots[i].list, 0);
	memset((void *)pool->slots + size, fill, PAGE_ALIGN(size) - size);
	swiotlb_add_pool(mem, pool);

	addr = map_alone(w, SZ_64K);
	KUNIT_EXPECT_EQ(test, addr, pool->start);
	swiotlb_tbl_unmap_single(w->dev, addr, SZ_64K, DMA_TO_DEVICE, 0);
	addr = map_alone(w, SZ_64K + IO_TLB_SIZE);
	KUNIT_EXPECT_EQ(test, addr, (phys_addr_t)DMA_MAPPING_ERROR);
	addr = map_alone(w, SZ_64K);
	KUNIT_EXPECT_EQ(test, addr, pool->start);
	swiotlb_tbl_unmap_single(w->dev, addr, SZ_64K, DMA_TO_DEVICE, 0);

	list_del(&pool->node);
	swiotlb_free_pool(pool);
}

static void tiny_pool_test(struct kunit *test)
{
	struct world *w = test->priv;
	struct io_tlb_mem *mem;

	mem = kunit_kzalloc(test, sizeof(*mem), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, mem);
	spin_lock_init(&mem->lock);
	INIT_LIST_HEAD(&mem->pools);
	w->dev->dma_io_tlb_mem = mem;
	*w->dev->dma_mask = DMA_BIT_MASK(64);
	tiny_pool(test, mem, 0x00);
	tiny_pool(test, mem, 0x01);
	tiny_pool(test, mem, 0xff);
}

/* Later pools do not matter for a device that never had a bounce buffer. */
static void never_bounced_test(struct kunit *test)
{
	struct world *w = test->priv;
	struct io_tlb_pool *pool = w->pools[0];

	*w->dev->dma_mask = DMA_BIT_MASK(64);
	KUNIT_EXPECT_NULL(test, swiotlb_find_pool(w->dev, pool->start));
	KUNIT_EXPECT_TRUE(test, map(test, w->live, SZ_4K, 0));
	KUNIT_EXPECT_PTR_EQ(test, swiotlb_find_pool(w->dev, pool->start), pool);
	unmap_all(test);
}

/* Behind a restricted pool's allocator any pool will do. */
static void restricted_test(struct kunit *test)
{
	struct world *w = test->priv;
	unsigned long attrs = 0;
	phys_addr_t addr;

	w->mem.for_alloc = true;
	*w->dev->dma_mask = DMA_BIT_MASK(20);
	addr = swiotlb_tbl_map_single(w->dev, page_to_phys(w->page), SZ_4K, 0,
				      DMA_TO_DEVICE, &attrs);
	KUNIT_ASSERT_NE(test, addr, (phys_addr_t)DMA_MAPPING_ERROR);
	KUNIT_EXPECT_PTR_EQ(test, pool_of(w, addr), w->pools[1]);
	swiotlb_tbl_unmap_single(w->dev, addr, SZ_4K, DMA_TO_DEVICE, 0);
}

static void add_pool(struct kunit *test, int i)
{
	struct world *w = test->priv;

	w->pools[i] = swiotlb_alloc_pool(NULL, &w->mem, SLOTS, SLOTS, 1 + (i < 3),
					 U64_MAX, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, w->pools[i]);
	w->pools[i]->bus_limit = places[i].limit;
	w->pools[i]->bus_last = places[i].last;
	swiotlb_add_pool(&w->mem, w->pools[i]);
}

static int world_init(struct kunit *test)
{
	struct world *w = kunit_kzalloc(test, sizeof(*w), GFP_KERNEL);
	int i;

	if (dma_bus_enabled())
		kunit_skip(test, "memory lies elsewhere on the bus");

	KUNIT_ASSERT_NOT_NULL(test, w);
	test->priv = w;
	prandom_seed_state(&w->rnd, 7);
	spin_lock_init(&w->mem.lock);
	INIT_LIST_HEAD(&w->mem.pools);
	for (i = 0; i < POOLS; i++)
		add_pool(test, i);

	w->page = alloc_pages(GFP_KERNEL, get_order(SZ_256K));
	KUNIT_ASSERT_NOT_NULL(test, w->page);
	prandom_bytes_state(&w->rnd, page_address(w->page), SZ_256K);
	w->dev = kunit_device_register(test, "bouncing");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, w->dev);
	w->dev->dma_parms = &w->parms;
	w->dev->dma_mask = &w->dev->coherent_dma_mask;
	w->boot = w->dev->dma_io_tlb_mem;
	w->dev->dma_io_tlb_mem = &w->mem;
	return 0;
}

static void world_exit(struct kunit *test)
{
	struct world *w = test->priv;
	int i;

	if (!w)
		return;
	for (i = 0; i < POOLS; i++)
		if (w->pools[i])
			swiotlb_free_pool(w->pools[i]);
	if (w->page)
		__free_pages(w->page, get_order(SZ_256K));
}

#ifdef CONFIG_SWIOTLB_DYNAMIC
#define MORE		120	/* mappings, for which there is no room */
#define WORKERS		3
#define TURNS		1500

static void grow_init(struct world *w)
{
	w->mem.can_grow = true;
	spin_lock_init(&w->mem.dyn_lock);
	w->mem.defpool.bus_limit = DMA_BIT_MASK(32);
	INIT_WORK(&w->mem.dyn_alloc, w->boot->dyn_alloc.func);
	INIT_DELAYED_WORK(&w->mem.dyn_shrink, w->boot->dyn_shrink.work.func);
}

static void shrink(struct world *w)
{
	cancel_delayed_work_sync(&w->mem.dyn_shrink);
	w->mem.dyn_shrink.work.func(&w->mem.dyn_shrink.work);
}

/* Nothing is left to run, and of what was made on demand nothing is left. */
static void grow_end(struct kunit *test, unsigned long before)
{
	struct world *w = test->priv;

	flush_work(&w->mem.dyn_alloc);
	shrink(w);
	shrink(w);
	KUNIT_EXPECT_EQ(test, w->mem.nslabs, before);
	cancel_delayed_work_sync(&w->mem.dyn_shrink);
	rcu_barrier();
}

static phys_addr_t map_any(struct world *w, size_t offset, size_t size)
{
	phys_addr_t orig = page_to_phys(w->page) + offset;
	unsigned long attrs = DMA_ATTR_NO_WARN;

	return swiotlb_tbl_map_single(w->dev, orig, size, 0, DMA_TO_DEVICE,
				      &attrs);
}

static bool holds(struct world *w, phys_addr_t addr, size_t offset, size_t size)
{
	return swiotlb_find_pool(w->dev, addr) &&
		!memcmp(phys_to_virt(addr), page_address(w->page) + offset, size);
}

static void grow_for(struct kunit *test, u64 mask)
{
	struct world *w = test->priv;
	unsigned long before = w->mem.nslabs, slots;
	phys_addr_t addrs[MORE];
	int i;

	*w->dev->dma_mask = mask;
	for (i = 0; i < MORE; i++) {
		addrs[i] = map_any(w, 0, SZ_32K);
		KUNIT_ASSERT_NE(test, addrs[i], (phys_addr_t)DMA_MAPPING_ERROR);
		KUNIT_EXPECT_TRUE(test, holds(w, addrs[i], 0, SZ_32K));
		KUNIT_EXPECT_TRUE(test, pool_of(w, addrs[i]) ||
				  addrs[i] + SZ_32K - 1 <= mask);
	}
	flush_work(&w->mem.dyn_alloc);
	slots = w->mem.nslabs;
	KUNIT_EXPECT_GT(test, slots, before);

	/* What is used stays, also the last of what was made just now. */
	while (--i)
		swiotlb_tbl_unmap_single(w->dev, addrs[i], SZ_32K, DMA_TO_DEVICE, 0);
	for (i = 1; i < MORE; i++)
		addrs[i] = map_any(w, 0, SZ_32K);
	shrink(w);
	shrink(w);
	KUNIT_EXPECT_GT(test, w->mem.nslabs, before);
	for (i = 0; i < MORE; i++) {
		KUNIT_EXPECT_TRUE(test, holds(w, addrs[i], 0, SZ_32K));
		swiotlb_tbl_unmap_single(w->dev, addrs[i], SZ_32K, DMA_TO_DEVICE, 0);
	}
	grow_end(test, before);
}

static void grow_test(struct kunit *test)
{
	if (!is_swiotlb_allocated())
		kunit_skip(test, "no bounce buffer was made at boot");
	grow_init(test->priv);
	grow_for(test, DMA_BIT_MASK(64));
	grow_for(test, DMA_BIT_MASK(32));
	grow_for(test, DMA_BIT_MASK(30));
}

static void no_work(struct work_struct *work)
{
}

/* Take all slots that the device gets; @n mappings were there before. */
static int fill(struct world *w, phys_addr_t *addrs, int n)
{
	for (; n < MORE; n++) {
		addrs[n] = map_any(w, 0, SZ_32K);
		if (addrs[n] == DMA_MAPPING_ERROR)
			break;
	}
	return n;
}

/* What the worker tries to make now; no pool can be made. */
static unsigned int attempts(struct world *w)
{
	w->pools_wanted = 0;
	w->boot->dyn_alloc.func(&w->mem.dyn_alloc);
	return w->pools_wanted;
}

/* A limit that was tried long ago makes room for another one. */
static void expect_room_for_limit(struct kunit *test, struct io_tlb_mem *mem)
{
	int i;

	for (i = 0; i < SWIOTLB_GROWTHS; i++)
		mem->growth[i] = (struct swiotlb_growth){
			.limit = BIT_ULL(30 + i), .wait = 1, .next = jiffies - 1,
		};
	KUNIT_EXPECT_TRUE(test, swiotlb_want_pool(mem, BIT_ULL(29)));
	memset(mem->growth, 0, sizeof(mem->growth));
}

/* After a failure there is no further attempt at once, but for other limits. */
static void wait_test(struct kunit *test)
{
	struct world *w = test->priv;
	phys_addr_t addrs[MORE];
	int n;

	if (!is_swiotlb_allocated())
		kunit_skip(test, "no bounce buffer was made at boot");
	grow_init(w);
	INIT_WORK(&w->mem.dyn_alloc, no_work);
	kunit_activate_static_stub(test, swiotlb_alloc_pool, no_pool);

	*w->dev->dma_mask = DMA_BIT_MASK(64);
	n = fill(w, addrs, 0);
	KUNIT_EXPECT_EQ(test, attempts(w), 1);
	KUNIT_EXPECT_EQ(test, fill(w, addrs, n), n);
	KUNIT_EXPECT_EQ(test, attempts(w), 0);
	*w->dev->dma_mask = DMA_BIT_MASK(28);
	n = fill(w, addrs, n);
	KUNIT_EXPECT_EQ(test, attempts(w), 1);
	*w->dev->dma_mask = DMA_BIT_MASK(64);
	msleep(150);
	KUNIT_EXPECT_EQ(test, fill(w, addrs, n), n);
	KUNIT_EXPECT_EQ(test, attempts(w), 1);

	while (n--)
		swiotlb_tbl_unmap_single(w->dev, addrs[n], SZ_32K, DMA_TO_DEVICE, 0);
	expect_room_for_limit(test, &w->mem);
	flush_work(&w->mem.dyn_alloc);
	kunit_deactivate_static_stub(test, swiotlb_alloc_pool);
}

struct worker {
	struct world *w;
	struct task_struct *task;
	struct rnd_state rnd;
	unsigned int done, wrong;
};

static int worker_run(void *data)
{
	struct worker *me = data;
	size_t offset, size;
	phys_addr_t addr;
	int i;

	for (i = 0; i < TURNS; i++) {
		offset = prandom_u32_state(&me->rnd) % SZ_64K;
		size = 1 + prandom_u32_state(&me->rnd) % SZ_128K;
		addr = map_any(me->w, offset, size);
		if (addr == DMA_MAPPING_ERROR)
			continue;
		if (i % 64 == 0)
			fsleep(1000);
		me->wrong += !holds(me->w, addr, offset, size);
		swiotlb_tbl_unmap_single(me->w->dev, addr, size, DMA_TO_DEVICE, 0);
		me->done++;
	}
	return 0;
}

/* One takes all that there is while others map and unmap, and pools go. */
static void parallel_test(struct kunit *test)
{
	struct world *w = test->priv;
	unsigned long before = w->mem.nslabs;
	struct worker workers[WORKERS] = {};
	phys_addr_t addrs[MORE];
	int i, turn;

	if (!is_swiotlb_allocated())
		kunit_skip(test, "no bounce buffer was made at boot");
	grow_init(w);
	*w->dev->dma_mask = DMA_BIT_MASK(64);
	for (i = 0; i < WORKERS; i++) {
		workers[i].w = w;
		prandom_seed_state(&workers[i].rnd, i);
		workers[i].task = kthread_create(worker_run, &workers[i], "pools");
		KUNIT_ASSERT_FALSE(test, IS_ERR(workers[i].task));
		get_task_struct(workers[i].task);
		wake_up_process(workers[i].task);
	}
	for (turn = 0; turn < 20; turn++) {
		for (i = 0; i < MORE; i++)
			addrs[i] = map_any(w, 0, SZ_64K);
		shrink(w);
		for (i = 0; i < MORE; i++)
			if (addrs[i] != DMA_MAPPING_ERROR)
				swiotlb_tbl_unmap_single(w->dev, addrs[i], SZ_64K,
							 DMA_TO_DEVICE, 0);
		shrink(w);
		shrink(w);
	}
	for (i = 0; i < WORKERS; i++) {
		kthread_stop_put(workers[i].task);
		KUNIT_EXPECT_EQ(test, workers[i].wrong, 0);
		KUNIT_EXPECT_GT(test, workers[i].done, 0);
	}
	grow_end(test, before);
}
#else
static void grow_test(struct kunit *test)
{
	kunit_skip(test, "pools do not grow");
}

static void wait_test(struct kunit *test)
{
	kunit_skip(test, "pools do not grow");
}

static void parallel_test(struct kunit *test)
{
	kunit_skip(test, "pools do not grow");
}
#endif

static struct kunit_case swiotlb_pools_cases[] = {
	KUNIT_CASE_SLOW(random_test),
	KUNIT_CASE(exhausted_test),
	KUNIT_CASE(largest_test),
	KUNIT_CASE(part_test),
	KUNIT_CASE(own_area_first_test),
	KUNIT_CASE(masks_test),
	KUNIT_CASE(areas_test),
	KUNIT_CASE(out_of_reach_test),
	KUNIT_CASE(tiny_pool_test),
	KUNIT_CASE(never_bounced_test),
	KUNIT_CASE(restricted_test),
	KUNIT_CASE(grow_test),
	KUNIT_CASE(wait_test),
	KUNIT_CASE_SLOW(parallel_test),
	{}
};

#define NO_AREAS	-1
#define FORCE		BIT(0)
#define NOFORCE		BIT(1)
#define HIWATER		BIT(2)

/* As in Linux 7.3.4, but for "high=" and words that may come in any order. */
static const struct {
	const char *str;
	unsigned long nslabs;
	long nareas;
	unsigned long high;
	unsigned long words;
	const char *rest;	/* that is ignored */
} params_cases[] = {
	{ "",			1,	NO_AREAS, 0,	0,		"" },
	{ "1024",		1024,	NO_AREAS, 0,	0,		"" },
	{ "65535",		65536,	NO_AREAS, 0,	0,		"" },
	{ "0x400",		1024,	NO_AREAS, 0,	0,		"" },
	{ "64M",		128,	NO_AREAS, 0,	0,		"M" },
	{ "0",			0,	NO_AREAS, 0,	0,		"" },
	{ "1,1",		128,	1,	0,	0,		"" },
	{ "1024,0",		1024,	0,	0,	0,		"" },
	{ ",4",			1,	4,	0,	0,		"" },
	{ "force",		1,	NO_AREAS, 0,	FORCE,		"" },
	{ "forced",		1,	NO_AREAS, 0,	FORCE,		"d" },
	{ "2048,force",		2048,	NO_AREAS, 0,	FORCE,		"" },
	{ "2048,8,force",	2048,	8,	0,	FORCE,		"" },
	{ "64M,force",		128,	NO_AREAS, 0,	0,	  "M,force" },
	{ "noforce",		1,	NO_AREAS, 0,	NOFORCE,	"" },
	{ "force,noforce",	1,	NO_AREAS, 0,	FORCE,	  "noforce" },
	{ "force,track_hiwater", 1,	NO_AREAS, 0,	FORCE | HIWATER, "" },
	{ "1024,track_hiwater",	1024,	NO_AREAS, 0,	HIWATER,	"" },
	{ "1,1,1",		128,	1,	0,	0,		"1" },
	{ "yes",		1,	NO_AREAS, 0,	0,		"yes" },
	{ "noforce,high=2048",	1,	NO_AREAS, 2048,	NOFORCE,	"" },
	{ "2048,1,force,high=1", 2048,	1,	128,	FORCE,		"" },
	{ "high=2048,force",	1,	NO_AREAS, 2048,	FORCE,		"" },
};

static void __init params_test(struct kunit *test)
{
	struct swiotlb_params got;
	char str[32], *rest;
	long nareas;
	int i;

	for (i = 0; i < ARRAY_SIZE(params_cases); i++) {
		got = (struct swiotlb_params){ .nslabs = 1 };
		strscpy(str, params_cases[i].str);
		rest = swiotlb_parse(str, &got);
		nareas = got.has_nareas ? got.nareas : NO_AREAS;

		kunit_info(test, "swiotlb=%s", params_cases[i].str);
		KUNIT_EXPECT_STREQ(test, params_cases[i].rest, rest);
		KUNIT_EXPECT_EQ(test, params_cases[i].nslabs, got.nslabs);
		KUNIT_EXPECT_EQ(test, params_cases[i].nareas, nareas);
		KUNIT_EXPECT_EQ(test, params_cases[i].high, got.high);
		KUNIT_EXPECT_EQ(test, params_cases[i].words & FORCE ? 1 : 0,
				got.force);
		KUNIT_EXPECT_EQ(test, params_cases[i].words & NOFORCE ? 1 : 0,
				got.noforce);
		KUNIT_EXPECT_EQ(test, params_cases[i].words & HIWATER ? 1 : 0,
				got.track_hiwater);
	}
}

static unsigned int inputs __initdata = 2000;
module_param(inputs, uint, 0);
MODULE_PARM_DESC(inputs, "Random texts that are given to the reader of swiotlb=");

static const char * const pieces[] __initconst = {
	"force", "noforce", "high=", "track_hiwater", ",", ",,", "0x", "077", "128",
	"18446744073709551615", "fo", "-1", " ", "M", "\xff",
};

/* What may be read: numbers, as the kernel writes them, and words. */
static size_t __init length_known(const char *str)
{
	int i;

	for (i = 0; i < 4; i++)
		if (str_has_prefix(str, pieces[i]))
			return strlen(pieces[i]);

	return *str == ',' || isxdigit(*str) || *str == 'x';
}

static void __init expect_whole(struct kunit *test, const char *str, const char *rest,
				const struct swiotlb_params *got)
{
	size_t len;

	KUNIT_ASSERT_GE(test, rest, str);
	KUNIT_ASSERT_LE(test, rest, str + strlen(str));
	for (; str < rest; str += len) {
		len = length_known(str);
		/* The first letter of a word may be a digit of what is before it. */
		if (str + len > rest)
			len = isxdigit(*str) ? 1 : 0;
		if (!len)
			break;
	}
	KUNIT_ASSERT_PTR_EQ(test, str, rest);
	KUNIT_EXPECT_NE(test, *rest, ',');
	KUNIT_EXPECT_FALSE(test, str_has_prefix(rest, "high="));
	KUNIT_EXPECT_FALSE(test, str_has_prefix(rest, "track_hiwater"));
	if (!got->force && !got->noforce)
		KUNIT_EXPECT_FALSE(test, str_has_prefix(rest, "force") ||
				   str_has_prefix(rest, "noforce"));
}

static void __init write_random(struct rnd_state *rnd, char *str, size_t size)
{
	int n = prandom_u32_state(rnd) % 8;

	*str = 0;
	while (n--)
		strlcat(str, pieces[prandom_u32_state(rnd) % ARRAY_SIZE(pieces)], size);
}

/* Whatever is written there: all that is known is read, nothing else, and counts are whole. */
static void __init params_random_test(struct kunit *test)
{
	char str[64], copy[64], *rest;
	struct rnd_state rnd;
	unsigned int i;

	prandom_seed_state(&rnd, 1);
	for (i = 0; i < inputs; i++) {
		struct swiotlb_params got = { };

		write_random(&rnd, str, sizeof(str));
		strscpy(copy, str);
		rest = swiotlb_parse(str, &got);
		KUNIT_ASSERT_STREQ(test, str, copy);
		expect_whole(test, str, rest, &got);
		KUNIT_EXPECT_TRUE(test, IS_ALIGNED(got.nslabs | got.high, IO_TLB_SEGSIZE));
		KUNIT_EXPECT_FALSE(test, got.force && got.noforce);
	}
}

/* Not __initdata: debugfs shows results later. */
static struct kunit_case __refdata swiotlb_params_cases[] = {
	KUNIT_CASE(params_test),
	KUNIT_CASE(params_random_test),
	{}
};

static struct kunit_suite swiotlb_params_suite = {
	.name = "swiotlb_params",
	.test_cases = swiotlb_params_cases,
};

kunit_test_init_section_suites(&swiotlb_params_suite);

static struct kunit_suite swiotlb_pools_suite = {
	.name = "swiotlb_pools",
	.init = world_init,
	.exit = world_exit,
	.test_cases = swiotlb_pools_cases,
};

kunit_test_suite(swiotlb_pools_suite);

#ifdef CONFIG_DMA_BUS_SCATTERED
/*
 * As after a restore: the frames of a pool are anywhere.  Those that were
 * contiguous before it was made would stay so, but for one.
 */
static void scatter(struct kunit *test, struct io_tlb_pool *pool)
{
	struct page *page = virt_to_page(pool->vaddr);

	swiotlb_restore(page, pool->end - pool->start);
	KUNIT_ASSERT_EQ(test, 0, arch_dma_bus_exchange(page + 1, 0, 64));
	ClearPageXenRemapped(page + 1);
	KUNIT_ASSERT_EQ(test, swiotlb_bus_last(pool), DMA_BUS_NONE);
}

KUNIT_DEFINE_ACTION_WRAPPER(free_pool, swiotlb_free_pool, struct io_tlb_pool *);

static struct io_tlb_pool *real_pool(struct kunit *test,
				     struct io_tlb_mem *mem)
{
	struct io_tlb_pool *pool;

	pool = swiotlb_alloc_pool(NULL, mem, SLOTS, SLOTS, 1, DMA_BIT_MASK(32),
				  GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, pool);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, free_pool, pool));
	return pool;
}

/* A pool that nobody uses is as before, of one that is used nothing is given. */
static void renew_test(struct kunit *test)
{
	struct io_tlb_pool *pool;
	struct io_tlb_mem mem = {};

	if (!dma_bus_scattered())
		kunit_skip(test, "memory is not scattered on the bus");
	pool = real_pool(test, &mem);
	KUNIT_EXPECT_LE(test, pool->bus_last, DMA_BIT_MASK(32));

	KUNIT_EXPECT_TRUE(test, swiotlb_renew_pool(pool));
	scatter(test, pool);
	KUNIT_EXPECT_TRUE(test, swiotlb_renew_pool(pool));
	KUNIT_EXPECT_LE(test, pool->bus_last, DMA_BIT_MASK(32));
	KUNIT_EXPECT_EQ(test, pool->bus_last, swiotlb_bus_last(pool));

	pool->areas->used = 1;
	KUNIT_EXPECT_TRUE(test, swiotlb_renew_pool(pool));
	scatter(test, pool);
	KUNIT_EXPECT_FALSE(test, swiotlb_renew_pool(pool));
	KUNIT_EXPECT_EQ(test, pool->bus_last, DMA_BUS_NONE);
}

/* A restore comes after a pool was made, and before it is added. */
static void add_after_restore_test(struct kunit *test)
{
	struct io_tlb_pool *pool;
	struct io_tlb_mem *mem;

	if (!dma_bus_scattered())
		kunit_skip(test, "memory is not scattered on the bus");
	mem = kunit_kzalloc(test, sizeof(*mem), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, mem);
	spin_lock_init(&mem->lock);
	INIT_LIST_HEAD(&mem->pools);
	pool = real_pool(test, mem);
	scatter(test, pool);
	mem->defpool = *pool;
	swiotlb_add_pool(mem, &mem->defpool);
	KUNIT_EXPECT_LE(test, mem->defpool.bus_last, DMA_BIT_MASK(32));
	KUNIT_EXPECT_EQ(test, mem->defpool.bus_last, swiotlb_bus_last(pool));
}
#else
static void renew_test(struct kunit *test)
{
	kunit_skip(test, "memory is never scattered on the bus");
}

static void add_after_restore_test(struct kunit *test)
{
	kunit_skip(test, "memory is never scattered on the bus");
}
#endif

static struct kunit_case swiotlb_restore_cases[] = {
	KUNIT_CASE(renew_test),
	KUNIT_CASE(add_after_restore_test),
	{}
};

static struct kunit_suite swiotlb_restore_suite = {
	.name = "swiotlb_restore",
	.test_cases = swiotlb_restore_cases,
};

kunit_test_suite(swiotlb_restore_suite);

MODULE_DESCRIPTION("KUnit tests of the choice of a bounce pool");
MODULE_LICENSE("GPL");
