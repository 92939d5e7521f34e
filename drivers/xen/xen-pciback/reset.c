// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The onedma developers
 *
 * Resets a function between its users.
 */
#include <kunit/static_stub.h>
#include <kunit/visibility.h>
#include <linux/delay.h>
#include <linux/export.h>
#include <linux/pci.h>
#include <xen/pci.h>
#include <xen/xen.h>
#include "pciback.h"

VISIBLE_IF_KUNIT int xen_pcibk_do_reset(struct pci_dev *dev)
{
	KUNIT_STATIC_STUB_REDIRECT(xen_pcibk_do_reset, dev);

	return __pci_reset_function_locked(dev);
}
EXPORT_SYMBOL_IF_KUNIT(xen_pcibk_do_reset);

VISIBLE_IF_KUNIT int xen_pcibk_tell_xen_of_reset(struct pci_dev *dev)
{
	KUNIT_STATIC_STUB_REDIRECT(xen_pcibk_tell_xen_of_reset, dev);

	return xen_reset_device(dev);
}
EXPORT_SYMBOL_IF_KUNIT(xen_pcibk_tell_xen_of_reset);

static void reset_function(struct pci_dev *dev)
{
	int err = xen_pcibk_do_reset(dev);

	if (err)
		dev_warn(&dev->dev, "cannot be reset (%d), keeps the state and memory of its last user\n",
			 err);
}

static void read_bars(struct pci_dev *dev, u32 bars[PCI_STD_NUM_BARS])
{
	unsigned int i;

	for (i = 0; i < PCI_STD_NUM_BARS; i++)
		pci_read_config_dword(dev, PCI_BASE_ADDRESS_0 + 4 * i, &bars[i]);
}

/* Xen ignores writes to BARs until it has seen that they are not decoded. */
static void write_bars(struct pci_dev *dev, const u32 bars[PCI_STD_NUM_BARS])
{
	unsigned int i;
	u16 cmd;

	pci_read_config_word(dev, PCI_COMMAND, &cmd);
	pci_write_config_word(dev, PCI_COMMAND, cmd & ~PCI_COMMAND_MEMORY);
	for (i = 0; i < PCI_STD_NUM_BARS; i++)
		pci_write_config_dword(dev, PCI_BASE_ADDRESS_0 + 4 * i, bars[i]);
}

/*
 * A reset clears the BARs, and Xen reads them when it is told of the reset.
 * Before 4.22 it refuses an MSI-X table at an address where dom0 has memory,
 * as at 0. Some resets need the BARs, and some switch on their decoding, so
 * switch it off afterwards.
 */
static int reset_in_pvh(struct pci_dev *dev)
{
	u32 bars[PCI_STD_NUM_BARS];
	int err;

	read_bars(dev, bars);
	reset_function(dev);
	write_bars(dev, bars);

	err = xen_pcibk_tell_xen_of_reset(dev);
	if (err)
		dev_err(&dev->dev, "Xen does not accept the reset (%d)\n", err);

	return err;
}

/**
 * xen_pcibk_reset_function() - Reset a function before its next user gets it
 * @dev: PCI function, which is locked; its state is saved
 *
 * A function that has no reset method is not an error: there is a warning.
 *
 * Context: May sleep for seconds.
 * Return: 0, or the error of Xen; the function must not be used then.
 */
int xen_pcibk_reset_function(struct pci_dev *dev)
{
	if (!xen_pv_domain())
		return reset_in_pvh(dev);

	reset_function(dev);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(xen_pcibk_reset_function);

VISIBLE_IF_KUNIT int xen_pcibk_reset_alone(struct pci_dev *dev)
{
	KUNIT_STATIC_STUB_REDIRECT(xen_pcibk_reset_alone, dev);

	return pci_reset_function_locked(dev);
}
EXPORT_SYMBOL_IF_KUNIT(xen_pcibk_reset_alone);

VISIBLE_IF_KUNIT int xen_pcibk_reset_together(struct pci_dev *dev)
{
	KUNIT_STATIC_STUB_REDIRECT(xen_pcibk_reset_together, dev);

	return pci_reset_bus(dev);
}
EXPORT_SYMBOL_IF_KUNIT(xen_pcibk_reset_together);

struct company {
	struct pci_dev *dev;
	const struct pci_driver *driver;
	int err;
};

/*
 * Refuse if another function is not ours or in use. One that was added to a
 * running HVM guest is not exported, but the guest has set its Bus Master bit.
 */
static int check_company(struct pci_dev *other, void *data)
{
	struct company *company = data;
	u16 cmd;

	if (other == company->dev) {
		company->err = other->driver == company->driver ? 0 : -ENODEV;
		return company->err;
	}

	pci_read_config_word(other, PCI_COMMAND, &cmd);
	if (other->driver != company->driver)
		company->err = -EPERM;
	else if (xen_find_device_domain_owner(other) >= 0 ||
		 (!PCI_POSSIBLE_ERROR(cmd) && cmd & PCI_COMMAND_MASTER))
		company->err = -EBUSY;

	if (company->err)
		pci_warn(company->dev, "can be reset only with %s, which %s\n",
			 pci_name(other), company->err == -EPERM ?
			 "pciback does not have" : "is in use");

	return company->err;
}

static int reset_with_company(struct pci_dev *dev,
			      const struct pci_driver *driver)
{
	struct company company = { .dev = dev, .driver = driver };
	int err, tries = 5;

	if (pci_is_root_bus(dev->bus))
		return -ENOTTY;

	for (;;) {
		pci_walk_bus(dev->bus, check_company, &company);
		if (company.err)
			return company.err;

		/* It only tries to lock the functions, and they are locked at times. */
		err = xen_pcibk_reset_together(dev);
		if (err != -EAGAIN || !--tries)
			break;
		msleep(20);
	}
	if (err)
		pci_warn(dev, "can be reset neither alone nor with its bus (%d)\n",
			 err);

	return err;
}

/*
 * The last guest is gone, but its Bus Master bit survives a reset. The bridge
 * is locked for a reset by it, as pci_reset_function() does.
 */
static int clear_and_reset(struct pci_dev *dev, const struct pci_driver *driver)
{
	struct pci_dev *bridge = pci_upstream_bridge(dev);
	int err = -ENODEV;

	if (bridge)
		pci_dev_lock(bridge);
	pci_dev_lock(dev);
	if (dev->driver == driver) {
		pci_clear_master(dev);
		err = xen_pcibk_reset_alone(dev);
	}
	pci_dev_unlock(dev);
	if (bridge)
		pci_dev_unlock(bridge);

	return err;
}

/**
 * xen_pcibk_reset_on_request() - Reset a function when the tool stack asks
 * @dev: PCI function, which is not locked
 * @driver: pciback
 *
 * A function without a reset of its own is reset with its slot or bus, if
 * pciback has all functions there, and no guest uses another one of them.
 *
 * Context: May sleep for seconds.
 * Return: 0, -ENODEV if it is not, or no longer, pciback's, or another error,
 * for which the log says why.
 */
int xen_pcibk_reset_on_request(struct pci_dev *dev,
			       const struct pci_driver *driver)
{
	int err = clear_and_reset(dev, driver);

	if (err == -ENODEV)
		return err;

	if (err == -ENOTTY)
		return reset_with_company(dev, driver);

	if (err)
		pci_warn(dev, "the reset failed (%d)\n", err);

	return err;
}
EXPORT_SYMBOL_IF_KUNIT(xen_pcibk_reset_on_request);
