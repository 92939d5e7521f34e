// SPDX-License-Identifier: GPL-2.0
/* Copyright (C) 2026 The onedma developers */
/* KUnit tests for the choice of drivers/virtio/virtio_dma.c between physical and bus addresses. */

#include <kunit/device.h>
#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <linux/acpi.h>
#include <linux/cc_platform.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/pci.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/virtio.h>
#include <linux/virtio_config.h>
#include <xen/xen.h>
#include "../virtio_dma.h"

#define TEST_DEVICE_ID	0x7e57

enum fact {
	FACT_VERSION_1,
	FACT_FEATURE,
	FACT_PRIVATE,
	FACT_GRANTS,
	FACT_OWN_MAP,
	FACT_HAS_DMA,
	FACT_FORCED,
	FACT_PASSED_ON,
	NR_FACTS
};

#define IS(f)	BIT(FACT_##f)
#define ANY	(-1)

/* The first line that fits holds. */
struct rule {
	unsigned int with, without;
	int platform;
	enum virtio_dma_choice choice;
};

static const struct rule rules[] = {
	{ IS(PRIVATE), IS(VERSION_1), ANY, VIRTIO_DMA_REFUSED_LEGACY },
	{ IS(GRANTS), IS(VERSION_1), ANY, VIRTIO_DMA_REFUSED_LEGACY },
	{ IS(FEATURE) | IS(OWN_MAP), 0, ANY, VIRTIO_DMA_BUS_TRANSPORT },
	{ IS(FEATURE) | IS(GRANTS) | IS(HAS_DMA), 0, ANY, VIRTIO_DMA_BUS_GRANTS },
	{ IS(FEATURE) | IS(HAS_DMA), 0, ANY, VIRTIO_DMA_BUS_FEATURE },
	{ IS(FEATURE), 0, ANY, VIRTIO_DMA_REFUSED_NO_API },
	{ IS(PRIVATE), 0, ANY, VIRTIO_DMA_REFUSED_PRIVATE },
	{ IS(GRANTS), 0, ANY, VIRTIO_DMA_REFUSED_GRANTS },
	{ 0, IS(HAS_DMA), ANY, VIRTIO_DMA_PHYS_NO_API },
	{ IS(FORCED), 0, ANY, VIRTIO_DMA_BUS_FORCED },
	{ 0, 0, VIRTIO_PLATFORM_PHYS, VIRTIO_DMA_PHYS_PLATFORM },
	{ 0, 0, VIRTIO_PLATFORM_BUS, VIRTIO_DMA_BUS_PLATFORM },
	{ 0, 0, VIRTIO_PLATFORM_BUS_ONLY, VIRTIO_DMA_BUS_PLATFORM },
	{ 0, 0, VIRTIO_PLATFORM_HARDWARE, VIRTIO_DMA_BUS_HARDWARE },
	{ IS(PASSED_ON), 0, VIRTIO_PLATFORM_NONE, VIRTIO_DMA_BUS_HARDWARE },
	{ 0, 0, VIRTIO_PLATFORM_NONE, VIRTIO_DMA_REFUSED_BYPASS },
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
		.private_memory = facts & IS(PRIVATE),
		.needs_grants = facts & IS(GRANTS),
		.own_map = facts & IS(OWN_MAP),
		.has_dma = facts & IS(HAS_DMA),
		.forced = facts & IS(FORCED),
		.passed_on = facts & IS(PASSED_ON),
		.platform = platform,
	};

	return virtio_dma_choose(&arg);
}

struct platform_case {
	const char *name;
	enum virtio_platform platform;
};

