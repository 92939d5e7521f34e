/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The onedma developers
 *
 * Xen as the provider of bus addresses for dma-direct.
 */
#ifndef _XEN_BUS_ADDR_H
#define _XEN_BUS_ADDR_H

#include <linux/types.h>

void xen_dma_bus_init(void);
int xen_dma_bus_fixup_pool(void *buf, unsigned long nslabs);

#if IS_ENABLED(CONFIG_KUNIT)
unsigned long xen_bus_frame(unsigned long pfn);
unsigned long xen_bus_local_pfn(unsigned long frame);
dma_addr_t xen_bus_from_phys(phys_addr_t phys, const unsigned long *table,
			     unsigned long nr);
dma_addr_t xen_bus_from_range(phys_addr_t phys, size_t size,
			      const unsigned long *table, unsigned long nr);
#endif

#endif /* _XEN_BUS_ADDR_H */
