// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The onedma developers
 *
 * Several bounce pools: which of them a device uses, and which are made for it.
 */

#define pr_fmt(fmt) "software IO TLB: " fmt

#include <linux/debugfs.h>
#include <linux/dma-direct.h>
#include <linux/dma-map-ops.h>
#include <linux/gfp.h>
#include <linux/iommu-dma.h>
#include <linux/init.h>
#include <linux/jiffies.h>
#include <linux/jump_label.h>
#include <linux/log2.h>
#include <linux/memblock.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/pfn.h>
#include <linux/ratelimit.h>
#include <linux/rculist.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>
#include <linux/spinlock.h>
#include <linux/swiotlb.h>
#include <linux/workqueue.h>

#include <trace/events/swiotlb.h>

#include "swiotlb.h"

/* The smallest pool for a device with a low mask: 64 KB can bounce at once. */
#define IO_TLB_TINY_SLABS (SZ_64K >> IO_TLB_SHIFT)

/* On a scattered bus each set of slots may be anywhere. */
dma_addr_t swiotlb_bus_last(struct io_tlb_pool *pool)
{
	dma_addr_t bus, last = 0;
	phys_addr_t start;
	unsigned long i;
	size_t size;

	if (!dma_bus_scattered())
		return pool->end - 1;

	for (i = 0; i < pool->nslabs; i += IO_TLB_SEGSIZE) {
		start = slot_addr(pool->start, i);
		size = min_t(size_t, pool->end - start,
			     IO_TLB_SEGSIZE << IO_TLB_SHIFT);
		bus = dma_bus_from_phys(start);
		if (bus == DMA_BUS_NONE || !dma_bus_contiguous(start, size))
			return DMA_BUS_NONE;
		last = max(last, bus + size - 1);
	}
	return last;
}

/* Is the piece bus-contiguous, aligned to its size, and below the limit? */
static bool swiotlb_piece_ok(phys_addr_t phys, size_t piece, u64 bus_limit)
{
	dma_addr_t bus = dma_bus_from_phys(phys);

	return dma_bus_contiguous(phys, piece) && IS_ALIGNED(bus, piece) &&
		bus + piece - 1 <= bus_limit;
}

/* On a scattered bus memory is exchanged in pieces of this size. */
static size_t swiotlb_piece(size_t bytes)
{
	return min(PAGE_SIZE << get_order(bytes), IO_TLB_SET_SIZE);
}

void swiotlb_restore(struct page *page, size_t bytes)
{
	size_t piece = swiotlb_piece(bytes), at;

	for (at = 0; dma_bus_scattered() && at < bytes; at += piece)
		arch_dma_bus_restore(page + PFN_DOWN(at), get_order(piece));
}

/* Does not sleep. */
int swiotlb_exchange(struct page *page, size_t bytes, u64 bus_limit)
{
	unsigned int bits = bus_limit == U64_MAX ? 64 : ilog2(bus_limit + 1);
	size_t piece = swiotlb_piece(bytes), at;
	int ret;

	for (at = 0; dma_bus_scattered() && at < bytes; at += piece) {
		if (swiotlb_piece_ok(page_to_phys(page) + at, piece, bus_limit))
			continue;
		ret = arch_dma_bus_exchange(page + PFN_DOWN(at),
					    get_order(piece), bits);
		if (ret) {
			if (at)
				swiotlb_restore(page, at);
			return ret;
		}
	}
	return 0;
}

#ifdef CONFIG_DMA_BUS_SCATTERED
static bool swiotlb_pool_ok(struct io_tlb_pool *pool)
{
	size_t bytes = pool->end - pool->start, piece = swiotlb_piece(bytes);
	size_t at;

	for (at = 0; at < bytes; at += piece)
		if (!swiotlb_piece_ok(pool->start + at, piece, pool->bus_limit))
			return false;
	return true;
}

/*
 * Make the pool as it was before its memory on the bus was replaced.  No device
 * is given a pool for which this fails.  The content of used slots must stay.
 */
