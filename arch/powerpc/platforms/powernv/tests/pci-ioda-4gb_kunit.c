// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The onedma developers
// The window at 4 GB: its layout against a slow reference, its switching against a fake OPAL.

#include <linux/bits.h>
#include <linux/device/driver.h>
#include <linux/dma-direct.h>
#include <linux/dma-map-ops.h>
#include <linux/of.h>
#include <linux/slab.h>

#include <kunit/static_stub.h>
#include <kunit/test.h>

#include <asm/iommu.h>
#include <asm/opal-api.h>
#include <asm/pci-bridge.h>
#include <asm/tce.h>

#include "../pci.h"
#include "pci-ioda-4gb-walk.h"

#define BIT59		BIT_ULL(59)
#define CHIP1		BIT_ULL(45)
#define TABLE_PAGES	(SZ_8G >> 16)

/* The firmware's side: one PHB, and the TVE#1 of its PEs */
struct fake_opal {
	bool absent;
	bool option;
	bool deaf;		/* takes a new value and keeps the old one */
	bool unsupported;	/* knows the calls and not the option */
	bool refuses_real;	/* a no-translate TVE#1 */
	bool mapped[2];
	bool real[2];		/* no-translate, put back later */
	int kills;
	int calls;
	int fail_at;		/* the call that fails, from 1 on */
	bool fail_on;		/* and all that follow */
};

struct world {
	struct fake_opal opal;
	bool bound;		/* there is a driver behind the PHB */
	bool dev_bound;		/* the driver of the device is through its probe */
	bool on_qemu;
	bool no_memory;		/* for all of the table */
	u64 online;		/* one byte of memory */
	u64 ram_end;
	struct property sizes;
	struct device_node dn;
	struct pci_controller hose;
	struct pnv_phb *phb;
	struct pnv_ioda_pe pe[2];
	struct iommu_table tbl[2];
	struct device dev, other;	/* both of the first PE */
	u64 mask;
};

static struct fake_opal *this_opal(void)
{
	struct world *w = kunit_get_current_test()->priv;

	return &w->opal;
}

static bool call_fails(struct fake_opal *opal)
{
	opal->calls++;
	return opal->fail_on ? opal->calls >= opal->fail_at : opal->calls == opal->fail_at;
}

static bool fake_present(void)
{
	return !this_opal()->absent;
}

static s64 fake_set(struct pnv_phb *phb, bool on)
{
	struct fake_opal *opal = this_opal();

	if (call_fails(opal))
		return OPAL_HARDWARE;
	if (!opal->deaf)
		opal->option = on;
	return OPAL_SUCCESS;
}

static s64 fake_get(struct pnv_phb *phb, bool *on)
{
	struct fake_opal *opal = this_opal();

	if (call_fails(opal))
		return OPAL_HARDWARE;
	if (opal->unsupported)
		return OPAL_UNSUPPORTED;
	*on = opal->option;
	return OPAL_SUCCESS;
}

static s64 fake_map(struct pnv_ioda_pe *pe)
{
	struct fake_opal *opal = this_opal();

	if (call_fails(opal))
		return OPAL_HARDWARE;
	opal->mapped[pe->pe_number] = true;
	return OPAL_SUCCESS;
}

static void fake_kill(struct pnv_ioda_pe *pe)
{
	this_opal()->kills++;
}

static bool fake_on_qemu(void)
{
	struct world *w = kunit_get_current_test()->priv;

	return w->on_qemu;
}

static bool fake_dev_bound(struct device *dev)
{
	struct world *w = kunit_get_current_test()->priv;

	return w->dev_bound;
}

static void fake_walk(struct pnv_4gb_walk *walk)
{
	struct world *w = kunit_get_current_test()->priv;

	if (walk->pe != &w->pe[0])
		return;
	walk->fn(&w->dev, walk);
	walk->fn(&w->other, walk);
}

/* As dma_direct_get_required_mask() does */
static u64 fake_required(struct device *dev)
{
	struct world *w = kunit_get_current_test()->priv;

	return DMA_BIT_MASK(fls64(dev->archdata.dma_offset + w->ram_end - 1));
}

static bool fake_bound(struct pnv_phb *phb)
{
	struct world *w = kunit_get_current_test()->priv;

	return w->bound;
}

static int fake_map_memory(struct pnv_4gb_table *t)
{
	struct world *w = kunit_get_current_test()->priv;
	int rc = pnv_4gb_table_map(t, 0, w->no_memory ? SZ_1G : SZ_4G);

	return w->no_memory ? -ENOMEM : rc;
}

static bool fake_online(u64 start, u64 end)
{
	struct world *w = kunit_get_current_test()->priv;

	return start <= w->online && w->online < end;
}

static void fake_bypass(struct pnv_ioda_pe *pe, bool enable)
{
	struct fake_opal *opal = this_opal();

	if (enable && opal->refuses_real)
		return;
	opal->mapped[pe->pe_number] = false;
	opal->real[pe->pe_number] = enable;
	pe->tce_bypass_enabled = enable;
}

/* As iommu_init_table() does */
static void make_pools(struct iommu_table *tbl)
{
	int i;

	tbl->nr_pools = IOMMU_NR_POOLS;
	tbl->poolsize = tbl->it_size * 3 / 4 / IOMMU_NR_POOLS;
	for (i = 0; i < IOMMU_NR_POOLS; i++) {
		spin_lock_init(&tbl->pools[i].lock);
		tbl->pools[i].start = i * tbl->poolsize;
		tbl->pools[i].end = (i + 1) * tbl->poolsize;
	}
	spin_lock_init(&tbl->large_pool.lock);
	tbl->large_pool.start = i * tbl->poolsize;
	tbl->large_pool.end = tbl->it_size;
}

