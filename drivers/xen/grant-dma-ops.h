/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (C) 2026 The onedma developers */
/* What the tests see of the grant DMA layer. */
#ifndef _XEN_GRANT_DMA_OPS_H
#define _XEN_GRANT_DMA_OPS_H

#include <xen/interface/xen.h>

struct device;
struct xen_grant_dma_data;

#if IS_ENABLED(CONFIG_KUNIT)
struct xen_grant_dma_data *find_xen_grant_dma_data(struct device *dev);
void xen_grant_setup_dma_ops(struct device *dev, domid_t backend_domid);
#endif

#endif /* _XEN_GRANT_DMA_OPS_H */
