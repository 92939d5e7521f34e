/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The onedma developers
 *
 * Count bounced bytes and failed mappings of each device, for debugfs.
 */
#ifndef _KERNEL_DMA_REPORT_H
#define _KERNEL_DMA_REPORT_H

#include <linux/device.h>

const char *dma_report_path(struct device *dev);

#ifdef CONFIG_DMA_REPORT
static inline void dma_report_bounced(struct device *dev, size_t size)
{
	atomic64_add(size, &dev->dma_bounced);
}

static inline void dma_report_failed(struct device *dev)
{
	atomic_inc(&dev->dma_failed);
}
#else
static inline void dma_report_bounced(struct device *dev, size_t size)
{
}

static inline void dma_report_failed(struct device *dev)
{
}
#endif /* CONFIG_DMA_REPORT */

#endif /* _KERNEL_DMA_REPORT_H */