static const struct platform_case platform_cases[] = {
	{ "physical", VIRTIO_PLATFORM_PHYS },
	{ "bus", VIRTIO_PLATFORM_BUS },
	{ "bus only", VIRTIO_PLATFORM_BUS_ONLY },
	{ "hardware", VIRTIO_PLATFORM_HARDWARE },
	{ "none", VIRTIO_PLATFORM_NONE },
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

static bool is_phys(enum virtio_dma_choice choice)
{
	return !virtio_dma_is_bus(choice) && !virtio_dma_is_refused(choice);
}

/* Not taken from the table: what must never happen, whatever the rest says. */
static void choose_never_exposes_memory(struct kunit *test)
{
	const struct platform_case *c = test->param_value;
	enum virtio_dma_choice choice;
	unsigned int facts;

	for (facts = 0; facts < BIT(NR_FACTS); facts++) {
		choice = choice_under_test(facts, c->platform);
		if (facts & (IS(FEATURE) | IS(PRIVATE) | IS(GRANTS)) ||
		    (c->platform != VIRTIO_PLATFORM_PHYS && facts & IS(HAS_DMA)))
			KUNIT_EXPECT_FALSE(test, is_phys(choice));
		if (!(facts & (IS(HAS_DMA) | IS(OWN_MAP))))
			KUNIT_EXPECT_FALSE(test, virtio_dma_is_bus(choice));
	}
}

static bool is_hardware(unsigned int facts, int platform)
{
	return virtio_dma_is_hardware(choice_under_test(facts, platform));
}

static void hardware_is_told_apart(struct kunit *test)
{
	const struct platform_case *c = test->param_value;
	const unsigned int facts = IS(VERSION_1) | IS(HAS_DMA);

	KUNIT_EXPECT_EQ(test, is_hardware(facts, c->platform),
			c->platform == VIRTIO_PLATFORM_HARDWARE);
	KUNIT_EXPECT_TRUE(test, is_hardware(facts | IS(FORCED), c->platform));
	/* VIRTIO_F_ORDER_PLATFORM says it for these. */
	KUNIT_EXPECT_FALSE(test, is_hardware(facts | IS(FEATURE), c->platform));
}

static void name_agrees_with_choice(struct kunit *test)
{
	int c;

	for (c = VIRTIO_DMA_PHYS_PLATFORM; c <= VIRTIO_DMA_REFUSED_NO_API; c++) {
		const char *name = virtio_dma_choice_name(c);

		KUNIT_ASSERT_NOT_NULL(test, name);
		KUNIT_EXPECT_EQ(test, strstarts(name, "phys: "), is_phys(c));
		KUNIT_EXPECT_EQ(test, strstarts(name, "bus: "),
				virtio_dma_is_bus(c));
		KUNIT_EXPECT_EQ(test, strstarts(name, "refused: "),
				virtio_dma_is_refused(c));
	}
}

struct force_case {
	const char *name;
	bool listed;
};

static const struct force_case force_cases[] = {
	{ "0000:00:04.0", true },
	{ "0000:00:04.1", false },
	{ "0000:00:11.0", true },
	{ "0000:00:13.0", true },
	{ "0000:00:14.0", false },
	{ "0000:01:1f.7", true },
	{ "0001:01:00.0", false },
	{ "a003e00.virtio_mmio", true },
	{ "", false },
};

KUNIT_ARRAY_PARAM_DESC(force, force_cases, name);

static void patterns_list_devices(struct kunit *test)
{
	static const char * const patterns[] = {
		"0000:00:04.0", "0000:00:1[1-3].0", "0000:01:*", "*.virtio_mmio",
	};
	const struct force_case *c = test->param_value;

	KUNIT_EXPECT_EQ(test, c->listed,
			virtio_dma_is_listed(patterns, ARRAY_SIZE(patterns),
					     c->name));
	KUNIT_EXPECT_FALSE(test, virtio_dma_is_listed(patterns, 0, c->name));
}

static unsigned int inputs = 2000;
module_param(inputs, uint, 0);
MODULE_PARM_DESC(inputs, "Random patterns that are compared with random names");

/* What virtio_dma.force= says of '*', '?' and the rest. */
static bool slow_match(const char *pattern, const char *name)
{
	if (*pattern == '*')
		return slow_match(pattern + 1, name) ||
		       (*name && slow_match(pattern, name + 1));
	if (!*pattern || !*name)
		return *pattern == *name;

	return (*pattern == '?' || *pattern == *name) &&
	       slow_match(pattern + 1, name + 1);
}

static void write_random(char *text, size_t size, const char *letters)
{
	size_t len = get_random_u32_below(size), nr = strlen(letters), i;

	for (i = 0; i < len; i++)
		text[i] = letters[get_random_u32_below(nr)];
	text[len] = 0;
}

static void patterns_agree_with_slow(struct kunit *test)
{
	char pattern[8], name[8], odd[8];
	const char *one = pattern, *other = odd;
	unsigned int i;

	for (i = 0; i < inputs; i++) {
		write_random(pattern, sizeof(pattern), "01:*?");
		write_random(odd, sizeof(odd), "01-[]!\\*\xff");
		write_random(name, sizeof(name), "01:");
		KUNIT_EXPECT_EQ_MSG(test, slow_match(pattern, name),
				    virtio_dma_is_listed(&one, 1, name),
				    "%s, %s", pattern, name);
		/* Whatever it means: it ends. */
		virtio_dma_is_listed(&other, 1, name);
	}
}

struct link_case {
	const char *name;
	u8 type;
	u32 link_cap;
	bool real;
};

static const struct link_case link_cases[] = {
	{ "QEMU's virtio behind a port", PCI_EXP_TYPE_ENDPOINT, 0x411, false },
	{ "the same at port 8", PCI_EXP_TYPE_ENDPOINT, 0x8000411, false },
	{ "does not answer", PCI_EXP_TYPE_ENDPOINT, 0xffffffff, false },
	{ "one lane, 5 GT/s", PCI_EXP_TYPE_ENDPOINT, 0x412, true },
	{ "4 lanes, 2.5 GT/s", PCI_EXP_TYPE_ENDPOINT, 0x441, true },
	{ "16 lanes, 16 GT/s", PCI_EXP_TYPE_ENDPOINT, 0x504, true },
	{ "passed on without a port", PCI_EXP_TYPE_RC_END, 0, true },
};

KUNIT_ARRAY_PARAM_DESC(link, link_cases, name);

static void link_tells_physical_function(struct kunit *test)
{
	const struct link_case *c = test->param_value;

	KUNIT_EXPECT_EQ(test, c->real,
			virtio_dma_is_real_link(c->type, c->link_cap));
}

/* QEMU's model of the machine says what it is in its first compatible string. */
static bool is_powernv_hardware(void)
{
	struct device_node *opal = of_find_node_by_path("/ibm,opal");
	struct device_node *root = of_find_node_by_path("/");
	const char *model = NULL;

	if (opal)
		of_property_read_string(root, "compatible", &model);
	of_node_put(root);
	of_node_put(opal);

	return model && !strstarts(model, "qemu,");
}

/*
 * What the platform that runs the test has to say. Asks the platform, not the
 * code under test.
 */
static enum virtio_platform expected_platform(void)
{
	if (xen_pv_domain())
		return VIRTIO_PLATFORM_BUS_ONLY;
	if (IS_ENABLED(CONFIG_X86) && xen_initial_domain())
		return acpi_dev_found("QEMU0002") ? VIRTIO_PLATFORM_NONE :
						    VIRTIO_PLATFORM_HARDWARE;
	if (xen_domain())
		return VIRTIO_PLATFORM_BUS;
	if (is_powernv_hardware())
		return VIRTIO_PLATFORM_HARDWARE;

	return VIRTIO_PLATFORM_PHYS;
}

static bool expect_private_memory(void)
{
	return cc_platform_has(CC_ATTR_GUEST_MEM_ENCRYPT);
}

/* No device tree names a backend for the test's device. */
static bool expect_grants(void)
{
	return IS_ENABLED(CONFIG_XEN_VIRTIO) &&
	       xen_domain() && !xen_initial_domain() &&
	       (xen_pv_domain() || IS_ENABLED(CONFIG_XEN_VIRTIO_FORCE_GRANT));
}

static void platform_is_set(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, virtio_get_platform(), expected_platform());
	KUNIT_EXPECT_EQ(test, virtio_host_knows_phys(),
			expected_platform() == VIRTIO_PLATFORM_PHYS ||
			expected_platform() == VIRTIO_PLATFORM_BUS);
}

