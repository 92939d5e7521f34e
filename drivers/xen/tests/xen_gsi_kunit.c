// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The onedma developers
 *
 * KUnit suite for the answers of drivers/xen/gsi.c.
 */
#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <linux/irq.h>
#include <linux/irqdesc.h>
#include <linux/irqnr.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/prandom.h>
#include <xen/gsi.h>

#define TEST_GSI	0x12345U

struct errno_case {
	const char *name;
	u8 pin;
	int lookup;	/* what acpi_pci_irq_get_gsi() returns */
	int err;
};

static const struct errno_case errno_cases[] = {
	{ "no pin, no route",		0, -ENODEV, -ENOENT },
	/* A route is looked up by pin, so this route means nothing. */
	{ "no pin, but a route",	0, 0,	    -ENOENT },
	{ "INTA without a route",	1, -ENODEV, -ENOTCONN },
	{ "INTD without a route",	4, -ENODEV, -ENOTCONN },
	{ "INTA to an open link",	1, -EAGAIN, -EAGAIN },
	{ "INTA with a route",		1, 0,	    0 },
	{ "INTD with a route",		4, 0,	    0 },
};

KUNIT_ARRAY_PARAM_DESC(errno, errno_cases, name);

static void gsi_errno_tells_cases_apart(struct kunit *test)
{
	const struct errno_case *c = test->param_value;

	KUNIT_EXPECT_EQ(test, xen_gsi_errno(c->pin, c->lookup), c->err);
}

static bool routing_is_known(void)
{
	return true;
}

static bool routing_is_unknown(void)
{
	return false;
}

static int find_test_route(struct pci_dev *dev, struct xen_gsi_route *route)
{
	route->gsi = TEST_GSI;
	return 0;
}

static int find_no_route(struct pci_dev *dev, struct xen_gsi_route *route)
{
	return -ENODEV;
}

static int find_open_link(struct pci_dev *dev, struct xen_gsi_route *route)
{
	return -EAGAIN;
}

static void stub_lookup(struct kunit *test, int result)
{
	kunit_activate_static_stub(test, xen_gsi_routing_known,
				   routing_is_known);
	if (!result)
		kunit_activate_static_stub(test, xen_gsi_find_route,
					   find_test_route);
	else if (result == -EAGAIN)
		kunit_activate_static_stub(test, xen_gsi_find_route,
					   find_open_link);
	else
		kunit_activate_static_stub(test, xen_gsi_find_route,
					   find_no_route);
}

static struct pci_dev *alloc_function(struct kunit *test, u8 pin)
{
	struct pci_dev *dev = kunit_kzalloc(test, sizeof(*dev), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, dev);
	dev->pin = pin;
	return dev;
}

static void pci_gsi_route_of_function(struct kunit *test)
{
	const struct errno_case *c = test->param_value;
	struct pci_dev *dev = alloc_function(test, c->pin);
	struct xen_gsi_route route = {};

	stub_lookup(test, c->lookup);
	KUNIT_EXPECT_EQ(test, xen_pci_gsi_route(dev, &route), c->err);
	if (!c->err)
		KUNIT_EXPECT_EQ(test, route.gsi, TEST_GSI);
}

static void pci_gsi_route_unknown_outside_dom0(struct kunit *test)
{
	const struct errno_case *c = test->param_value;
	struct pci_dev *dev = alloc_function(test, c->pin);
	struct xen_gsi_route route = {};

	kunit_activate_static_stub(test, xen_gsi_routing_known,
				   routing_is_unknown);

	KUNIT_EXPECT_EQ(test, xen_pci_gsi_route(dev, &route), -EOPNOTSUPP);
}

static void gsi_from_sbdf_of_nothing(struct kunit *test)
{
	u32 gsi = TEST_GSI;

	kunit_activate_static_stub(test, xen_gsi_routing_known,
				   routing_is_known);

	KUNIT_EXPECT_EQ(test, xen_gsi_from_sbdf(~0U, &gsi), -ENODEV);
	KUNIT_EXPECT_EQ(test, gsi, TEST_GSI);
}

struct hide_case {
	const char *name;
	int err;
	bool pvh;
	bool line_connected;
	bool hidden;
};

static const struct hide_case hide_cases[] = {
	{ "routed, PVH",		0,	   true,  true,  false },
	{ "routed, PV",			0,	   false, true,  false },
	{ "routed, PV, line 0xff",	0,	   false, false, false },
	{ "no pin, PVH",		-ENOENT,   true,  true,  false },
	{ "no pin, PV",			-ENOENT,   false, true,  false },
	{ "unrouted, PVH",		-ENOTCONN, true,  true,  true },
	{ "unrouted, PVH, line 0xff",	-ENOTCONN, true,  false, true },
	{ "unrouted, PV",		-ENOTCONN, false, true,  false },
	{ "unrouted, PV, line 0xff",	-ENOTCONN, false, false, true },
	{ "open link, PVH",		-EAGAIN,   true,  true,  false },
	{ "not known, PV",		-EOPNOTSUPP, false, true, false },
	{ "not known, PVH",		-EOPNOTSUPP, true, true,  false },
};

KUNIT_ARRAY_PARAM_DESC(hide, hide_cases, name);