bool swiotlb_renew_pool(struct io_tlb_pool *pool)
{
	struct page *page = virt_to_page(pool->vaddr);
	bool ok = swiotlb_pool_ok(pool);

	if (!ok && !swiotlb_pool_used(pool))
		ok = !swiotlb_exchange(page, pool->end - pool->start,
				       pool->bus_limit);
	pool->bus_last = ok ? swiotlb_bus_last(pool) : DMA_BUS_NONE;
	return ok;
}

/**
 * swiotlb_renew_pools() - make bounce pools usable after a restore
 *
 * When a domain is restored, all its memory is elsewhere on the bus, and no
 * longer contiguous there.
 *
 * Context: Process context, while no device is active.
 */
void swiotlb_renew_pools(void)
{
	struct io_tlb_pool *pool;
	bool lost = false;

	spin_lock(&io_tlb_default_mem.lock);
	list_for_each_entry(pool, &io_tlb_default_mem.pools, node) {
		if (swiotlb_renew_pool(pool))
			continue;
		pr_warn("[mem %pa-%pa] is not contiguous after the restore, and no longer used\n",
			&pool->start, &pool->end);
		lost = true;
	}
	spin_unlock(&io_tlb_default_mem.lock);

	/* Have each search check which pools are in reach. */
	if (lost)
		swiotlb_expect_more_pools();
}
#endif /* CONFIG_DMA_BUS_SCATTERED */

/*
 * The search takes the first pool that a device reaches.  Pools that can be freed
 * again come after the others.
 */
bool swiotlb_comes_before(struct io_tlb_pool *a, struct io_tlb_pool *b)
{
	if (a->bus_limit != b->bus_limit)
		return a->bus_limit > b->bus_limit;
	if (a->grown != b->grown)
		return b->grown;
	return a->bus_last >= b->bus_last;
}

/* The highest address of the pool has to be within the limit. */
static bool swiotlb_in_reach(struct device *dev, struct io_tlb_pool *pool,
			     u64 limit)
{
	dma_addr_t first = dma_bus_scattered() ? pool->bus_last : pool->start;
	dma_addr_t last = swiotlb_bus_to_dma(dev, pool->bus_last);

	return last <= limit && last != DMA_MAPPING_ERROR &&
		swiotlb_bus_to_dma(dev, first) != DMA_MAPPING_ERROR;
}

static u64 swiotlb_limit(struct device *dev)
{
	return min_not_zero(dma_get_mask(dev), dev->bus_dma_limit);
}

/*
 * An IOMMU maps any pool to addresses within reach.  The firmware chose the
 * memory of a restricted pool for the device.
 */
static bool swiotlb_may_use(struct device *dev, struct io_tlb_pool *pool)
{
	return use_dma_iommu(dev) || dev->dma_io_tlb_mem->for_alloc ||
		swiotlb_in_reach(dev, pool, swiotlb_limit(dev));
}

/*
 * The number of slots at the start of the pool that the device reaches.  The pool
 * may end beyond its bus limit, or beyond its last DMA range.
 */
static unsigned long swiotlb_slots_in_reach(struct device *dev,
					    struct io_tlb_pool *pool, u64 limit)
{
	dma_addr_t first = pool->bus_last - (pool->end - 1 - pool->start), last;
	unsigned long low = 0, high = pool->nslabs, mid;

	if (dma_bus_scattered() ||
	    swiotlb_bus_to_dma(dev, first) == DMA_MAPPING_ERROR)
		return 0;

	while (low < high) {
		mid = high - (high - low) / 2;
		last = swiotlb_bus_to_dma(dev, slot_addr(first, mid) - 1);
		if (last <= limit && last != DMA_MAPPING_ERROR)
			low = mid;
		else
			high = mid - 1;
	}
	return low;
}

