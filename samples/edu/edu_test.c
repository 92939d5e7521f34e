// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The onedma developers
// Test of interrupts and of the DMA API with QEMU's edu device.

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cleanup.h>
#include <linux/completion.h>
#include <linux/crc32.h>
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/iopoll.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/prandom.h>
#include <linux/random.h>
#include <linux/scatterlist.h>
#include <linux/seq_buf.h>
#include <linux/seq_file.h>
#include <linux/sort.h>

/* Registers; those of the DMA engine are 64 bits wide */
#define EDU_ID			0x00
#define EDU_INVERT		0x04
#define EDU_IRQ_STATUS		0x24
#define EDU_IRQ_RAISE		0x60
#define EDU_IRQ_ACK		0x64
#define EDU_DMA_SRC		0x80
#define EDU_DMA_DST		0x88
#define EDU_DMA_COUNT		0x90
#define EDU_DMA_CMD		0x98

#define EDU_ID_MASK		0xff0000ff	/* without the minor version */
#define EDU_ID_VALUE		0x010000ed
#define EDU_DMA_RUN		BIT(0)
#define EDU_DMA_TO_RAM		BIT(1)

/* The device's own memory, which it reads into and writes from */
#define EDU_BUF			0x40000
#define EDU_BUF_SIZE		SZ_4K

#define EDU_BLOCK_SIZE		(PAGE_SIZE << MAX_PAGE_ORDER)
#define EDU_MAX_SPOTS		64
#define EDU_POISON		0xa5

static unsigned int masks[16] = { 64, 60, 59, 48, 44, 40, 32 };
static unsigned int nr_masks = 7;
module_param_array(masks, uint, &nr_masks, 0644);
MODULE_PARM_DESC(masks, "Widths of the DMA masks, in the order in which they are set");

static unsigned int spots = 8;
module_param(spots, uint, 0644);
MODULE_PARM_DESC(spots, "Buffers, spread over the memory that could be had (2 to 64)");

static unsigned int size = SZ_16K;
module_param(size, uint, 0644);
MODULE_PARM_DESC(size, "Bytes of each buffer, in pages of 4 KB");

static unsigned int hold = 90;
module_param(hold, uint, 0644);
MODULE_PARM_DESC(hold, "Percent of the memory to take during the test, so that the buffers can be spread");

static unsigned int irqs = 100;
module_param(irqs, uint, 0644);
MODULE_PARM_DESC(irqs, "Interrupts of each kind");

/**
 * struct edu_dev - one device, and the report on it
 * @pdev: the device
 * @regs: its BAR 0
 * @swap: the registers have the other byte order than PCI
 * @lock: one test at a time
 * @irq_seen: completed by each interrupt
 * @nr_irqs: interrupts since the last vector was allocated
 * @best: nanoseconds of the ten among them that followed each other fastest
 * @lowest: lowest DMA address of the mapping test that runs
 * @highest: last DMA address of the same
 * @nr_dma: transfers of the same
 * @cases: cases reported
 * @dir: where the report is read
 * @log: the report
 * @text: its text
 */
struct edu_dev {
	struct pci_dev *pdev;
	void __iomem *regs;
	bool swap;
	struct mutex lock;	/* one test at a time */
	struct completion irq_seen;
	atomic_t nr_irqs;
	u64 best;
	u64 lowest;
	u64 highest;
	unsigned int nr_dma;
	unsigned int cases;
	struct dentry *dir;
	struct seq_buf log;
	char text[SZ_8K];
};

/* Blocks of memory in the order of their addresses; the start of some is used */
struct edu_memory {
	void **blocks;
	unsigned int nr;
};

static struct dentry *edu_root;

/*
 * The device
 */

static u32 edu_read(struct edu_dev *edu, unsigned int reg)
{
	u32 val = readl(edu->regs + reg);

	return edu->swap ? swab32(val) : val;
}

static void edu_write(struct edu_dev *edu, unsigned int reg, u32 val)
{
	writel(edu->swap ? swab32(val) : val, edu->regs + reg);
}

