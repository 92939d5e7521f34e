/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The onedma developers
 *
 * What the files about bounce buffers share.
 */
#ifndef _KERNEL_DMA_SWIOTLB_H
#define _KERNEL_DMA_SWIOTLB_H

#include <linux/dma-direct.h>
#include <linux/math.h>
#include <linux/spinlock.h>
#include <linux/swiotlb.h>
#include <linux/types.h>

/*
 * Minimum IO TLB size to bother booting with.  Systems with mainly
 * 64bit capable cards will only lightly use the swiotlb.  If we can't
 * allocate a contiguous 1MB, we're probably in trouble anyway.
 */
#define IO_TLB_MIN_SLABS ((1 << 20) >> IO_TLB_SHIFT)

#define IO_TLB_SET_SIZE	((size_t)IO_TLB_SEGSIZE << IO_TLB_SHIFT)

/**
 * struct io_tlb_slot - IO TLB slot descriptor
 * @orig_addr:	The original address corresponding to a mapped entry.
 * @alloc_size:	Size of the allocated buffer.
 * @list:	The free list describing the number of free entries available
 *		from each index.
 * @pad_slots:	Number of preceding padding slots. Valid only in the first
 *		allocated non-padding slot.
 */
struct io_tlb_slot {
	phys_addr_t orig_addr;
	size_t alloc_size;
	unsigned short list;
	unsigned short pad_slots;
};

/**
 * struct io_tlb_area - IO TLB memory area descriptor
 *
 * This is a single area with a single lock.
 *
 * @used:	The number of used IO TLB block.
 * @index:	The slot index to start searching in this area for next round.
 * @lock:	The lock to protect the above data structures in the map and
 *		unmap calls.
 */
struct io_tlb_area {
	unsigned long used;
	unsigned int index;
	spinlock_t lock;	/* of used, index and the slots */
};

/**
 * struct swiotlb_params - what the "swiotlb=" boot parameter says
 * @nslabs:	Number of slots of the first pool.
 * @nareas:	Number of areas of the first pool.
 * @has_nareas:	%true if @nareas was given.
 * @high:	Number of slots of the pool above 4 GB, 0 for none.
 * @force:	%true if all devices bounce.
 * @noforce:	%true if no pool is made.
 * @track_hiwater: %true if the most slots ever used are counted.
 */
struct swiotlb_params {
	unsigned long nslabs;
	unsigned long nareas;
	bool has_nareas;
	unsigned long high;
	bool force;
	bool noforce;
	bool track_hiwater;
};

/**
 * struct swiotlb_request - a bounce buffer that is searched for in several pools
 * @dev:	Device which maps the buffer.
 * @orig_addr:	Original (non-bounced) IO buffer address.
 * @alloc_size: Total requested size of the bounce buffer,
 *		including initial alignment padding.
 * @align_mask:	Required alignment of the allocated buffer.
 * @cpu:	CPU whose area of each pool comes first, also if the task moves.
 * @end:	Index of the first slot that the device does not reach.
 * @leaves_half: %true if the device also reaches a pool for higher addresses, so
 *		that it leaves half of a pool to devices that do not.
 * @needs_half: %true if the device reaches no pool for higher addresses, though
 *		there is one, so that others leave half of a pool to it.
 */
struct swiotlb_request {
	struct device *dev;
	phys_addr_t orig_addr;
	size_t alloc_size;
	unsigned int align_mask;
	unsigned int cpu;
	unsigned long end;
	bool leaves_half;
	bool needs_half;
};

static inline unsigned long nr_slots(u64 val)
{
	return DIV_ROUND_UP(val, IO_TLB_SIZE);
}

static inline phys_addr_t slot_addr(phys_addr_t start, phys_addr_t idx)
{
	return start + (idx << IO_TLB_SHIFT);
}

/* The DMA address, or DMA_MAPPING_ERROR if the device does not see @bus. */
static inline dma_addr_t swiotlb_bus_to_dma(struct device *dev, dma_addr_t bus)
{
	if (dev->dma_io_tlb_mem->cc_shared)
		return bus_to_dma_unencrypted(dev, bus);
	return bus_to_dma_encrypted(dev, bus);
}

extern struct io_tlb_mem io_tlb_default_mem;

char *swiotlb_parse(char *str, struct swiotlb_params *params);
void swiotlb_add_pool(struct io_tlb_mem *mem, struct io_tlb_pool *pool);
unsigned long swiotlb_pool_used(struct io_tlb_pool *pool);
struct io_tlb_pool *swiotlb_alloc_pool(struct device *dev,
				       struct io_tlb_mem *mem,
				       unsigned long minslabs,
				       unsigned long nslabs,
				       unsigned int nareas, u64 bus_limit,
				       gfp_t gfp);
void swiotlb_free_pool(struct io_tlb_pool *pool);
int swiotlb_search_area(struct io_tlb_pool *pool, unsigned int area_index,
			struct swiotlb_request *req);
bool swiotlb_alloc_tables(struct io_tlb_pool *pool, unsigned long nslabs,
			  unsigned int nareas);
void swiotlb_init_io_tlb_pool(struct io_tlb_pool *mem, phys_addr_t start,
			      void *vaddr, unsigned long nslabs,
			      bool late_alloc, unsigned int nareas);
unsigned int swiotlb_nareas_for(unsigned long nslots);

/* In swiotlb-pools.c. */
dma_addr_t swiotlb_bus_last(struct io_tlb_pool *pool);
void swiotlb_restore(struct page *page, size_t bytes);
int swiotlb_exchange(struct page *page, size_t bytes, u64 bus_limit);
bool swiotlb_renew_pool(struct io_tlb_pool *pool);
bool swiotlb_comes_before(struct io_tlb_pool *a, struct io_tlb_pool *b);
int swiotlb_search_pools(struct swiotlb_request *req,
			 struct io_tlb_pool **retpool);
void swiotlb_report_full(struct device *dev, size_t size, unsigned long attrs);
void swiotlb_init_high(unsigned long nslabs);
void swiotlb_create_pools_files(struct io_tlb_mem *mem);

#ifdef CONFIG_SWIOTLB_DYNAMIC
void swiotlb_schedule_dyn_free(struct io_tlb_pool *pool);
u64 swiotlb_grow_limit(struct device *dev);
bool swiotlb_want_pool(struct io_tlb_mem *mem, u64 limit);
u64 swiotlb_wanted_limit(struct io_tlb_mem *mem, struct swiotlb_growth *g);
void swiotlb_growth_done(struct io_tlb_mem *mem, struct swiotlb_growth *g,
			 bool made);
struct io_tlb_pool *swiotlb_alloc_transient(struct device *dev,
					    unsigned long nslabs);
void swiotlb_schedule_shrink(struct io_tlb_mem *mem);
void swiotlb_dyn_shrink(struct work_struct *work);

static inline void swiotlb_expect_more_pools(void)
{
}
#else
void swiotlb_expect_more_pools(void);
#endif

#endif /* _KERNEL_DMA_SWIOTLB_H */
