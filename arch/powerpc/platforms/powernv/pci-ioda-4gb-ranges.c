// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The onedma developers
// The places of memory in a 4 GB window when holes would put it out of reach.

#define pr_fmt(fmt) "PCI: " fmt

#include <linux/align.h>
#include <linux/array_size.h>
#include <linux/cache.h>
#include <linux/init.h>
#include <linux/memblock.h>
#include <linux/minmax.h>
#include <linux/of.h>
#include <linux/of_address.h>
#include <linux/pfn.h>

#include <kunit/static_stub.h>
#include <kunit/visibility.h>

#include <asm/dma-ranges.h>

#include "pci.h"

static struct pnv_4gb_ranges pnv_4gb_boot_ranges __ro_after_init;
static const struct pnv_4gb_ranges *pnv_4gb_moved __ro_after_init;

static const struct dma_range pnv_4gb_one_offset[] = {
	{ .size = PNV_4GB_BYPASS_BASE - PNV_4GB_BASE, .offset = PNV_4GB_BASE },
	{}
};

/**
 * pnv_4gb_ranges_add() - add memory that needs a place in the window
 * @ranges: the ranges, in any order until pnv_4gb_ranges_place()
 * @start: the physical address where the memory starts
 * @end: where it ends
 *
 * Ranges have whole pages of the largest size, so that a page of the table is of
 * one range.  Those that overlap or touch become one: a buffer never lies in two.
 *
 * Return: false if there are too many ranges
 */
VISIBLE_IF_KUNIT bool pnv_4gb_ranges_add(struct pnv_4gb_ranges *ranges, u64 start, u64 end)
{
	unsigned int i = 0;

	/* A node of the device tree can have an empty range */
	if (start >= end)
		return true;

	start = ALIGN_DOWN(start, PNV_4GB_RANGE_ALIGN);
	end = ALIGN(end, PNV_4GB_RANGE_ALIGN);
	while (i < ranges->nr) {
		struct dma_range *r = &ranges->list[i];

		if (start > r->phys + r->size || end < r->phys) {
			i++;
			continue;
		}
		start = min(start, r->phys);
		end = max(end, r->phys + r->size);
		*r = ranges->list[--ranges->nr];
		i = 0;
	}
	if (i == ARRAY_SIZE(ranges->list) - 1)
		return false;

	ranges->list[i] = (struct dma_range){ .phys = start, .size = end - start };
	ranges->nr++;

	return true;
}

/**
 * pnv_4gb_ranges_place() - put the ranges side by side in the window
 * @ranges: the ranges
 *
 * They have the order of their physical addresses, so that the end of RAM is the
 * highest of its bus addresses.
 */
VISIBLE_IF_KUNIT void pnv_4gb_ranges_place(struct pnv_4gb_ranges *ranges)
{
	struct dma_range *list = ranges->list;
	unsigned int i, j;

	ranges->end = PNV_4GB_BASE;
	for (i = 0; i < ranges->nr; i++) {
		for (j = i + 1; j < ranges->nr; j++)
			if (list[j].phys < list[i].phys)
				swap(list[i], list[j]);
		list[i].offset = ranges->end - list[i].phys;
		ranges->end += list[i].size;
	}
	list[i].size = 0;
}

/* Nodes of the device tree, whose memory may come later */
static bool __init pnv_4gb_ranges_add_node(struct pnv_4gb_ranges *ranges, struct device_node *dn)
{
	struct resource res;
	int i;

	for (i = 0; !of_address_to_resource(dn, i, &res); i++)
		if (!pnv_4gb_ranges_add(ranges, res.start, res.end + 1))
			return false;

	return true;
}

static bool __init pnv_4gb_ranges_add_nodes(struct pnv_4gb_ranges *ranges)
{
	struct device_node *dn;
	bool ok = true;

	for_each_node_by_type(dn, "memory")
		ok = ok && pnv_4gb_ranges_add_node(ranges, dn);
	for_each_compatible_node(dn, NULL, "pmem-region")
		ok = ok && pnv_4gb_ranges_add_node(ranges, dn);

	return ok;
}

static bool __init pnv_4gb_ranges_add_ram(struct pnv_4gb_ranges *ranges)
{
	phys_addr_t start, end;
	u64 i;

	for_each_mem_range(i, &start, &end)
		if (!pnv_4gb_ranges_add(ranges, start, end))
			return false;

	return true;
}

/**
 * pnv_4gb_ranges_init() - decide where memory is in the 4 GB windows
 *
 * Each chip of a POWER9 has its memory at a high address of its own: that of the
 * second one is out of reach of 44 bits, because of the hole below it.  RAM that
 * ends within 40 bits stays at its physical address plus 4 GB, as few devices have
 * fewer bits than that and more than 32.
 *
 * Context: boot, before the first PHB.
 */
void __init pnv_4gb_ranges_init(void)
{
	struct pnv_4gb_ranges *ranges = &pnv_4gb_boot_ranges;

	if (memblock_end_of_DRAM() + PNV_4GB_BASE <= BIT_ULL(40))
		return;

	if (!pnv_4gb_ranges_add_ram(ranges) || !pnv_4gb_ranges_add_nodes(ranges)) {
		pr_info("Memory has too many holes: it is at its address plus 4 GB in 4 GB windows\n");
		return;
	}

	pnv_4gb_ranges_place(ranges);
	if (ranges->nr < 2)
		return;

	pnv_4gb_moved = ranges;
	pr_info("%u ranges of memory, which end at 0x%llx in 4 GB windows\n",
		ranges->nr, ranges->end - 1);
}

/**
 * pnv_4gb_ranges() - the ranges of memory in 4 GB windows
 *
 * Return: the ranges, or NULL if all memory is at its physical address plus 4 GB
 */
const struct pnv_4gb_ranges *pnv_4gb_ranges(void)
{
	KUNIT_STATIC_STUB_REDIRECT(pnv_4gb_ranges);

	return pnv_4gb_moved;
}

/**
 * pnv_4gb_list() - where memory is in 4 GB windows, in the form that dma_iommu_ops take
 *
 * Return: the list of ranges, one range for all memory if that was not moved
 */
const struct dma_range *pnv_4gb_list(void)
{
	const struct pnv_4gb_ranges *ranges = pnv_4gb_ranges();

	return ranges ? ranges->list : pnv_4gb_one_offset;
}
