// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The onedma developers
 *
 * Bounce buffers for devices that reach 32 and 64 bits: each takes all that there is, and the other has to go on.
 *
 * To be loaded on a machine that bounces everything and does nothing else. The devices are made up. The kernel's log
 * has the report: lines "pool_test: ok N NAME" or "not ok N NAME", and the plan at the end. With SWIOTLB_DYNAMIC there
 * is always more to be had; then pools have to grow and shrink.
 */
#include <linux/cleanup.h>
#include <linux/delay.h>
#include <linux/dma-direct.h>
#include <linux/dma-mapping.h>
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/platform_device.h>
#include <linux/random.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/swiotlb.h>
#include <linux/vmalloc.h>

#include <xen/xen.h>

#define SIZE	SZ_64K
#define LARGEST	SZ_256K			/* that can bounce at once */
#define BURST	64
#define GROWS	IS_ENABLED(CONFIG_SWIOTLB_DYNAMIC)
#define MOST	(GROWS ? 192 : SZ_32K)	/* mappings of one device */
#define SOME	8			/* mappings that are enough to go on */

static unsigned int rounds = 3;
module_param(rounds, uint, 0444);
MODULE_PARM_DESC(rounds, "How many times each pool is exhausted");

struct side {
	struct platform_device *pdev;
	size_t size;		/* of each mapping */
	dma_addr_t *addrs;
	unsigned int nr, beyond, high, wrong;
};

static unsigned int cases;

static __printf(2, 3) void report(bool ok, const char *fmt, ...)
{
	char line[160];
	va_list args;

	va_start(args, fmt);
	vscnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	pr_info("pool_test: %s %u %s\n", ok ? "ok" : "not ok", ++cases, line);
}

#ifdef CONFIG_XEN_PV
#include <asm/xen/page.h>

/* Of each page by itself, as the device would find it */
static void *seen(struct device *dev, dma_addr_t addr)
{
	if (!xen_pv_domain())
		return phys_to_virt(dma_to_phys(dev, addr));
	return __va(PFN_PHYS(mfn_to_pfn(PHYS_PFN(addr))) + offset_in_page(addr));
}
#else
static void *seen(struct device *dev, dma_addr_t addr)
{
	return phys_to_virt(dma_to_phys(dev, addr));
}
#endif

static bool same(struct device *dev, dma_addr_t addr, const void *buf, size_t size)
{
	size_t at;

	for (at = 0; at < size; at += PAGE_SIZE)
		if (memcmp(seen(dev, addr + at), buf + at, PAGE_SIZE))
			return false;
	return true;
}

static unsigned int map(struct side *s, void *buf, unsigned int nr)
{
	struct device *dev = &s->pdev->dev;
	unsigned int done = 0;
	dma_addr_t addr;

	while (done < nr && s->nr < MOST) {
		addr = dma_map_single(dev, buf, s->size, DMA_TO_DEVICE);
		if (dma_mapping_error(dev, addr))
			break;
		s->beyond += addr + s->size - 1 > dma_get_mask(dev);
		s->high += upper_32_bits(addr) != 0;
		s->wrong += !same(dev, addr, buf, s->size);
		s->addrs[s->nr++] = addr;
		done++;
	}
	return done;
}

static void unmap_some(struct side *s, unsigned int nr)
{
	for (; s->nr && nr; nr--)
		dma_unmap_single(&s->pdev->dev, s->addrs[--s->nr], s->size, DMA_TO_DEVICE);
}

static void unmap(struct side *s)
{
	unmap_some(s, s->nr);
}

static unsigned int bits_of(struct side *s)
{
	return fls64(dma_get_mask(&s->pdev->dev));
}

/* All that one can have, then some for the other */
static void exhaust(struct side *s, struct side *other, void *buf)
{
	unsigned int all, some;

	s->high = 0;
	all = map(s, buf, MOST);
	some = map(other, buf, SOME);
	report(all >= SOME && (GROWS || all < MOST) && some == SOME, "%u bits: %u mappings (%u above 4 GB), then %u bits: %u of %u",
	       bits_of(s), all, s->high, bits_of(other), some, SOME);
	unmap(s);
	unmap(other);
}

