// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The onedma developers
 *
 * dma-direct for memory whose bus address is not its physical address.
 */
#include <linux/export.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/dma-map-ops.h>
#include <linux/iommu-dma.h>

#include <kunit/static_stub.h>
#include <kunit/visibility.h>

#include "direct.h"

struct static_key_false dma_bus_key __ro_after_init = STATIC_KEY_FALSE_INIT;
EXPORT_SYMBOL_GPL(dma_bus_key);

void __init dma_bus_enable(void)
{
	static_branch_enable(&dma_bus_key);
}

void dma_direct_unmap_bus(struct device *dev, dma_addr_t addr, size_t size,
			  enum dma_data_direction dir, unsigned long attrs,
			  bool flush)
{
	dma_addr_t bus = dma_to_bus(dev, addr);
	phys_addr_t phys = arch_dma_bus_to_phys(bus);

	__dma_direct_unmap_phys(dev, bus, phys, size, dir, attrs, flush,
				swiotlb_find_pool(dev, phys), true);
}

void dma_direct_sync_bus_for_device(struct device *dev, dma_addr_t addr,
				    size_t size, enum dma_data_direction dir)
{
	dma_addr_t bus = dma_to_bus(dev, addr);

	__dma_direct_sync_single_for_device(dev, bus, arch_dma_bus_to_phys(bus),
					    size, dir, true);
}

void dma_direct_sync_bus_for_cpu(struct device *dev, dma_addr_t addr,
				 size_t size, enum dma_data_direction dir,
				 bool flush)
{
	dma_addr_t bus = dma_to_bus(dev, addr);
	phys_addr_t phys = arch_dma_bus_to_phys(bus);

	__dma_direct_sync_single_for_cpu(dev, bus, phys, size, dir, flush,
					 swiotlb_find_pool(dev, phys), true);
}

/* What the hypervisor has taken back, or never gave, cannot be copied. */
bool dma_bus_has_memory(phys_addr_t phys, size_t size)
{
	phys_addr_t end = phys + size;

	for (; phys < end; phys = ALIGN(phys + 1, DMA_BUS_FRAME_SIZE))
		if (arch_dma_bus_from_phys(phys) == DMA_BUS_NONE)
			return false;
	return true;
}

static const char *dma_bus_why_no_bounce(phys_addr_t phys, size_t size,
					 unsigned long attrs)
{
	if (attrs & DMA_ATTR_MMIO)
		return "MMIO cannot bounce";
	if (attrs & DMA_ATTR_REQUIRE_COHERENT)
		return "coherent memory cannot bounce";
	if (!dma_bus_has_memory(phys, size))
		return "not all of it is memory";
	return "no bounce buffer";
}

/*
 * Log why memory could not be mapped.  Here it depends on the place of a page,
 * not on what the driver does, so a warning would be wrong.
 */
void dma_bus_report_failed(struct device *dev, phys_addr_t phys, size_t size,
			   unsigned long attrs)
{
	if (!(attrs & DMA_ATTR_NO_WARN))
		dev_err_ratelimited(dev,
				    "DMA of %pap+%zu failed (mask %llx, bus limit %llx): %s\n",
				    &phys, size, *dev->dma_mask,
				    dev->bus_dma_limit,
				    dma_bus_why_no_bounce(phys, size, attrs));
}

/* Foreign and scattered pages may be anywhere in the machine. */
u64 dma_bus_max_dma(struct device *dev)
{
	return bus_to_dma_encrypted(dev, arch_dma_bus_last());
}

/*
 * Memory that the device does not reach has to bounce, so the device must reach
 * a bounce pool.  Without a pool it must reach all memory of the machine.  Where
 * the bus is not scattered, what a machine without a hypervisor accepts will do.
 */
bool dma_bus_supported(struct device *dev, u64 mask)
{
	if (!is_swiotlb_active(dev))
		return mask >= dma_bus_max_dma(dev);
	return swiotlb_reachable(dev, mask) ||
		(!dma_bus_scattered() &&
		 dma_direct_coherent_supported(dev, mask));
}

#ifdef CONFIG_DMA_BUS_SCATTERED
/* Each range of more than a page may turn out not to be bus-contiguous. */
size_t dma_bus_max_mapping_size(struct device *dev)
{
	if (!is_swiotlb_active(dev))
		return DMA_BUS_FRAME_SIZE;
	return swiotlb_max_mapping_size(dev);
}

/* No machine whose bus is scattered has more address bits. */
#define DMA_BUS_BITS	52