/* From now on devices that reach more leave half of the pool free. */
static void swiotlb_set_keep_half(struct io_tlb_pool *pool)
{
	if (!READ_ONCE(pool->keep_half))
		WRITE_ONCE(pool->keep_half, true);
}

static bool swiotlb_keeps_half(struct io_tlb_pool *pool,
			       struct swiotlb_request *req)
{
	return req->leaves_half && READ_ONCE(pool->keep_half);
}

/*
 * A device that has to leave half of the pool to others uses half of its areas:
 * the upper ones, as others may reach only the start of the pool.
 */
static unsigned int swiotlb_usable_areas(struct io_tlb_pool *pool,
					 struct swiotlb_request *req)
{
	return swiotlb_keeps_half(pool, req) ? max(pool->nareas / 2, 1) :
					       pool->nareas;
}

/* Do not wait for the lock of an area that has too few free slots. */
static bool swiotlb_area_full(struct io_tlb_pool *pool, unsigned int area_index,
			      struct swiotlb_request *req)
{
	unsigned long used = READ_ONCE(pool->areas[area_index].used);
	unsigned int usable = pool->area_nslabs;

	if (pool->nareas == 1 && swiotlb_keeps_half(pool, req))
		usable /= 2;
	return used + nr_slots(req->alloc_size) > usable;
}

static int swiotlb_try_area(struct io_tlb_pool *pool, unsigned int area_index,
			    struct swiotlb_request *req)
{
	if (swiotlb_area_full(pool, area_index, req))
		return -1;
	return swiotlb_search_area(pool, area_index, req);
}

static int swiotlb_search_own_area(struct io_tlb_pool *pool,
				   struct swiotlb_request *req)
{
	unsigned int usable = swiotlb_usable_areas(pool, req);
	unsigned int first = pool->nareas - usable;

	return swiotlb_try_area(pool, first + (req->cpu & (usable - 1)), req);
}

static int swiotlb_search_other_areas(struct io_tlb_pool *pool,
				      struct swiotlb_request *req)
{
	unsigned int usable = swiotlb_usable_areas(pool, req);
	unsigned int first = pool->nareas - usable;
	unsigned int start = req->cpu & (usable - 1);
	unsigned int i = start;
	int index;

	while ((i = i + 1 < usable ? i + 1 : 0) != start) {
		index = swiotlb_try_area(pool, first + i, req);
		if (index >= 0)
			return index;
	}
	return -1;
}

/*
 * Search the pools that have the limit of @pool, from there on.  The areas of
 * this CPU come first, so that a full pool does not cost a look at all its areas
 * while another pool has room.
 */
static int swiotlb_search_limit(struct io_tlb_pool *pool, bool own_area,
				struct swiotlb_request *req,
				struct io_tlb_pool **retpool)
{
	struct io_tlb_mem *mem = req->dev->dma_io_tlb_mem;
	u64 limit = pool->bus_limit;
	int index;

	list_for_each_entry_from_rcu(pool, &mem->pools, node) {
		if (pool->bus_limit != limit)
			break;
		if (!swiotlb_may_use(req->dev, pool))
			continue;
		if (req->needs_half)
			swiotlb_set_keep_half(pool);
		index = own_area ? swiotlb_search_own_area(pool, req) :
				   swiotlb_search_other_areas(pool, req);
		if (index >= 0) {
			*retpool = pool;
			return index;
		}
	}
	return -1;
}

static int swiotlb_search_part(struct io_tlb_pool *pool,
			       struct swiotlb_request *req)
{
	unsigned int areas = DIV_ROUND_UP(req->end, pool->area_nslabs), i;
	int index = -1;

	/* A few slots at the end of the pool may be in no area. */
	areas = min(areas, pool->nareas);
	for (i = 0; i < areas && index < 0; i++)
		index = swiotlb_try_area(pool, (req->cpu + i) % areas, req);
	return index;
}

