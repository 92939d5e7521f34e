// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The onedma developers
 *
 * What an operation of the DMA API costs: pairs that do and undo, on a PCI function that does nothing.
 *
 * Each result is a line "dma_bench: NAME VALUE" in the kernel's log. A value is in ns for a pair; in a QEMU that is
 * started with -icount shift=0,sleep=off these are instructions. -1 means that the operation was refused.
 */
#include <linux/blkdev.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/if_ether.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/of.h>
#include <linux/of_address.h>
#include <linux/pci.h>
#include <linux/rtnetlink.h>
#include <linux/scatterlist.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#define PAIRS	384	/* of two slots: whole sets of a bounce buffer, which do not all cost the same */
#define ROUNDS	5
#define ENTRIES	64
#define THREADS	2
#define PACKETS	64	/* less than a ring has room for */
#define BURSTS	160
#define NET_BURSTS	150	/* and microseconds of delay: e1000e interrupts every 50 at most */
#define FAR	BIT_ULL(45)	/* the second chip of a POWER9 has its memory from there on */
#define SPINS	200000	/* far longer than the host takes to answer a request, and less than a tick */

struct bench {
	struct device *dev;
	struct page *block;		/* SZ_4M, or less where pages are large */
	struct scatterlist *sgl;
	size_t size;
	int (*pair)(struct bench *b);
	struct completion start, done;
	bool failed;
};

static int single_pair(struct bench *b)
{
	dma_addr_t addr = dma_map_page(b->dev, b->block, 0, b->size, DMA_TO_DEVICE);

	if (dma_mapping_error(b->dev, addr))
		return -EIO;
	dma_unmap_page(b->dev, addr, b->size, DMA_TO_DEVICE);
	return 0;
}

static int sg_pair(struct bench *b)
{
	if (!dma_map_sg(b->dev, b->sgl, ENTRIES, DMA_TO_DEVICE))
		return -EIO;
	dma_unmap_sg(b->dev, b->sgl, ENTRIES, DMA_TO_DEVICE);
	return 0;
}

static int coherent_pair(struct bench *b)
{
	dma_addr_t addr;
	void *p = dma_alloc_coherent(b->dev, b->size, &addr, GFP_KERNEL | __GFP_NOWARN);

	if (!p)
		return -ENOMEM;
	dma_free_coherent(b->dev, b->size, p, addr);
	return 0;
}

/* The best of a few rounds: what is above it is interrupts. */
static s64 measure(struct bench *b)
{
	s64 begin, best = S64_MAX;
	int round, i;

	for (round = 0; round <= ROUNDS; round++) {
		begin = ktime_get_ns();
		for (i = 0; i < PAIRS; i++)
			if (b->pair(b))
				return -1;
		if (round)		/* the first one warms up */
			best = min_t(s64, best, ktime_get_ns() - begin);
	}
	return div_s64(best, PAIRS);
}

static void report(const char *name, s64 value)
{
	pr_info("dma_bench: %s %lld\n", name, value);
}

static void run(struct bench *b, const char *what, int (*pair)(struct bench *b), size_t size, unsigned int bits)
{
	char name[48];

	snprintf(name, sizeof(name), "%s-%zuK-%u", what, size / SZ_1K, bits);
	b->pair = pair;
	b->size = size;
	report(name, measure(b));
}

static void run_sg(struct bench *b, unsigned int bits)
{
	char name[48];

	snprintf(name, sizeof(name), "sg-entry-%u", bits);
	b->pair = sg_pair;
	report(name, div_s64(measure(b), ENTRIES));
}

static int thread(void *data)
{
	struct bench *b = data;

	int i, failed = 0;

	wait_for_completion(&b->start);
	for (i = 0; i < ROUNDS * PAIRS; i++)
		failed |= b->pair(b);
	b->failed = failed;
	complete(&b->done);
	return 0;
}

/*
 * Processors take turns in a QEMU that counts instructions: all time over all
 * pairs is what one costs, and more than alone only if they wait for each other.
 */
