// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The onedma developers
 *
 * Keep blocks that were exchanged with the hypervisor, and use them again.
 */
#include <linux/debugfs.h>
#include <linux/dma-bus.h>
#include <linux/err.h>
#include <linux/init.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/shrinker.h>
#include <linux/workqueue.h>

#include <kunit/visibility.h>

#include "bus-blocks.h"
#include "direct.h"

/* Nobody else can use the kept memory, so keep little of it. */
#define DMA_BUS_BLOCKS_MAX	(SZ_64M >> PAGE_SHIFT)
#define DMA_BUS_BLOCKS_SHARE	128

/* Each block that is given back costs a hypercall: give back few in one go. */
#define DMA_BUS_BLOCKS_BATCH	8

/* Pages that were not needed for this long are given back. */
#define DMA_BUS_BLOCKS_AGE	(30 * HZ)

static void blocks_age_work(struct work_struct *work);
static DECLARE_DELAYED_WORK(blocks_age, blocks_age_work);

static struct dma_bus_blocks kept_blocks = {
	.lock = __SPIN_LOCK_UNLOCKED(kept_blocks.lock),
};

/* The lock is initialised statically: blocks are allocated before this runs. */
VISIBLE_IF_KUNIT void dma_bus_blocks_init(struct dma_bus_blocks *blocks,
					  unsigned long max)
{
	int i;

	for (i = 0; i < DMA_BUS_BLOCK_LISTS; i++)
		INIT_LIST_HEAD(&blocks->lists[i]);
	/* Pairs with smp_load_acquire() in blocks_room(). */
	smp_store_release(&blocks->max, max);
}
EXPORT_SYMBOL_IF_KUNIT(dma_bus_blocks_init);

/*
 * A list has blocks for one number of address bits.  So each block of the list
 * fits, and low blocks are not used for devices that reach more.
 */
static struct list_head *blocks_list(struct dma_bus_blocks *blocks,
				     struct device *dev, unsigned int order)
{
	return &blocks->lists[order * DMA_BUS_BLOCK_BITS +
			      dma_bus_coherent_bits(dev)];
}

static void blocks_remove(struct dma_bus_blocks *blocks, struct page *page,
			  unsigned int order)
{
	list_del(&page->lru);
	blocks->pages -= 1UL << order;
	blocks->unused = min(blocks->unused, blocks->pages);
}

static struct page *blocks_take(struct dma_bus_blocks *blocks,
				struct device *dev, size_t size)
{
	unsigned int order = get_order(size);
	struct list_head *list;
	unsigned long flags;
	struct page *page;

	if (!READ_ONCE(blocks->pages) || order > MAX_PAGE_ORDER)
		return NULL;

	list = blocks_list(blocks, dev, order);
	if (list_empty(list))
		return NULL;
	spin_lock_irqsave(&blocks->lock, flags);
	page = list_first_entry_or_null(list, struct page, lru);
	if (page) {
		blocks_remove(blocks, page, order);
		blocks->reused++;
	}
	spin_unlock_irqrestore(&blocks->lock, flags);

	/* After a migration the frames may be others. */
	if (page && unlikely(!dma_bus_block_ok(dev, page, size))) {
		dma_bus_free_pages(page, order);
		page = NULL;
	}
	return page;
}

/* The next list that is not empty, in turn, so that all lists shrink. */
static struct list_head *blocks_next_list(struct dma_bus_blocks *blocks,
					  unsigned int *order)
{
	struct list_head *list;

	do {
		*order = blocks->next / DMA_BUS_BLOCK_BITS;
		list = &blocks->lists[blocks->next];
		blocks->next = (blocks->next + 1) % DMA_BUS_BLOCK_LISTS;
	} while (list_empty(list));
	return list;
}

/* The block of a list that has not been used for longest. */
static struct page *blocks_evict(struct dma_bus_blocks *blocks,
				 unsigned int *order)
{
	struct page *page = NULL;
	unsigned long flags;

	spin_lock_irqsave(&blocks->lock, flags);
	if (blocks->pages) {
		page = list_last_entry(blocks_next_list(blocks, order),
				       struct page, lru);
		blocks_remove(blocks, page, *order);
		blocks->returned++;
	}
	spin_unlock_irqrestore(&blocks->lock, flags);
	return page;
}