/* The pools that the device does not reach completely. */
static int swiotlb_search_parts(struct swiotlb_request *req,
				struct io_tlb_pool **retpool)
{
	struct io_tlb_mem *mem = req->dev->dma_io_tlb_mem;
	u64 limit = swiotlb_limit(req->dev);
	struct io_tlb_pool *pool;
	int index;

	req->leaves_half = false;
	list_for_each_entry_rcu(pool, &mem->pools, node) {
		if (swiotlb_may_use(req->dev, pool))
			continue;
		req->end = swiotlb_slots_in_reach(req->dev, pool, limit);
		if (!req->end)
			continue;
		swiotlb_set_keep_half(pool);
		index = swiotlb_search_part(pool, req);
		if (index >= 0) {
			*retpool = pool;
			return index;
		}
	}
	req->end = ULONG_MAX;
	return -1;
}

int swiotlb_search_pools(struct swiotlb_request *req,
			 struct io_tlb_pool **retpool)
{
	struct io_tlb_mem *mem = req->dev->dma_io_tlb_mem;
	struct io_tlb_pool *pool, *first = NULL;
	u64 highest = 0;
	int index = -1;

	rcu_read_lock();
	list_for_each_entry_rcu(pool, &mem->pools, node) {
		highest = max(highest, pool->bus_limit);
		if (first && first->bus_limit == pool->bus_limit)
			continue;
		if (!swiotlb_may_use(req->dev, pool))
			continue;
		/* A small pool does not make up for the half that is left. */
		req->leaves_half = first && first->nslabs >= pool->nslabs / 2;
		req->needs_half = !first && pool->bus_limit < highest;
		first = pool;
		index = swiotlb_search_limit(pool, true, req, retpool);
		if (index < 0)
			index = swiotlb_search_limit(pool, false, req, retpool);
		if (index >= 0)
			break;
	}
	if (index < 0)
		index = swiotlb_search_parts(req, retpool);
	rcu_read_unlock();
	return index;
}

static unsigned long swiotlb_usable_slots(struct device *dev,
					  struct io_tlb_pool *pool)
{
	if (swiotlb_may_use(dev, pool))
		return pool->nslabs;
	return swiotlb_slots_in_reach(dev, pool, swiotlb_limit(dev));
}

/* Counts the pools within reach. */
void swiotlb_report_full(struct device *dev, size_t size, unsigned long attrs)
{
	static DEFINE_RATELIMIT_STATE(limit, DEFAULT_RATELIMIT_INTERVAL,
				      DEFAULT_RATELIMIT_BURST);
	struct io_tlb_mem *mem = dev->dma_io_tlb_mem;
	unsigned long nslabs = 0, used = 0, usable;
	struct io_tlb_pool *pool;

	atomic_long_inc(&mem->failures);
	trace_swiotlb_full(dev, swiotlb_limit(dev), size);
	if (attrs & DMA_ATTR_NO_WARN)
		return;
	if (size > IO_TLB_SET_SIZE) {
		dev_warn_ratelimited(dev, "swiotlb cannot bounce %zu bytes at once, the largest bounce buffer has %zu bytes\n",
				     size, IO_TLB_SET_SIZE);
		return;
	}
	if (!__ratelimit(&limit))
		return;

	rcu_read_lock();
	list_for_each_entry_rcu(pool, &mem->pools, node) {
		usable = swiotlb_usable_slots(dev, pool);
		if (!usable)
			continue;
		nslabs += usable;
		used += min(usable, swiotlb_pool_used(pool));
	}
	rcu_read_unlock();
	dev_warn(dev, "swiotlb buffer is full (sz: %zu bytes, mask %llx, bus limit %llx), in reach %lu (slots), used %lu (slots)\n",
		 size, dma_get_mask(dev), dev->bus_dma_limit, nslabs, used);
}

