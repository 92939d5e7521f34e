/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (C) 2026 The onedma developers */
/* The functions of grant-dma-ops.c that its KUnit tests call. */
#ifndef _XEN_GRANT_DMA_OPS_H
#define _XEN_GRANT_DMA_OPS_H

#include <xen/interface/xen.h>

struct device;
struct xen_grant_dma_data;

#if IS_ENABLED(CONFIG_KUNIT)
struct xen_grant_dma_data *find_xen_grant_dma_data(struct device *dev);
int xen_grant_setup_dma_ops(struct device *dev, domid_t backend_domid);
bool xen_grant_backend_is_dom0(bool initial_domain, bool pv_domain, bool pci);
#endif

#endif /* _XEN_GRANT_DMA_OPS_H */
