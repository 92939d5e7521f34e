/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (C) 2026 The onedma developers */
/* The DMA layout of a PHB, shown and changed through sysfs. */
#ifndef __POWERNV_PCI_IODA_LAYOUT_H
#define __POWERNV_PCI_IODA_LAYOUT_H

#include <linux/types.h>

struct pnv_phb;

void pnv_layout_init(struct pnv_phb *phb);
void pnv_layout_wait(struct pnv_phb *phb);

#if IS_ENABLED(CONFIG_KUNIT)
bool pnv_layout_bound(struct pnv_phb *phb);
int pnv_layout_set(struct pnv_phb *phb, bool split);
#endif

#endif