static void gsi_hides_pin_only_if_dead(struct kunit *test)
{
	const struct hide_case *c = test->param_value;

	KUNIT_EXPECT_EQ(test, c->hidden,
			xen_gsi_hides_pin(c->err, c->pvh, c->line_connected));
}

static void expect_sbdf_parts(struct kunit *test, u16 segment, u8 bus, u8 devfn)
{
	u32 sbdf = xen_sbdf(segment, bus, devfn);

	/* The slow reference is the definition in Xen's interface. */
	KUNIT_EXPECT_EQ(test, sbdf,
			segment * 0x10000U + PCI_DEVID(bus, devfn));
	KUNIT_EXPECT_EQ(test, xen_sbdf_segment(sbdf), segment);
	KUNIT_EXPECT_EQ(test, xen_sbdf_bus(sbdf), bus);
	KUNIT_EXPECT_EQ(test, xen_sbdf_devfn(sbdf), devfn);
}

static void sbdf_parts_survive(struct kunit *test)
{
	struct rnd_state rnd;
	int i;

	prandom_seed_state(&rnd, 3);
	expect_sbdf_parts(test, 0, 0, 0);
	expect_sbdf_parts(test, U16_MAX, U8_MAX, U8_MAX);

	for (i = 0; i < 1000; i++) {
		u32 r = prandom_u32_state(&rnd);

		expect_sbdf_parts(test, r, r >> 16, r >> 24);
	}
}

static void gsi_from_irq_of_plain_irq(struct kunit *test)
{
	int irq = irq_alloc_desc(NUMA_NO_NODE);
	u32 gsi = TEST_GSI;

	KUNIT_ASSERT_GT(test, irq, 0);
	KUNIT_EXPECT_EQ(test, xen_gsi_from_irq(irq, &gsi), -ENOENT);

	/* Chip data of another chip must not be read. */
	irq_set_chip(irq, &dummy_irq_chip);
	irq_set_chip_data(irq, &gsi);
	KUNIT_EXPECT_EQ(test, xen_gsi_from_irq(irq, &gsi), -ENOENT);

	irq_set_chip_data(irq, NULL);
	irq_free_desc(irq);
	KUNIT_EXPECT_EQ(test, xen_gsi_from_irq(irq, &gsi), -EINVAL);
	KUNIT_EXPECT_EQ(test, gsi, TEST_GSI);
}

static void gsi_from_irq_of_nothing(struct kunit *test)
{
	u32 gsi = TEST_GSI;

	KUNIT_EXPECT_EQ(test, xen_gsi_from_irq(~0U, &gsi), -EINVAL);
	KUNIT_EXPECT_EQ(test, xen_gsi_from_irq(IRQ_NOTCONNECTED, &gsi),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, gsi, TEST_GSI);
}

/* The reference is the name of the chip, which xen_gsi_from_irq() ignores. */
static int expected_errno(unsigned int irq)
{
	struct irq_chip *chip;

	if (!irq_get_irq_data(irq))
		return -EINVAL;

	chip = irq_get_chip(irq);
	if (!chip || !chip->name || !strstr(chip->name, "IO-APIC"))
		return -ENOENT;

	return 0;
}

static bool is_pirq(unsigned int irq)
{
	struct irq_chip *chip = irq_get_chip(irq);

	return chip && chip->name && !strcmp(chip->name, "xen-pirq");
}

/* All interrupts of the machine at the end of the boot. */
static void gsi_from_irq_of_all_irqs(struct kunit *test)
{
	unsigned int irq, found = 0;
	u32 gsi;

	for (irq = 0; irq < irq_get_nr_irqs(); irq++) {
		if (is_pirq(irq))
			continue;

		gsi = TEST_GSI;
		KUNIT_EXPECT_EQ_MSG(test, xen_gsi_from_irq(irq, &gsi),
				    expected_errno(irq), "irq %u", irq);
		found += gsi != TEST_GSI;
	}

	kunit_info(test, "%u interrupts have a GSI", found);
	if (!found)
		kunit_skip(test, "no interrupt of an IO-APIC in this domain");
}

static struct kunit_case xen_gsi_cases[] = {
	KUNIT_CASE_PARAM(gsi_errno_tells_cases_apart, errno_gen_params),
	KUNIT_CASE_PARAM(pci_gsi_route_of_function, errno_gen_params),
	KUNIT_CASE_PARAM(pci_gsi_route_unknown_outside_dom0, errno_gen_params),
	KUNIT_CASE_PARAM(gsi_hides_pin_only_if_dead, hide_gen_params),
	KUNIT_CASE(gsi_from_sbdf_of_nothing),
	KUNIT_CASE(sbdf_parts_survive),
	KUNIT_CASE(gsi_from_irq_of_plain_irq),
	KUNIT_CASE(gsi_from_irq_of_nothing),
	KUNIT_CASE(gsi_from_irq_of_all_irqs),
	{}
};

static struct kunit_suite xen_gsi_suite = {
	.name = "xen_gsi",
	.test_cases = xen_gsi_cases,
};

kunit_test_suite(xen_gsi_suite);

MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_DESCRIPTION("KUnit suite for the GSI answers of Xen");
MODULE_LICENSE("GPL");