static void edu_write64(struct edu_dev *edu, unsigned int reg, u64 val)
{
	writeq(edu->swap ? swab64(val) : val, edu->regs + reg);
}

/* QEMU gives the registers the byte order of the machine's firmware */
static int edu_identify(struct edu_dev *edu)
{
	u32 id = readl(edu->regs + EDU_ID);

	edu->swap = (swab32(id) & EDU_ID_MASK) == EDU_ID_VALUE;
	id = edu_read(edu, EDU_ID);
	edu_write(edu, EDU_INVERT, id);
	if ((id & EDU_ID_MASK) == EDU_ID_VALUE && edu_read(edu, EDU_INVERT) == ~id)
		return 0;

	pci_err(edu->pdev, "no edu device: identification %08x\n", id);
	return -ENODEV;
}

static int edu_dma(struct edu_dev *edu, u64 src, u64 dst, u32 direction)
{
	u32 cmd;
	int rc;

	edu->nr_dma++;
	edu_write64(edu, EDU_DMA_SRC, src);
	edu_write64(edu, EDU_DMA_DST, dst);
	edu_write64(edu, EDU_DMA_COUNT, EDU_BUF_SIZE);
	edu_write64(edu, EDU_DMA_CMD, EDU_DMA_RUN | direction);

	rc = read_poll_timeout(edu_read, cmd, !(cmd & EDU_DMA_RUN),
			       10 * USEC_PER_MSEC, 10 * USEC_PER_SEC, true,
			       edu, EDU_DMA_CMD);
	/* The memory is about to be freed, and a late transfer must not reach it. */
	if (rc)
		pci_clear_master(edu->pdev);

	return rc;
}

/* One page from memory into the device, and from there to another page */
static int edu_move(struct edu_dev *edu, dma_addr_t src, dma_addr_t dst)
{
	int rc;

	edu->lowest = min3(edu->lowest, src, dst);
	edu->highest = max3(edu->highest, src + EDU_BUF_SIZE - 1, dst + EDU_BUF_SIZE - 1);
	rc = edu_dma(edu, src, EDU_BUF, 0);
	if (rc)
		return rc;

	return edu_dma(edu, EDU_BUF, dst, EDU_DMA_TO_RAM);
}

static int edu_move_pages(struct edu_dev *edu, dma_addr_t src, dma_addr_t dst, size_t len)
{
	size_t at;
	int rc = 0;

	for (at = 0; at < len && !rc; at += EDU_BUF_SIZE)
		rc = edu_move(edu, src + at, dst + at);

	return rc;
}

/*
 * The report
 */

static __printf(3, 4) void edu_report(struct edu_dev *edu, bool ok, const char *fmt, ...)
{
	char line[160];
	va_list args;

	va_start(args, fmt);
	vscnprintf(line, sizeof(line), fmt, args);
	va_end(args);

	edu->cases++;
	seq_buf_printf(&edu->log, "%s %u %s\n", ok ? "ok" : "not ok", edu->cases, line);
	pci_info(edu->pdev, "%s %u %s\n", ok ? "ok" : "not ok", edu->cases, line);
}

/*
 * Interrupts
 */

static irqreturn_t edu_irq(int irq, void *arg)
{
	struct edu_dev *edu = arg;
	u32 status = edu_read(edu, EDU_IRQ_STATUS);

	if (!status)
		return IRQ_NONE;

	edu_write(edu, EDU_IRQ_ACK, status);
	atomic_inc(&edu->nr_irqs);
	complete(&edu->irq_seen);
	return IRQ_HANDLED;
}

/* One after the other, and none when there is no reason for one */
static int edu_count_irqs(struct edu_dev *edu)
{
	u64 begin = ktime_get_ns();
	unsigned int i;

	atomic_set(&edu->nr_irqs, 0);
	edu->best = 0;
	for (i = 1; i <= irqs; i++) {
		reinit_completion(&edu->irq_seen);
		edu_write(edu, EDU_IRQ_RAISE, BIT(i % 8));
		if (!wait_for_completion_timeout(&edu->irq_seen, HZ))
			break;
		if (i % 10)
			continue;
		edu->best = min_not_zero(edu->best, ktime_get_ns() - begin);
		begin = ktime_get_ns();
	}
	msleep(20);

	return atomic_read(&edu->nr_irqs);
}