/* Pools that can be freed again do not count. */
static bool swiotlb_any_in_reach(struct device *dev, u64 limit)
{
	struct io_tlb_pool *pool;
	bool found = false;

	rcu_read_lock();
	list_for_each_entry_rcu(pool, &dev->dma_io_tlb_mem->pools, node)
		found = found || (!pool->grown &&
				  swiotlb_in_reach(dev, pool, limit));
	rcu_read_unlock();
	return found;
}

/**
 * swiotlb_reachable() - check whether a device reaches a bounce pool
 * @dev:	Device to check.
 * @mask:	Highest DMA address that the device can use.
 *
 * Return: %true if a pool is within @mask, and for pools of shared memory or of
 * a single device, which this function does not judge.
 */
bool swiotlb_reachable(struct device *dev, u64 mask)
{
	struct io_tlb_mem *mem = dev->dma_io_tlb_mem;

	return mem != &io_tlb_default_mem || mem->cc_shared ||
		swiotlb_any_in_reach(dev, mask);
}

/**
 * swiotlb_keep_half_for() - keep half of a pool for devices with a low mask
 * @dev:	Device whose mask is going to be set.
 * @mask:	Highest DMA address that the device can use.
 *
 * If there is a pool for higher addresses than the device reaches, then devices
 * that reach it leave half of this device's highest pools free.
 */
void swiotlb_keep_half_for(struct device *dev, u64 mask)
{
	u64 limit = min_not_zero(mask, dev->bus_dma_limit);
	struct io_tlb_pool *pool;
	u64 highest = 0, reach = 0;

	if (!swiotlb_has_more_pools() || use_dma_iommu(dev))
		return;

	rcu_read_lock();
	list_for_each_entry_rcu(pool, &dev->dma_io_tlb_mem->pools, node) {
		highest = max(highest, pool->bus_limit);
		if (!swiotlb_in_reach(dev, pool, limit))
			continue;
		reach = max(reach, pool->bus_limit);
		if (pool->bus_limit == reach && reach < highest)
			swiotlb_set_keep_half(pool);
	}
	rcu_read_unlock();
}

/* Make it small: there is little low memory, and this pool is not freed. */
static struct io_tlb_pool *swiotlb_alloc_low_pool(struct device *dev, u64 limit)
{
	unsigned int nareas = swiotlb_nareas_for(IO_TLB_MIN_SLABS);
	struct io_tlb_mem *mem = dev->dma_io_tlb_mem;
	u64 bus_limit = dma_to_bus(dev, limit);
	struct io_tlb_pool *pool;

	pool = swiotlb_alloc_pool(NULL, mem, IO_TLB_SEGSIZE, IO_TLB_MIN_SLABS,
				  nareas, bus_limit,
				  GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN);
	if (!pool)
		pool = swiotlb_alloc_pool(NULL, mem, IO_TLB_TINY_SLABS,
					  IO_TLB_TINY_SLABS, 1, bus_limit,
					  GFP_KERNEL | __GFP_RETRY_MAYFAIL |
					  __GFP_NOWARN);
	if (pool && !swiotlb_in_reach(dev, pool, limit)) {
		swiotlb_free_pool(pool);
		pool = NULL;
	}
	return pool;
}

/**
 * swiotlb_make_reachable() - make a bounce pool that a device reaches
 * @dev:	Device whose mask is going to be set.
 * @mask:	Highest DMA address that the device can use.
 *
 * Does nothing if there is such a pool already. If there is no memory for one
 * then this function prints a warning.
 *
 * Context: Process context. Sleeps if it makes a pool.
 */
void swiotlb_make_reachable(struct device *dev, u64 mask)
{
	static DEFINE_MUTEX(lock);
	u64 limit = min_not_zero(mask, dev->bus_dma_limit);
	struct io_tlb_pool *pool;

	if (swiotlb_reachable(dev, limit))
		return;

	might_sleep();
	guard(mutex)(&lock);
	if (swiotlb_reachable(dev, limit))
		return;

	pool = swiotlb_alloc_low_pool(dev, limit);
	if (!pool) {
		dev_warn(dev, "no memory for bounce buffers up to %#llx\n",
			 limit);
		return;
	}
	dev_info(dev, "bounce buffer [mem %pa-%pa] made, for addresses up to %#llx\n",
		 &pool->start, &pool->end, limit);
	swiotlb_add_pool(dev->dma_io_tlb_mem, pool);
}

