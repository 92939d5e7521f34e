// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The onedma developers
// Copies a disk by requests out of memory that is contiguous for the kernel, though perhaps not for a device.

#include <linux/bio.h>
#include <linux/blkdev.h>
#include <linux/module.h>
#include <xen/page.h>

#define ORDER	8
#define BYTES	(PAGE_SIZE << ORDER)

static char *from, *to;
module_param(from, charp, 0);
module_param(to, charp, 0);

static unsigned int cuts(struct page *page)
{
	unsigned long pfn = page_to_pfn(page), last = pfn + (1UL << ORDER) - 1;
	unsigned int n = 0;

	for (; pfn < last; pfn++)
		n += pfn_to_bfn(pfn) + 1 != pfn_to_bfn(pfn + 1);
	return n;
}

static int transfer(struct file *file, blk_opf_t op, sector_t at, struct page *page)
{
	struct bio *bio = bio_alloc(file_bdev(file), 1, op, GFP_KERNEL);
	int rc;

	bio->bi_iter.bi_sector = at;
	__bio_add_page(bio, page, BYTES, 0);
	rc = submit_bio_wait(bio);
	bio_put(bio);
	return rc;
}

static int copy(struct file *source, struct file *target, struct page *page)
{
	sector_t at, end = bdev_nr_sectors(file_bdev(source));
	int rc = 0;

	for (at = 0; !rc && at + (BYTES >> SECTOR_SHIFT) <= end; at += BYTES >> SECTOR_SHIFT) {
		rc = transfer(source, REQ_OP_READ, at, page);
		if (!rc)
			rc = transfer(target, REQ_OP_WRITE, at, page);
	}
	return rc;
}

static int copy_disk(struct page *page)
{
	struct file *source, *target;
	int rc;

	source = bdev_file_open_by_path(from, BLK_OPEN_READ, NULL, NULL);
	if (IS_ERR(source))
		return PTR_ERR(source);

	target = bdev_file_open_by_path(to, BLK_OPEN_WRITE, NULL, NULL);
	rc = PTR_ERR_OR_ZERO(target);
	if (!rc) {
		rc = copy(source, target, page);
		bdev_fput(target);
	}
	bdev_fput(source);
	return rc;
}

static int __init requests_init(void)
{
	struct page *page = alloc_pages(GFP_KERNEL, ORDER);
	int rc;

	if (!page)
		return -ENOMEM;

	rc = copy_disk(page);
	pr_info("requests: %d, %u cuts in %lu bytes\n", rc, cuts(page), BYTES);
	__free_pages(page, ORDER);
	return rc;
}

static void __exit requests_exit(void)
{
}

module_init(requests_init);
module_exit(requests_exit);
MODULE_DESCRIPTION("Copies a disk by large requests");
MODULE_LICENSE("GPL");
