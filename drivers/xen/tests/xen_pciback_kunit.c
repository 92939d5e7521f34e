// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The onedma developers
 *
 * KUnit suite for what xen-pciback does to functions between their users.
 */
#include <kunit/static_stub.h>
#include <kunit/test-bug.h>
#include <kunit/test.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <xen/interface/xen.h>
#include <xen/interface/physdev.h>
#include <xen/pci.h>
#include <xen/xen.h>

#include "../xen-pciback/pciback.h"

#define REGISTERS	20
#define MSIX		64
#define COMMAND		(PCI_COMMAND / 4)
#define BAR0		(PCI_BASE_ADDRESS_0 / 4)

/* A simulated function, and what Xen's vPCI does with accesses to it. */
struct function {
	struct pci_bus bus;
	struct pci_sysdata sysdata;
	struct pci_dev dev;
	u32 reg[REGISTERS];
	bool mapped_by_xen;
	/* How the reset behaves, and what it found */
	int reset_result;
	bool reset_enables_decoding;
	bool decoded_in_reset;
	/* What Xen is told, and answers */
	u32 bars_seen[PCI_STD_NUM_BARS];
	int xen_result;
	int prepare_result;
	int map_result;
	/* A second function, and resets on request */
	struct pci_dev other;
	u32 other_command;
	int alone_result;
	int together_result;
	unsigned int nr_together;
	struct physdev_map_pirq mapped;
	unsigned int nr_calls;
	int last_call;
	int unmapped;
};

static struct function *function_of_bus(struct pci_bus *bus)
{
	return container_of(bus, struct function, bus);
}

static int read_config(struct pci_bus *bus, unsigned int devfn, int where,
		       int size, u32 *val)
{
	struct function *f = function_of_bus(bus);

	*val = f->reg[where / 4] >> 8 * (where % 4);
	if (devfn == f->other.devfn && where == PCI_COMMAND)
		*val = f->other_command;
	if (size == 2)
		*val &= 0xffff;
	return PCIBIOS_SUCCESSFUL;
}

/* Like cmd_write() and bar_write() in xen/drivers/vpci/header.c. */
static int write_config(struct pci_bus *bus, unsigned int devfn, int where,
			int size, u32 val)
{
	struct function *f = function_of_bus(bus);
	unsigned int reg = where / 4;

	if (reg == COMMAND)
		f->mapped_by_xen = val & PCI_COMMAND_MEMORY;
	else if (f->mapped_by_xen && reg >= BAR0 && reg < BAR0 + PCI_STD_NUM_BARS)
		return PCIBIOS_SUCCESSFUL;

	f->reg[reg] = val;
	return PCIBIOS_SUCCESSFUL;
}

static struct pci_ops config_ops = {
	.read = read_config,
	.write = write_config,
};

static struct function *function_of(struct pci_dev *dev)
{
	return container_of(dev, struct function, dev);
}

/* Xen does not see that the function loses its BARs and stops decoding. */
static int simulate_reset(struct pci_dev *dev)
{
	struct function *f = function_of(dev);

	f->decoded_in_reset = f->reg[COMMAND] & PCI_COMMAND_MEMORY;
	if (f->reset_result)
		return f->reset_result;

	memset(f->reg, 0, sizeof(f->reg));
	if (f->reset_enables_decoding)
		pci_write_config_word(dev, PCI_COMMAND, PCI_COMMAND_MEMORY);
	return 0;
}

static int simulate_xen(struct pci_dev *dev)
{
	struct function *f = function_of(dev);

	memcpy(f->bars_seen, &f->reg[BAR0], sizeof(f->bars_seen));
	return f->xen_result;
}

static struct function *new_function(struct kunit *test)
{
	struct function *f;
	unsigned int i;

	if (xen_pv_domain())
		kunit_skip(test, "a PV dom0 does not write the BARs back");

	f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, f);
	f->bus.ops = &config_ops;
	f->dev.bus = &f->bus;
	f->dev.dev.init_name = "function";
	f->reg[COMMAND] = PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;
	f->mapped_by_xen = true;
	for (i = 0; i < PCI_STD_NUM_BARS; i++)
		f->reg[BAR0 + i] = 0xfe000000 + 0x10000 * i;

	kunit_activate_static_stub(test, xen_pcibk_do_reset, simulate_reset);
	kunit_activate_static_stub(test, xen_pcibk_tell_xen_of_reset,
				   simulate_xen);
	return f;
}

static void expect_bars_seen(struct kunit *test, const struct function *f)
{
	unsigned int i;

	for (i = 0; i < PCI_STD_NUM_BARS; i++)
		KUNIT_EXPECT_EQ(test, f->bars_seen[i], 0xfe000000 + 0x10000 * i);
}