/* Two PEs with bypass and an 8 GB window #0, as 7.3 leaves them, and a device in the first */
static void make_pe(struct kunit *test, struct world *w, int i)
{
	struct pnv_ioda_pe *pe = &w->pe[i];
	struct iommu_table *tbl = &w->tbl[i];

	memset(pe, 0, sizeof(*pe));
	pe->phb = w->phb;
	pe->pe_number = i;
	pe->dma_setup_done = true;
	pe->tce_bypass_enabled = true;
	pe->tce_bypass_base = BIT59;
	pe->table_group.pgsizes = SZ_4K | SZ_64K | SZ_2M | SZ_1G;
	pe->table_group.tables[0] = tbl;
	list_add_tail(&pe->list, &w->phb->ioda.pe_list);

	memset(tbl, 0, sizeof(*tbl));
	tbl->it_page_shift = 16;
	tbl->it_size = TABLE_PAGES;
	tbl->it_map = kunit_kzalloc(test, TABLE_PAGES / 8, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, tbl->it_map);
	tbl->it_reserved_start = SZ_2G >> 16;
	tbl->it_reserved_end = SZ_4G >> 16;
	bitmap_set(tbl->it_map, SZ_2G >> 16, SZ_2G >> 16);
	make_pools(tbl);
}

static void free_phb(struct kunit *test, struct world *w)
{
	if (w->phb)
		pnv_4gb_table_free(&w->phb->dma4gb.table);
	kunit_kfree(test, w->phb);
}

static void make_hose(struct world *w)
{
	static const __be32 sizes[] = {
		cpu_to_be32(12), cpu_to_be32(16), cpu_to_be32(21), cpu_to_be32(30)
	};

	w->sizes.name = "ibm,supported-tce-sizes";
	w->sizes.value = (void *)sizes;
	w->sizes.length = sizeof(sizes);
	w->dn.properties = &w->sizes;
	w->hose.dn = &w->dn;
	w->hose.node = NUMA_NO_NODE;
}

static void make_dev(struct world *w, struct device *dev)
{
	memset(dev, 0, sizeof(*dev));
	dev->dma_mask = &w->mask;
	dev->coherent_dma_mask = DMA_BIT_MASK(64);
	dev->archdata.dma_offset = BIT59;
}

static void make_world(struct kunit *test, struct world *w)
{
	struct pnv_phb *phb;
	int i;

	free_phb(test, w);
	phb = kunit_kzalloc(test, sizeof(*phb), GFP_KERNEL);
	w->phb = phb;
	KUNIT_ASSERT_NOT_NULL(test, phb);

	memset(&w->opal, 0, sizeof(w->opal));
	make_hose(w);
	phb->hose = &w->hose;
	phb->type = PNV_PHB_IODA2;
	INIT_LIST_HEAD(&phb->ioda.pe_list);
	mutex_init(&phb->ioda.pe_list_mutex);
	mutex_init(&phb->dma4gb.lock);
	phb->dma4gb.capable = true;
	phb->dma4gb.available = true;
	for (i = 0; i < ARRAY_SIZE(w->pe); i++)
		make_pe(test, w, i);

	w->ram_end = 6ULL * SZ_1G;
	w->dev_bound = false;
	make_dev(w, &w->dev);
	make_dev(w, &w->other);
}

static int window_init(struct kunit *test)
{
	struct world *w = kunit_kzalloc(test, sizeof(*w), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, w);
	test->priv = w;

	kunit_activate_static_stub(test, pnv_4gb_on_qemu, fake_on_qemu);
	kunit_activate_static_stub(test, pnv_4gb_bound, fake_dev_bound);
	kunit_activate_static_stub(test, pnv_4gb_for_each_dev, fake_walk);
	kunit_activate_static_stub(test, pnv_4gb_required, fake_required);
	kunit_activate_static_stub(test, pnv_4gb_fw_present, fake_present);
	kunit_activate_static_stub(test, pnv_4gb_fw_set, fake_set);
	kunit_activate_static_stub(test, pnv_4gb_fw_get, fake_get);
	kunit_activate_static_stub(test, pnv_4gb_fw_map, fake_map);
	kunit_activate_static_stub(test, pnv_4gb_fw_kill, fake_kill);
	kunit_activate_static_stub(test, pnv_4gb_map_memory, fake_map_memory);
	kunit_activate_static_stub(test, pnv_4gb_online, fake_online);
	kunit_activate_static_stub(test, pnv_layout_bound, fake_bound);
	kunit_activate_static_stub(test, pnv_pci_ioda2_set_bypass, fake_bypass);
	make_world(test, w);

	return 0;
}

static void window_exit(struct kunit *test)
{
	free_phb(test, test->priv);
}

/* The layout of 7.3, whatever has been tried */
static void expect_unsplit(struct kunit *test, struct world *w)
{
	int i;

	KUNIT_EXPECT_EQ(test, w->dev.archdata.dma_offset, BIT59);
	KUNIT_EXPECT_EQ(test, w->dev.bus_dma_limit, 0);
	KUNIT_EXPECT_FALSE(test, dev_dma_ops_bypass(&w->dev));
	KUNIT_EXPECT_FALSE(test, w->opal.mapped[0]);
	KUNIT_EXPECT_EQ(test, w->phb->dma4gb.active, w->opal.option);
	for (i = 0; i < ARRAY_SIZE(w->pe); i++) {
		KUNIT_EXPECT_FALSE(test, pnv_4gb_pe_active(&w->pe[i]));
		if (!w->phb->dma4gb.active)
			KUNIT_EXPECT_EQ(test, w->tbl[i].it_reserved_end, SZ_4G >> 16);
	}
}

/* The PHB is split, and the first PE has the bypass that it had before */
static void expect_bypass(struct kunit *test, struct world *w)
{
	KUNIT_EXPECT_TRUE(test, w->phb->dma4gb.active);
	KUNIT_EXPECT_TRUE(test, w->opal.option);
	KUNIT_EXPECT_FALSE(test, w->opal.mapped[0]);
	KUNIT_EXPECT_TRUE(test, w->opal.real[0]);
	KUNIT_EXPECT_EQ(test, w->opal.kills, 2);
	KUNIT_EXPECT_FALSE(test, pnv_4gb_pe_active(&w->pe[0]));
	KUNIT_EXPECT_EQ(test, w->dev.archdata.dma_offset, BIT59);
	KUNIT_EXPECT_EQ(test, w->dev.bus_dma_limit, 0);
	KUNIT_EXPECT_TRUE(test, dev_dma_ops_bypass(&w->dev));
}