/**
 * dma_bus_blocks_shrink - give kept blocks back
 * @blocks:	the kept blocks
 * @nr:		number of pages to give back
 *
 * Return: number of pages that were given back. It is less than @nr if there
 * are no more, or after DMA_BUS_BLOCKS_BATCH blocks.
 */
VISIBLE_IF_KUNIT unsigned long
dma_bus_blocks_shrink(struct dma_bus_blocks *blocks, unsigned long nr)
{
	unsigned long freed = 0;
	unsigned int order, i;
	struct page *page;

	for (i = 0; i < DMA_BUS_BLOCKS_BATCH && freed < nr; i++) {
		page = blocks_evict(blocks, &order);
		if (!page)
			break;
		dma_bus_free_pages(page, order);
		freed += 1UL << order;
	}
	return freed;
}
EXPORT_SYMBOL_IF_KUNIT(dma_bus_blocks_shrink);

/* Give back as many pages as were kept all the time since the last call. */
VISIBLE_IF_KUNIT void dma_bus_blocks_age(struct dma_bus_blocks *blocks)
{
	unsigned long flags, unused, freed;

	spin_lock_irqsave(&blocks->lock, flags);
	unused = blocks->unused;
	blocks->unused = blocks->pages;
	spin_unlock_irqrestore(&blocks->lock, flags);

	while (unused) {
		freed = dma_bus_blocks_shrink(blocks, unused);
		if (!freed)
			break;
		unused -= min(unused, freed);
		cond_resched();
	}
}
EXPORT_SYMBOL_IF_KUNIT(dma_bus_blocks_age);

/* Give all blocks back if the caller may sleep, some blocks if not. */
static bool blocks_drain(struct dma_bus_blocks *blocks, gfp_t gfp)
{
	bool any = dma_bus_blocks_shrink(blocks, ULONG_MAX);

	if (any && gfpflags_allow_blocking(gfp))
		while (dma_bus_blocks_shrink(blocks, ULONG_MAX))
			cond_resched();
	return any;
}

/*
 * The hypervisor may have no memory because all of it is kept here.  A caller
 * that only tries can use a smaller block: do not drain for it.
 */
static bool blocks_drain_helps(struct dma_bus_blocks *blocks, struct page *page,
			       gfp_t gfp)
{
	return page == ERR_PTR(-EAGAIN) && !(gfp & __GFP_NORETRY) &&
		blocks_drain(blocks, gfp);
}

static noinline struct page *blocks_take_or_alloc(struct dma_bus_blocks *blocks,
						  struct device *dev,
						  size_t size, gfp_t gfp)
{
	struct page *page = blocks_take(blocks, dev, size);

	if (page) {
		if (want_init_on_alloc(gfp))
			memset(page_address(page), 0, size);
		return page;
	}

	page = dma_bus_alloc_pages(dev, size, gfp);
	if (blocks_drain_helps(blocks, page, gfp))
		page = dma_bus_alloc_pages(dev, size, gfp);
	return IS_ERR(page) ? NULL : page;
}

/* A single frame needs no look-up if the device reaches all addresses. */
static bool blocks_any_page_will_do(struct device *dev, size_t size)
{
	return size <= DMA_BUS_FRAME_SIZE && !dev->dma_range_map &&
		dev->coherent_dma_mask == DMA_BIT_MASK(64) &&
		!dev->bus_dma_limit;
}

VISIBLE_IF_KUNIT struct page *dma_bus_blocks_get(struct dma_bus_blocks *blocks,
						 struct device *dev,
						 size_t size, gfp_t gfp)
{
	if (blocks_any_page_will_do(dev, size))
		return dma_bus_raw_alloc(dev_to_node(dev), gfp, 0);
	return blocks_take_or_alloc(blocks, dev, size, gfp);
}
EXPORT_SYMBOL_IF_KUNIT(dma_bus_blocks_get);

/* Not a constant: the memory of a domain can shrink. */
static unsigned long blocks_room(struct dma_bus_blocks *blocks)
{
	/* Pairs with smp_store_release() in dma_bus_blocks_init(). */
	unsigned long max = smp_load_acquire(&blocks->max);

	return min(max, totalram_pages() / DMA_BUS_BLOCKS_SHARE);
}