static void run_threads(struct bench *b, const char *what, int (*pair)(struct bench *b), size_t size, unsigned int bits)
{
	struct bench *bs = kcalloc(THREADS, sizeof(*bs), GFP_KERNEL);
	struct task_struct *task;
	char name[48];
	bool failed = false;
	s64 begin;
	int i, n = 0;

	for (i = 0; bs && i < THREADS && cpu_online(i); i++, n++) {
		bs[i] = *b;
		bs[i].pair = pair;
		bs[i].size = size;
		init_completion(&bs[i].start);
		init_completion(&bs[i].done);
		task = kthread_create_on_cpu(thread, &bs[i], i, "dma_bench/%u");
		if (IS_ERR(task))
			break;
		wake_up_process(task);
	}
	begin = ktime_get_ns();
	for (i = 0; i < n; i++)
		complete(&bs[i].start);
	for (i = 0; i < n; i++) {
		wait_for_completion(&bs[i].done);
		failed |= bs[i].failed;
	}
	begin = ktime_get_ns() - begin;
	snprintf(name, sizeof(name), "%s-%zuK-%u-threads%d", what, size / SZ_1K, bits, n);
	report(name, n && !failed ? div_s64(begin, n * ROUNDS * PAIRS) : -1);
	kfree(bs);
}

static void run_coherent(struct bench *b, unsigned int bits)
{
	run(b, "coherent", coherent_pair, SZ_4K, bits);
	run(b, "coherent", coherent_pair, SZ_32K, bits);
}

/* With 64 bits behind a host bridge that may have changed its windows for a function that was measured with 44 */
static void run_beside(struct bench *b)
{
	b->pair = single_pair;
	b->size = SZ_4K;
	report("single-4K-64-beside-44", measure(b));
	b->pair = sg_pair;
	report("sg-entry-64-beside-44", div_s64(measure(b), ENTRIES));
}

/* All that has to do with one mask, down from the widest. */
static void run_mask(struct bench *b, unsigned int bits, size_t max)
{
	size_t size;

	if (dma_set_mask_and_coherent(b->dev, DMA_BIT_MASK(bits)))
		return;
	for (size = SZ_4K; size <= max; size *= 2)
		run(b, "single", single_pair, size, bits);
	run_sg(b, bits);
	run_coherent(b, bits);
	run_threads(b, "single", single_pair, SZ_4K, bits);
	run_threads(b, "coherent", coherent_pair, SZ_32K, bits);
}

static bool has_far_memory(void)
{
	struct device_node *dn;
	struct resource res;
	bool found = false;

	for_each_node_by_type(dn, "memory")
		found |= !of_address_to_resource(dn, 0, &res) && res.start >= FAR;
	return found;
}

static struct page *page_of_chip(bool far)
{
	struct page *page, *next;
	LIST_HEAD(others);

	while ((page = alloc_page(GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN)) && (page_to_phys(page) >= FAR) != far)
		list_add(&page->lru, &others);
	while ((next = list_first_entry_or_null(&others, struct page, lru))) {
		list_del(&next->lru);
		__free_page(next);
	}
	return page;
}

/* Memory of the first chip, or of the second one. */
static void run_chip(struct bench *b, const char *what, bool far, unsigned int bits)
{
	struct bench one = *b;

	one.block = page_of_chip(far);
	if (!one.block)
		return;
	run(&one, what, single_pair, SZ_4K, bits);
	__free_page(one.block);
}

/* A page that a 32-bit mask does not reach, if the machine has one. */
static bool out_of_reach(struct device *dev, struct page *page)
{
	dma_addr_t addr = dma_map_page(dev, page, 0, SZ_4K, DMA_TO_DEVICE);

	if (dma_mapping_error(dev, addr))
		return false;
	dma_unmap_page(dev, addr, SZ_4K, DMA_TO_DEVICE);
	return addr > DMA_BIT_MASK(32);
}

static void run_bounced(struct bench *b)
{
	bool high = out_of_reach(b->dev, b->block);

	if (dma_set_mask_and_coherent(b->dev, DMA_BIT_MASK(32)))
		return;
	run_coherent(b, 32);
	run_threads(b, "coherent", coherent_pair, SZ_32K, 32);
	if (high) {
		run(b, "bounced", single_pair, SZ_4K, 32);
		run_threads(b, "bounced", single_pair, SZ_4K, 32);
	}
}

