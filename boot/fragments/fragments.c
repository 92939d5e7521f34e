// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The onedma developers
 *
 * Takes every other block of 64 KB of ZONE_DMA for as long as it is loaded: in what is left nothing is larger.
 */
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sizes.h>

#define ORDER	get_order(SZ_64K)

static LIST_HEAD(kept);

static void give_back(struct list_head *blocks, bool all)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, blocks, lru) {
		if (!all && (page_to_pfn(page) >> ORDER) % 2)
			continue;
		list_del(&page->lru);
		__free_pages(page, ORDER);
	}
}

static int __init fragments_init(void)
{
	gfp_t gfp = GFP_KERNEL | GFP_DMA | __GFP_NORETRY | __GFP_NOWARN;
	struct page *page;
	unsigned int nr = 0;

	while ((page = alloc_pages(gfp, ORDER))) {
		list_add(&page->lru, &kept);
		nr++;
	}
	give_back(&kept, false);
	pr_info("fragments: %u blocks of 64 KB, every other one is free again\n", nr);
	return 0;
}
module_init(fragments_init);

static void __exit fragments_exit(void)
{
	give_back(&kept, true);
}
module_exit(fragments_exit);

MODULE_DESCRIPTION("ZONE_DMA in pieces");
MODULE_LICENSE("GPL");
