// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The onedma developers
 *
 * KUnit suite for the choice of address space for foreign pages.
 */
#include <linux/math64.h>
#include <linux/prandom.h>
#include <linux/sizes.h>

#include <kunit/test.h>

#include "../foreign-space.h"

#define SLOT	SZ_128M
#define TIB	BIT_ULL(40)
#define DEVICES	24

/* AMD machines reserve this for HyperTransport, up to 2^40. */
#define HOLE_START	(TIB - 12ULL * SZ_1G)

/* A simulated machine: its resource tree, and where foreign pages may go. */
struct machine {
	struct resource root;
	struct resource dev[DEVICES];
	struct xen_foreign_space space;
};

static struct machine *new_machine(struct kunit *test, u64 floor, u64 last)
{
	struct machine *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, m);
	m->root.name = "test";
	m->root.end = last;
	m->root.flags = IORESOURCE_MEM;
	m->space.span.start = floor;
	m->space.span.end = last;
	return m;
}

static int claim(struct machine *m, unsigned int nr, u64 start, u64 size)
{
	m->dev[nr].name = "device";
	m->dev[nr].start = start;
	m->dev[nr].end = start + size - 1;
	m->dev[nr].flags = IORESOURCE_MEM;
	return request_resource(&m->root, &m->dev[nr]);
}

static int ask(struct machine *m, struct resource *res, u64 size)
{
	memset(res, 0, sizeof(*res));
	res->name = "foreign";
	res->flags = IORESOURCE_MEM;
	return xen_foreign_space_request(&m->root, res, &m->space, size, SLOT);
}

static bool in_hole(u64 start, u64 end)
{
	return start < TIB && end > HOLE_START;
}

static bool overlaps(u64 start, u64 size, u64 other, u64 other_last)
{
	return start <= other_last && start + size - 1 >= other;
}

static bool slot_is_free(struct machine *m, u64 start, u64 size)
{
	struct resource *dev;

	if (start < m->space.span.start || !start ||
	    start + size - 1 > m->space.span.end)
		return false;
	if (m->space.reserved && overlaps(start, size, HOLE_START, TIB - 1))
		return false;
	for (dev = m->root.child; dev; dev = dev->sibling)
		if (overlaps(start, size, dev->start, dev->end))
			return false;
	return true;
}

/*
 * The slow reference: look at every slot, from the lowest to the highest, and
 * remember the best one. A slot that needs fewer address bits is better, down
 * to XEN_FOREIGN_SPACE_BITS. Of slots with the same number of bits the highest
 * is the best. Returns 0 if no slot is free.
 */
static u64 best_slot(struct machine *m, u64 size)
{
	unsigned int bits, best_bits = 64;
	u64 start, best = 0;

	for (start = 0; start <= m->space.span.end; start += SLOT) {
		if (!slot_is_free(m, start, size))
			continue;
		if (m->space.lowest)
			return start;
		bits = max(fls64(start + size - 1), XEN_FOREIGN_SPACE_BITS);
		if (bits > best_bits)
			continue;
		best_bits = bits;
		best = start;
	}
	return best;
}

static void expect_best(struct kunit *test, struct machine *m, u64 size)
{
	u64 best = best_slot(m, size);
	struct resource res;
	int ret = ask(m, &res, size);

	if (!best) {
		KUNIT_EXPECT_EQ(test, ret, -EBUSY);
		return;
	}
	KUNIT_EXPECT_EQ(test, ret, 0);
	KUNIT_EXPECT_EQ(test, (u64)res.start, best);
	KUNIT_EXPECT_EQ(test, (u64)resource_size(&res), size);
	if (!ret)
		release_resource(&res);
}

static void request_empty_machine(struct kunit *test)
{
	struct machine *m = new_machine(test, SZ_4G, BIT_ULL(38) - 1);
	struct resource res;

	KUNIT_ASSERT_EQ(test, ask(m, &res, SLOT), 0);
	KUNIT_EXPECT_EQ(test, (u64)res.start, BIT_ULL(38) - SLOT);
}

/* A client processor with 46 bits of address, whose IOMMU translates 39. */
static void request_stays_below_39_bits(struct kunit *test)
{
	struct machine *m = new_machine(test, SZ_4G, BIT_ULL(46) - 1);
	struct resource res;

	KUNIT_ASSERT_EQ(test, ask(m, &res, SLOT), 0);
	KUNIT_EXPECT_EQ(test, (u64)res.start, BIT_ULL(39) - SLOT);
}

/* Firmware of client machines often puts the 64-bit window below 2^39. */
static void request_goes_below_high_window(struct kunit *test)
{
	struct machine *m = new_machine(test, SZ_4G, BIT_ULL(46) - 1);
	struct resource res;

	claim(m, 0, BIT_ULL(38), BIT_ULL(38));
	KUNIT_ASSERT_EQ(test, ask(m, &res, SLOT), 0);
	KUNIT_EXPECT_EQ(test, (u64)res.start, BIT_ULL(38) - SLOT);
}

