/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The onedma developers
 *
 * Keep blocks that were exchanged with the hypervisor, and use them again.
 */
#ifndef _KERNEL_DMA_BUS_BLOCKS_H
#define _KERNEL_DMA_BUS_BLOCKS_H

#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/mmzone.h>
#include <linux/spinlock.h>

struct device;

/* One list for each order and each number of address bits, 0 to 64. */
#define DMA_BUS_BLOCK_BITS	65
#define DMA_BUS_BLOCK_LISTS	(NR_PAGE_ORDERS * DMA_BUS_BLOCK_BITS)

/**
 * struct dma_bus_blocks - kept blocks, which nobody uses
 * @lock:	protects what follows
 * @lists:	the blocks, by order and by the number of address bits
 * @next:	index of the list from which the next block is given back
 * @max:	number of pages that may be kept, 0 until @lists is set up
 * @pages:	number of pages that are kept
 * @unused:	smallest value of @pages since the last check of their age
 * @reused:	number of allocations that found a kept block
 * @returned:	number of blocks that were given back
 */
struct dma_bus_blocks {
	spinlock_t lock;	/* leaf lock, taken in any context */
	struct list_head lists[DMA_BUS_BLOCK_LISTS];
	unsigned int next;
	unsigned long max;
	unsigned long pages;
	unsigned long unused;
	unsigned long reused;
	unsigned long returned;
};

#if IS_ENABLED(CONFIG_KUNIT)
void dma_bus_blocks_init(struct dma_bus_blocks *blocks, unsigned long max);
struct page *dma_bus_blocks_get(struct dma_bus_blocks *blocks,
				struct device *dev, size_t size, gfp_t gfp);
void dma_bus_blocks_put(struct dma_bus_blocks *blocks, struct device *dev,
			struct page *page, size_t size);
unsigned long dma_bus_blocks_shrink(struct dma_bus_blocks *blocks,
				    unsigned long nr);
void dma_bus_blocks_age(struct dma_bus_blocks *blocks);
#endif

#endif /* _KERNEL_DMA_BUS_BLOCKS_H */