/**
 * dma_bus_segments - check whether cutting segments avoids bounce buffers
 * @dev:	device that maps memory
 *
 * On a scattered bus, memory that is contiguous in phys may not be contiguous
 * for the device.  It then bounces, so that dma_max_mapping_size() is a limit.
 * A device that reaches every address maps what dma_bus_run() returns directly,
 * and neither that nor the sum of several has a limit.  Requests are counted long
 * before they are mapped, so bus addresses must not change over a suspend.
 *
 * Context: Any, after the DMA mask was set.
 *
 * Return: %true if the bus is scattered, stays as it is, and @dev reaches every
 * address.
 */
bool dma_bus_segments(struct device *dev)
{
	if (!dma_bus_scattered() || !dev->dma_mask)
		return false;
	if (get_dma_ops(dev) || use_dma_iommu(dev) || !arch_dma_bus_stays())
		return false;
	return min_not_zero(*dev->dma_mask, dev->bus_dma_limit) >=
			DMA_BIT_MASK(DMA_BUS_BITS) &&
		!is_swiotlb_force_bounce(dev);
}
EXPORT_SYMBOL_GPL(dma_bus_segments);

static u64 dma_bus_coherent_limit(struct device *dev)
{
	return min_not_zero(dev->coherent_dma_mask, dev->bus_dma_limit);
}

/* Number of bits n, so that the device reaches all bus addresses below 2^n. */
unsigned int dma_bus_coherent_bits(struct device *dev)
{
	u64 limit = dma_to_bus(dev, dma_bus_coherent_limit(dev));

	return limit == U64_MAX ? 64 : ilog2(limit + 1);
}

/* Is the block in reach, bus-contiguous, and aligned to its size? */
bool dma_bus_block_ok(struct device *dev, struct page *page, size_t size)
{
	dma_addr_t bus = arch_dma_bus_from_phys(page_to_phys(page));
	dma_addr_t addr = bus_to_dma_encrypted(dev, bus);

	return bus != DMA_BUS_NONE && addr != DMA_MAPPING_ERROR &&
		addr + size - 1 <= dma_bus_coherent_limit(dev) &&
		dma_bus_range_contiguous(page_to_phys(page), size) &&
		IS_ALIGNED(bus, PAGE_SIZE << get_order(size));
}

/* The page allocator; KUnit tests replace these functions. */
struct page *dma_bus_raw_alloc(int nid, gfp_t gfp, unsigned int order)
{
	KUNIT_STATIC_STUB_REDIRECT(dma_bus_raw_alloc, nid, gfp, order);
	return alloc_pages_node(nid, gfp, order);
}
EXPORT_SYMBOL_IF_KUNIT(dma_bus_raw_alloc);

void dma_bus_raw_free(struct page *page, unsigned int order)
{
	KUNIT_STATIC_STUB_REDIRECT(dma_bus_raw_free, page, order);
	__free_pages(page, order);
}
EXPORT_SYMBOL_IF_KUNIT(dma_bus_raw_free);

/**
 * dma_bus_alloc_pages - allocate a block of coherent memory
 * @dev:	device that will use the block
 * @size:	size of the block in bytes
 * @gfp:	flags for the page allocator
 *
 * Zones say nothing about bus addresses where these are scattered. Take pages
 * from anywhere, and exchange their memory if the device cannot use it.
 *
 * Return: the first page, ERR_PTR(-ENOMEM) if the page allocator has no block,
 * or ERR_PTR(-EAGAIN) if the hypervisor has no memory to exchange.
 */
struct page *dma_bus_alloc_pages(struct device *dev, size_t size, gfp_t gfp)
{
	unsigned int order = get_order(size);
	struct page *page;

	page = dma_bus_raw_alloc(dev_to_node(dev), gfp, order);
	if (!page)
		return ERR_PTR(-ENOMEM);
	if (dma_bus_block_ok(dev, page, size))
		return page;

	if (arch_dma_bus_exchange(page, order, dma_bus_coherent_bits(dev)) ||
	    !dma_bus_block_ok(dev, page, size)) {
		dma_bus_free_pages(page, order);
		return ERR_PTR(-EAGAIN);
	}
	/* The page allocator cleared the memory from before the exchange. */
	if (want_init_on_alloc(gfp))
		memset(page_address(page), 0, PAGE_SIZE << order);
	return page;
}

void dma_bus_free_pages(struct page *page, unsigned int order)
{
	arch_dma_bus_restore(page, order);
	dma_bus_raw_free(page, order);
}
#endif /* CONFIG_DMA_BUS_SCATTERED */
