/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (C) 2026 The onedma developers */
/* Memory that a device reaches without a TCE for each mapping. */
#ifndef _ASM_POWERPC_DMA_RANGES_H
#define _ASM_POWERPC_DMA_RANGES_H

#include <linux/compiler.h>
#include <linux/device.h>
#include <linux/jump_label.h>
#include <linux/types.h>

/**
 * struct dma_range - memory with a place of its own on the bus
 * @phys: the physical address where it starts
 * @size: its size in bytes; 0 ends a list
 * @offset: from the physical to the bus address
 *
 * The ranges of a list cover all RAM and have the order of their addresses, also on
 * the bus.  No two of them overlap or touch each other in physical memory, so that no
 * buffer lies in two of them.
 */
struct dma_range {
	u64 phys;
	u64 size;
	u64 offset;
};

DECLARE_STATIC_KEY_FALSE(dma_ranges_key);

/* The ranges that dma_iommu_ops map directly for a device, or NULL */
static inline const struct dma_range *dma_ranges(const struct device *dev)
{
	if (!IS_ENABLED(CONFIG_PPC_POWERNV) || !static_branch_unlikely(&dma_ranges_key))
		return NULL;

	return READ_ONCE(dev->archdata.dma_ranges);
}

/**
 * dma_ranges_to_bus() - the bus address of memory
 * @r: the ranges
 * @phys: its physical address
 *
 * Return: the bus address, or one that no device reaches if no range has @phys
 */
static inline dma_addr_t dma_ranges_to_bus(const struct dma_range *r, phys_addr_t phys)
{
	for (; r->size; r++)
		if (phys - r->phys < r->size)
			return phys + r->offset;

	return ~(dma_addr_t)0;
}

#endif /* _ASM_POWERPC_DMA_RANGES_H */