static bool blocks_add(struct dma_bus_blocks *blocks, struct list_head *list,
		       struct page *page, unsigned int order)
{
	unsigned long room = blocks_room(blocks);
	unsigned long flags;
	bool fits;

	spin_lock_irqsave(&blocks->lock, flags);
	fits = blocks->pages + (1UL << order) <= room;
	if (fits) {
		list_add(&page->lru, list);
		blocks->pages += 1UL << order;
	}
	spin_unlock_irqrestore(&blocks->lock, flags);
	return fits;
}

/* A block that was just used replaces blocks that were not used for long. */
static bool blocks_keep(struct dma_bus_blocks *blocks, struct device *dev,
			struct page *page, unsigned int order)
{
	struct list_head *list = blocks_list(blocks, dev, order);

	if (page_count(page) != 1 || 1UL << order > blocks_room(blocks))
		return false;
	if (want_init_on_free())
		memset(page_address(page), 0, PAGE_SIZE << order);

	if (blocks_add(blocks, list, page, order))
		return true;
	return dma_bus_blocks_shrink(blocks, 1UL << order) &&
		blocks_add(blocks, list, page, order);
}

VISIBLE_IF_KUNIT void dma_bus_blocks_put(struct dma_bus_blocks *blocks,
					 struct device *dev, struct page *page,
					 size_t size)
{
	unsigned int order = get_order(size);

	if (!arch_dma_bus_exchanged(page))
		dma_bus_raw_free(page, order);
	else if (!blocks_keep(blocks, dev, page, order))
		dma_bus_free_pages(page, order);
}
EXPORT_SYMBOL_IF_KUNIT(dma_bus_blocks_put);

static void blocks_schedule_age(void)
{
	if (READ_ONCE(kept_blocks.pages) && !delayed_work_pending(&blocks_age))
		schedule_delayed_work(&blocks_age, DMA_BUS_BLOCKS_AGE);
}

struct page *dma_bus_get_block(struct device *dev, size_t size, gfp_t gfp)
{
	return dma_bus_blocks_get(&kept_blocks, dev, size, gfp);
}

void dma_bus_put_block(struct device *dev, struct page *page, size_t size)
{
	dma_bus_blocks_put(&kept_blocks, dev, page, size);
	blocks_schedule_age();
}

static void blocks_age_work(struct work_struct *work)
{
	dma_bus_blocks_age(&kept_blocks);
	blocks_schedule_age();
}

static unsigned long blocks_count_objects(struct shrinker *shrinker,
					  struct shrink_control *sc)
{
	return READ_ONCE(kept_blocks.pages);
}

static unsigned long blocks_scan_objects(struct shrinker *shrinker,
					 struct shrink_control *sc)
{
	return dma_bus_blocks_shrink(&kept_blocks, sc->nr_to_scan) ?:
		SHRINK_STOP;
}

static void __init blocks_show(void)
{
	struct dentry *dir = debugfs_create_dir("dma_bus_blocks", NULL);

	debugfs_create_ulong("max", 0444, dir, &kept_blocks.max);
	debugfs_create_ulong("pages", 0444, dir, &kept_blocks.pages);
	debugfs_create_ulong("reused", 0444, dir, &kept_blocks.reused);
	debugfs_create_ulong("returned", 0444, dir, &kept_blocks.returned);
}

/* Without a shrinker @max stays 0, and nothing is kept. */
static int __init dma_bus_blocks_setup(void)
{
	struct shrinker *shrinker;

	if (!dma_bus_scattered())
		return 0;

	shrinker = shrinker_alloc(0, "dma-bus-blocks");
	if (!shrinker)
		return -ENOMEM;

	shrinker->count_objects = blocks_count_objects;
	shrinker->scan_objects = blocks_scan_objects;
	dma_bus_blocks_init(&kept_blocks, DMA_BUS_BLOCKS_MAX);
	shrinker_register(shrinker);
	blocks_show();
	return 0;
}
subsys_initcall(dma_bus_blocks_setup);
