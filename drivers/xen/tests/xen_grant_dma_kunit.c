// SPDX-License-Identifier: GPL-2.0
/* Copyright (C) 2026 The onedma developers */
/* KUnit tests for the grant DMA operations of drivers/xen/grant-dma-ops.c. */

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

	KUNIT_EXPECT_EQ(test, xen_grant_setup_dma_ops(dev, TEST_BACKEND), 0);

	KUNIT_EXPECT_NOT_NULL(test, find_xen_grant_dma_data(dev));
	KUNIT_EXPECT_PTR_NE(test, get_dma_ops(dev), before);
}

static void setup_again_tries_a_broken_device(struct kunit *test)
{
	struct device *dev = bound_device(test);
	struct xen_grant_dma_data *data;

	KUNIT_EXPECT_EQ(test, xen_grant_setup_dma_ops(dev, TEST_BACKEND), 0);
	data = find_xen_grant_dma_data(dev);
	KUNIT_ASSERT_NOT_NULL(test, data);
	KUNIT_EXPECT_FALSE(test, data->broken);
	data->broken = true;
	KUNIT_EXPECT_EQ(test, xen_grant_setup_dma_ops(dev, TEST_BACKEND), 0);

	KUNIT_EXPECT_FALSE(test, data->broken);
}

static void setup_again_changes_nothing(struct kunit *test)
{
	struct device *dev = bound_device(test);
	struct xen_grant_dma_data *first;

	KUNIT_EXPECT_EQ(test, xen_grant_setup_dma_ops(dev, TEST_BACKEND), 0);
	first = find_xen_grant_dma_data(dev);
	KUNIT_EXPECT_EQ(test, xen_grant_setup_dma_ops(dev, TEST_BACKEND), 0);

	KUNIT_EXPECT_PTR_EQ(test, find_xen_grant_dma_data(dev), first);
}

static void unbind_restores_ops(struct kunit *test)
{
	struct device *dev = bound_device(test);
	const struct dma_map_ops *before = get_dma_ops(dev);

	KUNIT_EXPECT_EQ(test, xen_grant_setup_dma_ops(dev, TEST_BACKEND), 0);
	device_release_driver(dev);

	KUNIT_EXPECT_NULL(test, find_xen_grant_dma_data(dev));
	KUNIT_EXPECT_PTR_EQ(test, get_dma_ops(dev), before);
}

static void rebind_sets_up_again(struct kunit *test)
{
	struct device *dev = bound_device(test);
	const struct dma_map_ops *before = get_dma_ops(dev);

	KUNIT_EXPECT_EQ(test, xen_grant_setup_dma_ops(dev, TEST_BACKEND), 0);
	device_release_driver(dev);
	KUNIT_ASSERT_EQ(test, device_attach(dev), 1);
	KUNIT_EXPECT_EQ(test, xen_grant_setup_dma_ops(dev, TEST_BACKEND), 0);

	KUNIT_EXPECT_NOT_NULL(test, find_xen_grant_dma_data(dev));
	KUNIT_EXPECT_PTR_NE(test, get_dma_ops(dev), before);
}

struct backend_case {
	const char *name;
	bool initial_domain;
	bool pv_domain;
	bool pci;
	bool is_dom0;
};

#define FORCED	IS_ENABLED(CONFIG_XEN_VIRTIO_FORCE_GRANT)

static const struct backend_case backend_cases[] = {
	{ "PV dom0, PCI",	true,  true,  true,  false },
	{ "PV dom0, MMIO",	true,  true,  false, false },
	{ "PVH dom0, PCI",	true,  false, true,  false },
	{ "PVH dom0, MMIO",	true,  false, false, false },
	{ "PV domU, PCI",	false, true,  true,  false },
	{ "PV domU, MMIO",	false, true,  false, true },
	{ "HVM domU, PCI",	false, false, true,  FORCED },
	{ "HVM domU, MMIO",	false, false, false, FORCED },
};

KUNIT_ARRAY_PARAM_DESC(backend, backend_cases, name);

static void backend_is_dom0(struct kunit *test)
{
	const struct backend_case *c = test->param_value;

	KUNIT_EXPECT_EQ(test, c->is_dom0,
			xen_grant_backend_is_dom0(c->initial_domain,
						  c->pv_domain, c->pci));
}

static struct kunit_case xen_grant_dma_cases[] = {
	KUNIT_CASE_PARAM(backend_is_dom0, backend_gen_params),
	KUNIT_CASE(setup_replaces_ops),
	KUNIT_CASE(setup_again_changes_nothing),
	KUNIT_CASE(setup_again_tries_a_broken_device),
	KUNIT_CASE(unbind_restores_ops),
	KUNIT_CASE(rebind_sets_up_again),
	{ }
};

static struct kunit_suite xen_grant_dma_suite = {
	.name = "xen_grant_dma",
	.test_cases = xen_grant_dma_cases,
};

kunit_test_suite(xen_grant_dma_suite);

MODULE_DESCRIPTION("KUnit tests for the grant DMA operations");
MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_LICENSE("GPL");
