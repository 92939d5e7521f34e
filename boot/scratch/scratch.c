// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The onedma developers
// Takes the pages that lie in the memory map, so that the next foreign ones need space of their own.

#include <linux/ioport.h>
#include <linux/module.h>
#include <linux/string.h>
#include <xen/xen.h>

static bool has_scratch(void)
{
	struct resource *res;

	for (res = iomem_resource.child; res; res = res->sibling)
		if (!strcmp(res->name, "Xen scratch"))
			return true;

	return false;
}

static int __init scratch_init(void)
{
	struct page *page;
	int rc = 0;

	while (!has_scratch() && !rc)
		rc = xen_alloc_unpopulated_pages(1, &page);

	return rc;
}

static void __exit scratch_exit(void)
{
}

module_init(scratch_init);
module_exit(scratch_exit);
MODULE_DESCRIPTION("Takes the foreign pages that lie in the memory map");
MODULE_LICENSE("GPL");