/* The first PE has the window, its device uses it, and the second PE is as before */
static void expect_split(struct kunit *test, struct world *w)
{
	int i;

	KUNIT_EXPECT_TRUE(test, w->phb->dma4gb.active);
	KUNIT_EXPECT_TRUE(test, w->opal.option);
	KUNIT_EXPECT_TRUE(test, w->opal.mapped[0]);
	KUNIT_EXPECT_FALSE(test, w->opal.mapped[1]);
	KUNIT_EXPECT_EQ(test, w->opal.kills, 1);
	KUNIT_EXPECT_EQ(test, w->pe[0].tce_bypass_base, SZ_4G);
	KUNIT_EXPECT_EQ(test, w->pe[1].tce_bypass_base, BIT59);
	KUNIT_EXPECT_EQ(test, w->dev.archdata.dma_offset, SZ_4G);
	KUNIT_EXPECT_EQ(test, w->dev.bus_dma_limit, DMA_BIT_MASK(44));
	for (i = 0; i < ARRAY_SIZE(w->tbl); i++) {
		KUNIT_EXPECT_EQ(test, w->tbl[i].it_reserved_end, TABLE_PAGES);
		KUNIT_EXPECT_FALSE(test, iommu_table_in_use(&w->tbl[i]));
	}
}

/* For each mask: the highest address that the device can set and the window has */
static void limit_test(struct kunit *test)
{
	int bits, reach;

	for (reach = 48; reach <= 54; reach++) {
		u64 window = 1ULL << reach;

		for (bits = 1; bits <= 64; bits++) {
			u64 mask = DMA_BIT_MASK(bits), limit = 0;

			if (bits > 32)
				limit = mask < window ? mask : window - 1;
			KUNIT_EXPECT_EQ_MSG(test, pnv_4gb_limit(window, mask), limit,
					    "%d bits, window %llx", bits, window);
		}
	}
}

/* The entries that some pool has, and in which of them an entry is looked for and locked alike */
static unsigned long pool_entries(struct kunit *test, struct iommu_table *tbl)
{
	unsigned long n = tbl->large_pool.end - tbl->large_pool.start;
	int i;

	KUNIT_EXPECT_GE(test, tbl->large_pool.start, tbl->poolsize * IOMMU_NR_POOLS);
	for (i = 0; i < IOMMU_NR_POOLS; i++) {
		KUNIT_EXPECT_EQ(test, tbl->pools[i].start, i * tbl->poolsize);
		KUNIT_EXPECT_LE(test, tbl->pools[i].end, (i + 1) * tbl->poolsize);
		n += tbl->pools[i].end - tbl->pools[i].start;
	}
	return n;
}

static void fence_test(struct kunit *test)
{
	struct world *w = test->priv;
	struct iommu_table *tbl = &w->tbl[0];

	KUNIT_EXPECT_EQ(test, pnv_4gb_fence(tbl), 0);
	KUNIT_EXPECT_EQ(test, find_next_zero_bit(tbl->it_map, TABLE_PAGES, SZ_2G >> 16),
			TABLE_PAGES);
	KUNIT_EXPECT_FALSE(test, iommu_table_in_use(tbl));
	KUNIT_EXPECT_EQ(test, pool_entries(test, tbl), SZ_4G >> 16);
	pnv_4gb_unfence(tbl);
	KUNIT_EXPECT_EQ(test, pool_entries(test, tbl), TABLE_PAGES);
	KUNIT_EXPECT_EQ(test, find_next_zero_bit(tbl->it_map, TABLE_PAGES, SZ_2G >> 16),
			SZ_4G >> 16);

	set_bit(TABLE_PAGES - 1, tbl->it_map);
	KUNIT_EXPECT_EQ(test, pnv_4gb_fence(tbl), -EBUSY);
	KUNIT_EXPECT_EQ(test, tbl->it_reserved_end, SZ_4G >> 16);

	tbl->it_size = SZ_4G >> 16;
	KUNIT_EXPECT_EQ(test, pnv_4gb_fence(tbl), 0);
}

/* What iommu= asks for, and the machine that is not to be trusted unless it does */
static void policy_test(struct kunit *test)
{
	struct world *w = test->priv;

	KUNIT_EXPECT_TRUE(test, pnv_4gb_allowed(PNV_4GB_AUTO));
	KUNIT_EXPECT_TRUE(test, pnv_4gb_allowed(PNV_4GB_ON));
	KUNIT_EXPECT_FALSE(test, pnv_4gb_allowed(PNV_4GB_OFF));

	w->on_qemu = true;
	KUNIT_EXPECT_FALSE(test, pnv_4gb_allowed(PNV_4GB_AUTO));
	KUNIT_EXPECT_TRUE(test, pnv_4gb_allowed(PNV_4GB_ON));
	KUNIT_EXPECT_FALSE(test, pnv_4gb_allowed(PNV_4GB_OFF));
}

/* A kernel starts on the PHB as the one before has left it */
static void start_kernel_on(struct kunit *test, struct world *w, bool bypass)
{
	struct fake_opal opal = w->opal;

	make_world(test, w);
	memset(&w->phb->dma4gb, 0, sizeof(w->phb->dma4gb));
	opal.calls = 0;
	opal.kills = 0;
	memset(opal.mapped, 0, sizeof(opal.mapped));
	w->opal = opal;
	pnv_4gb_init_phb(w->phb, bypass);
}

static void expect_init(struct kunit *test, struct world *w, bool capable, bool fenced)
{
	const struct pnv_4gb *dma4gb = &w->phb->dma4gb;

	KUNIT_EXPECT_EQ(test, dma4gb->capable, capable);
	KUNIT_EXPECT_EQ(test, dma4gb->available, capable && pnv_4gb_policy != PNV_4GB_OFF);
	KUNIT_EXPECT_EQ(test, dma4gb->fenced, fenced);
	KUNIT_EXPECT_EQ(test, pnv_4gb_window0_max(w->phb), fenced ? SZ_4G : U64_MAX);
	KUNIT_EXPECT_FALSE(test, dma4gb->active);
}

/* What a kernel finds, and may use */
static void init_test(struct kunit *test)
{
	struct world *w = test->priv;

	start_kernel_on(test, w, true);
	expect_init(test, w, true, false);

	w->opal.option = true;
	start_kernel_on(test, w, false);
	KUNIT_EXPECT_FALSE(test, w->opal.option);
	expect_init(test, w, false, false);

	w->opal.unsupported = true;
	start_kernel_on(test, w, true);
	expect_init(test, w, false, false);

	w->opal.absent = true;
	start_kernel_on(test, w, true);
	expect_init(test, w, false, false);
	KUNIT_EXPECT_EQ(test, w->opal.calls, 0);
}

