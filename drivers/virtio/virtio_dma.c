// SPDX-License-Identifier: GPL-2.0
/* Copyright (C) 2026 The onedma developers */
/* Decide once for each virtio device whether it gets physical or bus addresses. */

#include <kunit/static_stub.h>
#include <kunit/visibility.h>
#include <linux/array_size.h>
#include <linux/bitfield.h>
#include <linux/cache.h>
#include <linux/cc_platform.h>
#include <linux/device.h>
#include <linux/export.h>
#include <linux/glob.h>
#include <linux/init.h>
#include <linux/moduleparam.h>
#include <linux/pci.h>
#include <linux/printk.h>
#include <linux/virtio.h>
#include <linux/virtio_config.h>
#include "virtio_dma.h"

#define VIRTIO_DMA_MAX_FORCED	16

static char *force[VIRTIO_DMA_MAX_FORCED] __ro_after_init;
static unsigned int nr_forced __ro_after_init;
module_param_array(force, charp, &nr_forced, 0444);
MODULE_PARM_DESC(force, "Parents of devices that get bus addresses although they do not ask for them");

VISIBLE_IF_KUNIT bool virtio_dma_is_listed(const char * const *patterns,
					   unsigned int nr, const char *name)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (glob_match(patterns[i], name))
			return true;

	return false;
}
EXPORT_SYMBOL_IF_KUNIT(virtio_dma_is_listed);

/* The name of the parent is known before the boot, the N of virtioN is not. */
static bool virtio_dma_is_forced(struct virtio_device *vdev)
{
	return virtio_dma_is_listed((const char * const *)force, nr_forced,
				    dev_name(vdev->dev.parent));
}

/*
 * QEMU's own virtio functions have no PCI Express capability on a root bus, and
 * a link of one lane at 2.5 GT/s elsewhere. A physical function that QEMU passes
 * on keeps its link, or becomes integrated in the root complex.
 */
VISIBLE_IF_KUNIT bool virtio_dma_is_real_link(u8 type, u32 link_cap)
{
	if (PCI_POSSIBLE_ERROR(link_cap))
		return false;

	return type == PCI_EXP_TYPE_RC_END ||
	       FIELD_GET(PCI_EXP_LNKCAP_MLW, link_cap) > 1 ||
	       FIELD_GET(PCI_EXP_LNKCAP_SLS, link_cap) >
	       PCI_EXP_LNKCAP_SLS_2_5GB;
}
EXPORT_SYMBOL_IF_KUNIT(virtio_dma_is_real_link);

static bool virtio_dma_is_passed_on(struct virtio_device *vdev)
{
	struct pci_dev *pdev;
	u32 link_cap;

	if (virtio_get_platform() != VIRTIO_PLATFORM_NONE ||
	    !dev_is_pci(vdev->dev.parent))
		return false;

	pdev = to_pci_dev(vdev->dev.parent);
	if (!pci_is_pcie(pdev))
		return false;

	pci_read_config_dword(pdev, pci_pcie_cap(pdev) + PCI_EXP_LNKCAP,
			      &link_cap);

	return virtio_dma_is_real_link(pci_pcie_type(pdev), link_cap);
}

/* The device asks for mapped addresses: who maps? */
static enum virtio_dma_choice
virtio_dma_by_feature(const struct virtio_dma_facts *facts)
{
	if (facts->own_map)
		return VIRTIO_DMA_BUS_TRANSPORT;
	if (!facts->has_dma)
		return VIRTIO_DMA_REFUSED_NO_API;

	return facts->needs_grants ? VIRTIO_DMA_BUS_GRANTS :
				     VIRTIO_DMA_BUS_FEATURE;
}

