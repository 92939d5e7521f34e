/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The onedma developers
 *
 * What tests need of the bounce pools.
 */
#ifndef _KERNEL_DMA_SWIOTLB_H
#define _KERNEL_DMA_SWIOTLB_H

#include <linux/swiotlb.h>

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
