/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (C) 2026 The onedma developers */
/* Look up a bus address in the table of a 4 GB window, slowly, as a PHB does. */
#ifndef __POWERNV_PCI_IODA_4GB_WALK_H
#define __POWERNV_PCI_IODA_4GB_WALK_H

#include <linux/types.h>

#include <asm/page.h>

#include "../pci-ioda-4gb-table.h"

/* The physical address, or -1 where the PHB would stop the PE */
static inline s64 walk_table(const struct pnv_4gb_table *t, u64 bus)
{
	u64 at = __pa(t->root), tce = 0, entries = 1, page = 1;
	unsigned int below, i;

	for (i = 0; i < t->level_bits; i++)
		entries *= 2;
	for (i = 0; i < t->page_shift; i++)
		page *= 2;

	for (below = t->levels; below-- > 0; at = tce / 4096 * 4096) {
		u64 index = bus / page;

		for (i = 0; i < below; i++)
			index /= entries;
		if (below == t->levels - 1 && index >= entries)
			return -1;

		tce = be64_to_cpup((__be64 *)__va(at) + index % entries);
		if ((tce & 3) != 3)
			return -1;
	}

	return tce / page * page + bus % page;
}

#endif
