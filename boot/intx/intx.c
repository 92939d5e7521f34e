// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The onedma developers
// Counts pin interrupts of QEMU's edu device, and the time that they take. For stock kernels, too, so not the driver of
// samples/edu.

#include <linux/completion.h>
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/pci.h>

#define IRQ_STATUS	0x24
#define IRQ_RAISE	0x60
#define IRQ_ACK		0x64

static unsigned int irqs = 1000;
module_param(irqs, uint, 0444);
MODULE_PARM_DESC(irqs, "Interrupts to raise, one after the other");

static unsigned int seen;
module_param(seen, uint, 0444);
MODULE_PARM_DESC(seen, "Interrupts that came (result)");

static ulong ns;
module_param(ns, ulong, 0444);
MODULE_PARM_DESC(ns, "Time of one, in nanoseconds (result)");

static void __iomem *regs;
static DECLARE_COMPLETION(came);

static irqreturn_t edu_irq(int irq, void *arg)
{
	u32 status = readl(regs + IRQ_STATUS);

	if (!status)
		return IRQ_NONE;

	writel(status, regs + IRQ_ACK);
	seen++;
	complete(&came);
	return IRQ_HANDLED;
}

static void count(void)
{
	u64 begin = ktime_get_ns();
	unsigned int i;

	for (i = 0; i < irqs; i++) {
		reinit_completion(&came);
		writel(1, regs + IRQ_RAISE);
		if (!wait_for_completion_timeout(&came, HZ))
			break;
	}

	ns = (ktime_get_ns() - begin) / irqs;
}

static int run(struct pci_dev *pdev)
{
	int rc = pci_enable_device(pdev);

	if (rc)
		return rc;

	regs = pci_iomap(pdev, 0, 0);
	rc = regs ? request_irq(pdev->irq, edu_irq, IRQF_SHARED, "intx", &came) : -ENOMEM;
	if (!rc) {
		count();
		free_irq(pdev->irq, &came);
	}

	if (regs)
		pci_iounmap(pdev, regs);
	pci_disable_device(pdev);
	return rc;
}

static int __init intx_init(void)
{
	struct pci_dev *pdev = pci_get_device(0x1234, 0x11e8, NULL);
	int rc = pdev ? run(pdev) : -ENODEV;

	pci_dev_put(pdev);
	return rc;
}

static void __exit intx_exit(void)
{
}

module_init(intx_init);
module_exit(intx_exit);
MODULE_DESCRIPTION("Counts pin interrupts of QEMU's edu device");
MODULE_LICENSE("GPL");
