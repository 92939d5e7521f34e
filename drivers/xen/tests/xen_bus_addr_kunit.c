// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The onedma developers
 *
 * KUnit: bus addresses over a table of frames that is made up, against a slow reference.
 */
#include <linux/dma-bus.h>
#include <linux/dma-mapping.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/prandom.h>

#include <kunit/device.h>
#include <kunit/static_stub.h>
#include <kunit/test.h>

#include <xen/bus-addr.h>
#include <xen/page.h>

#define FRAMES		2048UL
#define RANGES		4096
#define RUN_ORDER	9
#define RUNS		256
#define FLAGS		(3UL << (BITS_PER_LONG - 2))
#define FOREIGN		(1UL << (BITS_PER_LONG - 1))
#define NO_FRAME	(~0UL)

struct layout {
	const char *name;
	unsigned long (*frame)(unsigned long pfn);
};

struct machine {
	unsigned long table[FRAMES];
	const struct layout *layout;
	bool no_table;
};

static unsigned long identity(unsigned long pfn)
{
	return pfn;
}

static unsigned long reversed(unsigned long pfn)
{
	return FRAMES - 1 - pfn;
}

/* Runs of 64 frames, the runs in another order */
static unsigned long runs(unsigned long pfn)
{
	return (pfn ^ 0x3c0) + 0x100000;
}

static unsigned long holes(unsigned long pfn)
{
	return pfn % 100 < 3 ? NO_FRAME : pfn + 0x1234;
}

/* Every other run of 16 is of another domain and lies next to the one before */
static unsigned long foreign(unsigned long pfn)
{
	return (pfn + 0x8000) | (pfn & 16 ? FOREIGN : 0);
}

/* Addresses of 50 bits, or of 39 */
static unsigned long high(unsigned long pfn)
{
	return pfn + (1UL << (BITS_PER_LONG == 64 ? 38 : 27));
}

static unsigned long across_4g(unsigned long pfn)
{
	return pfn + (SZ_4G >> XEN_PAGE_SHIFT) - FRAMES / 2;
}

static const struct layout layouts[] = {
	{ "identity", identity },
	{ "reversed", reversed },
	{ "runs", runs },
	{ "holes", holes },
	{ "foreign", foreign },
	{ "high", high },
	{ "across_4g", across_4g },
};

KUNIT_ARRAY_PARAM_DESC(layout, layouts, name);

static struct machine *machine(void)
{
	return kunit_get_current_test()->priv;
}

/* The reference: no flags, no tricks. */
static unsigned long frame_of(unsigned long pfn)
{
	unsigned long frame = pfn < FRAMES ? machine()->table[pfn] : pfn;

	return frame == NO_FRAME ? frame : frame & ~FLAGS;
}

static unsigned long local_pfn_of(unsigned long frame)
{
	unsigned long pfn;

	for (pfn = 0; pfn < FRAMES; pfn++)
		if (machine()->table[pfn] == frame)
			return pfn;
	return ~0UL;
}

static bool contiguous(phys_addr_t phys, size_t size)
{
	unsigned long pfn = phys >> XEN_PAGE_SHIFT;
	unsigned long last = (phys + size - 1) >> XEN_PAGE_SHIFT;

	for (; pfn < last; pfn++)
		if (frame_of(pfn) + 1 != frame_of(pfn + 1))
			return false;
	return true;
}

/* Adjacent pages of two domains may count as not contiguous: that only bounces. */
static bool one_owner(phys_addr_t phys, size_t size)
{
	unsigned long pfn = phys >> XEN_PAGE_SHIFT;
	unsigned long last = (phys + size - 1) >> XEN_PAGE_SHIFT;

	for (; pfn < last; pfn++)
		if ((machine()->table[pfn] ^ machine()->table[pfn + 1]) & FLAGS)
			return false;
	return true;
}

static dma_addr_t bus_of(phys_addr_t phys)
{
	unsigned long frame = frame_of(phys >> XEN_PAGE_SHIFT);

	if (frame == NO_FRAME)
		return DMA_BUS_NONE;
	return (dma_addr_t)frame * XEN_PAGE_SIZE + phys % XEN_PAGE_SIZE;
}

static unsigned long table_size(void)
{
	return machine()->no_table ? 0 : FRAMES;
}

static void from_phys_test(struct kunit *test)
{
	phys_addr_t phys;

	for (phys = 0; phys < (FRAMES + 2) << XEN_PAGE_SHIFT; phys += 1021)
		KUNIT_EXPECT_EQ(test, xen_bus_from_phys(phys, machine()->table,
							table_size()),
				bus_of(phys));
}

