/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The onedma developers
 *
 * Guest-physical address space for grants and other foreign pages.
 */
#ifndef _XEN_FOREIGN_SPACE_H
#define _XEN_FOREIGN_SPACE_H

#include <linux/range.h>
#include <linux/types.h>

/**
 * struct xen_foreign_space - where foreign pages may be mapped
 * @span: the usable part of the physical address space; an @span.end of zero
 *	  means that it is not known yet
 * @reserved: tells of bytes from start up to, not including, end whether any
 *	      must be left alone though the resource tree does not show it; may
 *	      be NULL
 * @lowest: take the lowest free range, not the highest
 *
 * In bytes of phys; both ends of @span are part of it, as in any struct range.
 */
struct xen_foreign_space {
	struct range span;
	bool (*reserved)(u64 start, u64 end);
	bool lowest;
};

#endif /* _XEN_FOREIGN_SPACE_H */