static int edu_request_and_count(struct edu_dev *edu)
{
	int irq = pci_irq_vector(edu->pdev, 0), rc;

	rc = request_irq(irq, edu_irq, IRQF_SHARED, KBUILD_MODNAME, edu);
	if (rc)
		return rc;

	rc = edu_count_irqs(edu);
	free_irq(irq, edu);
	return rc;
}

static void edu_test_irq(struct edu_dev *edu, const char *name, unsigned int type, bool has)
{
	int rc;

	if (!has) {
		edu_report(edu, true, "%s # SKIP the function has none", name);
		return;
	}

	rc = pci_alloc_irq_vectors(edu->pdev, 1, 1, type);
	if (rc < 0) {
		edu_report(edu, false, "%s: no vector, error %d", name, rc);
		return;
	}

	rc = edu_request_and_count(edu);
	edu_report(edu, rc == (int)irqs, "%s: %d of %u, irq %d, %llu ns for ten at best",
		   name, rc, irqs, pci_irq_vector(edu->pdev, 0), edu->best);
	pci_free_irq_vectors(edu->pdev);
}

/*
 * Memory
 */

static int edu_by_address(const void *a, const void *b)
{
	const void *x = *(const void **)a, *y = *(const void **)b;

	return x < y ? -1 : x > y;
}

static void edu_free_memory(struct edu_memory *mem)
{
	while (mem->nr)
		free_pages((unsigned long)mem->blocks[--mem->nr], MAX_PAGE_ORDER);
	kvfree(mem->blocks);
}

/* Take much, so that what is used can lie anywhere */
static int edu_alloc_memory(struct edu_memory *mem)
{
	unsigned long limit = (totalram_pages() >> MAX_PAGE_ORDER) * min(hold, 95U) / 100;
	gfp_t gfp = GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN;

	mem->nr = 0;
	mem->blocks = kvcalloc(limit + 1, sizeof(*mem->blocks), GFP_KERNEL);
	if (!mem->blocks)
		return -ENOMEM;

	while (mem->nr < limit) {
		mem->blocks[mem->nr] = (void *)__get_free_pages(gfp, MAX_PAGE_ORDER);
		if (!mem->blocks[mem->nr])
			break;
		mem->nr++;
	}
	sort(mem->blocks, mem->nr, sizeof(*mem->blocks), edu_by_address, NULL);

	return mem->nr < spots ? -ENOMEM : 0;
}

static void *edu_spot(struct edu_memory *mem, unsigned int i)
{
	return mem->blocks[(i % spots) * (mem->nr - 1) / (spots - 1)];
}

static u32 edu_fill(void *src, void *dst, size_t len)
{
	struct rnd_state rnd;

	prandom_seed_state(&rnd, get_random_u64());
	prandom_bytes_state(&rnd, src, len);
	memset(dst, EDU_POISON, len);

	return crc32_le(~0, src, len);
}

/*
 * Mappings: each gives 0, -EIO for wrong data, or what the API says
 */

static int edu_map_and_move(struct edu_dev *edu, void *src, void *dst)
{
	struct device *dev = &edu->pdev->dev;
	dma_addr_t from, to;
	int rc = -ENOMEM;

	from = dma_map_single(dev, src, size, DMA_TO_DEVICE);
	if (dma_mapping_error(dev, from))
		return rc;

	to = dma_map_single(dev, dst, size, DMA_FROM_DEVICE);
	if (!dma_mapping_error(dev, to)) {
		rc = edu_move_pages(edu, from, to, size);
		dma_unmap_single(dev, to, size, DMA_FROM_DEVICE);
	}
	dma_unmap_single(dev, from, size, DMA_TO_DEVICE);

	return rc;
}

