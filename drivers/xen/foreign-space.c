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

/* Take the highest free range between @bottom and @last, both included. */
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
 * xen_foreign_space_request() - Take a range of address space for foreign pages
 * @root: resource tree that shows what is in use
 * @res: resource to insert into @root; its name and flags are set
 * @space: where to search
 * @size: size in bytes, a multiple of @align
 * @align: alignment in bytes, a power of two
 *
 * Take the highest free range below 2^XEN_FOREIGN_SPACE_BITS. It is far from
 * RAM and from the windows that firmware puts next to RAM, and the IOMMU and
 * most devices reach it. If nothing is free there, double the limit until
 * something is: a range that is needlessly high makes devices bounce, exceeds
 * the IOMMU's page tables, and makes drm_need_swiotlb() assume that no GPU
 * reaches all memory. With @space->lowest, take the lowest free range.
 *
 * Context: May sleep. Takes resource_lock.
 * Return: 0; -EAGAIN if @space is not known yet; -EINVAL if @size or @align is
 * not valid; -EBUSY if nothing is free.
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