static bool make(struct side *s, unsigned int bits, int id)
{
	s->size = SIZE;
	s->addrs = vcalloc(MOST, sizeof(*s->addrs));
	s->pdev = platform_device_register_simple("pool_test", id, NULL, 0);
	return s->addrs && !IS_ERR(s->pdev) && !dma_set_mask_and_coherent(&s->pdev->dev, DMA_BIT_MASK(bits));
}

static void end(struct side *s)
{
	if (!IS_ERR_OR_NULL(s->pdev))
		platform_device_unregister(s->pdev);
	vfree(s->addrs);
}

/* What the device writes comes back. */
static void back(struct side *s, void *buf)
{
	struct device *dev = &s->pdev->dev;
	dma_addr_t addr = dma_map_single(dev, buf, SIZE, DMA_FROM_DEVICE);
	bool mapped = !dma_mapping_error(dev, addr), right = false;
	size_t at;

	if (mapped) {
		for (at = 0; at < SIZE; at += PAGE_SIZE)
			memset(seen(dev, addr + at), 1 + at / PAGE_SIZE, PAGE_SIZE);
		dma_unmap_single(dev, addr, SIZE, DMA_FROM_DEVICE);
		right = true;
		for (at = 0; at < SIZE; at += PAGE_SIZE)
			right = right && !memchr_inv(buf + at, 1 + at / PAGE_SIZE, PAGE_SIZE);
	}
	report(right, "%u bits: what the device wrote has come back", bits_of(s));
	get_random_bytes(buf, SIZE);
}

/*
 * One has left next to nothing, and the other has large requests all at once where nothing may sleep: it gets less than
 * it wants, or more pools are made. Later, when those may be gone, it is the same again. Nothing is lost.
 */
static void burst(struct side *s, struct side *other, void *buf)
{
	unsigned int all = map(other, buf, MOST), turn, some, least = BURST;
	unsigned int bits = bits_of(s);
	static DEFINE_SPINLOCK(lock);

	s->size = LARGEST;
	unmap_some(other, SOME);
	for (turn = 0; turn < 3; turn++) {
		if (GROWS && turn)
			msleep(20 * MSEC_PER_SEC);
		scoped_guard(spinlock_irqsave, &lock)
			some = map(s, buf, BURST);
		unmap(s);
		least = min(least, some);
	}
	unmap(other);
	s->size = SIZE;
	report((!GROWS || least == BURST) && !s->wrong && !s->beyond, "%u bits: bursts of %u x %u KiB, %u of them mapped without sleep",
	       bits, BURST, LARGEST / SZ_1K, least);
	some = map(other, buf, MOST);
	report(some == all, "%u bits: after the bursts %u mappings, as before", bits_of(other), some);
	unmap(other);
}

/* Refused, and no pool is made for it. */
static void too_large(struct side *s, void *buf)
{
	struct io_tlb_mem *mem = s->pdev->dev.dma_io_tlb_mem;
	unsigned long slots = READ_ONCE(mem->nslabs);
	unsigned int some;

	s->size = 2 * LARGEST;
	some = map(s, buf, 1);
	unmap(s);
	s->size = SIZE;
	msleep(500);
	report(!some && READ_ONCE(mem->nslabs) <= slots, "%u bits: %u KiB at once are refused, %lu slots are %lu",
	       bits_of(s), 2 * LARGEST / SZ_1K, slots, READ_ONCE(mem->nslabs));
}

/* Where the memory begins above 256 MB, none is for 28 bits. */
static bool takes_28_bits;

static bool masks_as_before(struct side *s)
{
	struct device *dev = &s->pdev->dev;
	u64 mask = dma_get_mask(dev);

	return !dma_set_mask(dev, DMA_BIT_MASK(28)) == takes_28_bits && !dma_set_mask(dev, DMA_BIT_MASK(32)) &&
		!dma_set_mask(dev, mask);
}

