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
 * @span: usable part of the physical address space, in bytes, both ends
 *	  included; a @span.end of 0 means that it is not known yet
 * @reserved: whether any byte from start up to, but not including, end must
 *	      not be used although the resource tree does not show it; may be
 *	      NULL
 * @lowest: take the lowest free range instead of the highest
 */
struct xen_foreign_space {
	struct range span;
	bool (*reserved)(u64 start, u64 end);
	bool lowest;
};

#endif /* _XEN_FOREIGN_SPACE_H */