static void from_phys_without_table_test(struct kunit *test)
{
	machine()->no_table = true;
	from_phys_test(test);
}

static void to_phys_test(struct kunit *test)
{
	unsigned long pfn, raw;
	dma_addr_t bus;

	for (pfn = 0; pfn < FRAMES; pfn += 7) {
		raw = machine()->table[pfn];
		if (raw == NO_FRAME)
			continue;
		bus = (dma_addr_t)frame_of(pfn) * XEN_PAGE_SIZE + pfn;
		KUNIT_EXPECT_EQ(test, arch_dma_bus_to_phys(bus),
				raw & FOREIGN ? DMA_BUS_NO_PHYS :
				(phys_addr_t)pfn * XEN_PAGE_SIZE + pfn);
	}
}

static void to_phys_of_nobody_test(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, arch_dma_bus_to_phys(DMA_BUS_NONE),
			DMA_BUS_NO_PHYS);
	KUNIT_EXPECT_EQ(test, arch_dma_bus_to_phys(0x7ffffff000ULL),
			DMA_BUS_NO_PHYS);
}

static void expect_range(struct kunit *test, phys_addr_t phys, size_t size)
{
	dma_addr_t said, want = DMA_BUS_NONE;

	said = xen_bus_from_range(phys, size, machine()->table, table_size());
	if (contiguous(phys, size))
		want = bus_of(phys);
	if (said != DMA_BUS_NONE || one_owner(phys, size))
		KUNIT_EXPECT_EQ_MSG(test, said, want, "%pap+%zu", &phys, size);
}

static void from_range_test(struct kunit *test)
{
	size_t end = FRAMES << XEN_PAGE_SHIFT;
	struct rnd_state rnd;
	phys_addr_t phys;
	int i;

	prandom_seed_state(&rnd, 4);
	for (i = 0; i < RANGES; i++) {
		phys = prandom_u32_state(&rnd) % (end - SZ_1M);
		expect_range(test, phys,
			     prandom_u32_state(&rnd) % SZ_256K + 1);
	}
}

static void from_range_edges_test(struct kunit *test)
{
	phys_addr_t page;

	for (page = 0; page < SZ_4M; page += XEN_PAGE_SIZE) {
		expect_range(test, page, 1);
		expect_range(test, page, XEN_PAGE_SIZE);
		expect_range(test, page, XEN_PAGE_SIZE + 1);
		expect_range(test, page + XEN_PAGE_SIZE - 1, 2);
		expect_range(test, page + 1, 2 * XEN_PAGE_SIZE);
	}
}

static void from_range_without_table_test(struct kunit *test)
{
	machine()->no_table = true;
	from_range_test(test);
	from_range_edges_test(test);
}

/* The reference for memory of the machine that runs this. */
static size_t slow_run(phys_addr_t phys, size_t size)
{
	size_t run = XEN_PAGE_SIZE - (phys & (XEN_PAGE_SIZE - 1));
	unsigned long pfn = phys >> XEN_PAGE_SHIFT;

	for (; run < size; run += XEN_PAGE_SIZE, pfn++)
		if (xen_bus_frame(pfn) + 1 != xen_bus_frame(pfn + 1))
			break;
	return min(run, size);
}

/* A range within @nr frames from @pfn on, of up to 2^0 to 2^RUN_ORDER frames. */
static phys_addr_t some_range(struct rnd_state *rnd, unsigned long pfn,
			      unsigned long nr, size_t *size)
{
	unsigned long at = prandom_u32_state(rnd) % nr;
	unsigned int offset = prandom_u32_state(rnd) % XEN_PAGE_SIZE;
	unsigned int order = prandom_u32_state(rnd) % (RUN_ORDER + 1);
	unsigned long frames = min(nr - at, 1UL << order);

	*size = 1 + prandom_u32_state(rnd) %
			((frames << XEN_PAGE_SHIFT) - offset);
	return ((phys_addr_t)(pfn + at) << XEN_PAGE_SHIFT) + offset;
}

