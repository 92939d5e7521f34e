/* SPDX-License-Identifier: MIT */
/* Copyright (C) 2026 The onedma developers */
/* The one question behind passthrough mode: who translates below us? */

#ifndef AMDGPU_VIRT_STAGE2_H
#define AMDGPU_VIRT_STAGE2_H

#include <linux/types.h>

/**
 * amdgpu_virt_stage2_is_foreign - does someone else own the second stage?
 * @virtual_machine: the kernel runs on a hypervisor
 * @xen_pv: the hypervisor is Xen, and the domain is a PV domain
 *
 * What a hardware-assisted guest calls a physical address goes through a
 * second stage of translation, which the hypervisor owns. An address that the
 * GPU reports, such as that of a carve-out of system memory, is one below that
 * stage: it means nothing to this kernel unless the hypervisor happens to map
 * it at the same place, and only what a BAR shows can be relied on. This
 * includes Xen's dom0 if it is PVH.
 *
 * A Xen PV domain has no second stage. It puts the machine's addresses into
 * its own page tables.
 *
 * Return: true if the addresses of this kernel are not those of the GPU.
 */
static inline bool amdgpu_virt_stage2_is_foreign(bool virtual_machine,
						 bool xen_pv)
{
	return virtual_machine && !xen_pv;
}

#endif
