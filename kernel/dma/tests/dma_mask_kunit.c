// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The onedma developers
 *
 * KUnit: which DMA masks are accepted for devices whose bus has an offset.
 */
#include <linux/dma-direct.h>
#include <linux/dma-mapping.h>

#include <kunit/device.h>
#include <kunit/test.h>

struct range_case {
	const char *name;
	struct bus_dma_region map[3];	/* ends with an empty one */
	unsigned int bits;
	int ret;
};

/* All memory has bus addresses from 2^36 on, as on the Raspberry Pi 5. */
#define HIGH_ONLY { { .dma_start = BIT_ULL(36), .size = SZ_4G } }
#define LOW_AND_HIGH { { .dma_start = SZ_1G, .size = SZ_1G }, \
	{ .cpu_start = SZ_4G, .dma_start = BIT_ULL(36), .size = SZ_4G } }

/* No memory is in reach, but a window may be. */
#define NOTHING { { .cpu_start = BIT_ULL(46), .size = SZ_4G } }

static const struct range_case range_cases[] = {
	{ "no map, 32 bits", {}, 32, 0 },
	{ "no map, 64 bits", {}, 64, 0 },
	{ "high, 32 bits", HIGH_ONLY, 32, -EIO },
	{ "high, 36 bits", HIGH_ONLY, 36, -EIO },
	{ "high, 37 bits", HIGH_ONLY, 37, 0 },
	{ "high, 64 bits", HIGH_ONLY, 64, 0 },
	{ "low and high, 32 bits", LOW_AND_HIGH, 32, 0 },
	{ "low and high, 36 bits", LOW_AND_HIGH, 36, 0 },
	{ "nothing, 64 bits", NOTHING, 64, 0 },
};

static void range_desc(const struct range_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(range, range_cases, range_desc);

static void range_test(struct kunit *test)
{
	const struct range_case *c = test->param_value;
	struct device *dev = kunit_device_register(test, "behind-offset");

	if (dma_bus_scattered() || IS_ENABLED(CONFIG_ARCH_HAS_PHYS_TO_DMA))
		kunit_skip(test, "the map of ranges does not say where memory is");

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, dev);
	dev->dma_mask = &dev->coherent_dma_mask;
	dev->dma_range_map = c->map[0].size ? c->map : NULL;
	KUNIT_EXPECT_EQ(test, c->ret, dma_set_mask(dev, DMA_BIT_MASK(c->bits)));
	KUNIT_EXPECT_EQ(test, c->ret,
			dma_set_coherent_mask(dev, DMA_BIT_MASK(c->bits)));
	dev->dma_range_map = NULL;
}

static struct kunit_case dma_mask_cases[] = {
	KUNIT_CASE_PARAM(range_test, range_gen_params),
	{}
};

static struct kunit_suite dma_mask_suite = {
	.name = "dma_mask",
	.test_cases = dma_mask_cases,
};

kunit_test_suite(dma_mask_suite);

MODULE_DESCRIPTION("KUnit test of DMA masks");
MODULE_LICENSE("GPL");