/* Runs end at the first cut if they are of our memory, and nowhere behind it. */
static void check_runs(struct kunit *test, unsigned long pfn, unsigned long nr,
		       bool ours)
{
	struct rnd_state rnd;
	phys_addr_t phys;
	size_t size, run;
	int i;

	prandom_seed_state(&rnd, pfn);
	for (i = 0; i < (ours ? RANGES : RUNS); i++) {
		phys = some_range(&rnd, pfn, nr, &size);
		run = arch_dma_bus_run(phys, size);
		KUNIT_EXPECT_GT(test, run, 0);
		KUNIT_EXPECT_LE(test, run, slow_run(phys, size));
		if (ours)
			KUNIT_EXPECT_EQ(test, run, slow_run(phys, size));
	}
}

/* Some frames of a block get other memory. */
static void scatter(struct kunit *test, struct page *block)
{
	unsigned long i;

	for (i = 3; i < 1UL << RUN_ORDER; i += i / 2)
		KUNIT_EXPECT_EQ(test, 0,
				arch_dma_bus_exchange(block + i, 0, 40));
}

static void gather_and_free(struct page *block)
{
	unsigned long i;

	for (i = 3; i < 1UL << RUN_ORDER; i += i / 2)
		arch_dma_bus_restore(block + i, 0);
	__free_pages(block, RUN_ORDER);
}

static void run_test(struct kunit *test)
{
	struct page *block;

	if (!dma_bus_scattered())
		kunit_skip(test, "the bus is not scattered: for a Xen PV domain");

	kunit_deactivate_static_stub(test, xen_bus_frame);
	block = alloc_pages(GFP_KERNEL, RUN_ORDER);
	KUNIT_ASSERT_NOT_NULL(test, block);
	scatter(test, block);
	check_runs(test, page_to_pfn(block), 1UL << RUN_ORDER, true);
	gather_and_free(block);

	/* to behind the end of the table */
	check_runs(test, 0, 4 * get_num_physpages(), false);
}

/* Whatever else is said to be at this address. */
static void window_test(struct kunit *test)
{
	struct device *dev;
	struct page *page;
	dma_addr_t dma;

	if (!dma_bus_enabled())
		kunit_skip(test, "no bus addresses: for a Xen domain with them");

	dev = kunit_device_register(test, "xen_bus_addr");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, dev);
	dev->dma_mask = &dev->coherent_dma_mask;
	KUNIT_EXPECT_EQ(test, 0, dma_set_mask(dev, DMA_BIT_MASK(64)));
	page = alloc_page(GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, page);

	dma = dma_map_phys(dev, page_to_phys(page), PAGE_SIZE,
			   DMA_BIDIRECTIONAL, DMA_ATTR_MMIO);
	KUNIT_EXPECT_EQ(test, page_to_phys(page), dma);
	if (!dma_mapping_error(dev, dma))
		dma_unmap_phys(dev, dma, PAGE_SIZE, DMA_BIDIRECTIONAL,
			       DMA_ATTR_MMIO);
	__free_page(page);
}

static int machine_init(struct kunit *test)
{
	const struct layout *layout = test->param_value ?: &layouts[0];
	struct machine *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);
	unsigned long pfn;

	KUNIT_ASSERT_NOT_NULL(test, m);
	for (pfn = 0; pfn < FRAMES; pfn++)
		m->table[pfn] = layout->frame(pfn);
	m->layout = layout;
	/* Only there it is read. */
	m->no_table = !IS_ENABLED(CONFIG_XEN_PV);
	test->priv = m;

	kunit_activate_static_stub(test, xen_bus_frame, frame_of);
	kunit_activate_static_stub(test, xen_bus_local_pfn, local_pfn_of);
	return 0;
}

static struct kunit_case xen_bus_addr_cases[] = {
	KUNIT_CASE_PARAM(from_phys_test, layout_gen_params),
	KUNIT_CASE_PARAM(from_phys_without_table_test, layout_gen_params),
	KUNIT_CASE_PARAM(to_phys_test, layout_gen_params),
	KUNIT_CASE_PARAM(to_phys_of_nobody_test, layout_gen_params),
	KUNIT_CASE_PARAM(from_range_test, layout_gen_params),
	KUNIT_CASE_PARAM(from_range_edges_test, layout_gen_params),
	KUNIT_CASE_PARAM(from_range_without_table_test, layout_gen_params),
	KUNIT_CASE(run_test),
	KUNIT_CASE(window_test),
	{}
};

static struct kunit_suite xen_bus_addr_suite = {
	.name = "xen_bus_addr",
	.init = machine_init,
	.test_cases = xen_bus_addr_cases,
};

kunit_test_suite(xen_bus_addr_suite);

MODULE_DESCRIPTION("KUnit test of bus addresses under Xen");
MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_LICENSE("GPL");
