/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The onedma developers
 *
 * What tests need of the bounce pools.
 */
#ifndef _KERNEL_DMA_SWIOTLB_H
#define _KERNEL_DMA_SWIOTLB_H

#include <linux/swiotlb.h>

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

char *swiotlb_parse(char *str, struct swiotlb_params *params);

#if IS_ENABLED(CONFIG_KUNIT)
struct io_tlb_pool *swiotlb_alloc_pool(struct device *dev,
				       struct io_tlb_mem *mem,
				       unsigned long minslabs,
				       unsigned long nslabs,
				       unsigned int nareas, u64 bus_limit,
				       gfp_t gfp);
void swiotlb_free_pool(struct io_tlb_pool *pool);
void add_mem_pool(struct io_tlb_mem *mem, struct io_tlb_pool *pool);
#endif

#endif /* _KERNEL_DMA_SWIOTLB_H */