static enum virtio_dma_choice
virtio_dma_by_platform(const struct virtio_dma_facts *facts)
{
	if (facts->forced)
		return VIRTIO_DMA_BUS_FORCED;

	switch (facts->platform) {
	case VIRTIO_PLATFORM_BUS:
	case VIRTIO_PLATFORM_BUS_ONLY:
		return VIRTIO_DMA_BUS_PLATFORM;
	case VIRTIO_PLATFORM_HARDWARE:
		return VIRTIO_DMA_BUS_HARDWARE;
	case VIRTIO_PLATFORM_NONE:
		return facts->passed_on ? VIRTIO_DMA_BUS_HARDWARE :
					  VIRTIO_DMA_REFUSED_BYPASS;
	default:
		return VIRTIO_DMA_PHYS_PLATFORM;
	}
}

/**
 * virtio_dma_choose - choose the kind of address that a device gets
 * @facts: what is known of the device, the platform and this kernel
 *
 * Return: the kind of address, or the reason why there is none.
 */
enum virtio_dma_choice virtio_dma_choose(const struct virtio_dma_facts *facts)
{
	if ((facts->private_memory || facts->needs_grants) && !facts->version_1)
		return VIRTIO_DMA_REFUSED_LEGACY;
	if (facts->access_platform)
		return virtio_dma_by_feature(facts);
	if (facts->private_memory)
		return VIRTIO_DMA_REFUSED_PRIVATE;
	if (facts->needs_grants)
		return VIRTIO_DMA_REFUSED_GRANTS;
	/* No platform gives bus addresses in a kernel without the DMA API. */
	if (!facts->has_dma)
		return VIRTIO_DMA_PHYS_NO_API;

	return virtio_dma_by_platform(facts);
}
EXPORT_SYMBOL_IF_KUNIT(virtio_dma_choose);

static int virtio_dma_refuse(struct virtio_device *vdev,
			     enum virtio_dma_choice why)
{
	struct device *dev = &vdev->dev;

	switch (why) {
	case VIRTIO_DMA_REFUSED_LEGACY:
		dev_warn(dev, "device must provide VIRTIO_F_VERSION_1, as memory is private or granted\n");
		break;
	case VIRTIO_DMA_REFUSED_PRIVATE:
		dev_warn(dev, "device must provide VIRTIO_F_ACCESS_PLATFORM, as memory is private\n");
		break;
	case VIRTIO_DMA_REFUSED_NO_API:
		dev_err(dev, "refused, as it needs the DMA API, which this kernel does not have\n");
		break;
	case VIRTIO_DMA_REFUSED_BYPASS:
		dev_err(dev, "refused, as it bypasses the IOMMU: set iommu_platform=on, or virtio_dma.force=%s if it does not\n",
			dev_name(dev->parent));
		break;
	case VIRTIO_DMA_REFUSED_SETUP:
		dev_err(dev, "refused, as access to memory cannot be granted\n");
		break;
	default:
		dev_warn(dev, "device must provide VIRTIO_F_ACCESS_PLATFORM, as its backend needs grants\n");
	}

	return -ENODEV;
}

VISIBLE_IF_KUNIT bool virtio_dma_needs_grants(struct virtio_device *vdev)
{
	KUNIT_STATIC_STUB_REDIRECT(virtio_dma_needs_grants, vdev);

	return virtio_grant_ops && virtio_grant_ops->needed(vdev);
}
EXPORT_SYMBOL_IF_KUNIT(virtio_dma_needs_grants);

VISIBLE_IF_KUNIT int virtio_dma_setup_grants(struct virtio_device *vdev)
{
	KUNIT_STATIC_STUB_REDIRECT(virtio_dma_setup_grants, vdev);

	return virtio_grant_ops->setup(vdev);
}
EXPORT_SYMBOL_IF_KUNIT(virtio_dma_setup_grants);

/**
 * virtio_dma_decide - decide what virtio_uses_dma_api() returns for a device
 * @vdev: the device, whose features have just been negotiated
 *
 * Context: Called before the driver's probe, and again before it resumes.
 * Return: 0, or -ENODEV after a message if no kind of address is right.
 */
