// SPDX-License-Identifier: MIT
/* Copyright (C) 2026 The onedma developers */
/* KUnit tests for amdgpu's passthrough mode. */

#include <kunit/test.h>
#include <linux/module.h>

#include "../amdgpu_virt_passthrough.h"

/* An APU and a discrete GPU have the same condition. */
struct passthrough_case {
	const char *name;
	bool virtual_machine;
	bool initial_domain;
	bool by_default;
	bool if_wanted;
};

static const struct passthrough_case passthrough_cases[] = {
	{ "bare metal",				false, false, false, false },
	{ "KVM and others",			true,  false, true,  true },
	{ "Xen HVM, PVH or PV domU",		true,  false, true,  true },
	{ "Xen PV, PVH or Arm dom0",		true,  true,  false, true },
	{ "Xen dom0, CPUID bit hidden",		false, true,  false, false },
};

KUNIT_ARRAY_PARAM_DESC(passthrough, passthrough_cases, name);

static void passthrough_agrees_with_table(struct kunit *test)
{
	const struct passthrough_case *c = test->param_value;

	KUNIT_EXPECT_EQ(test, c->by_default,
			amdgpu_virt_is_passthrough(c->virtual_machine,
						   c->initial_domain, false));
	KUNIT_EXPECT_EQ(test, c->if_wanted,
			amdgpu_virt_is_passthrough(c->virtual_machine,
						   c->initial_domain, true));
}

static struct kunit_case amdgpu_virt_cases[] = {
	KUNIT_CASE_PARAM(passthrough_agrees_with_table, passthrough_gen_params),
	{}
};

static struct kunit_suite amdgpu_virt_suite = {
	.name = "amdgpu_virt",
	.test_cases = amdgpu_virt_cases,
};

kunit_test_suite(amdgpu_virt_suite);

MODULE_DESCRIPTION("KUnit tests for amdgpu's passthrough mode");
MODULE_LICENSE("Dual MIT/GPL");
