// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The onedma developers
//
// How many pages a domain grants to others, and how many of these are mapped: read from its grant table, whatever its kernel says.
//
// usage: grant_count DOMID	prints GRANTED MAPPED; for dom0, and for grant tables of version 1
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <xen/privcmd.h>

/* Xen's XENMEM_resource_grant_table, and in it the shared table */
#define GRANT_TABLE	1
#define SHARED		0

/* grant_entry_v1 of Xen's public/grant_table.h */
struct entry {
	uint16_t flags;
	uint16_t domid;
	uint32_t frame;
};

#define TYPE		3	/* 0: not granted */
#define IN_USE		(1 << 3 | 1 << 4)	/* read or written */

/* 512 entries each: all that xl gives to a domain by itself. A table that is smaller grows */
#define FRAMES		64

static struct entry *table_of(int domid)
{
	struct privcmd_mmap_resource op = {
		.dom = domid, .type = GRANT_TABLE, .id = SHARED, .num = FRAMES,
	};
	int fd = open("/dev/xen/privcmd", O_RDWR);
	void *p = mmap(NULL, FRAMES * 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (p == MAP_FAILED)
		return NULL;

	op.addr = (uintptr_t)p;
	return ioctl(fd, IOCTL_PRIVCMD_MMAP_RESOURCE, &op) ? NULL : p;
}

int main(int argc, char **argv)
{
	int i, granted = 0, mapped = 0;
	volatile struct entry *e;

	if (argc != 2)
		return 2;

	e = table_of(atoi(argv[1]));
	if (!e) {
		perror("grant table");
		return 1;
	}

	for (i = 0; i < FRAMES * 4096 / (int)sizeof(*e); i++) {
		uint16_t flags = e[i].flags;

		granted += !!(flags & TYPE);
		mapped += (flags & TYPE) && (flags & IN_USE);
	}

	printf("%d %d\n", granted, mapped);
	return 0;
}
