// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The onedma developers
//
// Disks are read and written directly into and out of pages that a program maps by grant, as a backend in user space does.
//
// usage: grants SOURCE TARGET	two disks; TAP
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <linux/types.h>

/* that the header takes for granted */
typedef __u32 grant_ref_t;
typedef __u16 domid_t;

#include <xen/gntalloc.h>
#include <xen/gntdev.h>

#define PAGES	256
#define SIZE	(PAGES * 4096L)

static int cases, failed;

static void tell(int good, const char *name)
{
	printf("%s %d %s\n", good ? "ok" : "not ok", ++cases, name);
	failed += !good;
}

static void *map(int fd, off_t at)
{
	void *p = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, at);

	return p == MAP_FAILED ? NULL : p;
}

/* Pages of our own that domain 0, which we are, may map */
static void *grant(unsigned int *refs)
{
	struct ioctl_gntalloc_alloc_gref *op = calloc(1, sizeof(*op) + PAGES * sizeof(*refs));
	int fd = open("/dev/xen/gntalloc", O_RDWR);

	op->flags = GNTALLOC_FLAG_WRITABLE;
	op->count = PAGES;
	if (ioctl(fd, IOCTL_GNTALLOC_ALLOC_GREF, op))
		return NULL;

	memcpy(refs, op->gref_ids, PAGES * sizeof(*refs));
	return map(fd, op->index);
}

static void *map_grants(const unsigned int *refs)
{
	struct ioctl_gntdev_map_grant_ref *op = calloc(1, sizeof(*op) + PAGES * sizeof(op->refs[0]));
	int i, fd = open("/dev/xen/gntdev", O_RDWR);

	op->count = PAGES;
	for (i = 0; i < PAGES; i++)
		op->refs[i].ref = refs[i];
	if (ioctl(fd, IOCTL_GNTDEV_MAP_GRANT_REF, op))
		return NULL;

	return map(fd, op->index);
}

static int transfer(int fd, int how, char *buf, long at, long len)
{
	return (how == O_RDONLY ? pread(fd, buf + at, len, at) : pwrite(fd, buf + at, len, at)) != len;
}

/* The first half in requests of two pages, the second in one: what is adjacent here need not be so in memory */
static int move(const char *disk, int how, char *buf)
{
	int fd = open(disk, how | O_DIRECT), rc = 0;
	long at;

	for (at = 0; at < SIZE / 2 && !rc; at += 8192)
		rc = transfer(fd, how, buf, at, 8192);
	if (!rc)
		rc = transfer(fd, how, buf, SIZE / 2, SIZE / 2);

	close(fd);
	return rc;
}

/* What lies on the disk, through memory of the usual kind */
static int holds(const char *disk, const char *want)
{
	char *buf = aligned_alloc(4096, SIZE);
	int fd = open(disk, O_RDONLY | O_DIRECT);
	int rc = pread(fd, buf, SIZE, 0) == SIZE && !memcmp(buf, want, SIZE);

	close(fd);
	free(buf);
	return rc;
}

int main(int argc, char **argv)
{
	unsigned int refs[PAGES];
	char *own, *foreign = NULL;

	if (argc != 3)
		return 2;

	own = grant(refs);
	if (own)
		foreign = map_grants(refs);
	tell(own && foreign, "256 grants mapped");
	if (!foreign)
		goto end;

	tell(!move(argv[1], O_RDONLY, foreign), "a disk is read into them");
	tell(holds(argv[1], own), "what was read is what lies there");
	tell(!move(argv[2], O_WRONLY, foreign), "a disk is written from them");
	tell(holds(argv[2], own), "what lies there is what was written");
end:
	printf("1..%d\n", cases);
	return failed ? 5 : 0;
}
