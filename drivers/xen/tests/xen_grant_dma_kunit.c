// SPDX-License-Identifier: GPL-2.0
/* Copyright (C) 2026 The onedma developers */
/* KUnit suite for how long a device has the DMA operations of drivers/xen/grant-dma-ops.c. */

#include <kunit/device.h>
#include <kunit/test.h>
#include <linux/dma-map-ops.h>
#include <linux/module.h>
#include "../grant-dma-ops.h"

#define TEST_BACKEND	7

static struct device *bound_device(struct kunit *test)
{
	struct device *dev = kunit_device_register(test, "xen_grant_dma");

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, dev);
	KUNIT_ASSERT_NULL(test, find_xen_grant_dma_data(dev));

	return dev;
}

static void setup_replaces_ops(struct kunit *test)
{
	struct device *dev = bound_device(test);
	const struct dma_map_ops *before = get_dma_ops(dev);

	xen_grant_setup_dma_ops(dev, TEST_BACKEND);

	KUNIT_EXPECT_NOT_NULL(test, find_xen_grant_dma_data(dev));
	KUNIT_EXPECT_PTR_NE(test, get_dma_ops(dev), before);
}

static void setup_again_changes_nothing(struct kunit *test)
{
	struct device *dev = bound_device(test);
	struct xen_grant_dma_data *first;

	xen_grant_setup_dma_ops(dev, TEST_BACKEND);
	first = find_xen_grant_dma_data(dev);
	xen_grant_setup_dma_ops(dev, TEST_BACKEND);

	KUNIT_EXPECT_PTR_EQ(test, find_xen_grant_dma_data(dev), first);
}

static void unbind_restores_ops(struct kunit *test)
{
	struct device *dev = bound_device(test);
	const struct dma_map_ops *before = get_dma_ops(dev);

	xen_grant_setup_dma_ops(dev, TEST_BACKEND);
	device_release_driver(dev);

	KUNIT_EXPECT_NULL(test, find_xen_grant_dma_data(dev));
	KUNIT_EXPECT_PTR_EQ(test, get_dma_ops(dev), before);
}

static void rebind_sets_up_again(struct kunit *test)
{
	struct device *dev = bound_device(test);
	const struct dma_map_ops *before = get_dma_ops(dev);

	xen_grant_setup_dma_ops(dev, TEST_BACKEND);
	device_release_driver(dev);
	KUNIT_ASSERT_EQ(test, device_attach(dev), 1);
	xen_grant_setup_dma_ops(dev, TEST_BACKEND);

	KUNIT_EXPECT_NOT_NULL(test, find_xen_grant_dma_data(dev));
	KUNIT_EXPECT_PTR_NE(test, get_dma_ops(dev), before);
}

static struct kunit_case xen_grant_dma_cases[] = {
	KUNIT_CASE(setup_replaces_ops),
	KUNIT_CASE(setup_again_changes_nothing),
	KUNIT_CASE(unbind_restores_ops),
	KUNIT_CASE(rebind_sets_up_again),
	{ }
};

static struct kunit_suite xen_grant_dma_suite = {
	.name = "xen_grant_dma",
	.test_cases = xen_grant_dma_cases,
};

kunit_test_suite(xen_grant_dma_suite);

MODULE_DESCRIPTION("KUnit suite for the lifetime of Xen's grant DMA operations");
MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_LICENSE("GPL");
