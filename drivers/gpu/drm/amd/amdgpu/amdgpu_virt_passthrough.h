/* SPDX-License-Identifier: MIT */
/* Copyright (C) 2026 The onedma developers */
/* The condition for passthrough mode. */

#ifndef AMDGPU_VIRT_PASSTHROUGH_H
#define AMDGPU_VIRT_PASSTHROUGH_H

#include <linux/types.h>

/**
 * amdgpu_virt_is_passthrough - does the driver use passthrough mode?
 * @virtual_machine: the kernel runs on a hypervisor
 * @initial_domain: the kernel is Xen's dom0
 * @wanted_in_dom0: the administrator asks for it in dom0
 *
 * In passthrough mode the driver expects that somebody else has used the GPU
 * before. And it does not use an address from a register of the GPU as a
 * physical address, but takes the BAR.
 *
 * Return: true if the driver has to use passthrough mode.
 */
static inline bool amdgpu_virt_is_passthrough(bool virtual_machine,
					      bool initial_domain,
					      bool wanted_in_dom0)
{
	return virtual_machine && (!initial_domain || wanted_in_dom0);
}

#endif