/* An option that stays set, or may: no window #0 leads to where TVE#1 is */
static void init_stuck_test(struct kunit *test)
{
	struct world *w = test->priv;

	w->opal.option = true;
	w->opal.deaf = true;
	start_kernel_on(test, w, true);
	expect_init(test, w, false, true);
	pnv_4gb_set_mask(&w->dev, &w->pe[0], DMA_BIT_MASK(44));
	KUNIT_EXPECT_EQ(test, w->dev.archdata.dma_offset, BIT59);
	KUNIT_EXPECT_FALSE(test, w->opal.mapped[0]);
	expect_init(test, w, false, true);
	KUNIT_EXPECT_EQ(test, pnv_layout_set(w->phb, true), -EOPNOTSUPP);

	/* When it shuts down it tries once more */
	w->opal.deaf = false;
	pnv_4gb_shutdown_phb(w->phb);
	KUNIT_EXPECT_FALSE(test, w->opal.option);

	w->opal.fail_at = 1;
	w->opal.fail_on = true;
	start_kernel_on(test, w, true);
	expect_init(test, w, false, true);

	/* Refused, and not needed */
	w->opal.fail_on = false;
	start_kernel_on(test, w, true);
	expect_init(test, w, true, false);
}

/* The kernel before went in order or crashed: the next one has the default, and can split */
static void kexec_test(struct kunit *test)
{
	struct world *w = test->priv;
	int crash;

	for (crash = 0; crash <= 1; crash++) {
		make_world(test, w);
		pnv_4gb_set_mask(&w->dev, &w->pe[0], DMA_BIT_MASK(44));
		expect_split(test, w);
		if (!crash)
			pnv_4gb_shutdown_phb(w->phb);
		KUNIT_EXPECT_EQ(test, w->opal.option, crash);

		start_kernel_on(test, w, true);
		KUNIT_EXPECT_FALSE(test, w->opal.option);
		expect_init(test, w, true, false);
		w->phb->dma4gb.available = true;
		pnv_4gb_set_mask(&w->dev, &w->pe[0], DMA_BIT_MASK(44));
		expect_split(test, w);
	}
}

/* The option does not outlive the kernel, and no call is made for a PHB that is not split */
static void shutdown_test(struct kunit *test)
{
	struct world *w = test->priv;

	pnv_4gb_shutdown_phb(w->phb);
	KUNIT_EXPECT_EQ(test, w->opal.calls, 0);

	pnv_4gb_set_mask(&w->dev, &w->pe[0], DMA_BIT_MASK(44));
	expect_split(test, w);
	pnv_4gb_shutdown_phb(w->phb);
	KUNIT_EXPECT_FALSE(test, w->opal.option);
}

/* What a shutdown has not done the next kernel does */
static void shutdown_failure_test(struct kunit *test)
{
	struct world *w = test->priv;
	int n;

	for (n = 1; n <= 2; n++) {
		make_world(test, w);
		pnv_4gb_set_mask(&w->dev, &w->pe[0], DMA_BIT_MASK(44));
		w->opal.fail_at = w->opal.calls + n;
		pnv_4gb_shutdown_phb(w->phb);
		KUNIT_EXPECT_EQ(test, w->opal.calls, 5);
		KUNIT_EXPECT_EQ(test, w->opal.option, n == 1);

		w->opal.fail_at = 0;
		start_kernel_on(test, w, true);
		KUNIT_EXPECT_FALSE(test, w->opal.option);
		expect_init(test, w, true, false);
	}
}

static void reset_test(struct kunit *test)
{
	struct world *w = test->priv;

	KUNIT_EXPECT_EQ(test, pnv_4gb_restore_phb(w->phb), 0);
	KUNIT_EXPECT_EQ(test, w->opal.calls, 0);

	pnv_4gb_set_mask(&w->dev, &w->pe[0], DMA_BIT_MASK(44));
	w->opal.option = false;
	KUNIT_EXPECT_EQ(test, pnv_4gb_restore_phb(w->phb), 0);
	expect_split(test, w);

	w->opal.option = false;
	w->opal.deaf = true;
	KUNIT_EXPECT_EQ(test, pnv_4gb_restore_phb(w->phb), -EIO);
}

/* Each call fails in turn: the recovery is told, and succeeds when it tries again */
static void reset_failure_test(struct kunit *test)
{
	struct world *w = test->priv;
	int n;

	for (n = 1; n <= 2; n++) {
		make_world(test, w);
		pnv_4gb_set_mask(&w->dev, &w->pe[0], DMA_BIT_MASK(44));
		w->opal.option = false;
		w->opal.fail_at = w->opal.calls + n;
		KUNIT_EXPECT_EQ(test, pnv_4gb_restore_phb(w->phb), -EIO);
		KUNIT_EXPECT_EQ(test, pnv_4gb_restore_phb(w->phb), 0);
		expect_split(test, w);
	}
}

static bool reaches_ram(struct world *w, u64 limit)
{
	return limit >= SZ_4G + w->ram_end - 1;
}

/* Each width of mask, as the first one and after one of 44 bits */
static void mask_test(struct kunit *test)
{
	struct world *w = test->priv;
	u64 limit;
	int bits;

	for (bits = 24; bits <= 64; bits++) {
		make_world(test, w);
		pnv_4gb_set_mask(&w->dev, &w->pe[0], DMA_BIT_MASK(bits));
		if (bits <= 32 || bits >= 60)
			expect_unsplit(test, w);
		else
			KUNIT_EXPECT_TRUE(test, pnv_4gb_pe_active(&w->pe[0]));

		pnv_4gb_set_mask(&w->dev, &w->pe[0], DMA_BIT_MASK(44));
		expect_split(test, w);
		KUNIT_EXPECT_TRUE(test, dev_dma_ops_bypass(&w->dev));

		pnv_4gb_set_mask(&w->dev, &w->pe[0], DMA_BIT_MASK(bits));
		if (bits >= 60) {
			expect_bypass(test, w);
			continue;
		}
		limit = pnv_4gb_limit(pnv_4gb_table_end(&w->phb->dma4gb.table),
				      DMA_BIT_MASK(bits));
		KUNIT_EXPECT_EQ(test, w->dev.bus_dma_limit, limit);
		KUNIT_EXPECT_EQ(test, dev_dma_ops_bypass(&w->dev), reaches_ram(w, limit));
	}
}