/* A device without queues, on the virtio bus of the kernel that runs the test. */
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

static unsigned int facts_of_this_kernel(void)
{
	unsigned int facts = 0;

	if (IS_ENABLED(CONFIG_HAS_DMA))
		facts |= IS(HAS_DMA);
	if (expect_private_memory())
		facts |= IS(PRIVATE);
	if (expect_grants())
		facts |= IS(GRANTS);

	return facts;
}

static void probe_follows_the_choice(struct kunit *test)
{
	const struct device_case *c = test->param_value;
	struct test_device *dev;
	int choice;

	KUNIT_ASSERT_EQ(test, register_virtio_driver(&test_driver), 0);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, unregister_driver,
							&test_driver), 0);
	dev = add_test_device(test, features_of(c->facts));
	if (dev->vdev.dma_choice == VIRTIO_DMA_BUS_FORCED)
		kunit_skip(test, "virtio_dma.force= names each device");

	choice = choice_by_table(c->facts | facts_of_this_kernel(),
				 expected_platform());
	KUNIT_EXPECT_EQ(test, dev->vdev.dma_choice, choice);
	KUNIT_EXPECT_EQ(test, dev->probed, !virtio_dma_is_refused(choice));
	KUNIT_EXPECT_EQ(test, virtio_uses_dma_api(&dev->vdev),
			virtio_dma_is_bus(choice));
	KUNIT_EXPECT_EQ(test, dev->vdev.is_hardware,
			virtio_dma_is_hardware(choice));
}

