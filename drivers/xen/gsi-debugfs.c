// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The onedma developers
 *
 * Shows the interrupt of each PCI function in all its numbers.
 */
#include <linux/acpi.h>
#include <linux/debugfs.h>
#include <linux/dcache.h>
#include <linux/init.h>
#include <linux/pci.h>
#include <linux/rcupdate.h>
#include <linux/seq_file.h>
#include <xen/events.h>
#include <xen/gsi.h>
#include <xen/pci.h>
#include <xen/xen.h>

static void show_pin(struct seq_file *m, struct pci_dev *dev)
{
	seq_printf(m, "%-12s %-3c ", pci_name(dev),
		   dev->pin ? 'A' + dev->pin - 1 : '-');
}

/* The irq of a function that is not enabled is only a number from firmware. */
static bool irq_is_used(struct pci_dev *dev)
{
	return dev->irq && dev->irq != IRQ_NOTCONNECTED &&
	       (pci_is_enabled(dev) || pci_dev_msi_enabled(dev));
}

static void show_irq(struct seq_file *m, struct pci_dev *dev)
{
	int pirq;

	if (!irq_is_used(dev)) {
		seq_puts(m, "-     -     ");
		return;
	}

	scoped_guard(rcu)
		pirq = xen_pirq_from_irq(dev->irq);

	seq_printf(m, "%-5u ", dev->irq);
	if (pirq >= 0)
		seq_printf(m, "%-5d ", pirq);
	else
		seq_puts(m, "-     ");
}

static void show_route(struct seq_file *m, struct pci_dev *dev)
{
	struct xen_gsi_route route;
	int err = xen_pci_gsi_route(dev, &route);

	if (err) {
		seq_printf(m, "%-8s -       -        ",
			   err == -ENOTCONN ? "unrouted" :
			   err == -EAGAIN ? "open" : "-");
		return;
	}

	seq_printf(m, "%-8u %-7s %-8s ", route.gsi,
		   route.trigger == ACPI_LEVEL_SENSITIVE ? "level" : "edge",
		   route.polarity == ACPI_ACTIVE_LOW ? "low" : "high");
}

static void show_owner(struct seq_file *m, struct pci_dev *dev)
{
	int domain = xen_find_device_domain_owner(dev);

	if (domain >= 0)
		seq_printf(m, "%d\n", domain);
	else
		seq_puts(m, "-\n");
}

static int pci_irqs_show(struct seq_file *m, void *data)
{
	struct pci_dev *dev = NULL;

	seq_puts(m, "device       pin irq   pirq  gsi      trigger polarity owner\n");
	for_each_pci_dev(dev) {
		show_pin(m, dev);
		show_irq(m, dev);
		show_route(m, dev);
		show_owner(m, dev);
	}

	return 0;
}
DEFINE_SHOW_ATTRIBUTE(pci_irqs);

static int __init xen_gsi_debugfs_init(void)
{
	struct dentry *dir;

	if (!xen_initial_domain())
		return 0;

	dir = debugfs_lookup("xen", NULL);
	if (dir) {
		debugfs_create_file("pci-irqs", 0400, dir, NULL,
				    &pci_irqs_fops);
		dput(dir);
		return 0;
	}

	dir = debugfs_create_dir("xen", NULL);
	debugfs_create_file("pci-irqs", 0400, dir, NULL, &pci_irqs_fops);
	return 0;
}
late_initcall(xen_gsi_debugfs_init);