/* The first PE may use the window again, and what the PHB does to have it is not done twice */
static void leave_test(struct kunit *test)
{
	struct world *w = test->priv;

	pnv_4gb_set_mask(&w->other, &w->pe[0], DMA_BIT_MASK(44));
	pnv_4gb_set_mask(&w->dev, &w->pe[0], DMA_BIT_MASK(44));
	expect_split(test, w);
	pnv_4gb_set_mask(&w->dev, &w->pe[0], DMA_BIT_MASK(64));
	expect_bypass(test, w);
	KUNIT_EXPECT_EQ(test, w->other.archdata.dma_offset, BIT59);
	KUNIT_EXPECT_EQ(test, w->other.bus_dma_limit, 0);
	KUNIT_EXPECT_FALSE(test, dev_dma_ops_bypass(&w->other));

	w->opal.kills = 0;
	w->opal.calls = 0;
	pnv_4gb_set_mask(&w->dev, &w->pe[0], DMA_BIT_MASK(44));
	expect_split(test, w);
	KUNIT_EXPECT_EQ(test, w->opal.calls, 1);
}

/* Without a window #1 there is still #0 */
static void leave_failure_test(struct kunit *test)
{
	struct world *w = test->priv;

	pnv_4gb_set_mask(&w->dev, &w->pe[0], DMA_BIT_MASK(44));
	w->opal.refuses_real = true;
	pnv_4gb_set_mask(&w->dev, &w->pe[0], DMA_BIT_MASK(64));
	KUNIT_EXPECT_FALSE(test, pnv_4gb_pe_active(&w->pe[0]));
	KUNIT_EXPECT_FALSE(test, w->opal.mapped[0]);
	KUNIT_EXPECT_EQ(test, w->dev.bus_dma_limit, 0);
	KUNIT_EXPECT_FALSE(test, dev_dma_ops_bypass(&w->dev));
}

/* A function of the same PE: with a driver that may have mappings, window #1 stays as it is */
static void function_test(struct kunit *test)
{
	static struct device_driver driver;
	struct world *w = test->priv;

	w->other.driver = &driver;
	dev_set_dma_ops_bypass(&w->other);
	pnv_4gb_set_mask(&w->dev, &w->pe[0], DMA_BIT_MASK(44));
	expect_unsplit(test, w);
	KUNIT_EXPECT_EQ(test, w->opal.calls, 0);

	dev_clear_dma_ops_bypass(&w->other);
	pnv_4gb_set_mask(&w->dev, &w->pe[0], DMA_BIT_MASK(44));
	expect_split(test, w);
	KUNIT_EXPECT_EQ(test, w->other.archdata.dma_offset, SZ_4G);

	/* All of memory or a part of it */
	pnv_4gb_set_mask(&w->other, &w->pe[0], DMA_BIT_MASK(44));
	pnv_4gb_set_mask(&w->dev, &w->pe[0], DMA_BIT_MASK(64));
	KUNIT_EXPECT_TRUE(test, pnv_4gb_pe_active(&w->pe[0]));
	KUNIT_EXPECT_TRUE(test, dev_dma_ops_bypass(&w->dev));
	pnv_4gb_set_mask(&w->other, &w->pe[0], DMA_BIT_MASK(33));
	KUNIT_EXPECT_FALSE(test, dev_dma_ops_bypass(&w->other));
	pnv_4gb_set_mask(&w->dev, &w->pe[0], DMA_BIT_MASK(64));
	KUNIT_EXPECT_TRUE(test, pnv_4gb_pe_active(&w->pe[0]));

	/* What goes through the default window is not in the way */
	pnv_4gb_set_mask(&w->other, &w->pe[0], DMA_BIT_MASK(32));
	pnv_4gb_set_mask(&w->dev, &w->pe[0], DMA_BIT_MASK(64));
	expect_bypass(test, w);
}

/* A bound driver that repeats its mask has mappings; one that changes it has none */
static void bound_test(struct kunit *test)
{
	struct world *w = test->priv;

	w->dev_bound = true;
	w->mask = DMA_BIT_MASK(44);
	pnv_4gb_set_mask(&w->dev, &w->pe[0], DMA_BIT_MASK(44));
	expect_unsplit(test, w);
	KUNIT_EXPECT_EQ(test, w->opal.calls, 0);

	w->mask = DMA_BIT_MASK(64);
	pnv_4gb_set_mask(&w->dev, &w->pe[0], DMA_BIT_MASK(44));
	expect_split(test, w);
	pnv_4gb_set_mask(&w->dev, &w->pe[0], DMA_BIT_MASK(64));
	KUNIT_EXPECT_TRUE(test, pnv_4gb_pe_active(&w->pe[0]));
	KUNIT_EXPECT_EQ(test, w->opal.kills, 1);

	w->mask = DMA_BIT_MASK(44);
	pnv_4gb_set_mask(&w->dev, &w->pe[0], DMA_BIT_MASK(64));
	expect_bypass(test, w);
}

/* Does the core map @bytes at @phys directly, and does it know so when it unmaps them? */
static void expect_direct(struct kunit *test, struct device *dev, u64 phys, size_t bytes,
			  bool direct)
{
	dma_addr_t handle = direct ? phys + SZ_4G : SZ_1G;

	KUNIT_EXPECT_EQ_MSG(test, arch_dma_map_phys_direct(dev, phys + bytes), direct,
			    "%llx", phys);
	KUNIT_EXPECT_EQ_MSG(test, arch_dma_unmap_phys_direct(dev, handle), direct,
			    "%llx", phys);
}

