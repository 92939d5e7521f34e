// SPDX-License-Identifier: GPL-2.0
/* Copyright (C) 2026 The onedma developers */
/* KUnit suite for the choice of drivers/virtio/virtio_dma.c between physical and bus addresses. */

#include <kunit/device.h>
#include <kunit/test.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/virtio.h>
#include <linux/virtio_config.h>
#include "../virtio_dma.h"

#define TEST_DEVICE_ID	0x7e57

/* What can be said of a device, with the two that demand the feature apart. */
enum fact {
	FACT_VERSION_1,
	FACT_FEATURE,
	FACT_RESTRICTED,
	FACT_GRANTS,
	FACT_OWN_MAP,
	FACT_HAS_DMA,
	FACT_FORCED,
	NR_FACTS
};

#define IS(f)	BIT(FACT_##f)
#define ANY	(-1)

/* The table of Documentation/driver-api/virtio: the first line that fits wins. */
struct rule {
	unsigned int with, without;
	int platform;
	enum virtio_dma_choice choice;
};

static const struct rule rules[] = {
	{ IS(RESTRICTED), IS(VERSION_1), ANY, VIRTIO_DMA_LEGACY },
	{ IS(GRANTS), IS(VERSION_1), ANY, VIRTIO_DMA_LEGACY },
	{ IS(FEATURE) | IS(HAS_DMA), 0, ANY, VIRTIO_DMA_BUS },
	{ IS(FEATURE) | IS(OWN_MAP), 0, ANY, VIRTIO_DMA_BUS },
	{ IS(FEATURE), 0, ANY, VIRTIO_DMA_NO_API },
	{ IS(RESTRICTED), 0, ANY, VIRTIO_DMA_PRIVATE },
	{ IS(GRANTS), 0, ANY, VIRTIO_DMA_PRIVATE },
	{ 0, IS(HAS_DMA), ANY, VIRTIO_DMA_PHYS },
	{ IS(FORCED), 0, ANY, VIRTIO_DMA_BUS },
	{ 0, 0, VIRTIO_PLATFORM_PHYS, VIRTIO_DMA_PHYS },
	{ 0, 0, VIRTIO_PLATFORM_BUS, VIRTIO_DMA_BUS },
	{ 0, 0, VIRTIO_PLATFORM_NONE, VIRTIO_DMA_BYPASS },
};

static bool rule_fits(const struct rule *rule, unsigned int facts, int platform)
{
	return (facts & rule->with) == rule->with &&
	       !(facts & rule->without) &&
	       (rule->platform == ANY || rule->platform == platform);
}

static int choice_by_table(unsigned int facts, int platform)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(rules); i++)
		if (rule_fits(&rules[i], facts, platform))
			return rules[i].choice;

	return -1;
}

static enum virtio_dma_choice choice_under_test(unsigned int facts, int platform)
{
	const struct virtio_dma_facts arg = {
		.version_1 = facts & IS(VERSION_1),
		.access_platform = facts & IS(FEATURE),
		/* One callback of the platform answers for both. */
		.restricted = facts & (IS(RESTRICTED) | IS(GRANTS)),
		.own_map = facts & IS(OWN_MAP),
		.has_dma = facts & IS(HAS_DMA),
		.forced = facts & IS(FORCED),
		.platform = platform,
	};

	return virtio_dma_choose(&arg);
}

struct platform_case {
	const char *name;
	enum virtio_platform platform;
};

static const struct platform_case platform_cases[] = {
	{ "physical addresses: plain guests, pseries, s390", VIRTIO_PLATFORM_PHYS },
	{ "bus addresses: Xen PV, HVM, PVH domU, Arm; powernv", VIRTIO_PLATFORM_BUS },
	{ "none: Xen PVH dom0", VIRTIO_PLATFORM_NONE },
};

KUNIT_ARRAY_PARAM_DESC(platform, platform_cases, name);

static void choose_agrees_with_table(struct kunit *test)
{
	const struct platform_case *c = test->param_value;
	unsigned int facts;

	for (facts = 0; facts < BIT(NR_FACTS); facts++)
		KUNIT_EXPECT_EQ_MSG(test, choice_under_test(facts, c->platform),
				    choice_by_table(facts, c->platform),
				    "facts %#x", facts);
}

/* Not taken from the table: what must never happen, whatever the rest says. */
static void choose_never_exposes_memory(struct kunit *test)
{
	const struct platform_case *c = test->param_value;
	enum virtio_dma_choice choice;
	unsigned int facts;

	for (facts = 0; facts < BIT(NR_FACTS); facts++) {
		choice = choice_under_test(facts, c->platform);
		if (facts & (IS(FEATURE) | IS(RESTRICTED) | IS(GRANTS)) ||
		    (c->platform != VIRTIO_PLATFORM_PHYS && facts & IS(HAS_DMA)))
			KUNIT_EXPECT_NE(test, choice, VIRTIO_DMA_PHYS);
		if (!(facts & (IS(HAS_DMA) | IS(OWN_MAP))))
			KUNIT_EXPECT_NE(test, choice, VIRTIO_DMA_BUS);
	}
}

