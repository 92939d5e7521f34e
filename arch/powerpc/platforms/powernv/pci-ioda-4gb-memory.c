// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The onedma developers
// The memory that the 4 GB windows map: RAM at boot, hotplug, and persistent memory.

#define pr_fmt(fmt) "PCI: " fmt

#include <linux/align.h>
#include <linux/cleanup.h>
#include <linux/init.h>
#include <linux/ioport.h>
#include <linux/list.h>
#include <linux/memory.h>
#include <linux/memory_hotplug.h>
#include <linux/mmzone.h>
#include <linux/notifier.h>
#include <linux/of.h>
#include <linux/of_address.h>
#include <linux/pfn.h>

#include <kunit/static_stub.h>
#include <kunit/visibility.h>

#include <asm/machdep.h>
#include <asm/pci-bridge.h>
#include <asm/ppc-pci.h>

#include "pci.h"

/*
 * Map memory where it is in the window.  The ranges have all memory that the device
 * tree names; other memory has no place there.
 */
VISIBLE_IF_KUNIT int pnv_4gb_map(struct pnv_4gb_table *t, u64 start, u64 end)
{
	const struct dma_range *r;

	if (start >= end)
		return 0;

	for (r = pnv_4gb_list(); r->size; r++)
		if (start >= r->phys && end <= r->phys + r->size)
			return pnv_4gb_table_map(t, start, end, r->offset);

	pr_warn("No place in 4 GB windows for memory at 0x%llx, see iommu=nosplit\n", start);
	return -ERANGE;
}

static void pnv_4gb_unmap(struct pnv_4gb_table *t, u64 start, u64 end)
{
	const struct dma_range *r;

	for (r = pnv_4gb_list(); r->size; r++)
		if (start >= r->phys && end <= r->phys + r->size)
			pnv_4gb_table_unmap(t, start, end, r->offset);
}

static int pnv_4gb_map_pfns(unsigned long pfn, unsigned long nr, void *table)
{
	return pnv_4gb_map(table, PFN_PHYS(pfn), PFN_PHYS(pfn + nr));
}

/* Map all address ranges of a node of the device tree */
VISIBLE_IF_KUNIT int pnv_4gb_map_node(struct pnv_4gb_table *t, struct device_node *dn)
{
	struct resource res;
	int i, rc = 0;

	for (i = 0; !rc && !of_address_to_resource(dn, i, &res); i++)
		rc = pnv_4gb_map(t, res.start, res.end + 1);

	return rc;
}

/* Devices may reach persistent memory, which never goes online */
static int pnv_4gb_map_pmem(struct pnv_4gb_table *t)
{
	struct device_node *dn;
	int rc;

	for_each_compatible_node(dn, NULL, "pmem-region") {
		rc = pnv_4gb_map_node(t, dn);
		if (rc) {
			of_node_put(dn);
			return rc;
		}
	}

	return 0;
}

/**
 * pnv_4gb_map_memory() - map all memory that drivers may map for DMA
 * @t: the table
 *
 * That includes memory that was added and is not online yet: the notifier may
 * have run before this table existed.
 *
 * Return: 0, -ENOMEM, or -ERANGE for memory that the device tree did not name
 */
int pnv_4gb_map_memory(struct pnv_4gb_table *t)
{
	int rc;

	KUNIT_STATIC_STUB_REDIRECT(pnv_4gb_map_memory, t);

	rc = walk_system_ram_range(0, 1UL << (MAX_PHYSMEM_BITS - PAGE_SHIFT), t,
				   pnv_4gb_map_pfns);

	return rc < 0 ? rc : pnv_4gb_map_pmem(t);
}

VISIBLE_IF_KUNIT bool pnv_4gb_online(u64 start, u64 end)
{
	unsigned long pfn;

	KUNIT_STATIC_STUB_REDIRECT(pnv_4gb_online, start, end);

	for (pfn = PHYS_PFN(start); pfn < PHYS_PFN(end); pfn++)
		if (pfn_to_online_page(pfn))
			return true;

	return false;
}

/* The PHB may have cached entries that have changed */
static void pnv_4gb_kill_phb(struct pnv_phb *phb)
{
	struct pnv_ioda_pe *pe;

	guard(mutex)(&phb->ioda.pe_list_mutex);
	list_for_each_entry(pe, &phb->ioda.pe_list, list)
		if (pnv_4gb_uses_window(pe))
			pnv_4gb_fw_kill(pe);
}

/* The memory is not online yet, so no driver has mapped any of it */
VISIBLE_IF_KUNIT int pnv_4gb_add_memory(struct pnv_phb *phb, u64 start, u64 end)
{
	struct pnv_4gb_table *t = &phb->dma4gb.table;
	size_t bytes;
	int rc;

	guard(pnv_4gb)(phb);
	if (!t->root)
		return 0;

	bytes = t->bytes;
	rc = pnv_4gb_map(t, start, end);
	pnv_4gb_kill_phb(phb);
	if (t->bytes != bytes)
		pr_info("PHB#%x: %zu KB of TCEs with the memory at 0x%llx\n",
			phb->hose->global_number, t->bytes / SZ_1K, start);

	return rc;
}

/* A page of the table may be larger than the memory that goes offline: keep shared pages */
VISIBLE_IF_KUNIT void pnv_4gb_remove_memory(struct pnv_phb *phb, u64 start, u64 end)
{
	struct pnv_4gb_table *t = &phb->dma4gb.table;
	u64 page, first, last;

	guard(pnv_4gb)(phb);
	if (!t->root)
		return;

	page = 1ULL << t->page_shift;
	first = ALIGN_DOWN(start, page);
	last = ALIGN(end, page);
	if (pnv_4gb_online(first, start))
		first += page;
	if (pnv_4gb_online(end, last))
		last -= page;
	pnv_4gb_unmap(t, first, last);
	pnv_4gb_kill_phb(phb);
}

static int pnv_4gb_memory_changes(struct pnv_phb *phb, unsigned long action,
				  const struct memory_notify *mem)
{
	u64 start = PFN_PHYS(mem->start_pfn);
	u64 end = start + PFN_PHYS(mem->nr_pages);

	switch (action) {
	case MEM_GOING_ONLINE:
		return pnv_4gb_add_memory(phb, start, end);
	case MEM_CANCEL_ONLINE:
	case MEM_OFFLINE:
		pnv_4gb_remove_memory(phb, start, end);
	}

	return 0;
}

static int pnv_4gb_notify(struct notifier_block *nb, unsigned long action, void *mem)
{
	struct pci_controller *hose;
	int rc = 0;

	list_for_each_entry(hose, &hose_list, list_node) {
		struct pnv_phb *phb = hose->private_data;

		if (!rc && phb->type == PNV_PHB_IODA2)
			rc = pnv_4gb_memory_changes(phb, action, mem);
	}

	return notifier_from_errno(rc);
}

static struct notifier_block pnv_4gb_memory_nb = { .notifier_call = pnv_4gb_notify };

static int __init pnv_4gb_memory_init(void)
{
	return register_memory_notifier(&pnv_4gb_memory_nb);
}
machine_device_initcall(powernv, pnv_4gb_memory_init);