/* Memory of a second chip, or one page too much: what is in reach is mapped directly, no more */
static void hybrid_test(struct kunit *test)
{
	static const u64 ends[] = { CHIP1 + SZ_2G, BIT_ULL(44) - SZ_4G + SZ_64K };
	struct world *w = test->priv;
	u64 reach = BIT_ULL(44) - SZ_4G;
	int i;

	for (i = 0; i < ARRAY_SIZE(ends); i++) {
		make_world(test, w);
		w->ram_end = ends[i];
		pnv_4gb_set_mask(&w->dev, &w->pe[0], DMA_BIT_MASK(44));
		expect_split(test, w);
		KUNIT_EXPECT_FALSE(test, dev_dma_ops_bypass(&w->dev));
		KUNIT_EXPECT_FALSE(test, arch_dma_alloc_direct(&w->dev));
		KUNIT_EXPECT_FALSE(test, arch_dma_free_direct(&w->dev, SZ_1G));
		expect_direct(test, &w->dev, 0, SZ_64K, true);
		expect_direct(test, &w->dev, reach - SZ_128K, SZ_64K, true);
		expect_direct(test, &w->dev, reach - SZ_64K, SZ_128K, false);
		expect_direct(test, &w->dev, reach, SZ_64K, false);
		expect_direct(test, &w->dev, CHIP1, SZ_64K, false);

		pnv_4gb_set_mask(&w->dev, &w->pe[0], DMA_BIT_MASK(48));
		KUNIT_EXPECT_TRUE(test, dev_dma_ops_bypass(&w->dev));
		expect_direct(test, &w->dev, ends[i] - SZ_64K, SZ_64K, true);
	}

	make_world(test, w);
	w->ram_end = reach;
	pnv_4gb_set_mask(&w->dev, &w->pe[0], DMA_BIT_MASK(44));
	KUNIT_EXPECT_TRUE(test, dev_dma_ops_bypass(&w->dev));
	KUNIT_EXPECT_TRUE(test, arch_dma_alloc_direct(&w->dev));
}

/* Coherent memory is taken from anywhere, so it must not be forced into the window */
static void coherent_test(struct kunit *test)
{
	struct world *w = test->priv;

	w->dev.coherent_dma_mask = DMA_BIT_MASK(32);
	pnv_4gb_set_mask(&w->dev, &w->pe[0], DMA_BIT_MASK(44));
	expect_split(test, w);
	KUNIT_EXPECT_FALSE(test, dev_dma_ops_bypass(&w->dev));
}

/* Each call of the firmware fails in turn, until there is none left to fail */
static void failure_test(struct kunit *test)
{
	struct world *w = test->priv;
	int n = 0;

	do {
		make_world(test, w);
		w->opal.fail_at = ++n;
		pnv_4gb_set_mask(&w->dev, &w->pe[0], DMA_BIT_MASK(44));
		if (w->opal.calls >= n)
			expect_unsplit(test, w);
	} while (w->opal.calls >= n);

	expect_split(test, w);
	KUNIT_EXPECT_EQ(test, n, 4);
}

/* From the nth call on all fail */
static void make_stuck(struct kunit *test, struct world *w, int n)
{
	make_world(test, w);
	w->opal.fail_at = n;
	w->opal.fail_on = true;
	pnv_4gb_set_mask(&w->dev, &w->pe[0], DMA_BIT_MASK(44));
	KUNIT_EXPECT_EQ(test, w->opal.option, n == 2);
}

/* Where the option is left set, or may be, TVE#0 is left below 4 GB */
static void stuck_test(struct kunit *test)
{
	struct world *w = test->priv;
	int n, i;

	for (n = 1; n <= 2; n++) {
		make_stuck(test, w, n);
		KUNIT_EXPECT_EQ(test, w->dev.archdata.dma_offset, BIT59);
		for (i = 0; i < ARRAY_SIZE(w->tbl); i++)
			KUNIT_EXPECT_EQ(test, w->tbl[i].it_reserved_end, TABLE_PAGES);
		KUNIT_EXPECT_EQ(test, pnv_4gb_window0_max(w->phb), SZ_4G);
		KUNIT_EXPECT_FALSE(test, w->phb->dma4gb.active);
		KUNIT_EXPECT_EQ(test, pnv_4gb_restore_phb(w->phb), 0);
	}
}

/* It stays so when the next attempt meets user space, until the firmware does as told */
static void unstuck_test(struct kunit *test)
{
	struct world *w = test->priv;
	int n;

	for (n = 1; n <= 2; n++) {
		make_stuck(test, w, n);
		w->pe[1].tce_bypass_enabled = false;
		w->phb->dma4gb.available = true;
		pnv_4gb_set_mask(&w->dev, &w->pe[0], DMA_BIT_MASK(44));
		KUNIT_EXPECT_EQ(test, w->tbl[0].it_reserved_end, TABLE_PAGES);

		w->pe[1].tce_bypass_enabled = true;
		w->opal.fail_on = false;
		w->opal.fail_at = 0;
		KUNIT_EXPECT_EQ(test, pnv_layout_set(w->phb, n == 2), 0);
		KUNIT_EXPECT_EQ(test, w->opal.option, n == 2);
		KUNIT_EXPECT_EQ(test, w->phb->dma4gb.active, n == 2);
		KUNIT_EXPECT_EQ(test, pnv_4gb_window0_max(w->phb), n == 2 ? SZ_4G : U64_MAX);
		KUNIT_EXPECT_EQ(test, w->tbl[0].it_reserved_end,
				n == 2 ? TABLE_PAGES : SZ_4G >> 16);
	}
}

static void deaf_test(struct kunit *test)
{
	struct world *w = test->priv;

	w->opal.deaf = true;
	pnv_4gb_set_mask(&w->dev, &w->pe[0], DMA_BIT_MASK(44));
	expect_unsplit(test, w);
	KUNIT_EXPECT_FALSE(test, w->phb->dma4gb.available);
}

/* A mapping above 4 GB in another PE is respected, and does not bar the way for ever */
static void busy_test(struct kunit *test)
{
	struct world *w = test->priv;

	set_bit(TABLE_PAGES - 1, w->tbl[1].it_map);
	pnv_4gb_set_mask(&w->dev, &w->pe[0], DMA_BIT_MASK(44));
	expect_unsplit(test, w);
	KUNIT_EXPECT_FALSE(test, w->opal.option);

	clear_bit(TABLE_PAGES - 1, w->tbl[1].it_map);
	pnv_4gb_set_mask(&w->dev, &w->pe[0], DMA_BIT_MASK(44));
	expect_split(test, w);
}

static void vfio_test(struct kunit *test)
{
	struct world *w = test->priv;

	w->pe[1].tce_bypass_enabled = false;
	w->pe[1].table_group.tables[0] = NULL;
	pnv_4gb_set_mask(&w->dev, &w->pe[0], DMA_BIT_MASK(44));
	expect_unsplit(test, w);

	w->pe[1].tce_bypass_enabled = true;
	w->pe[1].table_group.tables[0] = &w->tbl[1];
	w->pe[0].tce_bypass_enabled = false;
	pnv_4gb_set_mask(&w->dev, &w->pe[0], DMA_BIT_MASK(44));
	expect_unsplit(test, w);
}

