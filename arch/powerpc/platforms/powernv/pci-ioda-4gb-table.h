/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (C) 2026 The onedma developers */
/* TCEs in small levels, which map memory at 4 GB and above. */
#ifndef __POWERNV_PCI_IODA_4GB_TABLE_H
#define __POWERNV_PCI_IODA_4GB_TABLE_H

#include <linux/sizes.h>
#include <linux/types.h>

#define PNV_4GB_BASE	((u64)SZ_4G)
#define PNV_4GB_BYPASS_BASE	BIT_ULL(59)

/**
 * struct pnv_4gb_table - a table of TCEs
 * @root: the level that a TVE points to; NULL without a table
 * @levels: how many there are
 * @level_bits: each of them has this power of two of entries
 * @page_shift: an entry of the last one maps this power of two of bytes
 * @nid: where levels are allocated
 * @bytes: the memory of all levels
 *
 * A level is there if it has an entry that was set once.  The caller locks.
 */
struct pnv_4gb_table {
	__be64 *root;
	unsigned int levels;
	unsigned int level_bits;
	unsigned int page_shift;
	int nid;
	size_t bytes;
};

int pnv_4gb_table_init(struct pnv_4gb_table *t, unsigned long pgsizes, u64 bus_end, int nid);
void pnv_4gb_table_free(struct pnv_4gb_table *t);
int pnv_4gb_table_map(struct pnv_4gb_table *t, u64 start, u64 end, u64 offset);
void pnv_4gb_table_unmap(struct pnv_4gb_table *t, u64 start, u64 end, u64 offset);

/* The bus address where the reach of the table ends */
static inline u64 pnv_4gb_table_end(const struct pnv_4gb_table *t)
{
	return 1ULL << (t->levels * t->level_bits + t->page_shift);
}

static inline size_t pnv_4gb_table_level_size(const struct pnv_4gb_table *t)
{
	return sizeof(__be64) << t->level_bits;
}

#endif
