// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The onedma developers
// KUnit tests of the TCE allocator: its pools, their locks and the device's mask.

#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include <kunit/test.h>

#include <asm/iommu.h>

#define TCE_SHIFT	16
#define TABLE_ENTRIES	((8ULL * SZ_1G) >> TCE_SHIFT)
#define LOCK_HELD_MS	50

static int fake_set(struct iommu_table *tbl, long index, long npages, unsigned long uaddr,
		    enum dma_data_direction direction, unsigned long attrs)
{
	return 0;
}

static void fake_clear(struct iommu_table *tbl, long index, long npages)
{
}

static struct iommu_table_ops fake_ops = {
	.set = fake_set,
	.clear = fake_clear,
};

static dma_addr_t map_pages(struct iommu_table *tbl, unsigned int npages, u64 mask)
{
	return iommu_map_phys(NULL, tbl, 0, (size_t)npages << TCE_SHIFT, mask,
			      DMA_TO_DEVICE, DMA_ATTR_NO_WARN);
}

/* An 8 GB table at bus address 0, so that a pool has 1.5 GB */
static int iommu_test_init(struct kunit *test)
{
	struct iommu_table *tbl = kzalloc_obj(*tbl);

	KUNIT_ASSERT_NOT_NULL(test, tbl);
	kref_init(&tbl->it_kref);
	tbl->it_ops = &fake_ops;
	tbl->it_page_shift = TCE_SHIFT;
	tbl->it_size = TABLE_ENTRIES;
	tbl->it_blocksize = 16;
	KUNIT_ASSERT_NOT_NULL(test, iommu_init_table(tbl, NUMA_NO_NODE, 0, 0));
	KUNIT_ASSERT_EQ(test, tbl->nr_pools, IOMMU_NR_POOLS);
	test->priv = tbl;

	return 0;
}

static void iommu_test_exit(struct kunit *test)
{
	struct iommu_table *tbl = test->priv;

	bitmap_clear(tbl->it_map, 1, tbl->it_size - 1);
	iommu_tce_table_put(tbl);
}

struct mapper {
	struct iommu_table *tbl;
	struct completion go, done;
	dma_addr_t handle;
};

static int map_one(void *arg)
{
	struct mapper *m = arg;

	wait_for_completion(&m->go);
	m->handle = map_pages(m->tbl, 1, DMA_BIT_MASK(30));
	complete(&m->done);

	return 0;
}

/* Map on another CPU while this one holds the lock of pool 0; true if that did not wait */
static bool maps_without_lock(struct mapper *m)
{
	bool done = false;
	unsigned long flags;
	int i;

	spin_lock_irqsave(&m->tbl->pools[0].lock, flags);
	complete(&m->go);
	for (i = 0; !done && i < LOCK_HELD_MS; i++) {
		mdelay(1);
		done = completion_done(&m->done);
	}
	spin_unlock_irqrestore(&m->tbl->pools[0].lock, flags);
	wait_for_completion(&m->done);

	return done;
}

/* Only pool 0 has entries below 1 GB, so the CPU of another pool must take its lock */
static void iommu_range_alloc_limited_lock_test(struct kunit *test)
{
	struct mapper m = { .tbl = test->priv };
	struct task_struct *task;

	if (!cpu_online(0) || !cpu_online(1))
		kunit_skip(test, "needs CPU 0, of pool 0, and CPU 1, of pool 1");

	init_completion(&m.go);
	init_completion(&m.done);
	KUNIT_ASSERT_EQ(test, set_cpus_allowed_ptr(current, cpumask_of(0)), 0);
	task = kthread_create_on_cpu(map_one, &m, 1, "iommu_kunit/%u");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, task);
	wake_up_process(task);
	KUNIT_EXPECT_FALSE(test, maps_without_lock(&m));
	set_cpus_allowed_ptr(current, cpu_possible_mask);
	KUNIT_EXPECT_LT(test, m.handle, SZ_1G);
}

/*
 * Each entry below the mask can be allocated, once, and none above it.  Entry 0 is
 * reserved, and iommu_area_alloc() never uses the last entry of a range.
 */
static void iommu_range_alloc_limited_all_test(struct kunit *test)
{
	struct iommu_table *tbl = test->priv;
	unsigned long end = SZ_2G >> TCE_SHIFT, n = 0;
	dma_addr_t handle;

	while ((handle = map_pages(tbl, 1, SZ_2G - 1)) != DMA_MAPPING_ERROR) {
		n++;
		if (handle >= SZ_2G || n > end)
			break;
	}

	KUNIT_EXPECT_EQ(test, handle, DMA_MAPPING_ERROR);
	KUNIT_EXPECT_EQ(test, n, end - 3);
	KUNIT_EXPECT_EQ(test, find_next_zero_bit(tbl->it_map, end, 0), tbl->pools[0].end - 1);
	KUNIT_EXPECT_EQ(test, find_next_zero_bit(tbl->it_map, end, tbl->pools[1].start), end - 1);
	KUNIT_EXPECT_EQ(test, find_next_bit(tbl->it_map, tbl->it_size, end), tbl->it_size);
}

/* A large range below the mask, although the pool for large ones is above it */
static void iommu_range_alloc_limited_large_test(struct kunit *test)
{
	struct iommu_table *tbl = test->priv;
	dma_addr_t handle = map_pages(tbl, 256, SZ_2G - 1);

	KUNIT_EXPECT_LT(test, handle, SZ_2G);
	KUNIT_EXPECT_EQ(test, map_pages(tbl, 256, (1 << TCE_SHIFT) - 1), DMA_MAPPING_ERROR);
	KUNIT_EXPECT_GE(test, map_pages(tbl, 256, DMA_BIT_MASK(64)),
			tbl->large_pool.start << TCE_SHIFT);
}

static struct kunit_case iommu_cases[] = {
	KUNIT_CASE(iommu_range_alloc_limited_lock_test),
	KUNIT_CASE(iommu_range_alloc_limited_all_test),
	KUNIT_CASE(iommu_range_alloc_limited_large_test),
	{}
};

static struct kunit_suite iommu_suite = {
	.name = "powerpc_iommu",
	.init = iommu_test_init,
	.exit = iommu_test_exit,
	.test_cases = iommu_cases,
};

kunit_test_suite(iommu_suite);
