// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The onedma developers
// A fake firmware with one PHB, and the devices behind it, for the tests of the 4 GB split.

#include "pci-ioda-4gb-world.h"

static struct world *this_world(void)
{
	return kunit_get_current_test()->priv;
}

static bool call_fails(struct fake_opal *opal)
{
	opal->calls++;
	return opal->fail_on ? opal->calls >= opal->fail_at : opal->calls == opal->fail_at;
}

static bool fake_present(void)
{
	return !this_world()->opal.absent;
}

static s64 fake_set(struct pnv_phb *phb, bool on)
{
	struct fake_opal *opal = &this_world()->opal;

	if (call_fails(opal))
		return OPAL_HARDWARE;
	if (!opal->deaf)
		opal->option = on;
	return OPAL_SUCCESS;
}

static s64 fake_get(struct pnv_phb *phb, bool *on)
{
	struct fake_opal *opal = &this_world()->opal;

	if (call_fails(opal))
		return OPAL_HARDWARE;
	if (opal->unsupported)
		return OPAL_UNSUPPORTED;
	*on = opal->option;
	return OPAL_SUCCESS;
}

static s64 fake_map(struct pnv_ioda_pe *pe)
{
	struct fake_opal *opal = &this_world()->opal;

	if (call_fails(opal))
		return OPAL_HARDWARE;
	opal->mapped[pe->pe_number] = true;
	return OPAL_SUCCESS;
}

static void fake_kill(struct pnv_ioda_pe *pe)
{
	this_world()->opal.kills++;
}

static bool fake_on_qemu(void)
{
	return this_world()->on_qemu;
}

static bool fake_dev_bound(struct device *dev)
{
	return this_world()->dev_bound;
}

static void fake_walk(struct pnv_4gb_walk *walk)
{
	struct world *w = this_world();
	bool first = walk->pe == &w->pe[0];

	if (first != walk->others) {
		walk->fn(&w->dev, walk);
		walk->fn(&w->other, walk);
	}
	if (first == walk->others && (w->neighbour || !walk->others))
		walk->fn(&w->far, walk);
}

static const struct pnv_4gb_ranges *fake_ranges(void)
{
	return this_world()->ranges;
}

static u64 fake_ram_end(void)
{
	return this_world()->ram_end;
}

static int fake_map_memory(struct pnv_4gb_table *t)
{
	struct world *w = this_world();
	int rc = pnv_4gb_map(t, 0, w->no_memory ? SZ_1G : SZ_4G);

	if (!rc && w->ranges)
		rc = pnv_4gb_map(t, CHIP1, CHIP1 + SZ_2G);

	return w->no_memory ? -ENOMEM : rc;
}

static void fake_bypass(struct pnv_ioda_pe *pe, bool enable)
{
	struct fake_opal *opal = &this_world()->opal;

	if (enable ? opal->refuses_real : opal->refuses_clear)
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
	for (i = 0; i < IOMMU_NR_POOLS; i++)
		spin_lock_init(&tbl->pools[i].lock);
	spin_lock_init(&tbl->large_pool.lock);
	iommu_divide_pools(tbl, tbl->it_size);
}

