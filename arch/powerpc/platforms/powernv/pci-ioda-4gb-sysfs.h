/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (C) 2026 The onedma developers */
/* dma_layout in sysfs: show, begin and end the 4 GB split of a PHB. */
#ifndef __POWERNV_PCI_IODA_4GB_SYSFS_H
#define __POWERNV_PCI_IODA_4GB_SYSFS_H

#include <linux/types.h>

struct pnv_phb;

void pnv_4gb_sysfs_init(struct pnv_phb *phb);
void pnv_4gb_sysfs_wait(struct pnv_phb *phb);

#if IS_ENABLED(CONFIG_KUNIT)
bool pnv_4gb_sysfs_bound(struct pnv_phb *phb);
int pnv_4gb_sysfs_set(struct pnv_phb *phb, bool split);
#endif

#endif
