// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The onedma developers
 *
 * Lets Xen know where the MSI-X table of a function is, before a guest has it.
 */
#include <kunit/static_stub.h>
#include <kunit/visibility.h>
#include <linux/export.h>
#include <linux/moduleparam.h>
#include <linux/pci.h>
#include <xen/interface/xen.h>
#include <xen/interface/physdev.h>
#include <xen/xen.h>
#include <asm/xen/hypercall.h>
#include "pciback.h"

static bool hold_msix __ro_after_init;
module_param(hold_msix, bool, 0444);
MODULE_PARM_DESC(hold_msix, "In a PVH dom0 whose Xen does not prepare MSI-X: let guests have MSI-X, but the last entry of the table");

VISIBLE_IF_KUNIT bool xen_pcibk_holds_msix(void)
{
	KUNIT_STATIC_STUB_REDIRECT(xen_pcibk_holds_msix);

	return hold_msix;
}
EXPORT_SYMBOL_IF_KUNIT(xen_pcibk_holds_msix);

VISIBLE_IF_KUNIT int xen_pcibk_physdev_op(int cmd, void *arg)
{
	KUNIT_STATIC_STUB_REDIRECT(xen_pcibk_physdev_op, cmd, arg);

	return HYPERVISOR_physdev_op(cmd, arg);
}
EXPORT_SYMBOL_IF_KUNIT(xen_pcibk_physdev_op);

static int prepare_or_release(struct pci_dev *dev, int cmd)
{
	struct physdev_pci_device ppdev = {
		.seg = pci_domain_nr(dev->bus),
		.bus = dev->bus->number,
		.devfn = dev->devfn
	};

	return xen_pcibk_physdev_op(cmd, &ppdev);
}

/*
 * Xen also notes where the table is when dom0 maps an entry for itself, and
 * forgets it when dom0 and the guest have no entry any more. So keep one: the
 * last, which guests use least. It stays masked, in the guest as well. A guest
 * must not use MSI meanwhile: Xen then loses count of the entries.
 */
static int hold_entry(struct pci_dev *dev, int *pirq)
{
	struct physdev_map_pirq map = {
		.domid = DOMID_SELF,
		.type = MAP_PIRQ_TYPE_MSI_SEG,
		.index = -1,
		.pirq = -1,
		.bus = dev->bus->number | pci_domain_nr(dev->bus) << 16,
		.devfn = dev->devfn,
	};
	u32 table;
	u16 flags;
	int err;

	pci_read_config_word(dev, dev->msix_cap + PCI_MSIX_FLAGS, &flags);
	pci_read_config_dword(dev, dev->msix_cap + PCI_MSIX_TABLE, &table);
	map.entry_nr = flags & PCI_MSIX_FLAGS_QSIZE;
	map.table_base = pci_resource_start(dev, table & PCI_MSIX_TABLE_BIR);
	if (!map.entry_nr)
		return -ENOSPC;
	if (!map.table_base)
		return -ENXIO;

	err = xen_pcibk_physdev_op(PHYSDEVOP_map_pirq, &map);
	if (!err)
		*pirq = map.pirq;

	return err;
}

static int drop_entry(int *pirq)
{
	struct physdev_unmap_pirq unmap = {
		.domid = DOMID_SELF,
		.pirq = *pirq,
	};

	*pirq = 0;
	return xen_pcibk_physdev_op(PHYSDEVOP_unmap_pirq, &unmap);
}

/**
 * xen_pcibk_prepare_msix() - Let Xen find the MSI-X table of a function
 * @dev: function that will be passed, whose memory is decoded
 * @pirq: 0; set to the entry that is held for it, if one has to be
 *
 * That it cannot be done is not an error, but there is a warning.
 */
void xen_pcibk_prepare_msix(struct pci_dev *dev, int *pirq)
{
	int err;

	if (!dev->msix_cap)
		return;

	err = prepare_or_release(dev, PHYSDEVOP_prepare_msix);
	if (err == -ENOSYS && (xen_pv_domain() || !IS_ENABLED(CONFIG_X86)))
		return;
	if (err == -ENOSYS && xen_pcibk_holds_msix())
		err = hold_entry(dev, pirq);

	if (err)
		dev_warn(&dev->dev, "MSI-X will not work in a guest (%d), use %s%s\n",
			 err, dev->msi_cap ? "MSI" :
			 dev->pin ? "the pin" : "polling",
			 err == -ENOSYS ? ", or see xen-pciback.hold_msix" : "");
}
EXPORT_SYMBOL_IF_KUNIT(xen_pcibk_prepare_msix);

/**
 * xen_pcibk_release_msix() - Undo xen_pcibk_prepare_msix()
 * @dev: function that no guest has any more, whose memory is decoded
 * @pirq: what that has set
 */
void xen_pcibk_release_msix(struct pci_dev *dev, int *pirq)
{
	int err;

	if (!dev->msix_cap)
		return;

	if (*pirq)
		err = drop_entry(pirq);
	else
		err = prepare_or_release(dev, PHYSDEVOP_release_msix);

	if (err && err != -ENOSYS)
		dev_warn(&dev->dev, "MSI-X release failed (%d)\n", err);
}
EXPORT_SYMBOL_IF_KUNIT(xen_pcibk_release_msix);