/* A window #0 of 8 GB, with the range from 2 to 4 GB reserved for MMIO */
static void make_table(struct kunit *test, struct iommu_table *tbl)
{
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

static void make_pe(struct kunit *test, struct world *w, int i)
{
	struct pnv_ioda_pe *pe = &w->pe[i];

	w->pdev[i].dev.init_name = i ? "fake PE 1" : "fake PE 0";
	memset(pe, 0, sizeof(*pe));
	pe->flags = PNV_IODA_PE_DEV;
	pe->pdev = &w->pdev[i];
	pe->phb = w->phb;
	pe->pe_number = i;
	pe->device_count = 1;
	pe->dma_setup_done = true;
	pe->tce_bypass_enabled = true;
	pe->tce_bypass_base = BIT59;
	pe->table_group.pgsizes = SZ_4K | SZ_64K | SZ_2M | SZ_1G;
	pe->table_group.tables[0] = &w->tbl[i];
	list_add_tail(&pe->list, &w->phb->ioda.pe_list);
	make_table(test, &w->tbl[i]);
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

static void make_dev(struct world *w, struct device *dev, const char *name)
{
	memset(dev, 0, sizeof(*dev));
	dev->init_name = name;
	dev->dma_mask = &w->mask;
	dev->coherent_dma_mask = DMA_BIT_MASK(64);
	dev->archdata.dma_offset = BIT59;
}

/* Two PEs with a bypass and a window #0 of 8 GB, and a PHB that a mask may split */
void world_make(struct kunit *test, struct world *w)
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
	pnv_4gb_init_phb(phb, true);
	phb->dma4gb.allowed = true;
	phb->dma4gb.asked = false;
	w->opal.calls = 0;
	for (i = 0; i < ARRAY_SIZE(w->pe); i++)
		make_pe(test, w, i);

	w->ram_end = 6ULL * SZ_1G;
	w->dev_bound = false;
	w->neighbour = false;
	make_dev(w, &w->dev, "dev");
	make_dev(w, &w->other, "other");
	make_dev(w, &w->far, "far");
}

/* The first device has its 4 GB window, and the nth call from now on fails */
void world_make_failing(struct kunit *test, struct world *w, int n)
{
	world_make(test, w);
	pnv_4gb_set_mask(&w->dev, &w->pe[0], MASK44);
	w->opal.fail_at = w->opal.calls + n;
}

/* From the nth call on all fail, so that the option is left as it is */
void world_make_stuck(struct kunit *test, struct world *w, int n)
{
	world_make(test, w);
	w->opal.fail_at = n;
	w->opal.fail_on = true;
	pnv_4gb_set_mask(&w->dev, &w->pe[0], MASK44);
	KUNIT_EXPECT_EQ(test, w->opal.option, n == 2);
}

int world_init(struct kunit *test)
{
	struct world *w = kunit_kzalloc(test, sizeof(*w), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, w);
	test->priv = w;

	kunit_activate_static_stub(test, pnv_4gb_on_qemu, fake_on_qemu);
	kunit_activate_static_stub(test, pnv_4gb_bound, fake_dev_bound);
	kunit_activate_static_stub(test, pnv_4gb_for_each_dev, fake_walk);
	kunit_activate_static_stub(test, pnv_4gb_ram_end, fake_ram_end);
	kunit_activate_static_stub(test, pnv_4gb_ranges, fake_ranges);
	kunit_activate_static_stub(test, pnv_4gb_fw_present, fake_present);
	kunit_activate_static_stub(test, pnv_4gb_fw_set, fake_set);
	kunit_activate_static_stub(test, pnv_4gb_fw_get, fake_get);
	kunit_activate_static_stub(test, pnv_4gb_fw_map, fake_map);
	kunit_activate_static_stub(test, pnv_4gb_fw_kill, fake_kill);
	kunit_activate_static_stub(test, pnv_4gb_map_memory, fake_map_memory);
	kunit_activate_static_stub(test, pnv_pci_ioda2_set_bypass, fake_bypass);
	world_make(test, w);

	return 0;
}

void world_exit(struct kunit *test)
{
	struct world *w = test->priv;

	flush_work(&w->phb->dma4gb.unsplit_work);
	free_phb(test, w);
}

/* A kernel starts on the PHB as the one before has left it */
void world_start_kernel(struct kunit *test, struct world *w, bool bypass)
{
	struct fake_opal opal = w->opal;

	world_make(test, w);
	memset(&w->phb->dma4gb, 0, sizeof(w->phb->dma4gb));
	opal.calls = 0;
	opal.kills = 0;
	memset(opal.mapped, 0, sizeof(opal.mapped));
	w->opal = opal;
	pnv_4gb_init_phb(w->phb, bypass);
}

static struct {
	int set, cleared;
} tces;

static int count_set(struct iommu_table *tbl, long index, long npages, unsigned long uaddr,
		     enum dma_data_direction direction, unsigned long attrs)
{
	tces.set += npages;

	return 0;
}

static void count_clear(struct iommu_table *tbl, long index, long npages)
{
	tces.cleared += npages;
}

static struct iommu_table_ops counting_ops = { .set = count_set, .clear = count_clear };

/* Only a kernel whose firmware has the option looks for memory without TCEs */
void world_count_tces(struct kunit *test, struct world *w)
{
	if (!static_key_enabled(&dma_ranges_key))
		kunit_skip(test, "no 4 GB window is possible on this machine");

	w->tbl[0].it_ops = &counting_ops;
	w->tbl[0].it_blocksize = 16;
	set_iommu_table_base(&w->dev, &w->tbl[0]);
	w->mask = DMA_BIT_MASK(32);
	memset(&tces, 0, sizeof(tces));
}

void expect_tces(struct kunit *test, int set, int cleared)
{
	KUNIT_EXPECT_EQ(test, tces.set, set);
	KUNIT_EXPECT_EQ(test, tces.cleared, cleared);
	tces.set = 0;
	tces.cleared = 0;
}

dma_addr_t world_map(struct world *w, u64 phys, size_t size)
{
	return dma_iommu_ops.map_phys(&w->dev, phys, size, DMA_TO_DEVICE, 0);
}

void world_unmap(struct world *w, dma_addr_t bus, size_t size)
{
	dma_iommu_ops.unmap_phys(&w->dev, bus, size, DMA_TO_DEVICE, 0);
}

bool window0_is_cut(const struct iommu_table *tbl)
{
	return tbl->large_pool.end < tbl->it_size;
}

/* Everything is as on a kernel without the 4 GB split */
void expect_not_split(struct kunit *test, struct world *w)
{
	int i;

	KUNIT_EXPECT_EQ(test, w->dev.archdata.dma_offset, BIT59);
	KUNIT_EXPECT_EQ(test, w->dev.archdata.dma_ranges_limit, 0);
	KUNIT_EXPECT_FALSE(test, w->opal.option);
	KUNIT_EXPECT_FALSE(test, w->phb->dma4gb.split);
	KUNIT_EXPECT_NULL(test, w->phb->dma4gb.table.root);
	KUNIT_EXPECT_EQ(test, pnv_4gb_window0_max(w->phb), U64_MAX);
	for (i = 0; i < ARRAY_SIZE(w->pe); i++) {
		KUNIT_EXPECT_FALSE(test, w->opal.mapped[i]);
		KUNIT_EXPECT_FALSE(test, pnv_4gb_uses_window(&w->pe[i]));
		KUNIT_EXPECT_FALSE(test, window0_is_cut(&w->tbl[i]));
	}
}

/* The first PE has a 4 GB window, its device uses it with 44 bits, the second PE has a bypass */
void expect_window(struct kunit *test, struct world *w)
{
	int i;

	KUNIT_EXPECT_TRUE(test, w->phb->dma4gb.split);
	KUNIT_EXPECT_TRUE(test, w->opal.option);
	KUNIT_EXPECT_TRUE(test, w->opal.mapped[0]);
	KUNIT_EXPECT_FALSE(test, w->opal.mapped[1]);
	KUNIT_EXPECT_EQ(test, w->pe[0].tce_bypass_base, SZ_4G);
	KUNIT_EXPECT_EQ(test, w->pe[1].tce_bypass_base, BIT59);
	KUNIT_EXPECT_EQ(test, w->dev.archdata.dma_offset, SZ_4G);
	KUNIT_EXPECT_EQ(test, w->dev.archdata.dma_ranges_limit, DMA_BIT_MASK(44));
	KUNIT_EXPECT_FALSE(test, dev_dma_ops_bypass(&w->dev));
	for (i = 0; i < ARRAY_SIZE(w->tbl); i++) {
		KUNIT_EXPECT_TRUE(test, window0_is_cut(&w->tbl[i]));
		KUNIT_EXPECT_FALSE(test, iommu_table_in_use(&w->tbl[i]));
	}
}