int virtio_dma_decide(struct virtio_device *vdev)
{
	const struct virtio_dma_facts facts = {
		.version_1 = __virtio_test_bit(vdev, VIRTIO_F_VERSION_1),
		.access_platform =
			__virtio_test_bit(vdev, VIRTIO_F_ACCESS_PLATFORM),
		.private_memory = cc_platform_has(CC_ATTR_GUEST_MEM_ENCRYPT),
		.needs_grants = virtio_dma_needs_grants(vdev),
		.own_map = vdev->map,
		.has_dma = IS_ENABLED(CONFIG_HAS_DMA),
		.forced = virtio_dma_is_forced(vdev),
		.passed_on = virtio_dma_is_passed_on(vdev),
		.platform = virtio_get_platform(),
	};
	enum virtio_dma_choice choice = virtio_dma_choose(&facts);

	if (choice == VIRTIO_DMA_BUS_GRANTS && virtio_dma_setup_grants(vdev))
		choice = VIRTIO_DMA_REFUSED_SETUP;
	if (choice == VIRTIO_DMA_BUS_FORCED)
		dev_info(&vdev->dev, "gets bus addresses, as virtio_dma.force says\n");

	vdev->dma_choice = choice;
	if (virtio_dma_is_refused(choice))
		return virtio_dma_refuse(vdev, choice);

	vdev->uses_dma_api = virtio_dma_is_bus(choice);
	vdev->is_hardware = virtio_dma_is_hardware(choice);

	return 0;
}
EXPORT_SYMBOL_GPL(virtio_dma_decide);

static const char * const virtio_dma_names[] = {
	[VIRTIO_DMA_UNDECIDED]		= "undecided",
	[VIRTIO_DMA_PHYS_PLATFORM]	= "phys: platform",
	[VIRTIO_DMA_PHYS_NO_API]	= "phys: no DMA API",
	[VIRTIO_DMA_BUS_FEATURE]	= "bus: feature",
	[VIRTIO_DMA_BUS_TRANSPORT]	= "bus: transport",
	[VIRTIO_DMA_BUS_GRANTS]		= "bus: grants",
	[VIRTIO_DMA_BUS_PLATFORM]	= "bus: platform",
	[VIRTIO_DMA_BUS_HARDWARE]	= "bus: hardware",
	[VIRTIO_DMA_BUS_FORCED]		= "bus: forced",
	[VIRTIO_DMA_REFUSED_LEGACY]	= "refused: legacy",
	[VIRTIO_DMA_REFUSED_PRIVATE]	= "refused: private memory",
	[VIRTIO_DMA_REFUSED_GRANTS]	= "refused: needs grants",
	[VIRTIO_DMA_REFUSED_SETUP]	= "refused: grants not set up",
	[VIRTIO_DMA_REFUSED_BYPASS]	= "refused: bypass",
	[VIRTIO_DMA_REFUSED_NO_API]	= "refused: no DMA API",
};

/**
 * virtio_dma_choice_name - describe a choice
 * @choice: the choice
 *
 * Return: the kind of address and the reason, in a few words.
 */
const char *virtio_dma_choice_name(enum virtio_dma_choice choice)
{
	if (choice >= ARRAY_SIZE(virtio_dma_names))
		return "unknown";

	return virtio_dma_names[choice];
}
EXPORT_SYMBOL_IF_KUNIT(virtio_dma_choice_name);

static const char * const virtio_platform_names[] = {
	[VIRTIO_PLATFORM_PHYS]		= "physical addresses",
	[VIRTIO_PLATFORM_BUS]		= "bus addresses",
	[VIRTIO_PLATFORM_BUS_ONLY]	= "bus addresses",
	[VIRTIO_PLATFORM_HARDWARE]	= "bus addresses, as hardware",
	[VIRTIO_PLATFORM_NONE]		= "refused",
};

static int __init virtio_dma_init(void)
{
	enum virtio_platform platform = virtio_get_platform();

	if (platform != VIRTIO_PLATFORM_PHYS)
		pr_info("virtio: devices without ACCESS_PLATFORM: %s\n",
			virtio_platform_names[platform]);

	return 0;
}
device_initcall(virtio_dma_init);