static int edu_streaming(struct edu_dev *edu, struct edu_memory *mem)
{
	unsigned int i;
	int rc = 0;
	u32 sum;

	for (i = 0; i < spots && !rc; i++) {
		void *src = edu_spot(mem, i), *dst = edu_spot(mem, i + 1);

		sum = edu_fill(src, dst, size);
		rc = edu_map_and_move(edu, src, dst);
		if (!rc && crc32_le(~0, dst, size) != sum)
			rc = -EIO;
	}

	return rc;
}

static int edu_coherent(struct edu_dev *edu, struct edu_memory *mem)
{
	struct device *dev = &edu->pdev->dev;
	dma_addr_t from, to;
	void *src, *dst;
	int rc = -ENOMEM;
	u32 sum;

	src = dma_alloc_coherent(dev, size, &from, GFP_KERNEL);
	if (!src)
		return rc;

	dst = dma_alloc_coherent(dev, size, &to, GFP_KERNEL);
	if (dst) {
		sum = edu_fill(src, dst, size);
		rc = edu_move_pages(edu, from, to, size);
		if (!rc && crc32_le(~0, dst, size) != sum)
			rc = -EIO;
		dma_free_coherent(dev, size, dst, to);
	}
	dma_free_coherent(dev, size, src, from);

	return rc;
}

/* A list of pages at the spots; those at the odd ones receive */
static int edu_make_list(struct sg_table *sgt, struct edu_memory *mem, unsigned int first)
{
	struct scatterlist *sg;
	unsigned int i;
	int rc;

	rc = sg_alloc_table(sgt, spots / 2, GFP_KERNEL);
	if (rc)
		return rc;

	for_each_sgtable_sg(sgt, sg, i)
		sg_set_buf(sg, edu_spot(mem, first + 2 * i), EDU_BUF_SIZE);

	return 0;
}

/* Where the DMA address of byte @at is: the mapping may have merged entries */
static dma_addr_t edu_list_addr(struct sg_table *sgt, size_t at)
{
	struct scatterlist *sg;
	unsigned int i;

	for_each_sgtable_dma_sg(sgt, sg, i) {
		if (at < sg_dma_len(sg))
			return sg_dma_address(sg) + at;
		at -= sg_dma_len(sg);
	}

	return DMA_MAPPING_ERROR;
}

static int edu_move_list(struct edu_dev *edu, struct sg_table *from, struct sg_table *to)
{
	struct device *dev = &edu->pdev->dev;
	size_t at;
	int rc;

	rc = dma_map_sgtable(dev, from, DMA_TO_DEVICE, 0);
	if (rc)
		return rc;

	rc = dma_map_sgtable(dev, to, DMA_FROM_DEVICE, 0);
	if (!rc) {
		for (at = 0; at < from->orig_nents * EDU_BUF_SIZE && !rc; at += EDU_BUF_SIZE)
			rc = edu_move(edu, edu_list_addr(from, at), edu_list_addr(to, at));
		dma_unmap_sgtable(dev, to, DMA_FROM_DEVICE, 0);
	}
	dma_unmap_sgtable(dev, from, DMA_TO_DEVICE, 0);

	return rc;
}

static int edu_compare_lists(struct sg_table *from, struct sg_table *to)
{
	struct scatterlist *a, *b = to->sgl;
	unsigned int i;

	for_each_sgtable_sg(from, a, i) {
		if (crc32_le(~0, sg_virt(a), a->length) != crc32_le(~0, sg_virt(b), b->length))
			return -EIO;
		b = sg_next(b);
	}

	return 0;
}

