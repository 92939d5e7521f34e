/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The onedma developers
 *
 * Choice of a range of address space for foreign pages.
 */
#ifndef _DRIVERS_XEN_FOREIGN_SPACE_H
#define _DRIVERS_XEN_FOREIGN_SPACE_H

#include <linux/ioport.h>

#include <xen/foreign-space.h>

/*
 * log2 of the address below which a range is searched first. IOMMUs of Intel's
 * client processors translate no more than 39 bits of address, and their GPUs
 * have a 39-bit DMA mask.
 */
#define XEN_FOREIGN_SPACE_BITS	39

int xen_foreign_space_request(struct resource *root, struct resource *res,
			      const struct xen_foreign_space *space,
			      resource_size_t size, resource_size_t align);

#endif /* _DRIVERS_XEN_FOREIGN_SPACE_H */