static void reset_gives_bars_back(struct kunit *test)
{
	struct function *f = new_function(test);

	KUNIT_EXPECT_EQ(test, xen_pcibk_reset_function(&f->dev), 0);
	expect_bars_seen(test, f);
	KUNIT_EXPECT_FALSE(test, f->reg[COMMAND] & PCI_COMMAND_MEMORY);
}

/* reset_ivb_igd() writes to registers in BAR 0. */
static void reset_can_use_bars(struct kunit *test)
{
	struct function *f = new_function(test);

	KUNIT_EXPECT_EQ(test, xen_pcibk_reset_function(&f->dev), 0);
	KUNIT_EXPECT_TRUE(test, f->decoded_in_reset);
}

/* nvme_disable_and_flr() does so. */
static void reset_may_enable_decoding(struct kunit *test)
{
	struct function *f = new_function(test);

	f->reset_enables_decoding = true;
	KUNIT_EXPECT_EQ(test, xen_pcibk_reset_function(&f->dev), 0);
	expect_bars_seen(test, f);
}

static void reset_may_not_exist(struct kunit *test)
{
	struct function *f = new_function(test);

	f->reset_result = -ENOTTY;
	KUNIT_EXPECT_EQ(test, xen_pcibk_reset_function(&f->dev), 0);
	expect_bars_seen(test, f);
}

static void reset_returns_error_of_xen(struct kunit *test)
{
	struct function *f = new_function(test);

	f->xen_result = -EEXIST;
	KUNIT_EXPECT_EQ(test, xen_pcibk_reset_function(&f->dev), -EEXIST);
}

/* Xen 4.20 crashes in the hypercall. Without Xen the hypercall is a crash, too. */
static void reset_unknown_to_xen(struct kunit *test)
{
	struct function *f = new_function(test);
	struct pci_sysdata sysdata = { .domain = 0x7e4 };

	f->bus.sysdata = &sysdata;
	KUNIT_EXPECT_EQ(test, xen_reset_device(&f->dev), -ENODEV);
}

/* Xen gives pirq 200 */
static int simulate_physdev_op(int cmd, void *arg)
{
	struct function *f = kunit_get_current_test()->priv;
	struct physdev_map_pirq *map = arg;
	struct physdev_unmap_pirq *unmap = arg;

	f->nr_calls++;
	f->last_call = cmd;
	switch (cmd) {
	case PHYSDEVOP_map_pirq:
		map->pirq = 200;
		f->mapped = *map;
		return f->map_result;
	case PHYSDEVOP_unmap_pirq:
		f->unmapped = unmap->pirq;
		return 0;
	default:
		return f->prepare_result;
	}
}

/* Function 03:02.1 with 33 entries in a table in BAR 4 */
static struct function *new_msix_function(struct kunit *test)
{
	struct function *f = new_function(test);

	f->bus.sysdata = &f->sysdata;
	f->bus.number = 3;
	f->dev.devfn = PCI_DEVFN(2, 1);
	f->dev.msix_cap = MSIX;
	f->dev.resource[4].start = 0xfe040000;
	f->reg[MSIX / 4] = 32 << 16;
	f->reg[(MSIX + PCI_MSIX_TABLE) / 4] = 0x2000 | 4;
	test->priv = f;
	kunit_activate_static_stub(test, xen_pcibk_physdev_op,
				   simulate_physdev_op);
	return f;
}

static bool asked_for(void)
{
	return true;
}

static bool not_asked_for(void)
{
	return false;
}

static void prepare_by_holding(struct function *f, int *pirq)
{
	struct kunit *test = kunit_get_current_test();

	f->prepare_result = -ENOSYS;
	kunit_activate_static_stub(test, xen_pcibk_holds_msix, asked_for);
	xen_pcibk_prepare_msix(&f->dev, pirq);
}

static void msix_is_prepared(struct kunit *test)
{
	struct function *f = new_msix_function(test);
	int pirq = 0;

	xen_pcibk_prepare_msix(&f->dev, &pirq);
	KUNIT_EXPECT_EQ(test, f->last_call, PHYSDEVOP_prepare_msix);
	KUNIT_EXPECT_EQ(test, pirq, 0);
	xen_pcibk_release_msix(&f->dev, &pirq);
	KUNIT_EXPECT_EQ(test, f->last_call, PHYSDEVOP_release_msix);
	KUNIT_EXPECT_EQ(test, f->nr_calls, 2);
}

