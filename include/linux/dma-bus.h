/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The onedma developers
 *
 * Bus addresses: the addresses of memory as devices see it.
 */
#ifndef _LINUX_DMA_BUS_H
#define _LINUX_DMA_BUS_H

#include <linux/dma-direction.h>
#include <linux/jump_label.h>
#include <linux/sizes.h>
#include <linux/types.h>

struct device;
struct page;

/**
 * DOC: Bus addresses
 *
 * phys
 *   A CPU physical address as this kernel sees it.
 * bus
 *   The address that a device has to use for the same memory, before the offset
 *   of the device is added.
 * dma
 *   The bus address plus the offset and the attribute bits of one device:
 *   phys_to_dma() returns it.
 * local, foreign
 *   A foreign page belongs to another domain and is mapped here. All other
 *   pages are local.
 * bus-contiguous
 *   Contiguous in phys and also on the bus.
 * scattered
 *   A bus on which two local pages that are adjacent in phys need not be
 *   adjacent.
 *
 * On most systems bus and phys are the same, and the functions below compile to
 * nothing, or to jumps that are never taken. Where they differ, one provider
 * implements the functions whose names start with arch_dma_bus_. It enables the
 * static key once during boot. Only the wrappers below read the key.
 */

/* Not an address: there is no memory. */
#define DMA_BUS_NONE		(~(dma_addr_t)0)
#define DMA_BUS_NO_PHYS		(~(phys_addr_t)0)

/* Memory is scattered in units of this size or larger. */
#define DMA_BUS_FRAME_SIZE	SZ_4K

/*
 * The functions of the provider.  Call them only if dma_bus_enabled().  Without
 * a provider they are only declared, and the compiler removes all calls.
 *
 * from_range() is from_phys() for a range that is bus-contiguous, and
 * DMA_BUS_NONE for a range that is not.
 *
 * run() is the number of bytes at the start of a range that are bus-contiguous:
 * at least the rest of the first frame.  stays() tells whether memory that has an
 * owner never gets other bus addresses, not even over a suspend.  Both are called
 * only where the bus is scattered.
 *
 * last() is the highest bus address of the machine's memory.
 *
 * p2pdma() tells whether a device can access the BAR of another device.
 *
 * exchange() replaces the memory of a local block by memory that is
 * bus-contiguous, aligned to its size, and below 2^bits on the bus.  The content
 * is lost.  restore() undoes this before the block is freed; exchanged() tells
 * whether it was done.  These are called only where the bus is scattered, and do
 * not sleep.  If exchange() fails, the block is as it was.
 *
 * can_sync() and the two sync functions are called only for devices that are not
 * coherent.  Without can_sync() a page cannot be synced at all.  The sync
 * functions return false if the page is local, and then do nothing: it is synced
 * through the linear map of this kernel.
 */
dma_addr_t arch_dma_bus_from_phys(phys_addr_t phys);
phys_addr_t arch_dma_bus_to_phys(dma_addr_t bus);
dma_addr_t arch_dma_bus_from_range(phys_addr_t phys, size_t size);
size_t arch_dma_bus_run(phys_addr_t phys, size_t size);
bool arch_dma_bus_stays(void);
dma_addr_t arch_dma_bus_last(void);
bool arch_dma_bus_p2pdma(void);
int arch_dma_bus_exchange(struct page *page, unsigned int order,
			  unsigned int bits);
bool arch_dma_bus_exchanged(struct page *page);
void arch_dma_bus_restore(struct page *page, unsigned int order);
bool arch_dma_bus_can_sync(phys_addr_t phys);
bool arch_dma_bus_sync_for_device(dma_addr_t bus, size_t size,
				  enum dma_data_direction dir);
bool arch_dma_bus_sync_for_cpu(dma_addr_t bus, size_t size,
			       enum dma_data_direction dir);

#ifdef CONFIG_DMA_BUS
DECLARE_STATIC_KEY_FALSE(dma_bus_key);

