/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (C) 2026 The onedma developers */
/* What grant-dma-ops.c shares with its KUnit tests. */
#ifndef _XEN_GRANT_DMA_OPS_H
#define _XEN_GRANT_DMA_OPS_H

#include <xen/interface/xen.h>

struct device;
struct dma_map_ops;

struct xen_grant_dma_data {
	/* The ID of backend domain */
	domid_t backend_domid;
	/* Is device behaving sane? */
	bool broken;
	/* DMA operations of the device before, restored at the end */
	const struct dma_map_ops *platform_ops;
};

#if IS_ENABLED(CONFIG_KUNIT)
struct xen_grant_dma_data *find_xen_grant_dma_data(struct device *dev);
int xen_grant_setup_dma_ops(struct device *dev, domid_t backend_domid);
bool xen_grant_backend_is_dom0(bool initial_domain, bool pv_domain, bool pci);
#endif

#endif /* _XEN_GRANT_DMA_OPS_H */
