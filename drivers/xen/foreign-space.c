// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The onedma developers
 *
 * Choice of a range of address space for foreign pages.
 */
#include <linux/align.h>
#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/minmax.h>

#include <kunit/visibility.h>

#include "foreign-space.h"

static bool request_at(struct resource *root, struct resource *res,
		       const struct xen_foreign_space *space,
		       resource_size_t start, resource_size_t size)
{
	if (space->reserved && space->reserved(start, start + size))
		return false;

	res->start = start;
	res->end = start + size - 1;
	return !request_resource(root, res);
}

static int request_lowest(struct resource *root, struct resource *res,
			  const struct xen_foreign_space *space,
			  resource_size_t size, resource_size_t align)
{
	resource_size_t start = ALIGN(space->span.start, align);

	for (; start < space->span.end && space->span.end - start >= size - 1;
	     start += align)
		if (request_at(root, res, space, start, size))
			return 0;
	return -EBUSY;
}

/* The highest free slot that begins at or above @bottom and ends at @last. */
static int request_topmost(struct resource *root, struct resource *res,
			   const struct xen_foreign_space *space,
			   resource_size_t bottom, resource_size_t last,
			   resource_size_t size, resource_size_t align)
{
	resource_size_t start;

	if (last < size - 1)
		return -EBUSY;

	start = ALIGN_DOWN(last - (size - 1), align);
	for (; start >= bottom && start >= align; start -= align)
		if (request_at(root, res, space, start, size))
			return 0;
	return -EBUSY;
}

/**
 * xen_foreign_space_request - take a range of address space for foreign pages
 * @root: the resource tree that tells what is in use
 * @res: the resource to enter into @root; its name and flags are set
 * @space: where to look
 * @size: bytes wanted, a multiple of @align
 * @align: alignment in bytes, a power of two
 *
 * The range is the highest free one below 2^40, where it is far from RAM and
 * from the windows that firmware puts next to RAM, yet in reach of devices
 * with a 40 bit mask. The limit doubles until something is found: space that
 * is needlessly high makes devices bounce, is beyond the tables of an IOMMU
 * with fewer levels, and has drm_need_swiotlb() take every GPU for one that
 * cannot reach all of memory. With @space->lowest it is the lowest free one.
 *
 * May sleep. Takes resource_lock.
 *
 * Return: 0, -EAGAIN as long as @space is not known, -EINVAL for a @size or
 * @align that cannot be, -EBUSY if nothing is free.
 */
int xen_foreign_space_request(struct resource *root, struct resource *res,
			      const struct xen_foreign_space *space,
			      resource_size_t size, resource_size_t align)
{
	resource_size_t bottom, last;
	unsigned int bits;

	if (!space->span.end)
		return -EAGAIN;
	if (!size || !align || !IS_ALIGNED(size, align))
		return -EINVAL;

	if (space->lowest)
		return request_lowest(root, res, space, size, align);

	bottom = ALIGN(space->span.start, align);
	for (bits = XEN_FOREIGN_SPACE_BITS; bits < 64; bits++) {
		last = min_t(u64, space->span.end, BIT_ULL(bits) - 1);
		if (!request_topmost(root, res, space, bottom, last, size,
				     align))
			return 0;
		if (last == space->span.end)
			break;
	}
	return -EBUSY;
}
EXPORT_SYMBOL_IF_KUNIT(xen_foreign_space_request);
