// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The onedma developers
 *
 * Resets a function between its users.
 */
#include <kunit/static_stub.h>
#include <kunit/visibility.h>
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
