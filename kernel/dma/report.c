// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The onedma developers
 *
 * A file in debugfs that shows how devices do DMA.
 */
#include <linux/debugfs.h>
#include <linux/dma-mapping.h>
#include <linux/init.h>
#include <linux/pci.h>
#include <linux/platform_device.h>
#include <linux/seq_file.h>
#include <linux/swiotlb.h>

#include "report.h"

/* If mappings may bounce then their size is limited. */
static const char *report_bounces(struct device *dev)
{
	if (is_swiotlb_force_bounce(dev))
		return "always";
	return dma_max_mapping_size(dev) == SIZE_MAX ? "never" : "may";
}

static int report_device(struct device *dev, void *data)
{
	struct seq_file *m = data;

	/* A driver may be bound or unbound meanwhile. */
	guard(device)(dev);
	if (!dev->dma_mask || !*dev->dma_mask)
		return 0;

	seq_printf(m, "%-20s %-7s %016llx %016llx %016llx %-7s %14lld %6u\n",
		   dev_name(dev), dma_report_path(dev), *dev->dma_mask,
		   dev->coherent_dma_mask, dev->bus_dma_limit,
		   report_bounces(dev), atomic64_read(&dev->dma_bounced),
		   atomic_read(&dev->dma_failed));
	return 0;
}

#ifdef CONFIG_PCI
static void report_pci(struct seq_file *m)
{
	bus_for_each_dev(&pci_bus_type, NULL, m, report_device);
}
#else
static void report_pci(struct seq_file *m)
{
}
#endif

static int dma_devices_show(struct seq_file *m, void *data)
{
	seq_printf(m, "%-20s %-7s %-16s %-16s %-16s %-7s %14s %6s\n",
		   "device", "path", "mask", "coherent mask", "bus limit",
		   "bounces", "bytes bounced", "failed");
	report_pci(m);
	return bus_for_each_dev(&platform_bus_type, NULL, m, report_device);
}
DEFINE_SHOW_ATTRIBUTE(dma_devices);

static int __init dma_report_init(void)
{
	debugfs_create_file("dma_devices", 0400, NULL, NULL, &dma_devices_fops);
	return 0;
}
late_initcall(dma_report_init);
