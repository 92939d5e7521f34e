// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The onedma developers
//
// A device works in the memory of a process: what a program writes to /dev/hmm_edu is not taken, but edu copies its first half to its
// second, a page at a time, at the addresses of hmm_dma_map_pfn().
#include <linux/delay.h>
#include <linux/hmm.h>
#include <linux/hmm-dma.h>
#include <linux/io-64-nonatomic-lo-hi.h>
#include <linux/miscdevice.h>
#include <linux/mmu_notifier.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/pci-p2pdma.h>

#define SRC	0x80
#define DST	0x88
#define COUNT	0x90
#define CMD	0x98
#define RUN	BIT(0)
#define TO_RAM	BIT(1)
#define BUFFER	0x40000		/* of the device */

static struct pci_dev *edu;
static void __iomem *regs;

static bool invalidated(struct mmu_interval_notifier *notifier, const struct mmu_notifier_range *range, unsigned long seq)
{
	mmu_interval_set_seq(notifier, seq);
	return true;
}

static const struct mmu_interval_notifier_ops notifier_ops = { .invalidate = invalidated };

static int transfer(dma_addr_t from, dma_addr_t to, u32 command)
{
	int i;

	writeq(from, regs + SRC);
	writeq(to, regs + DST);
	writeq(PAGE_SIZE, regs + COUNT);
	writel(RUN | command, regs + CMD);
	for (i = 0; i < 20000; i++) {
		if (!(readl(regs + CMD) & RUN))
			return 0;
		usleep_range(900, 1100);
	}
	return -ETIMEDOUT;
}

static int fault(struct hmm_range *range)
{
	int ret;

	do {
		range->notifier_seq = mmu_interval_read_begin(range->notifier);
		mmap_read_lock(current->mm);
		ret = hmm_range_fault(range);
		mmap_read_unlock(current->mm);
	} while (ret == -EBUSY);
	return ret;
}

static int copy_page_by_dma(struct hmm_dma_map *map, size_t from, size_t to)
{
	struct pci_p2pdma_map_state p2p = {};
	dma_addr_t source = hmm_dma_map_pfn(&edu->dev, map, from, &p2p);
	dma_addr_t target = hmm_dma_map_pfn(&edu->dev, map, to, &p2p);
	int ret;

	if (source == DMA_MAPPING_ERROR || target == DMA_MAPPING_ERROR)
		return -EIO;
	if (!from)
		dev_info(&edu->dev, "hmm: page at %llx has address %llx\n",
			 (u64)hmm_pfn_to_phys(map->pfn_list[from]), (u64)source);
	ret = transfer(source, BUFFER, 0);
	return ret ?: transfer(BUFFER, target, TO_RAM);
}

static int copy_half(struct hmm_dma_map *map, size_t half)
{
	size_t i;
	int ret = 0;

	for (i = 0; i < half && !ret; i++)
		ret = copy_page_by_dma(map, i, half + i);
	for (i = 0; i < 2 * half; i++)
		hmm_dma_unmap_pfn(&edu->dev, map, i);
	return ret;
}

static ssize_t hmm_edu_write(struct file *file, const char __user *buf, size_t size, loff_t *pos)
{
	struct mmu_interval_notifier notifier;
	struct hmm_dma_map map = {};
	struct hmm_range range = {
		.notifier = &notifier,
		.start = (unsigned long)buf,
		.end = (unsigned long)buf + size,
		.default_flags = HMM_PFN_REQ_FAULT | HMM_PFN_REQ_WRITE,
	};
	int ret;

	if (!size || !PAGE_ALIGNED(range.start) || size % (2 * PAGE_SIZE) || size > SZ_1M)
		return -EINVAL;
	ret = hmm_dma_map_alloc(&edu->dev, &map, size / PAGE_SIZE, PAGE_SIZE);
	if (ret)
		return ret;
	range.hmm_pfns = map.pfn_list;
	ret = mmu_interval_notifier_insert(&notifier, current->mm, range.start, size, &notifier_ops);
	if (ret)
		goto free_map;
	ret = fault(&range);
	if (!ret)
		ret = copy_half(&map, size / PAGE_SIZE / 2);
	mmu_interval_notifier_remove(&notifier);
free_map:
	hmm_dma_map_free(&edu->dev, &map);
	return ret ?: size;
}

static const struct file_operations hmm_edu_fops = {
	.owner = THIS_MODULE,
	.write = hmm_edu_write,
};

static struct miscdevice hmm_edu_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "hmm_edu",
	.fops = &hmm_edu_fops,
};

static int hmm_edu_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	int ret = pcim_enable_device(pdev);

	if (!ret)
		ret = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
	if (ret)
		return ret;
	regs = pcim_iomap(pdev, 0, 0);
	if (!regs)
		return -ENOMEM;
	pci_set_master(pdev);
	edu = pdev;
	return misc_register(&hmm_edu_misc);
}

static void hmm_edu_remove(struct pci_dev *pdev)
{
	misc_deregister(&hmm_edu_misc);
}

static const struct pci_device_id hmm_edu_ids[] = {
	{ PCI_DEVICE(0x1234, 0x11e8) },
	{}
};

static struct pci_driver hmm_edu_driver = {
	.name = "hmm_edu",
	.id_table = hmm_edu_ids,
	.probe = hmm_edu_probe,
	.remove = hmm_edu_remove,
};
module_pci_driver(hmm_edu_driver);

MODULE_DESCRIPTION("DMA in the memory of a process");
MODULE_LICENSE("GPL");