static bool __init swiotlb_pieces_high(phys_addr_t phys, size_t bytes)
{
	phys_addr_t end = phys + bytes;

	for (; phys < end; phys += IO_TLB_SET_SIZE)
		if (!swiotlb_piece_ok(phys, IO_TLB_SET_SIZE, U64_MAX) ||
		    dma_bus_from_phys(phys) <= DMA_BIT_MASK(32))
			return false;
	return true;
}

/*
 * Find memory that is high and contiguous on the bus already.  An exchange would
 * not do: so early the hypervisor may have scrubbed low memory only.
 */
static phys_addr_t __init swiotlb_find_high(size_t bytes)
{
	phys_addr_t at = round_down(memblock_end_of_DRAM(), SZ_2M);
	phys_addr_t phys;

	while (at > bytes) {
		at -= SZ_2M;
		phys = at + (-dma_bus_from_phys(at) & (IO_TLB_SET_SIZE - 1));
		if (!swiotlb_pieces_high(phys, bytes))
			continue;
		phys = memblock_phys_alloc_range(bytes, PAGE_SIZE, phys,
						 phys + bytes);
		if (phys)
			return phys;
	}
	return 0;
}

static phys_addr_t __init swiotlb_alloc_high(size_t bytes)
{
	phys_addr_t min = (phys_addr_t)ARCH_LOW_ADDRESS_LIMIT + 1;

	if (dma_bus_scattered())
		return swiotlb_find_high(bytes);
	return min ? memblock_phys_alloc_range(bytes, PAGE_SIZE, min,
					       MEMBLOCK_ALLOC_ACCESSIBLE) : 0;
}

/*
 * Make a second pool, above the first one.  Devices that reach it leave the first
 * pool to other devices.
 */
void __init swiotlb_init_high(unsigned long nslabs)
{
	struct io_tlb_pool *pool;
	unsigned int nareas;
	phys_addr_t phys;
	size_t bytes;

	if (!nslabs)
		return;
	/* MIPS makes its pools too early for the key of more pools. */
	if (!static_key_initialized) {
		pr_warn("no second pool on this platform, high= is ignored\n");
		return;
	}

	/* A set of slots belongs to one area. */
	nareas = swiotlb_nareas_for(nslabs);
	nslabs = roundup(nslabs, nareas * IO_TLB_SEGSIZE);
	bytes = PAGE_ALIGN(nslabs << IO_TLB_SHIFT);
	phys = swiotlb_alloc_high(bytes);
	if (!phys) {
		pr_warn("no %zu bytes of high memory for bounce buffers\n",
			bytes);
		return;
	}

	pool = memblock_alloc(sizeof(*pool), SMP_CACHE_BYTES);
	if (!pool)
		goto free_memory;
	if (!swiotlb_alloc_tables(pool, nslabs, nareas))
		goto free_pool;

	pool->bus_limit = U64_MAX;
	swiotlb_init_io_tlb_pool(pool, phys, phys_to_virt(phys), nslabs, false,
				 nareas);
	swiotlb_add_pool(&io_tlb_default_mem, pool);
	return;

free_pool:
	memblock_free(pool, sizeof(*pool));
free_memory:
	memblock_phys_free(phys, bytes);
}

#ifdef CONFIG_SWIOTLB_DYNAMIC
/* The highest address of memory on the bus. */
static dma_addr_t swiotlb_memory_last(void)
{
	return dma_bus_scattered() ? arch_dma_bus_last() :
				     PFN_PHYS(max_pfn) - 1;
}