/* A PE gives the window up and gets it again; the PHB keeps its layout */
static void disable_test(struct kunit *test)
{
	struct world *w = test->priv;

	pnv_4gb_disable_pe(&w->pe[0]);
	KUNIT_EXPECT_EQ(test, w->opal.kills, 0);

	pnv_4gb_set_mask(&w->dev, &w->pe[0], DMA_BIT_MASK(44));
	pnv_4gb_disable_pe(&w->pe[0]);
	KUNIT_EXPECT_EQ(test, w->opal.kills, 2);
	KUNIT_EXPECT_EQ(test, w->pe[0].tce_bypass_base, BIT59);
	KUNIT_EXPECT_TRUE(test, w->opal.option);

	w->opal.kills = 0;
	pnv_4gb_set_mask(&w->dev, &w->pe[0], DMA_BIT_MASK(44));
	expect_split(test, w);
}

/* Asked for by name, back again, and what was asked for last holds */
static void layout_test(struct kunit *test)
{
	struct world *w = test->priv;

	w->phb->dma4gb.available = false;
	KUNIT_EXPECT_EQ(test, pnv_layout_set(w->phb, true), 0);
	KUNIT_EXPECT_TRUE(test, w->opal.option);
	KUNIT_EXPECT_EQ(test, w->tbl[0].it_reserved_end, TABLE_PAGES);
	pnv_4gb_set_mask(&w->dev, &w->pe[0], DMA_BIT_MASK(44));
	expect_split(test, w);

	KUNIT_EXPECT_EQ(test, pnv_layout_set(w->phb, false), 0);
	KUNIT_EXPECT_FALSE(test, w->opal.option);
	KUNIT_EXPECT_TRUE(test, w->opal.real[0]);
	KUNIT_EXPECT_FALSE(test, w->opal.real[1]);
	KUNIT_EXPECT_EQ(test, w->opal.kills, 2);
	KUNIT_EXPECT_NULL(test, w->phb->dma4gb.table.root);

	/* The driver's part, which is not here, would put these back */
	w->dev.archdata.dma_offset = BIT59;
	w->dev.bus_dma_limit = 0;
	dev_clear_dma_ops_bypass(&w->dev);
	pnv_4gb_set_mask(&w->dev, &w->pe[0], DMA_BIT_MASK(44));
	expect_unsplit(test, w);
}

/* No call is made for a PHB that has the layout, or cannot have it */
static void layout_same_test(struct kunit *test)
{
	struct world *w = test->priv;

	KUNIT_EXPECT_EQ(test, pnv_layout_set(w->phb, false), 0);
	KUNIT_EXPECT_EQ(test, w->opal.calls, 0);
	KUNIT_EXPECT_EQ(test, pnv_layout_set(w->phb, true), 0);
	w->opal.calls = 0;
	KUNIT_EXPECT_EQ(test, pnv_layout_set(w->phb, true), 0);
	KUNIT_EXPECT_EQ(test, w->opal.calls, 0);

	w->phb->dma4gb.capable = false;
	KUNIT_EXPECT_EQ(test, pnv_layout_set(w->phb, false), -EOPNOTSUPP);
}

static void layout_busy_test(struct kunit *test)
{
	struct world *w = test->priv;

	w->bound = true;
	KUNIT_EXPECT_EQ(test, pnv_layout_set(w->phb, true), -EBUSY);
	expect_unsplit(test, w);

	w->bound = false;
	w->pe[1].tce_bypass_enabled = false;
	KUNIT_EXPECT_EQ(test, pnv_layout_set(w->phb, true), -EBUSY);
	expect_unsplit(test, w);

	w->pe[1].tce_bypass_enabled = true;
	pnv_4gb_set_mask(&w->dev, &w->pe[0], DMA_BIT_MASK(44));
	w->bound = true;
	KUNIT_EXPECT_EQ(test, pnv_layout_set(w->phb, false), -EBUSY);
	expect_split(test, w);
}

/* A PHB that cannot go back stays split, with every PE at bit 59, and can be used */
static void layout_failure_test(struct kunit *test)
{
	struct world *w = test->priv;
	int n;

	for (n = 1; n <= 2; n++) {
		make_world(test, w);
		pnv_4gb_set_mask(&w->dev, &w->pe[0], DMA_BIT_MASK(44));
		w->opal.fail_at = w->opal.calls + n;
		KUNIT_EXPECT_EQ(test, pnv_layout_set(w->phb, false), -EIO);
		KUNIT_EXPECT_TRUE(test, w->phb->dma4gb.active);
		KUNIT_EXPECT_FALSE(test, pnv_4gb_pe_active(&w->pe[0]));
		KUNIT_EXPECT_TRUE(test, w->opal.real[0]);
		KUNIT_EXPECT_EQ(test, w->tbl[0].it_reserved_end, TABLE_PAGES);
		KUNIT_EXPECT_EQ(test, pnv_layout_set(w->phb, false), 0);
		KUNIT_EXPECT_FALSE(test, w->opal.option);
		KUNIT_EXPECT_EQ(test, w->tbl[0].it_reserved_end, SZ_4G >> 16);
	}
}

/* Half of a table leaves no trace */
static void no_memory_test(struct kunit *test)
{
	struct world *w = test->priv;

	w->no_memory = true;
	pnv_4gb_set_mask(&w->dev, &w->pe[0], DMA_BIT_MASK(44));
	expect_unsplit(test, w);
	KUNIT_EXPECT_NULL(test, w->phb->dma4gb.table.root);
	KUNIT_EXPECT_EQ(test, w->opal.calls, 0);
	KUNIT_EXPECT_FALSE(test, w->phb->dma4gb.available);
}

static s64 phys_at(struct world *w, u64 phys)
{
	return walk_table(&w->phb->dma4gb.table, phys + SZ_4G);
}

