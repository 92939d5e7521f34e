// SPDX-License-Identifier: GPL-2.0
/* Copyright (C) 2026 The onedma developers */
/* Whether a virtio device is given physical or bus addresses, decided once per device. */

#include <kunit/visibility.h>
#include <linux/cache.h>
#include <linux/device.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/virtio.h>
#include <linux/virtio_config.h>
#include "virtio_dma.h"

#define VIRTIO_DMA_MAX_FORCED	16

static char *force[VIRTIO_DMA_MAX_FORCED] __ro_after_init;
static int nr_forced __ro_after_init;
module_param_array(force, charp, &nr_forced, 0444);
MODULE_PARM_DESC(force, "parents of devices that see bus addresses without saying so");

/* The address of the parent is known before the boot, unlike the number N of virtioN. */
static bool virtio_dma_forced(const struct virtio_device *vdev)
{
	return match_string((const char * const *)force, nr_forced,
			    dev_name(vdev->dev.parent)) >= 0;
}

static enum virtio_dma_choice
virtio_dma_by_platform(const struct virtio_dma_facts *facts)
{
	if (facts->forced || facts->platform == VIRTIO_PLATFORM_BUS)
		return VIRTIO_DMA_BUS;
	if (facts->platform == VIRTIO_PLATFORM_NONE)
		return VIRTIO_DMA_BYPASS;

	return VIRTIO_DMA_PHYS;
}

/**
 * virtio_dma_choose - choose the addresses that a device is given
 * @facts: what is known of the device, the platform and this kernel
 *
 * The feature bit comes first, then restricted memory and grants, which demand
 * the bit, and the platform last.
 *
 * Return: the kind of address, or why there is none.
 */
enum virtio_dma_choice virtio_dma_choose(const struct virtio_dma_facts *facts)
{
	if (facts->restricted && !facts->version_1)
		return VIRTIO_DMA_LEGACY;
	if (facts->access_platform)
		return facts->has_dma || facts->own_map ? VIRTIO_DMA_BUS :
							  VIRTIO_DMA_NO_API;
	if (facts->restricted)
		return VIRTIO_DMA_PRIVATE;
	/* Without the DMA API no platform gives its devices bus addresses. */
	if (!facts->has_dma)
		return VIRTIO_DMA_PHYS;

	return virtio_dma_by_platform(facts);
}
EXPORT_SYMBOL_IF_KUNIT(virtio_dma_choose);

static int virtio_dma_refuse(struct virtio_device *vdev,
			     enum virtio_dma_choice why)
{
	struct device *dev = &vdev->dev;

	switch (why) {
	case VIRTIO_DMA_LEGACY:
		dev_warn(dev, "device must provide VIRTIO_F_VERSION_1\n");
		break;
	case VIRTIO_DMA_PRIVATE:
		dev_warn(dev, "device must provide VIRTIO_F_ACCESS_PLATFORM\n");
		break;
	case VIRTIO_DMA_NO_API:
		dev_err(dev, "device needs the DMA API, which this kernel does not have\n");
		break;
	default:
		dev_err(dev, "refused, as it bypasses the IOMMU: set iommu_platform=on, or virtio_dma.force=%s if it does not\n",
			dev_name(dev->parent));
	}

	return -ENODEV;
}

/**
 * virtio_dma_decide - decide what virtio_uses_dma_api() answers for a device
 * @vdev: the device, of which the features have just been negotiated
 *
 * To be called before the driver's probe.
 *
 * Return: -ENODEV, after a message, if no address is right for the device.
 */
int virtio_dma_decide(struct virtio_device *vdev)
{
	const struct virtio_dma_facts facts = {
		.version_1 = virtio_has_feature(vdev, VIRTIO_F_VERSION_1),
		.access_platform =
			virtio_has_feature(vdev, VIRTIO_F_ACCESS_PLATFORM),
		/* This also sets up the grants. */
		.restricted = virtio_check_mem_acc_cb(vdev),
		.own_map = vdev->map,
		.has_dma = IS_ENABLED(CONFIG_HAS_DMA),
		.forced = virtio_dma_forced(vdev),
		.platform = virtio_platform,
	};
	const enum virtio_dma_choice choice = virtio_dma_choose(&facts);

	if (choice != VIRTIO_DMA_PHYS && choice != VIRTIO_DMA_BUS)
		return virtio_dma_refuse(vdev, choice);

	vdev->uses_dma_api = choice == VIRTIO_DMA_BUS;

	return 0;
}
EXPORT_SYMBOL_GPL(virtio_dma_decide);

MODULE_DESCRIPTION("Virtio choice between physical and bus addresses");
MODULE_LICENSE("GPL");
