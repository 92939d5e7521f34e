// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The onedma developers
//
// The same call again and again: with its first allocation failing, with its second, until it has no more of them.
//
// usage: fail_nth FILE WORD [FILE WORD]	the word is written to the file; the second pair takes back what the first did
// Prints what the calls said. Exit: 0 if each failed or worked and could be taken back, and it worked in the end without a
// fault; 1 if not, or if there was none to fail; 3 if this kernel has no faults to give.
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MANY	5000	/* then there is no end to it */
#define ERRORS	256

struct call {
	int fd;
	const char *word;
};

static int do_call(struct call *call)
{
	return pwrite(call->fd, call->word, strlen(call->word), 0) < 0 ? errno : 0;
}

static void prepare(struct call *call, const char *path, const char *word)
{
	call->word = word;
	call->fd = open(path, O_WRONLY);
	if (call->fd < 0)
		err(1, "%s", path);
}

/* The kernel counts down to 0 at each allocation of this task, and has the last one fail */
static int with_fault(int faults, struct call *call, unsigned int n, int *failed)
{
	char left[16] = "";
	int err;

	snprintf(left, sizeof(left), "%u", n);
	pwrite(faults, left, strlen(left), 0);
	err = do_call(call);
	*failed = pread(faults, left, sizeof(left), 0) > 0 && left[0] == '0';
	pwrite(faults, "0", 1, 0);
	return err;
}

static int take_back(struct call *back, unsigned int n)
{
	int err = back->fd < 0 ? 0 : do_call(back);

	if (err)
		printf("after fault %u not taken back: %s; ", n, strerror(err));
	return err;
}

/* said[ERRNO] counts the calls that had a fault; the last one has none */
static int sweep(int faults, struct call *call, struct call *back, unsigned int *said)
{
	int err, failed, rc = 0;
	unsigned int n;

	for (n = 1; n < MANY; n++) {
		err = with_fault(faults, call, n, &failed);
		if (!err)
			rc |= take_back(back, n);
		if (!failed)
			break;
		said[err % ERRORS]++;
	}
	printf("%u faults, without one: %s", n - 1, failed ? "never" : strerror(err));
	return rc | err | failed | (n == 1);	/* each write allocates */
}

int main(int argc, char **argv)
{
	struct call call = { }, back = { .fd = -1 };
	unsigned int said[ERRORS] = { };
	int faults, err, rc;

	if (argc != 3 && argc != 5)
		return 2;

	faults = open("/proc/self/fail-nth", O_RDWR);
	if (faults < 0)
		return 3;

	prepare(&call, argv[1], argv[2]);
	if (argc == 5)
		prepare(&back, argv[3], argv[4]);
	mlockall(MCL_CURRENT | MCL_FUTURE);	/* or a fault of our own pages would take part */

	rc = sweep(faults, &call, &back, said);
	for (err = 0; err < ERRORS; err++)
		if (said[err])
			printf(", %s: %u", err ? strerror(err) : "worked", said[err]);
	printf("\n");
	return !!rc;
}
