/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The onedma developers
 *
 * Bus addresses: what devices are given where that is not the physical address.
 */
#ifndef _LINUX_DMA_BUS_H
#define _LINUX_DMA_BUS_H

#include <linux/dma-direction.h>
#include <linux/jump_label.h>
#include <linux/sizes.h>
#include <linux/types.h>

struct page;

/**
 * DOC: Bus addresses
 *
 * phys
 *   A CPU physical address as this kernel sees it.
 * bus
 *   The address that a device has to be given for it, before any offset of the
 *   device's own.
 * dma
 *   The bus address plus the offset and the attribute bits of one device: what
 *   phys_to_dma() yields.
 * local, foreign
 *   A foreign page belongs to another domain and is mapped here; all others are
 *   local.
 * bus-contiguous
 *   Contiguous in phys and also on the bus.
 * scattered
 *   A bus on which even local pages that are adjacent in phys may lie anywhere.
 *
 * On most systems bus and phys are the same, and what is declared here compiles
 * to nothing, or to jumps that are never taken. Where they differ one provider,
 * chosen by the platform, answers the functions whose names start with
 * arch_dma_bus_. Only the wrappers below see the key, which the provider flips
 * once during boot.
 */

/* What a phys or a bus address is where there is none. */
#define DMA_BUS_NONE		(~(dma_addr_t)0)
#define DMA_BUS_NO_PHYS		(~(phys_addr_t)0)

/* No bus is scattered in smaller units. */
#define DMA_BUS_FRAME_SIZE	SZ_4K

/*
 * The provider's answers, to be asked only where dma_bus_enabled().  Without a
 * provider they are declared only, and no call to them is left.
 *
 * from_range() is from_phys() for a range that is bus-contiguous, and
 * DMA_BUS_NONE for one that is not.
 *
 * exchange() gives a local block, whose content is lost, memory that is
 * bus-contiguous, aligned to its size, and has addresses of so many bits at
 * most.  restore() undoes that before the block is freed, if it was done, which
 * exchanged() tells.  They are asked only where the bus is scattered, and do
 * not sleep.  After an error the block can still be used.
 *
 * foreign(), can_sync() and the two sync functions are asked only for devices
 * that are not coherent.  Pages that are foreign() cannot be synced through
 * this kernel's linear map; those for which not can_sync() cannot be synced at
 * all.
 */
dma_addr_t arch_dma_bus_from_phys(phys_addr_t phys);
phys_addr_t arch_dma_bus_to_phys(dma_addr_t bus);
dma_addr_t arch_dma_bus_from_range(phys_addr_t phys, size_t size);
dma_addr_t arch_dma_bus_last(void);
int arch_dma_bus_exchange(struct page *page, unsigned int order,
			  unsigned int bits);
bool arch_dma_bus_exchanged(struct page *page);
void arch_dma_bus_restore(struct page *page, unsigned int order);
bool arch_dma_bus_foreign(dma_addr_t bus);
bool arch_dma_bus_can_sync(phys_addr_t phys);
void arch_dma_bus_sync_for_device(dma_addr_t bus, size_t size,
				  enum dma_data_direction dir);
void arch_dma_bus_sync_for_cpu(dma_addr_t bus, size_t size,
			       enum dma_data_direction dir);

#ifdef CONFIG_DMA_BUS
DECLARE_STATIC_KEY_FALSE(dma_bus_key);

/**
 * dma_bus_enabled - can the bus address of a page differ from its phys?
 *
 * Return: %true if the provider has been enabled.
 */
static __always_inline bool dma_bus_enabled(void)
{
	return static_branch_unlikely(&dma_bus_key);
}

/**
 * dma_bus_enable - let the provider answer from now on
 *
 * To be called once, by the provider, before the first mapping of a page whose
 * bus address differs from its phys.
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
 * dma_bus_scattered - can local pages lie anywhere on the bus?
 *
 * Return: %true if neither a page's zone nor its neighbours say anything about
 * its bus address.
 */
static __always_inline bool dma_bus_scattered(void)
{
	return dma_bus_enabled();
}
#else
static inline bool dma_bus_scattered(void)
{
	return false;
}
#endif

/**
 * dma_bus_from_phys - where does a device see this address?
 * @phys:	address of a local or foreign page, or of MMIO
 *
 * Return: the bus address, or %DMA_BUS_NONE if nothing is behind @phys.
 */
static __always_inline dma_addr_t dma_bus_from_phys(phys_addr_t phys)
{
	return dma_bus_enabled() ? arch_dma_bus_from_phys(phys) : phys;
}

/**
 * dma_bus_to_phys - which local page is at this bus address?
 * @bus:	bus address
 *
 * Return: the physical address of the local page. If @bus is not that of a
 * local page, then the result is no address of one either.
 */
static __always_inline phys_addr_t dma_bus_to_phys(dma_addr_t bus)
{
	return dma_bus_enabled() ? arch_dma_bus_to_phys(bus) : bus;
}

static __always_inline bool dma_bus_in_one_frame(phys_addr_t phys, size_t size)
{
	return phys % DMA_BUS_FRAME_SIZE + size <= DMA_BUS_FRAME_SIZE;
}

/* dma_bus_contiguous(), for those who know that bus addresses are enabled. */
static __always_inline bool dma_bus_range_contiguous(phys_addr_t phys,
						     size_t size)
{
	return dma_bus_in_one_frame(phys, size) ||
		arch_dma_bus_from_range(phys, size) != DMA_BUS_NONE;
}

/**
 * dma_bus_contiguous - can a device use this range in one piece?
 * @phys:	start of a range that is contiguous in phys
 * @size:	its length in bytes, not 0
 *
 * Return: %true if the range is contiguous on the bus too.
 */
static __always_inline bool dma_bus_contiguous(phys_addr_t phys, size_t size)
{
	return !dma_bus_enabled() || dma_bus_range_contiguous(phys, size);
}

/**
 * dma_bus_adjacent - may these two pages be in one segment?
 * @phys:	start of a page
 * @size:	size of a page
 *
 * Return: %true if the page at @phys follows the page below it on the bus.
 */
static __always_inline bool dma_bus_adjacent(phys_addr_t phys, size_t size)
{
	return dma_bus_contiguous(phys - size, 2 * size);
}
#endif /* _LINUX_DMA_BUS_H */
