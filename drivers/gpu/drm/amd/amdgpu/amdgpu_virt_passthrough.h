/* SPDX-License-Identifier: MIT */
/* Copyright (C) 2026 The onedma developers */
/* The condition for passthrough mode. */

#ifndef AMDGPU_VIRT_PASSTHROUGH_H
#define AMDGPU_VIRT_PASSTHROUGH_H

#include <linux/types.h>

/**
 * amdgpu_virt_is_passthrough - is the GPU passed through to this kernel?
 * @virtual_machine: the kernel runs on a hypervisor
 * @initial_domain: the kernel is Xen's dom0
 * @translated: a hypervisor translates this kernel's physical addresses, as in
 *	all virtual machines but PV domains
 *
 * In passthrough mode the driver does two things. It expects that somebody else
 * has used the GPU before. And it does not take an address that the GPU reports
 * for a physical address, but uses the BAR.
 *
 * The first holds for every guest, the second for each kernel whose physical
 * addresses are translated. Xen's dom0 is no guest: only the second decides
 * there.
 *
 * Return: true if the driver has to use passthrough mode.
 */
static inline bool amdgpu_virt_is_passthrough(bool virtual_machine,
					      bool initial_domain,
					      bool translated)
{
	return virtual_machine && (!initial_domain || translated);
}

#endif