static void msix_holds_last_entry(struct kunit *test)
{
	struct function *f = new_msix_function(test);
	int pirq = 0;

	prepare_by_holding(f, &pirq);
	KUNIT_EXPECT_EQ(test, pirq, 200);
	KUNIT_EXPECT_EQ(test, f->mapped.domid, DOMID_SELF);
	KUNIT_EXPECT_EQ(test, f->mapped.type, MAP_PIRQ_TYPE_MSI_SEG);
	KUNIT_EXPECT_EQ(test, f->mapped.bus, 3);
	KUNIT_EXPECT_EQ(test, f->mapped.devfn, PCI_DEVFN(2, 1));
	KUNIT_EXPECT_EQ(test, f->mapped.entry_nr, 32);
	KUNIT_EXPECT_EQ(test, f->mapped.table_base, 0xfe040000);
}

static void msix_drops_entry_once(struct kunit *test)
{
	struct function *f = new_msix_function(test);
	int pirq = 0;

	prepare_by_holding(f, &pirq);
	xen_pcibk_release_msix(&f->dev, &pirq);
	KUNIT_EXPECT_EQ(test, f->unmapped, 200);
	KUNIT_EXPECT_EQ(test, pirq, 0);
	xen_pcibk_release_msix(&f->dev, &pirq);
	KUNIT_EXPECT_EQ(test, f->last_call, PHYSDEVOP_release_msix);
}

static void msix_entry_is_not_to_be_had(struct kunit *test)
{
	struct function *f = new_msix_function(test);
	int pirq = 0;

	f->map_result = -EPERM;
	prepare_by_holding(f, &pirq);
	KUNIT_EXPECT_EQ(test, pirq, 0);
	xen_pcibk_release_msix(&f->dev, &pirq);
	KUNIT_EXPECT_EQ(test, f->unmapped, 0);
}

static void msix_is_held_only_if_asked_for(struct kunit *test)
{
	struct function *f = new_msix_function(test);
	int pirq = 0;

	f->prepare_result = -ENOSYS;
	kunit_activate_static_stub(test, xen_pcibk_holds_msix, not_asked_for);
	xen_pcibk_prepare_msix(&f->dev, &pirq);
	KUNIT_EXPECT_EQ(test, f->nr_calls, 1);
	KUNIT_EXPECT_EQ(test, pirq, 0);
}

/* The last entry of a table with one entry is the only one. */
static void msix_only_entry_is_not_held(struct kunit *test)
{
	struct function *f = new_msix_function(test);
	int pirq = 0;

	f->reg[MSIX / 4] = 0;
	prepare_by_holding(f, &pirq);
	KUNIT_EXPECT_EQ(test, f->nr_calls, 1);
	KUNIT_EXPECT_EQ(test, pirq, 0);
}

/* Only a call that Xen does not know is replaced. */
static void msix_in_use_is_left_alone(struct kunit *test)
{
	struct function *f = new_msix_function(test);
	int pirq = 0;

	f->prepare_result = -EBUSY;
	xen_pcibk_prepare_msix(&f->dev, &pirq);
	KUNIT_EXPECT_EQ(test, f->nr_calls, 1);
	KUNIT_EXPECT_EQ(test, pirq, 0);
}

static void without_msix_nothing_is_done(struct kunit *test)
{
	struct function *f = new_msix_function(test);
	int pirq = 0;

	f->dev.msix_cap = 0;
	xen_pcibk_prepare_msix(&f->dev, &pirq);
	xen_pcibk_release_msix(&f->dev, &pirq);
	KUNIT_EXPECT_EQ(test, f->nr_calls, 0);
}

static int simulate_alone(struct pci_dev *dev)
{
	return function_of(dev)->alone_result;
}

static int simulate_together(struct pci_dev *dev)
{
	struct function *f = function_of(dev);

	f->nr_together++;
	/* The functions are locked by somebody who gives one to a guest. */
	if (f->together_result == -EAGAIN)
		f->other_command = PCI_COMMAND_MASTER;
	return f->together_result;
}

static struct pci_driver pciback_driver;

/* Two functions of pciback on a bus, which have no reset of their own */
static struct function *new_pair(struct kunit *test, struct pci_driver *driver)
{
	struct function *f = new_function(test);

	mutex_init(&f->dev.dev.mutex);
	INIT_LIST_HEAD(&f->bus.devices);
	list_add_tail(&f->dev.bus_list, &f->bus.devices);
	list_add_tail(&f->other.bus_list, &f->bus.devices);
	f->other.bus = &f->bus;
	f->bus.parent = &f->bus;	/* no root bus */
	f->other.devfn = 1;
	f->other.dev.init_name = "other";
	f->dev.driver = driver;
	f->other.driver = driver;
	f->alone_result = -ENOTTY;
	kunit_activate_static_stub(test, xen_pcibk_reset_alone, simulate_alone);
	kunit_activate_static_stub(test, xen_pcibk_reset_together,
				   simulate_together);
	return f;
}