static void request_skips_reserved(struct kunit *test)
{
	struct machine *m = new_machine(test, BIT_ULL(39), BIT_ULL(48) - 1);
	struct resource res;

	m->space.reserved = in_hole;
	KUNIT_ASSERT_EQ(test, ask(m, &res, SLOT), 0);
	KUNIT_EXPECT_EQ(test, (u64)res.start, HOLE_START - SLOT);
}

static void request_lowest(struct kunit *test)
{
	struct machine *m = new_machine(test, SZ_4G, BIT_ULL(48) - 1);
	struct resource res[2];

	m->space.lowest = true;
	claim(m, 0, SZ_4G, SZ_1M);
	KUNIT_ASSERT_EQ(test, ask(m, &res[0], SLOT), 0);
	KUNIT_EXPECT_EQ(test, (u64)res[0].start, SZ_4G + SLOT);
	KUNIT_ASSERT_EQ(test, ask(m, &res[1], 2 * SLOT), 0);
	KUNIT_EXPECT_EQ(test, (u64)res[1].start, SZ_4G + 2ULL * SLOT);
}

static void request_above_large_memory(struct kunit *test)
{
	struct machine *m = new_machine(test, 3 * TIB, BIT_ULL(48) - 1);
	struct resource res;

	/* 42 bits are enough for what lies above 3 TiB. */
	KUNIT_ASSERT_EQ(test, ask(m, &res, SLOT), 0);
	KUNIT_EXPECT_EQ(test, (u64)res.start, 4 * TIB - SLOT);
}

static void request_never_below_floor(struct kunit *test)
{
	struct machine *m = new_machine(test, SZ_4G + SLOT, SZ_4G + 3ULL * SLOT - 1);
	struct resource res[3];

	KUNIT_EXPECT_EQ(test, ask(m, &res[0], SLOT), 0);
	KUNIT_EXPECT_EQ(test, ask(m, &res[1], SLOT), 0);
	KUNIT_EXPECT_EQ(test, (u64)res[1].start, SZ_4G + (u64)SLOT);
	KUNIT_EXPECT_EQ(test, ask(m, &res[2], SLOT), -EBUSY);
}

static void request_before_space_is_known(struct kunit *test)
{
	struct machine *m = new_machine(test, 0, 0);
	struct resource res;

	KUNIT_EXPECT_EQ(test, ask(m, &res, SLOT), -EAGAIN);
}

static void request_bad_size(struct kunit *test)
{
	struct machine *m = new_machine(test, SZ_4G, TIB - 1);
	struct resource res;

	KUNIT_EXPECT_EQ(test, ask(m, &res, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, ask(m, &res, SLOT / 2), -EINVAL);
	KUNIT_EXPECT_EQ(test, ask(m, &res, 2 * TIB), -EBUSY);
}

/* Random windows around @edge, and space on both sides; @full: none below. */
static struct machine *random_machine(struct kunit *test, struct rnd_state *rnd,
				      u64 floor, u64 edge, bool full)
{
	struct machine *m;
	unsigned int i;

	m = new_machine(test, floor + (u64)SLOT * (prandom_u32_state(rnd) % 64),
			edge + (u64)SLOT * (prandom_u32_state(rnd) % 4096) - 1);
	if (full)
		claim(m, 0, SZ_8G, edge - SZ_8G);
	for (i = 1; i < DEVICES; i++)
		claim(m, i, edge - (u64)SZ_1M * (prandom_u32_state(rnd) % SZ_64K),
		      (u64)SZ_1M * (1 + prandom_u32_state(rnd) % 8192));
	return m;
}

static void request_matches_slow_search(struct kunit *test)
{
	struct rnd_state rnd;
	struct machine *m;
	unsigned int round;

	prandom_seed_state(&rnd, 0x7e4);
	for (round = 0; round < 60; round++) {
		if (round & 4)
			m = random_machine(test, &rnd, BIT_ULL(39), TIB,
					   round % 3 == 0);
		else
			m = random_machine(test, &rnd, SZ_4G, BIT_ULL(39),
					   round % 3 == 0);
		if (round & 1)
			m->space.reserved = in_hole;
		m->space.lowest = round & 2;
		expect_best(test, m, SLOT);
		expect_best(test, m, SLOT * (2ULL + round % 40));
	}
}

static struct kunit_case xen_foreign_space_cases[] = {
	KUNIT_CASE(request_empty_machine),
	KUNIT_CASE(request_stays_below_39_bits),
	KUNIT_CASE(request_goes_below_high_window),
	KUNIT_CASE(request_skips_reserved),
	KUNIT_CASE(request_lowest),
	KUNIT_CASE(request_above_large_memory),
	KUNIT_CASE(request_never_below_floor),
	KUNIT_CASE(request_before_space_is_known),
	KUNIT_CASE(request_bad_size),
	KUNIT_CASE(request_matches_slow_search),
	{}
};

static struct kunit_suite xen_foreign_space_suite = {
	.name = "xen_foreign_space",
	.test_cases = xen_foreign_space_cases,
};

kunit_test_suite(xen_foreign_space_suite);

MODULE_DESCRIPTION("KUnit suite for the choice of address space for foreign pages");
MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_LICENSE("GPL");