static int edu_scatterlist(struct edu_dev *edu, struct edu_memory *mem)
{
	struct sg_table from, to;
	unsigned int i;
	int rc;

	for (i = 0; i < spots / 2; i++)
		edu_fill(edu_spot(mem, 2 * i), edu_spot(mem, 2 * i + 1), EDU_BUF_SIZE);

	rc = edu_make_list(&from, mem, 0);
	if (rc)
		return rc;

	rc = edu_make_list(&to, mem, 1);
	if (!rc) {
		rc = edu_move_list(edu, &from, &to);
		if (!rc)
			rc = edu_compare_lists(&from, &to);
		sg_free_table(&to);
	}
	sg_free_table(&from);

	return rc;
}

/*
 * The test
 */

typedef int (*edu_mapping)(struct edu_dev *edu, struct edu_memory *mem);

static const struct {
	const char *name;
	edu_mapping test;
} edu_mappings[] = {
	{ "streaming", edu_streaming },
	{ "scatterlist", edu_scatterlist },
	{ "coherent", edu_coherent },
};

static void edu_test_mapping(struct edu_dev *edu, struct edu_memory *mem,
			     unsigned int bits, unsigned int which)
{
	bool fits;
	int rc;

	edu->lowest = U64_MAX;
	edu->highest = 0;
	edu->nr_dma = 0;
	rc = edu_mappings[which].test(edu, mem);
	fits = edu->highest <= DMA_BIT_MASK(bits);
	edu_report(edu, !rc && fits, "%u bits, %s: %u transfers at %llx-%llx, error %d%s",
		   bits, edu_mappings[which].name, edu->nr_dma, edu->lowest, edu->highest, rc,
		   fits ? "" : ", beyond the mask");
}

static void edu_test_mask(struct edu_dev *edu, struct edu_memory *mem, unsigned int bits)
{
	unsigned int i;
	int rc;

	rc = dma_set_mask_and_coherent(&edu->pdev->dev, DMA_BIT_MASK(bits));
	for (i = 0; i < ARRAY_SIZE(edu_mappings); i++) {
		if (rc)
			edu_report(edu, false, "%u bits, %s: no such mask, error %d", bits,
				   edu_mappings[i].name, rc);
		else
			edu_test_mapping(edu, mem, bits, i);
	}
}

static void edu_describe(struct edu_dev *edu, struct edu_memory *mem)
{
	phys_addr_t first = virt_to_phys(edu_spot(mem, 0));
	phys_addr_t last = virt_to_phys(edu_spot(mem, spots - 1)) + size - 1;

	seq_buf_printf(&edu->log, "# %u buffers of %u bytes between %pa and %pa\n",
		       spots, size, &first, &last);
	pci_info(edu->pdev, "%u buffers of %u bytes between %pa and %pa\n",
		 spots, size, &first, &last);
}

static bool edu_parameters_fit(void)
{
	return spots >= 2 && spots <= EDU_MAX_SPOTS && size && size <= EDU_BLOCK_SIZE &&
	       IS_ALIGNED(size, EDU_BUF_SIZE);
}

static int edu_test_masks(struct edu_dev *edu)
{
	struct edu_memory mem;
	unsigned int i;
	int rc;

	rc = edu_alloc_memory(&mem);
	if (!rc) {
		edu_describe(edu, &mem);
		for (i = 0; i < nr_masks; i++)
			edu_test_mask(edu, &mem, clamp(masks[i], 12, 64));
	}
	edu_free_memory(&mem);

	return rc;
}

static int edu_test(struct edu_dev *edu)
{
	int rc;

	if (!edu_parameters_fit())
		return -EINVAL;
	if (edu_read(edu, EDU_DMA_CMD) & EDU_DMA_RUN)
		return -EBUSY;

	pci_set_master(edu->pdev);	/* a transfer without an end has cleared it */
	edu->cases = 0;
	seq_buf_clear(&edu->log);
	edu_test_irq(edu, "INTx", PCI_IRQ_INTX, edu->pdev->pin);
	edu_test_irq(edu, "MSI", PCI_IRQ_MSI, edu->pdev->msi_cap);
	rc = edu_test_masks(edu);
	if (rc)
		return rc;

	/* The plan comes last: without it the report is not whole */
	seq_buf_printf(&edu->log, "1..%u\n", edu->cases);
	return 0;
}