static int send_packet(struct net_device *dev)
{
	struct sk_buff *skb = alloc_skb(ETH_ZLEN, GFP_KERNEL);

	if (!skb)
		return -ENOMEM;
	skb_put_zero(skb, ETH_ZLEN);
	skb_reset_mac_header(skb);
	skb->dev = dev;
	skb->protocol = htons(ETH_P_LOOPBACK);
	return dev_queue_xmit(skb) ? -EIO : 0;
}

/*
 * What the first card takes for a packet, together with the end of one that was sent before.  Cards interrupt at most so often
 * in a second: the bursts begin at other times between two interrupts, and the best has the fewest.
 */
static s64 measure_packets(struct net_device *dev)
{
	s64 begin, best = S64_MAX;
	int burst, i;

	for (burst = 0; burst < NET_BURSTS; burst++) {
		udelay(burst);
		begin = ktime_get_ns();
		for (i = 0; i < PACKETS; i++)
			if (send_packet(dev))
				return -1;
		best = min_t(s64, best, ktime_get_ns() - begin);
		msleep(50);
	}
	return div_s64(best, PACKETS);
}

static s64 spin(void)
{
	s64 begin = ktime_get_ns();
	int i;

	for (i = 0; i < SPINS; i++)
		cpu_relax();
	return ktime_get_ns() - begin;
}

static void read_done(struct bio *bio)
{
	WRITE_ONCE(*(bool *)bio->bi_private, true);
}

/* A request that the host answers while interrupts are off, and so always with one interrupt, and never idle. */
static s64 one_read(struct block_device *bdev, struct page *page, size_t size)
{
	s64 begin, spun;
	bool done = false;
	struct bio_vec vec;
	struct bio bio;

	bio_init(&bio, bdev, &vec, 1, REQ_OP_READ);
	__bio_add_page(&bio, page, size, 0);
	bio.bi_end_io = read_done;
	bio.bi_private = &done;
	local_irq_disable();
	begin = ktime_get_ns();
	submit_bio(&bio);
	spun = spin();
	local_irq_enable();
	while (!READ_ONCE(done))
		cpu_relax();
	return ktime_get_ns() - begin - spun;
}

#ifdef CONFIG_DMA_REPORT
/* Bytes that the function of a disk had copied so far. 7.3.4 does not count them. */
static s64 bounced(struct block_device *bdev)
{
	struct device *dev = disk_to_dev(bdev->bd_disk);

	while (dev && !dev_is_pci(dev))
		dev = dev->parent;
	return dev ? atomic64_read(&dev->dma_bounced) : -1;
}
#else
static s64 bounced(struct block_device *bdev)
{
	return -1;
}
#endif

static void run_read(struct block_device *bdev, struct page *page, const char *disk, size_t size)
{
	s64 best = S64_MAX, before = bounced(bdev);
	char name[48];
	int i;

	for (i = 0; i < BURSTS; i++) {
		udelay(100 * (i % 40));	/* all over a tick */
		best = min_t(s64, best, one_read(bdev, page, size));
	}
	snprintf(name, sizeof(name), "%s-%zuK", disk, size / SZ_1K);
	report(name, best);
	if (before < 0)
		return;
	snprintf(name, sizeof(name), "%s-%zuK-bounced", disk, size / SZ_1K);
	report(name, div_s64(bounced(bdev) - before, BURSTS));
}

static void run_disk(struct page *page, const char *disk, const char *path)
{
	struct file *file = bdev_file_open_by_path(path, BLK_OPEN_READ, NULL, NULL);

	if (IS_ERR(file))
		return;
	run_read(file_bdev(file), page, disk, SZ_4K);
	run_read(file_bdev(file), page, disk, SZ_128K);
	run_read(file_bdev(file), page, disk, SZ_1M);
	bdev_fput(file);
}

