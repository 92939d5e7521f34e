/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (C) 2026 The onedma developers */
/* The choice between physical and bus addresses, for the virtio core and its tests. */
#ifndef _DRIVERS_VIRTIO_VIRTIO_DMA_H
#define _DRIVERS_VIRTIO_VIRTIO_DMA_H

#include <linux/types.h>
#include <linux/virtio_anchor.h>

struct virtio_device;

/**
 * struct virtio_dma_facts - all that the choice depends on
 * @version_1: the device is not a legacy one
 * @access_platform: the device and its driver accept VIRTIO_F_ACCESS_PLATFORM
 * @restricted: the device reaches only memory that has been shared with it, or
 *	granted to its backend
 * @own_map: the transport maps memory itself, without the DMA API
 * @has_dma: this kernel has the DMA API
 * @forced: the administrator knows that the device sees bus addresses
 * @platform: what the platform gives devices without @access_platform
 */
struct virtio_dma_facts {
	bool version_1;
	bool access_platform;
	bool restricted;
	bool own_map;
	bool has_dma;
	bool forced;
	enum virtio_platform platform;
};

/**
 * enum virtio_dma_choice - the addresses that a device is given
 * @VIRTIO_DMA_PHYS: physical ones
 * @VIRTIO_DMA_BUS: those that the DMA API, or the transport, yields
 * @VIRTIO_DMA_LEGACY: none: it cannot offer the feature that it needs
 * @VIRTIO_DMA_PRIVATE: none: without the feature all memory is out of its reach
 * @VIRTIO_DMA_BYPASS: none: it bypasses the IOMMU that it would need
 * @VIRTIO_DMA_NO_API: none: there is no DMA API to yield them
 */
enum virtio_dma_choice {
	VIRTIO_DMA_PHYS,
	VIRTIO_DMA_BUS,
	VIRTIO_DMA_LEGACY,
	VIRTIO_DMA_PRIVATE,
	VIRTIO_DMA_BYPASS,
	VIRTIO_DMA_NO_API,
};

enum virtio_dma_choice virtio_dma_choose(const struct virtio_dma_facts *facts);
int virtio_dma_decide(struct virtio_device *vdev);

#endif /* _DRIVERS_VIRTIO_VIRTIO_DMA_H */