/* A device without queues on the real bus, on the platform that runs the test. */
struct test_device {
	struct virtio_device vdev;
	u64 features;
	u8 status;
	bool probed;
};

#define to_test_device(v)	container_of(v, struct test_device, vdev)

static u8 test_get_status(struct virtio_device *vdev)
{
	return to_test_device(vdev)->status;
}

static void test_set_status(struct virtio_device *vdev, u8 status)
{
	to_test_device(vdev)->status = status;
}

static void test_reset(struct virtio_device *vdev)
{
	to_test_device(vdev)->status = 0;
}

static u64 test_get_features(struct virtio_device *vdev)
{
	return to_test_device(vdev)->features;
}

static int test_finalize_features(struct virtio_device *vdev)
{
	return 0;
}

static const struct virtio_config_ops test_config = {
	.get_status = test_get_status,
	.set_status = test_set_status,
	.reset = test_reset,
	.get_features = test_get_features,
	.finalize_features = test_finalize_features,
};

static void test_release(struct device *dev)
{
	kfree(to_test_device(dev_to_virtio(dev)));
}

static int test_probe(struct virtio_device *vdev)
{
	to_test_device(vdev)->probed = true;
	return 0;
}

static const struct virtio_device_id test_ids[] = {
	{ TEST_DEVICE_ID, VIRTIO_DEV_ANY_ID },
	{ }
};

static struct virtio_driver test_driver = {
	.driver.name = "virtio_dma_kunit",
	.id_table = test_ids,
	.probe = test_probe,
	.remove = virtio_reset_device,
};

KUNIT_DEFINE_ACTION_WRAPPER(unregister_device, unregister_virtio_device,
			    struct virtio_device *);
KUNIT_DEFINE_ACTION_WRAPPER(unregister_driver, unregister_virtio_driver,
			    struct virtio_driver *);

static struct test_device *add_test_device(struct kunit *test, u64 features)
{
	struct device *parent = kunit_device_register(test, "virtio_dma_parent");
	struct test_device *dev = kzalloc_obj(*dev);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, parent);
	KUNIT_ASSERT_NOT_NULL(test, dev);
	dev->features = features;
	dev->vdev.id.device = TEST_DEVICE_ID;
	dev->vdev.config = &test_config;
	dev->vdev.dev.parent = parent;
	dev->vdev.dev.release = test_release;
	KUNIT_ASSERT_EQ(test, register_virtio_device(&dev->vdev), 0);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, unregister_device,
							&dev->vdev), 0);

	return dev;
}

struct device_case {
	const char *name;
	unsigned int facts;
};

static const struct device_case device_cases[] = {
	{ "legacy", 0 },
	{ "modern", IS(VERSION_1) },
	{ "modern with ACCESS_PLATFORM", IS(VERSION_1) | IS(FEATURE) },
};

KUNIT_ARRAY_PARAM_DESC(device, device_cases, name);

static u64 features_of(unsigned int facts)
{
	return (facts & IS(VERSION_1) ? BIT_ULL(VIRTIO_F_VERSION_1) : 0) |
	       (facts & IS(FEATURE) ? BIT_ULL(VIRTIO_F_ACCESS_PLATFORM) : 0);
}

static void probe_follows_the_choice(struct kunit *test)
{
	const struct device_case *c = test->param_value;
	unsigned int facts = c->facts;
	struct test_device *dev;
	int choice;

	KUNIT_ASSERT_EQ(test, register_virtio_driver(&test_driver), 0);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, unregister_driver,
							&test_driver), 0);
	dev = add_test_device(test, features_of(facts));

	facts |= IS_ENABLED(CONFIG_HAS_DMA) ? IS(HAS_DMA) : 0;
	facts |= virtio_check_mem_acc_cb(&dev->vdev) ? IS(RESTRICTED) : 0;
	choice = choice_by_table(facts, virtio_platform);
	KUNIT_EXPECT_EQ(test, dev->probed,
			choice == VIRTIO_DMA_PHYS || choice == VIRTIO_DMA_BUS);
	KUNIT_EXPECT_EQ(test, virtio_uses_dma_api(&dev->vdev),
			choice == VIRTIO_DMA_BUS);
}

static struct kunit_case virtio_dma_cases[] = {
	KUNIT_CASE_PARAM(choose_agrees_with_table, platform_gen_params),
	KUNIT_CASE_PARAM(choose_never_exposes_memory, platform_gen_params),
	KUNIT_CASE_PARAM(probe_follows_the_choice, device_gen_params),
	{ }
};

static struct kunit_suite virtio_dma_suite = {
	.name = "virtio_dma",
	.test_cases = virtio_dma_cases,
};

kunit_test_suite(virtio_dma_suite);

MODULE_DESCRIPTION("KUnit suite for the choice between physical and bus addresses");
MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_LICENSE("GPL");