/* Those whose disk has no content, and answers at once: see bench-*.part */
static void run_disks(struct page *page)
{
	run_disk(page, "virtio-blk", "/dev/vda");
	run_disk(page, "nvme", "/dev/nvme0n1");
	run_disk(page, "ahci", "/dev/sda");
}

static void run_net(const char *card)
{
	struct net_device *dev = dev_get_by_name(&init_net, card);
	const char *driver;
	char name[48];
	int ret;

	if (!dev)
		return;
	driver = dev_driver_string(dev->dev.parent);
	snprintf(name, sizeof(name), "%s-60", !strcmp(driver, "virtio_net") ? "virtio-net" : driver);
	rtnl_lock();
	ret = dev_open(dev, NULL);
	rtnl_unlock();
	msleep(3000);		/* the link is seen late */
	report(name, ret ? -1 : measure_packets(dev));
	rtnl_lock();
	dev_close(dev);
	rtnl_unlock();
	dev_put(dev);
}

static int fill(struct bench *b)
{
	struct scatterlist *sg;
	struct page *page;
	int i;

	b->block = alloc_pages(GFP_KERNEL | __GFP_COMP, min_t(int, get_order(SZ_4M), MAX_PAGE_ORDER));
	b->sgl = kcalloc(ENTRIES, sizeof(*b->sgl), GFP_KERNEL);
	if (!b->block || !b->sgl)
		return -ENOMEM;

	sg_init_table(b->sgl, ENTRIES);
	for_each_sg(b->sgl, sg, ENTRIES, i) {
		page = alloc_page(GFP_KERNEL);
		if (!page)
			return -ENOMEM;
		sg_set_page(sg, page, SZ_4K, 0);
	}
	return 0;
}

static void empty(struct bench *b)
{
	struct scatterlist *sg;
	int i;

	for_each_sg(b->sgl, sg, b->sgl ? ENTRIES : 0, i)
		if (sg_page(sg))
			__free_page(sg_page(sg));
	kfree(b->sgl);
	if (b->block)
		__free_pages(b->block, compound_order(b->block));
}

static void measure_all(struct bench *b, struct pci_dev *pdev)
{
	static int measured = -1;
	size_t max = min_t(size_t, SZ_4M, page_size(b->block));

	if (measured == pci_domain_nr(pdev->bus)) {
		run_beside(b);
		return;
	}
	measured = pci_domain_nr(pdev->bus);
	report("required-mask-bits", fls64(dma_get_required_mask(b->dev)));
	report("max-mapping", min_t(u64, dma_max_mapping_size(b->dev), S64_MAX));
	run_mask(b, 64, max);
	if (IS_ENABLED(CONFIG_PPC)) {
		/* pseries of 7.3 goes on with the bypass of 64 bits when the mask becomes narrower */
		if (!of_machine_is_compatible("ibm,powernv"))
			return;
		run_mask(b, 44, SZ_64K);
		if (has_far_memory()) {
			run_chip(b, "single-near", false, 44);
			run_chip(b, "single-far", true, 44);
		}
	}
	if (!dma_set_mask_and_coherent(b->dev, DMA_BIT_MASK(64)))
		run_bounced(b);
}

static int bench_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct bench b = { .dev = &pdev->dev };
	int ret = dma_set_mask_and_coherent(b.dev, DMA_BIT_MASK(64));

	/* That of the interrupts (irqaffinity=0): none is passed on to another processor, or is in some boots and not in others. */
	set_cpus_allowed_ptr(current, cpumask_of(0));
	ret = ret ?: fill(&b);
	if (!ret) {
		measure_all(&b, pdev);
		run_disks(b.block);
		run_net("eth0");
		run_net("eth1");
	}
	empty(&b);
	report("done", ret);
	return -ENODEV;		/* nobody's device any more */
}

static const struct pci_device_id bench_ids[] = {
	{ PCI_DEVICE(0x1234, 0x11e8) },		/* QEMU's edu */
	{}
};

static struct pci_driver bench_driver = {
	.name = "dma_bench",
	.id_table = bench_ids,
	.probe = bench_probe,
};
module_pci_driver(bench_driver);

MODULE_DESCRIPTION("Instructions that the DMA API takes");
MODULE_LICENSE("GPL");
