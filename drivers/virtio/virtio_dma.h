/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (C) 2026 The onedma developers */
/* The choice between physical and bus addresses for a virtio device. */
#ifndef _DRIVERS_VIRTIO_VIRTIO_DMA_H
#define _DRIVERS_VIRTIO_VIRTIO_DMA_H

#include <linux/types.h>
#include <linux/virtio_anchor.h>

struct virtio_device;

/**
 * struct virtio_dma_facts - what the choice depends on
 * @version_1: VIRTIO_F_VERSION_1 is negotiated: this is no legacy device
 * @access_platform: VIRTIO_F_ACCESS_PLATFORM is negotiated
 * @private_memory: the host cannot access this guest's memory, except what the
 *	DMA API shares with it
 * @needs_grants: the backend can only access memory that is granted to it
 * @own_map: the transport has map operations of its own
 * @has_dma: this kernel has the DMA API
 * @forced: the administrator says that the device gets bus addresses
 * @passed_on: the device is a physical function that QEMU passes on; is false if
 *	@platform is not VIRTIO_PLATFORM_NONE
 * @platform: what the platform gives to devices without @access_platform
 */
struct virtio_dma_facts {
	bool version_1;
	bool access_platform;
	bool private_memory;
	bool needs_grants;
	bool own_map;
	bool has_dma;
	bool forced;
	bool passed_on;
	enum virtio_platform platform;
};

/**
 * enum virtio_dma_choice - the kind of address that a device gets, and why
 * @VIRTIO_DMA_UNDECIDED: no driver has negotiated features yet
 * @VIRTIO_DMA_PHYS_PLATFORM: physical, as the platform says
 * @VIRTIO_DMA_PHYS_NO_API: physical, as this kernel has no DMA API
 * @VIRTIO_DMA_BUS_FEATURE: bus, as VIRTIO_F_ACCESS_PLATFORM asks for it
 * @VIRTIO_DMA_BUS_TRANSPORT: what the map operations of the transport return
 * @VIRTIO_DMA_BUS_GRANTS: references of grants to the backend
 * @VIRTIO_DMA_BUS_PLATFORM: bus, as the platform says
 * @VIRTIO_DMA_BUS_HARDWARE: bus, as the device is hardware
 * @VIRTIO_DMA_BUS_FORCED: bus, as virtio_dma.force= says
 * @VIRTIO_DMA_REFUSED_LEGACY: none: VIRTIO_F_VERSION_1 is missing
 * @VIRTIO_DMA_REFUSED_PRIVATE: none: VIRTIO_F_ACCESS_PLATFORM is missing, and
 *	memory is private
 * @VIRTIO_DMA_REFUSED_GRANTS: none: VIRTIO_F_ACCESS_PLATFORM is missing, and
 *	the backend needs grants
 * @VIRTIO_DMA_REFUSED_SETUP: none: the grants could not be set up
 * @VIRTIO_DMA_REFUSED_BYPASS: none: the device bypasses the IOMMU that it needs
 * @VIRTIO_DMA_REFUSED_NO_API: none: the device needs the DMA API
 *
 * The order matters: first the physical addresses, then those that are mapped,
 * then the reasons to refuse a device.
 */
enum virtio_dma_choice {
	VIRTIO_DMA_UNDECIDED,
	VIRTIO_DMA_PHYS_PLATFORM,
	VIRTIO_DMA_PHYS_NO_API,
	VIRTIO_DMA_BUS_FEATURE,
	VIRTIO_DMA_BUS_TRANSPORT,
	VIRTIO_DMA_BUS_GRANTS,
	VIRTIO_DMA_BUS_PLATFORM,
	VIRTIO_DMA_BUS_HARDWARE,
	VIRTIO_DMA_BUS_FORCED,
	VIRTIO_DMA_REFUSED_LEGACY,
	VIRTIO_DMA_REFUSED_PRIVATE,
	VIRTIO_DMA_REFUSED_GRANTS,
	VIRTIO_DMA_REFUSED_SETUP,
	VIRTIO_DMA_REFUSED_BYPASS,
	VIRTIO_DMA_REFUSED_NO_API,
};

static inline bool virtio_dma_is_refused(enum virtio_dma_choice choice)
{
	return choice >= VIRTIO_DMA_REFUSED_LEGACY;
}

static inline bool virtio_dma_is_bus(enum virtio_dma_choice choice)
{
	return choice >= VIRTIO_DMA_BUS_FEATURE &&
	       !virtio_dma_is_refused(choice);
}

/* The device is known to be no part of a hypervisor. */
static inline bool virtio_dma_is_hardware(enum virtio_dma_choice choice)
{
	return choice == VIRTIO_DMA_BUS_HARDWARE ||
	       choice == VIRTIO_DMA_BUS_FORCED;
}

enum virtio_dma_choice virtio_dma_choose(const struct virtio_dma_facts *facts);
int virtio_dma_decide(struct virtio_device *vdev);
const char *virtio_dma_choice_name(enum virtio_dma_choice choice);

#if IS_ENABLED(CONFIG_KUNIT)
bool virtio_dma_needs_grants(struct virtio_device *vdev);
int virtio_dma_setup_grants(struct virtio_device *vdev);
bool virtio_dma_is_real_link(u8 type, u32 link_cap);
bool virtio_dma_is_listed(const char * const *patterns, unsigned int nr,
			  const char *name);
#endif

#endif /* _DRIVERS_VIRTIO_VIRTIO_DMA_H */
