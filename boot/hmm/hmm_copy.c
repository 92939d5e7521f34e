// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The onedma developers
//
// usage: hmm_copy		memory of this program, in which hmm_edu.ko has a device copy; TAP
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HALF	(16 * 4096L)

int main(void)
{
	char *buf = aligned_alloc(4096, 2 * HALF);
	int fd = open("/dev/hmm_edu", O_WRONLY), random = open("/dev/urandom", O_RDONLY);
	int filled, copied, same;

	filled = buf && read(random, buf, HALF) == HALF && write(fd, "", 0) < 0 && errno == EINVAL;
	printf("%s 1 memory filled, and a device that takes only whole pages\n", filled ? "ok" : "not ok");
	copied = write(fd, buf, 2 * HALF) == 2 * HALF;
	if (!copied)
		printf("# errno %d\n", errno);
	printf("%s 2 copied by the device\n", copied ? "ok" : "not ok");
	same = !memcmp(buf, buf + HALF, HALF);
	printf("%s 3 both halves are the same\n1..3\n", same ? "ok" : "not ok");
	return filled && copied && same ? 0 : 5;
}