/*
 * debugfs: writing to "run" takes as long as the test, "report" is its result
 */

static ssize_t edu_run_write(struct file *file, const char __user *buf, size_t len, loff_t *pos)
{
	struct edu_dev *edu = file->private_data;
	int rc;

	kernel_param_lock(THIS_MODULE);
	mutex_lock(&edu->lock);
	rc = edu_test(edu);
	mutex_unlock(&edu->lock);
	kernel_param_unlock(THIS_MODULE);

	return rc ?: len;
}

static const struct file_operations edu_run_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = edu_run_write,
};

static int edu_report_show(struct seq_file *m, void *unused)
{
	struct edu_dev *edu = m->private;

	guard(mutex)(&edu->lock);
	seq_printf(m, "%s", seq_buf_str(&edu->log));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(edu_report);

static int edu_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct edu_dev *edu;
	int rc;

	edu = devm_kzalloc(&pdev->dev, sizeof(*edu), GFP_KERNEL);
	if (!edu)
		return -ENOMEM;

	rc = pcim_enable_device(pdev);
	if (rc)
		return rc;

	edu->pdev = pdev;
	edu->regs = pcim_iomap_region(pdev, 0, KBUILD_MODNAME);
	if (IS_ERR(edu->regs))
		return PTR_ERR(edu->regs);

	rc = edu_identify(edu);
	if (rc)
		return rc;

	mutex_init(&edu->lock);
	init_completion(&edu->irq_seen);
	seq_buf_init(&edu->log, edu->text, sizeof(edu->text));
	pci_set_master(pdev);
	pci_save_state(pdev);
	pci_set_drvdata(pdev, edu);
	edu->dir = debugfs_create_dir(pci_name(pdev), edu_root);
	debugfs_create_file("run", 0200, edu->dir, edu, &edu_run_fops);
	debugfs_create_file("report", 0400, edu->dir, edu, &edu_report_fops);

	return 0;
}

static void edu_remove(struct pci_dev *pdev)
{
	struct edu_dev *edu = pci_get_drvdata(pdev);

	debugfs_remove(edu->dir);
	pci_clear_master(pdev);
}

/*
 * Recovery from errors: a test that runs during the reset fails, and that is all
 */

static pci_ers_result_t edu_error_detected(struct pci_dev *pdev, pci_channel_state_t state)
{
	if (state == pci_channel_io_perm_failure)
		return PCI_ERS_RESULT_DISCONNECT;

	return PCI_ERS_RESULT_NEED_RESET;
}

static pci_ers_result_t edu_slot_reset(struct pci_dev *pdev)
{
	pci_restore_state(pdev);

	return edu_identify(pci_get_drvdata(pdev)) ? PCI_ERS_RESULT_DISCONNECT :
						     PCI_ERS_RESULT_RECOVERED;
}

static const struct pci_error_handlers edu_err_handlers = {
	.error_detected = edu_error_detected,
	.slot_reset = edu_slot_reset,
};

static const struct pci_device_id edu_ids[] = {
	{ PCI_DEVICE(0x1234, 0x11e8) },
	{}
};
MODULE_DEVICE_TABLE(pci, edu_ids);

static struct pci_driver edu_driver = {
	.name = KBUILD_MODNAME,
	.id_table = edu_ids,
	.probe = edu_probe,
	.remove = edu_remove,
	.err_handler = &edu_err_handlers,
};

static int __init edu_init(void)
{
	int rc;

	edu_root = debugfs_create_dir(KBUILD_MODNAME, NULL);
	rc = pci_register_driver(&edu_driver);
	if (rc)
		debugfs_remove(edu_root);

	return rc;
}
module_init(edu_init);

static void __exit edu_exit(void)
{
	pci_unregister_driver(&edu_driver);
	debugfs_remove(edu_root);
}
module_exit(edu_exit);

MODULE_DESCRIPTION("Test of interrupts and of the DMA API with QEMU's edu device");
MODULE_LICENSE("GPL");
