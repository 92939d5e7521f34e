// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The onedma developers
//
// One disk is read into the memory of an NVMe, and another written from there, by their own DMA.
//
// usage: p2p ALLOCATE SOURCE TARGET [refused]	ALLOCATE is p2pmem/allocate of the NVMe in sysfs; TAP. What lies in SOURCE and TARGET
// does not change if it is to be refused.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SIZE	(256 * 4096L)
#define STEP	(16 * 4096L)

static int cases, failed;

static void tell(int good, const char *name)
{
	if (!good)
		printf("# %s: %s\n", name, strerror(errno));
	printf("%s %d %s\n", good ? "ok" : "not ok", ++cases, name);
	failed += !good;
}

static int move(const char *disk, int how, char *buf)
{
	int fd = open(disk, how | O_DIRECT);
	long at, n = STEP;

	for (at = 0; at < SIZE && n == STEP; at += STEP)
		n = how == O_RDONLY ? pread(fd, buf + at, STEP, at) : pwrite(fd, buf + at, STEP, at);
	if (n >= 0 && n != STEP)
		errno = EIO;
	close(fd);
	return n == STEP;
}

/* Through memory of the usual kind */
static char *content(const char *disk)
{
	char *buf = aligned_alloc(4096, SIZE);

	return buf && move(disk, O_RDONLY, buf) ? buf : NULL;
}

static void copy(const char *source, const char *target, char *there)
{
	char *from, *to;

	tell(move(source, O_RDONLY, there), "a disk is read into it");
	tell(move(target, O_WRONLY, there), "a disk is written from it");
	from = content(source);
	to = content(target);
	tell(from && to && !memcmp(from, to, SIZE), "they are the same");
}

static void refused(const char *source, const char *target, char *there)
{
	char *from = content(target), *to;

	tell(!move(source, O_RDONLY, there), "no disk is read into it");
	tell(!move(target, O_WRONLY, there), "no disk is written from it");
	to = content(target);
	tell(from && to && !memcmp(from, to, SIZE), "nothing was written");
}

int main(int argc, char **argv)
{
	char *there;
	int fd;

	if (argc < 4)
		return 2;

	fd = open(argv[1], O_RDWR);
	there = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	tell(there != MAP_FAILED, "memory of the NVMe mapped");
	if (there != MAP_FAILED)
		(argc == 4 ? copy : refused)(argv[2], argv[3], there);
	printf("1..%d\n", cases);
	return failed ? 5 : 0;
}
