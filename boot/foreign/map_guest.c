// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The onedma developers
//
// What it costs to map the memory of a guest, as a device model or a toolstack does: nanoseconds, which are instructions where
// QEMU counts these.
//
// usage: map_guest DOMID	64 MB from 1 MB on of a guest whose memory begins at 0
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include <linux/types.h>

/* that the header takes for granted */
typedef __u16 domid_t;
typedef unsigned long xen_pfn_t;
#define __user

#include <xen/privcmd.h>

#define FIRST	256
#define PAGES	(64 << 8)

static long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int map_and_unmap(int fd, domid_t domid, long long *map, long long *unmap)
{
	static xen_pfn_t frames[PAGES];
	static int errors[PAGES];
	struct privcmd_mmapbatch_v2 op = { .num = PAGES, .dom = domid, .arr = frames, .err = errors };
	long long begin = now(), end;
	int i;

	for (i = 0; i < PAGES; i++)
		frames[i] = FIRST + i;
	op.addr = (unsigned long)mmap(NULL, PAGES * 4096L, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (op.addr == (unsigned long)MAP_FAILED || ioctl(fd, IOCTL_PRIVCMD_MMAPBATCH_V2, &op))
		return -1;
	end = now();
	*map = end - begin;

	munmap((void *)op.addr, PAGES * 4096L);
	*unmap = now() - end;
	return 0;
}

int main(int argc, char **argv)
{
	int i, fd = open("/dev/xen/privcmd", O_RDWR);
	long long map, unmap;

	if (argc != 2 || fd < 0)
		return 1;
	/* the first time the pages that hold them are made, too */
	for (i = 0; i < 3; i++) {
		if (map_and_unmap(fd, atoi(argv[1]), &map, &unmap)) {
			perror("map_guest");
			return 1;
		}
		printf("%lld %lld\n", map / PAGES, unmap / PAGES);
	}
	return 0;
}