/* The highest bus address that the device reaches. */
static u64 swiotlb_bus_limit(struct device *dev)
{
	return use_dma_iommu(dev) ? U64_MAX :
				    dma_to_bus(dev, swiotlb_limit(dev));
}

static bool swiotlb_reaches_all(struct device *dev, dma_addr_t last)
{
	if (use_dma_iommu(dev))
		return true;
	return !dev->dma_range_map &&
		swiotlb_bus_to_dma(dev, last) <= swiotlb_limit(dev);
}

/*
 * The limit of a new pool for the device.  A device that reaches all memory gets
 * a pool anywhere, so that low memory is left to other devices.
 */
u64 swiotlb_grow_limit(struct device *dev)
{
	u64 first = dev->dma_io_tlb_mem->defpool.bus_limit;
	dma_addr_t last = swiotlb_memory_last();

	if (swiotlb_reaches_all(dev, last))
		return last > first ? U64_MAX : first;
	return min(first, swiotlb_bus_limit(dev));
}

/* A pool that was not made is tried again after this, and later and later. */
#define SWIOTLB_WAIT_MIN	(HZ / 10)
#define SWIOTLB_WAIT_MAX	(10 * HZ)

/*
 * If there are too many limits, take over an entry that nobody waits for. If there
 * is none, the pool for the next lower limit serves the device as well.
 */
static struct swiotlb_growth *swiotlb_growth_for(struct io_tlb_mem *mem,
						 u64 limit)
{
	struct swiotlb_growth *g, *idle = NULL, *lower = NULL;

	for (g = mem->growth; g < mem->growth + SWIOTLB_GROWTHS; g++) {
		if (g->limit == limit)
			return g;
		if (!g->wanted && (!g->wait || time_after_eq(jiffies, g->next)))
			idle = g;
		if (g->limit < limit && (!lower || g->limit > lower->limit))
			lower = g;
	}
	if (!idle)
		return lower;

	idle->limit = limit;
	idle->wait = 0;
	return idle;
}

/* Returns false if such a pool could not be made a short time ago. */
bool swiotlb_want_pool(struct io_tlb_mem *mem, u64 limit)
{
	struct swiotlb_growth *g;

	guard(spinlock_irqsave)(&mem->dyn_lock);
	g = swiotlb_growth_for(mem, limit);
	if (!g || (g->wait && time_before(jiffies, g->next)))
		return false;
	g->wanted = true;
	schedule_work(&mem->dyn_alloc);
	return true;
}

/* Returns 0 if no pool is wanted. */
u64 swiotlb_wanted_limit(struct io_tlb_mem *mem, struct swiotlb_growth *g)
{
	guard(spinlock_irqsave)(&mem->dyn_lock);
	return g->wanted ? g->limit : 0;
}

/* Requests that came meanwhile find room in a pool that was made. */
void swiotlb_growth_done(struct io_tlb_mem *mem, struct swiotlb_growth *g,
			 bool made)
{
	guard(spinlock_irqsave)(&mem->dyn_lock);
	g->wanted = false;
	g->wait = made ? 0 : clamp(2 * g->wait, SWIOTLB_WAIT_MIN,
				   SWIOTLB_WAIT_MAX);
	g->next = jiffies + g->wait;
}

struct io_tlb_pool *swiotlb_alloc_transient(struct device *dev,
					    unsigned long nslabs)
{
	struct io_tlb_mem *mem = dev->dma_io_tlb_mem;
	struct io_tlb_pool *pool;

	pool = swiotlb_alloc_pool(dev, mem, nslabs, nslabs, 1,
				  swiotlb_bus_limit(dev), GFP_NOWAIT);
	if (!pool || swiotlb_may_use(dev, pool))
		return pool;
	swiotlb_schedule_dyn_free(pool);
	return NULL;
}

/* Unused pools that were made on demand are freed after one to two of these. */
#define SWIOTLB_SHRINK_DELAY	(30 * HZ)