static void request_resets_alone_if_possible(struct kunit *test)
{
	struct function *f = new_pair(test, &pciback_driver);

	f->alone_result = 0;
	f->other_command = PCI_COMMAND_MASTER;
	KUNIT_EXPECT_EQ(test, xen_pcibk_reset_on_request(&f->dev, &pciback_driver), 0);
	KUNIT_EXPECT_EQ(test, f->nr_together, 0);
}

static void request_resets_both(struct kunit *test)
{
	struct function *f = new_pair(test, &pciback_driver);

	KUNIT_EXPECT_EQ(test, xen_pcibk_reset_on_request(&f->dev, &pciback_driver), 0);
	KUNIT_EXPECT_EQ(test, f->nr_together, 1);
}

static void request_spares_others_functions(struct kunit *test)
{
	struct function *f = new_pair(test, &pciback_driver);

	f->other.driver = NULL;
	KUNIT_EXPECT_EQ(test, xen_pcibk_reset_on_request(&f->dev, &pciback_driver), -EPERM);
	KUNIT_EXPECT_EQ(test, f->nr_together, 0);
}

static void request_spares_used_functions(struct kunit *test)
{
	struct function *f = new_pair(test, &pciback_driver);

	f->other_command = PCI_COMMAND_MASTER;
	KUNIT_EXPECT_EQ(test, xen_pcibk_reset_on_request(&f->dev, &pciback_driver), -EBUSY);
	KUNIT_EXPECT_EQ(test, f->nr_together, 0);
}

static void request_returns_errors(struct kunit *test)
{
	struct function *f = new_pair(test, &pciback_driver);

	f->together_result = -ENOTTY;
	KUNIT_EXPECT_EQ(test, xen_pcibk_reset_on_request(&f->dev, &pciback_driver), -ENOTTY);
	f->alone_result = -EIO;
	KUNIT_EXPECT_EQ(test, xen_pcibk_reset_on_request(&f->dev, &pciback_driver), -EIO);
	KUNIT_EXPECT_EQ(test, f->nr_together, 1);
}

static void request_looks_again_before_each_try(struct kunit *test)
{
	struct function *f = new_pair(test, &pciback_driver);

	f->together_result = -EAGAIN;
	KUNIT_EXPECT_EQ(test, xen_pcibk_reset_on_request(&f->dev, &pciback_driver), -EBUSY);
	KUNIT_EXPECT_EQ(test, f->nr_together, 1);
}

/* As if it was given back to a driver of dom0 before it was locked */
static void request_spares_what_was_given_back(struct kunit *test)
{
	struct function *f = new_pair(test, NULL);

	f->alone_result = 0;
	f->reg[COMMAND] = PCI_COMMAND_MASTER;
	KUNIT_EXPECT_EQ(test, xen_pcibk_reset_on_request(&f->dev, &pciback_driver), -ENODEV);
	KUNIT_EXPECT_EQ(test, f->reg[COMMAND], PCI_COMMAND_MASTER);
}

static struct kunit_case xen_pciback_cases[] = {
	KUNIT_CASE(reset_gives_bars_back),
	KUNIT_CASE(reset_can_use_bars),
	KUNIT_CASE(reset_may_enable_decoding),
	KUNIT_CASE(reset_may_not_exist),
	KUNIT_CASE(reset_returns_error_of_xen),
	KUNIT_CASE(msix_is_prepared),
	KUNIT_CASE(msix_holds_last_entry),
	KUNIT_CASE(msix_drops_entry_once),
	KUNIT_CASE(msix_entry_is_not_to_be_had),
	KUNIT_CASE(msix_is_held_only_if_asked_for),
	KUNIT_CASE(msix_only_entry_is_not_held),
	KUNIT_CASE(msix_in_use_is_left_alone),
	KUNIT_CASE(without_msix_nothing_is_done),
	KUNIT_CASE(request_resets_alone_if_possible),
	KUNIT_CASE(request_resets_both),
	KUNIT_CASE(request_spares_others_functions),
	KUNIT_CASE(request_spares_used_functions),
	KUNIT_CASE(request_returns_errors),
	KUNIT_CASE(request_looks_again_before_each_try),
	KUNIT_CASE(request_spares_what_was_given_back),
	KUNIT_CASE(reset_unknown_to_xen),
	{}
};

static struct kunit_suite xen_pciback_suite = {
	.name = "xen_pciback",
	.test_cases = xen_pciback_cases,
};

kunit_test_suite(xen_pciback_suite);

MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_DESCRIPTION("KUnit suite for xen-pciback");
MODULE_LICENSE("GPL");