static bool slots_become(struct side *s, bool more, unsigned long slots, unsigned int seconds)
{
	unsigned long until = jiffies + seconds * HZ;
	struct io_tlb_mem *mem = s->pdev->dev.dma_io_tlb_mem;

	while (more ? READ_ONCE(mem->nslabs) <= slots : READ_ONCE(mem->nslabs) > slots) {
		if (time_after(jiffies, until))
			return false;
		msleep(100);
	}
	return true;
}

/* More than there is, asked for where nothing may sleep; later there is more, and later still it is gone again. */
static void grow(struct side *s, void *buf, unsigned long before)
{
	struct io_tlb_mem *mem = s->pdev->dev.dma_io_tlb_mem;
	unsigned int bits = bits_of(s), all;
	static DEFINE_SPINLOCK(lock);
	bool ok;

	report(slots_become(s, false, before, 90) && masks_as_before(s), "%u bits: before growth, masks as before", bits);
	s->high = 0;
	scoped_guard(spinlock_irqsave, &lock)
		all = map(s, buf, MOST);
	report(all == MOST && !s->wrong, "%u bits: %u of %u mappings without sleep, %u above 4 GB, %u wrong", bits, all, MOST,
	       s->high, s->wrong);
	ok = slots_become(s, true, before, 30);
	report(ok, "%u bits: %lu slots have become %lu", bits, before, mem->nslabs);
	report(masks_as_before(s), "%u bits: with more pools, masks as before", bits);
	unmap(s);
	all = map(s, buf, MOST);
	report(all == MOST && !s->wrong && !s->beyond, "%u bits: %u of %u mappings again", bits, all, MOST);
	unmap(s);
	ok = slots_become(s, false, before, 90);
	report(ok, "%u bits: %lu slots are left in the end", bits, mem->nslabs);
	report(masks_as_before(s) && map(s, buf, SOME) == SOME, "%u bits: afterwards, masks as before", bits);
	unmap(s);
}

static void two_devices(void *buf)
{
	struct side low = {}, high = {};
	unsigned long slots;
	unsigned int i;

	if (!make(&low, 32, 0) || !make(&high, 64, 1)) {
		report(false, "two devices");
	} else {
		slots = low.pdev->dev.dma_io_tlb_mem->nslabs;
		for (i = 0; i < rounds; i++) {
			exhaust(&low, &high, buf);
			exhaust(&high, &low, buf);
		}
		back(&low, buf);
		back(&high, buf);
		burst(&low, &high, buf);
		burst(&high, &low, buf);
		too_large(&low, buf);
		too_large(&high, buf);
		if (GROWS) {
			grow(&low, buf, slots);
			grow(&high, buf, slots);
		}
		report(!low.wrong && !high.wrong, "each device saw what it was to see");
		report(!low.beyond && !high.beyond, "no address beyond the mask");
		report(!dma_set_mask(&low.pdev->dev, DMA_BIT_MASK(32)), "a mask of 32 bits is still accepted");
	}
	end(&low);
	end(&high);
}

/* A mask is accepted if and only if its device can be given something. */
static void one_mask(void *buf, unsigned int bits)
{
	struct side s = {};
	unsigned int some;

	if (!make(&s, bits, 2)) {
		report(true, "%u bits: refused", bits);
	} else {
		takes_28_bits |= bits == 28;
		some = map(&s, buf, 2);
		report(some == 2 && !s.beyond, "%u bits: accepted, %u of 2 mappings, %u beyond the mask",
		       bits, some, s.beyond);
	}
	unmap(&s);
	end(&s);
}

static int __init pool_test_init(void)
{
	void *buf = kzalloc(2 * LARGEST, GFP_KERNEL);
	unsigned int bits;

	if (!buf)
		return -ENOMEM;
	get_random_bytes(buf, 2 * LARGEST);
	for (bits = 24; bits <= 32; bits += 2)
		one_mask(buf, bits);
	two_devices(buf);
	for (bits = 24; bits <= 32; bits += 4)
		one_mask(buf, bits);
	pr_info("pool_test: 1..%u\n", cases);
	kfree(buf);
	return 0;
}
module_init(pool_test_init);

static void __exit pool_test_exit(void)
{
}
module_exit(pool_test_exit);

MODULE_DESCRIPTION("Bounce pools, exhausted");
MODULE_LICENSE("GPL");