/* Shared memory is not freed: making it private again can fail. */
void swiotlb_schedule_shrink(struct io_tlb_mem *mem)
{
	if (!mem->cc_shared)
		schedule_delayed_work(&mem->dyn_shrink, SWIOTLB_SHRINK_DELAY);
}

/* If no slot of the area is used then mark all as used. */
static bool swiotlb_close_area(struct io_tlb_pool *pool, unsigned int i)
{
	struct io_tlb_area *area = &pool->areas[i];

	guard(spinlock_irqsave)(&area->lock);
	if (area->used)
		return false;
	area->used = pool->area_nslabs;
	return true;
}

static void swiotlb_open_area(struct io_tlb_pool *pool, unsigned int i)
{
	struct io_tlb_area *area = &pool->areas[i];

	guard(spinlock_irqsave)(&area->lock);
	area->used -= pool->area_nslabs;
}

/* A pool can be freed if it was unused twice, and no slot can be taken now. */
static bool swiotlb_close_pool(struct io_tlb_pool *pool)
{
	bool was_idle = pool->idle;
	unsigned int i;

	pool->idle = !swiotlb_pool_used(pool);
	if (!pool->grown || !pool->idle || !was_idle)
		return false;

	for (i = 0; i < pool->nareas; i++)
		if (!swiotlb_close_area(pool, i))
			break;
	if (i == pool->nareas)
		return true;
	while (i--)
		swiotlb_open_area(pool, i);
	return false;
}

/**
 * swiotlb_dyn_shrink() - free dynamic memory pools that are not used
 * @work:	Pointer to dyn_shrink in struct io_tlb_mem.
 *
 * Another CPU may still see such a pool in the list, and finds it full. No buffer
 * is in it.
 */
void swiotlb_dyn_shrink(struct work_struct *work)
{
	struct io_tlb_mem *mem = container_of(to_delayed_work(work),
					      struct io_tlb_mem, dyn_shrink);
	struct io_tlb_pool *pool, *next;
	bool more = false;

	spin_lock(&mem->lock);
	list_for_each_entry_safe(pool, next, &mem->pools, node) {
		if (!swiotlb_close_pool(pool)) {
			more |= pool->grown;
			continue;
		}
		list_del_rcu(&pool->node);
		mem->nslabs -= pool->nslabs;
		trace_swiotlb_pool_freed(pool);
		swiotlb_schedule_dyn_free(pool);
	}
	spin_unlock(&mem->lock);
	if (more)
		swiotlb_schedule_shrink(mem);
}
#endif /* CONFIG_SWIOTLB_DYNAMIC */

#ifdef CONFIG_DEBUG_FS
/* One line for each pool: memory, limits, slots, those used, areas. */
static int io_tlb_pools_show(struct seq_file *m, void *unused)
{
	struct io_tlb_mem *mem = m->private;
	struct io_tlb_pool *pool;

	rcu_read_lock();
	list_for_each_entry_rcu(pool, &mem->pools, node)
		seq_printf(m, "%pa-%pa limit %#llx last %pad slots %lu used %lu areas %u%s\n",
			   &pool->start, &pool->end, pool->bus_limit,
			   &pool->bus_last, pool->nslabs, swiotlb_pool_used(pool),
			   pool->nareas, pool->grown ? " grown" : "");
	rcu_read_unlock();
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(io_tlb_pools);

static int io_tlb_failures_get(void *data, u64 *val)
{
	struct io_tlb_mem *mem = data;

	*val = atomic_long_read(&mem->failures);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(fops_io_tlb_failures, io_tlb_failures_get, NULL,
			 "%llu\n");

void swiotlb_create_pools_files(struct io_tlb_mem *mem)
{
	debugfs_create_file("io_tlb_pools", 0400, mem->debugfs, mem,
			    &io_tlb_pools_fops);
	debugfs_create_file("io_tlb_failures", 0400, mem->debugfs, mem,
			    &fops_io_tlb_failures);
}
#endif /* CONFIG_DEBUG_FS */