/**
 * dma_bus_enabled - check whether bus and phys can differ
 *
 * Return: %true if the provider has been enabled.
 */
static __always_inline bool dma_bus_enabled(void)
{
	return static_branch_unlikely(&dma_bus_key);
}

/**
 * dma_bus_enable - enable the provider
 *
 * Context: Boot. The provider calls it once, before the first mapping of a page
 * whose bus address differs from its phys.
 */
void dma_bus_enable(void);
#else
static inline bool dma_bus_enabled(void)
{
	return false;
}
#endif /* CONFIG_DMA_BUS */

#ifdef CONFIG_DMA_BUS_SCATTERED
/**
 * dma_bus_scattered - check whether local pages are anywhere on the bus
 *
 * Return: %true if neither the zone of a page nor the bus address of the next
 * page tells the bus address of the page.
 */
static __always_inline bool dma_bus_scattered(void)
{
	return dma_bus_enabled();
}

bool dma_bus_segments(struct device *dev);
#else
static inline bool dma_bus_scattered(void)
{
	return false;
}

static inline bool dma_bus_segments(struct device *dev)
{
	return false;
}
#endif

/**
 * dma_bus_from_phys - get the bus address of memory
 * @phys:	address of a local or foreign page, or of MMIO
 *
 * Return: the bus address, or %DMA_BUS_NONE if nothing is behind @phys.
 */
static __always_inline dma_addr_t dma_bus_from_phys(phys_addr_t phys)
{
	return dma_bus_enabled() ? arch_dma_bus_from_phys(phys) : phys;
}

/**
 * dma_bus_to_phys - find the local page of a bus address
 * @bus:	bus address
 *
 * Return: the physical address of the local page, or an address that is not
 * that of a local page if there is none.
 */
static __always_inline phys_addr_t dma_bus_to_phys(dma_addr_t bus)
{
	return dma_bus_enabled() ? arch_dma_bus_to_phys(bus) : bus;
}

static __always_inline bool dma_bus_in_one_frame(phys_addr_t phys, size_t size)
{
	return phys % DMA_BUS_FRAME_SIZE + size <= DMA_BUS_FRAME_SIZE;
}

/* dma_bus_contiguous(), if bus addresses are enabled. */
static __always_inline bool dma_bus_range_contiguous(phys_addr_t phys,
						     size_t size)
{
	return dma_bus_in_one_frame(phys, size) ||
		arch_dma_bus_from_range(phys, size) != DMA_BUS_NONE;
}

/**
 * dma_bus_contiguous - check whether a range is contiguous on the bus
 * @phys:	start of the range
 * @size:	length of the range in bytes, not 0
 *
 * Return: %true if the range is contiguous on the bus too.
 */
static __always_inline bool dma_bus_contiguous(phys_addr_t phys, size_t size)
{
	return !dma_bus_enabled() || dma_bus_range_contiguous(phys, size);
}

/**
 * dma_bus_run - find where a range is cut on the bus
 * @phys:	start of the range
 * @size:	length of the range in bytes, not 0
 *
 * Context: The caller owns the memory, so that its bus addresses stay.
 *
 * Return: the number of bytes from @phys on that are contiguous on the bus too:
 * @size, or less where the bus is scattered.
 */
static __always_inline size_t dma_bus_run(phys_addr_t phys, size_t size)
{
	if (!dma_bus_scattered() || dma_bus_in_one_frame(phys, size))
		return size;
	return arch_dma_bus_run(phys, size);
}

/**
 * dma_bus_adjacent - check whether two pages can be in one segment
 * @phys:	start of the second page
 * @size:	size of a page in bytes
 *
 * Return: %true if the page at @phys follows the page below it on the bus.
 */
static __always_inline bool dma_bus_adjacent(phys_addr_t phys, size_t size)
{
	return dma_bus_contiguous(phys - size, 2 * size);
}
#endif /* _LINUX_DMA_BUS_H */