/* Memory of another chip comes and goes: each time the PEs with the window look again */
static void hotplug_test(struct kunit *test)
{
	struct world *w = test->priv;
	struct pnv_4gb_table *t = &w->phb->dma4gb.table;
	u64 end = CHIP1 + 2ULL * SZ_1G;

	KUNIT_EXPECT_EQ(test, pnv_4gb_add_memory(w->phb, CHIP1, end), 0);
	pnv_4gb_remove_memory(w->phb, CHIP1, end);
	KUNIT_EXPECT_NULL(test, t->root);

	pnv_4gb_set_mask(&w->dev, &w->pe[0], DMA_BIT_MASK(44));
	expect_split(test, w);
	KUNIT_EXPECT_EQ(test, t->bytes, SZ_8K);
	KUNIT_EXPECT_EQ(test, phys_at(w, CHIP1), -1);

	KUNIT_EXPECT_EQ(test, pnv_4gb_add_memory(w->phb, CHIP1, end), 0);
	KUNIT_EXPECT_EQ(test, w->opal.kills, 2);
	KUNIT_EXPECT_EQ(test, t->bytes, 3 * SZ_4K);
	KUNIT_EXPECT_EQ(test, phys_at(w, CHIP1 - 1), -1);
	KUNIT_EXPECT_EQ(test, phys_at(w, CHIP1), (s64)CHIP1);
	KUNIT_EXPECT_EQ(test, phys_at(w, end - 1), (s64)end - 1);
	KUNIT_EXPECT_EQ(test, phys_at(w, end), -1);

	pnv_4gb_remove_memory(w->phb, CHIP1, end);
	KUNIT_EXPECT_EQ(test, w->opal.kills, 3);
	KUNIT_EXPECT_EQ(test, phys_at(w, CHIP1), -1);
	KUNIT_EXPECT_EQ(test, phys_at(w, end - 1), -1);
	KUNIT_EXPECT_EQ(test, phys_at(w, SZ_64K), SZ_64K);
}

/* A page of the table stays as long as some of its memory is online, below or above what goes */
static void shared_page_test(struct kunit *test)
{
	struct world *w = test->priv;
	u64 start = 8ULL * SZ_1G + SZ_512M, end = start + SZ_256M;

	pnv_4gb_set_mask(&w->dev, &w->pe[0], DMA_BIT_MASK(44));
	KUNIT_EXPECT_EQ(test, pnv_4gb_add_memory(w->phb, start, end), 0);
	KUNIT_EXPECT_EQ(test, phys_at(w, start), (s64)start);

	w->online = start - 1;
	pnv_4gb_remove_memory(w->phb, start, end);
	KUNIT_EXPECT_EQ(test, phys_at(w, start), (s64)start);
	w->online = end;
	pnv_4gb_remove_memory(w->phb, start, end);
	KUNIT_EXPECT_EQ(test, phys_at(w, start), (s64)start);

	w->online = 9ULL * SZ_1G;
	pnv_4gb_remove_memory(w->phb, start, end);
	KUNIT_EXPECT_EQ(test, phys_at(w, start), -1);
}

/* Each range of a node, as the firmware may give persistent memory */
static void node_test(struct kunit *test)
{
	static const __be32 cells = cpu_to_be32(2);
	static const __be64 reg[] = {
		cpu_to_be64(CHIP1), cpu_to_be64(SZ_1G),
		cpu_to_be64(CHIP1 + SZ_4G), cpu_to_be64(SZ_2G)
	};
	struct property reg_prop = { .name = "reg", .length = sizeof(reg), .value = (void *)reg };
	struct property sizes = { .name = "#size-cells", .length = 4, .value = (void *)&cells };
	struct property addrs = {
		.name = "#address-cells", .length = 4, .value = (void *)&cells, .next = &sizes
	};
	struct device_node root = { .full_name = "", .properties = &addrs };
	struct device_node node = { .full_name = "pmem", .properties = &reg_prop, .parent = &root };
	struct world *w = test->priv;

	of_node_init(&root);
	of_node_init(&node);
	pnv_4gb_set_mask(&w->dev, &w->pe[0], DMA_BIT_MASK(44));
	KUNIT_EXPECT_EQ(test, pnv_4gb_map_node(&w->phb->dma4gb.table, &node), 0);
	KUNIT_EXPECT_EQ(test, phys_at(w, CHIP1), (s64)CHIP1);
	KUNIT_EXPECT_EQ(test, phys_at(w, CHIP1 + SZ_1G), -1);
	KUNIT_EXPECT_EQ(test, phys_at(w, CHIP1 + SZ_4G), (s64)(CHIP1 + SZ_4G));
	KUNIT_EXPECT_EQ(test, phys_at(w, CHIP1 + SZ_4G + SZ_2G - 1),
			(s64)(CHIP1 + SZ_4G + SZ_2G - 1));
	KUNIT_EXPECT_EQ(test, phys_at(w, CHIP1 + SZ_4G + SZ_2G), -1);
}

static struct kunit_case window_cases[] = {
	KUNIT_CASE(limit_test),
	KUNIT_CASE(fence_test),
	KUNIT_CASE(policy_test),
	KUNIT_CASE(init_test),
	KUNIT_CASE(init_stuck_test),
	KUNIT_CASE(kexec_test),
	KUNIT_CASE(shutdown_test),
	KUNIT_CASE(shutdown_failure_test),
	KUNIT_CASE(reset_test),
	KUNIT_CASE(reset_failure_test),
	KUNIT_CASE(mask_test),
	KUNIT_CASE(leave_test),
	KUNIT_CASE(leave_failure_test),
	KUNIT_CASE(function_test),
	KUNIT_CASE(bound_test),
	KUNIT_CASE(hybrid_test),
	KUNIT_CASE(coherent_test),
	KUNIT_CASE(failure_test),
	KUNIT_CASE(stuck_test),
	KUNIT_CASE(unstuck_test),
	KUNIT_CASE(deaf_test),
	KUNIT_CASE(busy_test),
	KUNIT_CASE(vfio_test),
	KUNIT_CASE(disable_test),
	KUNIT_CASE(layout_test),
	KUNIT_CASE(layout_same_test),
	KUNIT_CASE(layout_busy_test),
	KUNIT_CASE(layout_failure_test),
	KUNIT_CASE(no_memory_test),
	KUNIT_CASE(hotplug_test),
	KUNIT_CASE(shared_page_test),
	KUNIT_CASE(node_test),
	{}
};

static struct kunit_suite window_suite = {
	.name = "powernv_pci_4gb",
	.init = window_init,
	.exit = window_exit,
	.test_cases = window_cases,
};

kunit_test_suite(window_suite);