/* A platform whose backends need grants. Setting them up is counted, and fails. */
static unsigned int nr_setups;

static bool needs_grants(struct virtio_device *vdev)
{
	return true;
}

static int setup_fails(struct virtio_device *vdev)
{
	nr_setups++;
	return -ENOMEM;
}

static struct test_device *add_device_with_grants(struct kunit *test,
						  unsigned int facts)
{
	nr_setups = 0;
	kunit_activate_static_stub(test, virtio_dma_needs_grants, needs_grants);
	kunit_activate_static_stub(test, virtio_dma_setup_grants, setup_fails);
	KUNIT_ASSERT_EQ(test, register_virtio_driver(&test_driver), 0);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, unregister_driver,
							&test_driver), 0);

	return add_test_device(test, features_of(facts));
}

static void failed_setup_refuses_device(struct kunit *test)
{
	struct test_device *dev;

	if (!IS_ENABLED(CONFIG_HAS_DMA))
		kunit_skip(test, "no DMA API, so there are no grants");

	dev = add_device_with_grants(test, IS(VERSION_1) | IS(FEATURE));

	KUNIT_EXPECT_EQ(test, nr_setups, 1);
	KUNIT_EXPECT_FALSE(test, dev->probed);
	KUNIT_EXPECT_EQ(test, dev->vdev.dma_choice, VIRTIO_DMA_REFUSED_SETUP);
}

static void refused_device_gets_no_setup(struct kunit *test)
{
	struct test_device *dev = add_device_with_grants(test, IS(FEATURE));

	KUNIT_EXPECT_EQ(test, nr_setups, 0);
	KUNIT_EXPECT_FALSE(test, dev->probed);
	KUNIT_EXPECT_EQ(test, dev->vdev.dma_choice, VIRTIO_DMA_REFUSED_LEGACY);
}

/* Its queues are freed as they were allocated. */
static void later_refusal_keeps_the_kind(struct kunit *test)
{
	struct test_device *dev = add_test_device(test, 0);
	struct virtio_device *vdev = &dev->vdev;
	int kind;

	kunit_activate_static_stub(test, virtio_dma_needs_grants, needs_grants);
	for (kind = 0; kind < 2; kind++) {
		vdev->uses_dma_api = kind;
		KUNIT_EXPECT_EQ(test, virtio_dma_decide(vdev), -ENODEV);
		KUNIT_EXPECT_EQ(test, vdev->uses_dma_api, kind);
		KUNIT_EXPECT_EQ(test, vdev->dma_choice,
				VIRTIO_DMA_REFUSED_LEGACY);
	}
}

static struct kunit_case virtio_dma_cases[] = {
	KUNIT_CASE_PARAM(choose_agrees_with_table, platform_gen_params),
	KUNIT_CASE_PARAM(choose_never_exposes_memory, platform_gen_params),
	KUNIT_CASE_PARAM(hardware_is_told_apart, platform_gen_params),
	KUNIT_CASE(name_agrees_with_choice),
	KUNIT_CASE_PARAM(patterns_list_devices, force_gen_params),
	KUNIT_CASE(patterns_agree_with_slow),
	KUNIT_CASE_PARAM(link_tells_physical_function, link_gen_params),
	KUNIT_CASE(platform_is_set),
	KUNIT_CASE_PARAM(probe_follows_the_choice, device_gen_params),
	KUNIT_CASE(failed_setup_refuses_device),
	KUNIT_CASE(refused_device_gets_no_setup),
	KUNIT_CASE(later_refusal_keeps_the_kind),
	{ }
};

static struct kunit_suite virtio_dma_suite = {
	.name = "virtio_dma",
	.test_cases = virtio_dma_cases,
};

kunit_test_suite(virtio_dma_suite);

MODULE_DESCRIPTION("KUnit tests for the choice between physical and bus addresses");
MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_LICENSE("GPL");
