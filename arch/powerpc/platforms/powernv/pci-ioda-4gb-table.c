// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The onedma developers
// TCEs in small levels, which map memory at 4 GB and above.

#include <linux/align.h>
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/log2.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/kmemleak.h>
#include <linux/slab.h>

#include <asm/barrier.h>
#include <asm/page.h>
#include <asm/tce.h>

#include "pci-ioda-4gb-table.h"

#define PNV_4GB_PERM		((u64)(TCE_PCI_READ | TCE_PCI_WRITE))

/* Both sizes of pages reach 2^48 with levels of 4 KB, the smallest that the firmware takes */
#define PNV_4GB_REACH		48
#define PNV_4GB_LEVEL_BITS	9

static __be64 *pnv_4gb_alloc_level(struct pnv_4gb_table *t)
{
	size_t size = pnv_4gb_table_level_size(t);
	__be64 *level = kzalloc_node(size, GFP_KERNEL | __GFP_NOWARN, t->nid);

	if (level)
		t->bytes += size;

	return level;
}

/**
 * pnv_4gb_table_init() - make a table that maps nothing
 * @t: the table
 * @pgsizes: the sizes of pages that the PHB has
 * @bus_end: the bus address up to which it has to reach
 * @nid: where to allocate its levels
 *
 * The largest page is best, for it has the PHB look up the least.
 *
 * Return: 0, -EOPNOTSUPP if all pages are too small, or -ENOMEM
 */
int pnv_4gb_table_init(struct pnv_4gb_table *t, unsigned long pgsizes, u64 bus_end, int nid)
{
	unsigned int bits = ilog2(roundup_pow_of_two(bus_end));

	pgsizes &= SZ_2M | SZ_1G;
	if (!pgsizes)
		return -EOPNOTSUPP;

	t->page_shift = __fls(pgsizes);
	t->levels = (PNV_4GB_REACH - t->page_shift) / PNV_4GB_LEVEL_BITS;
	t->level_bits = DIV_ROUND_UP(max(bits, PNV_4GB_REACH) - t->page_shift, t->levels);
	t->nid = nid;
	t->bytes = 0;
	t->root = pnv_4gb_alloc_level(t);

	return t->root ? 0 : -ENOMEM;
}

static __be64 *pnv_4gb_below(__be64 entry)
{
	return __va(be64_to_cpu(entry) & ~PNV_4GB_PERM);
}

static void pnv_4gb_free_level(struct pnv_4gb_table *t, __be64 *level, unsigned int below)
{
	unsigned long i;

	for (i = 0; below && i < 1UL << t->level_bits; i++)
		if (level[i])
			pnv_4gb_free_level(t, pnv_4gb_below(level[i]), below - 1);

	kfree(level);
}

/**
 * pnv_4gb_table_free() - free all levels
 * @t: the table, which no TVE points to any more
 */
void pnv_4gb_table_free(struct pnv_4gb_table *t)
{
	if (!t->root)
		return;

	pnv_4gb_free_level(t, t->root, t->levels - 1);
	t->root = NULL;
	t->bytes = 0;
}

/* The PHB may find a new level at once, which has to be empty then */
static __be64 *pnv_4gb_add_level(struct pnv_4gb_table *t, __be64 *entry)
{
	__be64 *level = pnv_4gb_alloc_level(t);

	if (!level)
		return NULL;

	/* Only a big-endian physical address refers to it */
	kmemleak_ignore(level);
	dma_wmb();
	WRITE_ONCE(*entry, cpu_to_be64(__pa(level) | PNV_4GB_PERM));

	return level;
}

/* The entry of the last level, or NULL if a level is missing */
static __be64 *pnv_4gb_entry(struct pnv_4gb_table *t, u64 bus, bool add)
{
	unsigned int shift = t->page_shift + t->levels * t->level_bits;
	__be64 *level = t->root, *entry;

	for (;;) {
		shift -= t->level_bits;
		entry = &level[bus >> shift & (BIT(t->level_bits) - 1)];
		if (shift == t->page_shift)
			return entry;

		if (*entry)
			level = pnv_4gb_below(*entry);
		else
			level = add ? pnv_4gb_add_level(t, entry) : NULL;
		if (!level)
			return NULL;
	}
}

/**
 * pnv_4gb_table_map() - map each page that has something of a range
 * @t: the table
 * @start: the physical address where the range starts
 * @end: where it ends; what is beyond the reach of the table is left out
 * @offset: from the physical to the bus address, in whole pages of the table
 *
 * Return: 0, or -ENOMEM with a part of it mapped
 */
int pnv_4gb_table_map(struct pnv_4gb_table *t, u64 start, u64 end, u64 offset)
{
	u64 page = 1ULL << t->page_shift, phys;
	__be64 *entry;

	end = min(end, pnv_4gb_table_end(t) - offset);
	for (phys = ALIGN_DOWN(start, page); phys < end; phys += page) {
		entry = pnv_4gb_entry(t, phys + offset, true);
		if (!entry)
			return -ENOMEM;
		WRITE_ONCE(*entry, cpu_to_be64(phys | PNV_4GB_PERM));
	}

	return 0;
}

/**
 * pnv_4gb_table_unmap() - unmap each page that has nothing outside of a range
 * @t: the table
 * @start: the physical address where the range starts
 * @end: where it ends
 * @offset: from the physical to the bus address, as it was mapped
 *
 * Levels stay, as memory that went may come again.
 */
void pnv_4gb_table_unmap(struct pnv_4gb_table *t, u64 start, u64 end, u64 offset)
{
	u64 page = 1ULL << t->page_shift, phys;
	__be64 *entry;

	end = min(end, pnv_4gb_table_end(t) - offset);
	for (phys = ALIGN(start, page); phys + page <= end; phys += page) {
		entry = pnv_4gb_entry(t, phys + offset, false);
		if (entry)
			WRITE_ONCE(*entry, 0);
	}
}
