// SPDX-License-Identifier: MIT
/* Copyright (C) 2026 The onedma developers */
/* KUnit suite for amdgpu's decision about passthrough mode. */

#include <kunit/test.h>
#include <linux/module.h>

#include "../amdgpu_virt_stage2.h"

struct stage2_case {
	const char *name;
	bool virtual_machine;
	bool xen_pv;
	bool foreign;
};

/* dom0 or domU makes no difference, so the kind of domain is all there is. */
static const struct stage2_case stage2_cases[] = {
	{ "bare metal",				false, false, false },
	{ "KVM and others, Xen HVM and PVH",	true,  false, true },
	{ "Xen PV",				true,  true,  false },
	{ "Xen PV with the CPUID bit hidden",	false, true,  false },
};

KUNIT_ARRAY_PARAM_DESC(stage2, stage2_cases, name);

static void stage2_is_foreign_unless_pv(struct kunit *test)
{
	const struct stage2_case *c = test->param_value;

	KUNIT_EXPECT_EQ(test, c->foreign,
			amdgpu_virt_stage2_is_foreign(c->virtual_machine,
						      c->xen_pv));
}

static struct kunit_case amdgpu_virt_cases[] = {
	KUNIT_CASE_PARAM(stage2_is_foreign_unless_pv, stage2_gen_params),
	{}
};

static struct kunit_suite amdgpu_virt_suite = {
	.name = "amdgpu_virt",
	.test_cases = amdgpu_virt_cases,
};

kunit_test_suite(amdgpu_virt_suite);

MODULE_DESCRIPTION("KUnit suite for amdgpu's passthrough mode");
MODULE_LICENSE("Dual MIT/GPL");
