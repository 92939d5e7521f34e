// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The onedma developers
//
// One interface of the kernel is given inputs that are changed at random: those that ran something new are kept, and changed
// further, which CONFIG_KCOV tells.
//
// usage: fuzz COUNT SEED FILE WORD...		written to the file; the words are what it begins with, and puts in
//	  fuzz COUNT SEED FILE -BACK WORD...	each one that was taken is written to the file BACK, too
//	  fuzz COUNT SEED gsi WORD...		both GSI ioctls of privcmd; a word is a letter, which and how, and a number
// Prints what the calls said, and how many places they ran. Exit: 0; 1 if nothing was learnt from what runs, or if a call said
// what none may; 3 if this kernel does not tell what runs.
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/kcov.h>
#include <xen/privcmd.h>

#define RAN		(64 << 10)	/* words that KCOV has room for */
#define KEPT		1024
#define LONGEST		256
#define ERRORS		256
#define PLACES		(1 << 20)

struct input {
	char text[LONGEST + 1];
	size_t len;
};

struct interface {
	int fd, back, is_gsi;
	char **words;
	unsigned int nr_words;
};

static struct input kept[KEPT];
static unsigned int nr_kept, seen;
static unsigned char known[PLACES];
static uint64_t state;

static uint32_t any(uint32_t below)
{
	state = state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (state >> 33) % below;
}

static void put(struct input *in, size_t at, const char *text, size_t len)
{
	if (in->len + len > LONGEST)
		return;

	memmove(in->text + at + len, in->text + at, in->len - at);
	memcpy(in->text + at, text, len);
	in->len += len;
}

static void cut(struct input *in, size_t at, size_t len)
{
	if (at + len > in->len)
		return;

	memmove(in->text + at, in->text + at + len, in->len - at - len);
	in->len -= len;
}

static void begin_with(struct input *in, const char *word)
{
	in->len = 0;
	put(in, 0, word, strlen(word));
}

static void change(struct input *in, const struct interface *to)
{
	static const char odd[] = "0123456789abcdefx:.,;*- \n\0\377%";
	const struct input *other = &kept[any(nr_kept)];
	const char *word = to->words[any(to->nr_words)];
	size_t at = any(in->len + 1);

	switch (any(6)) {
	case 0:
		return put(in, at, word, strlen(word));
	case 1:
		return put(in, at, &odd[any(sizeof(odd))], 1);
	case 2:
		return cut(in, at, 1 + any(8));
	case 3:
		in->text[at] = any(2) ? odd[any(sizeof(odd))] : in->text[at] ^ 1 << any(8);
		return;
	case 4:
		in->len = at;
		return put(in, at, other->text, other->len);
	default:
		return begin_with(in, word);
	}
}

static void choose(struct input *in, const struct interface *to, unsigned long nr)
{
	int changes = 1 + any(4);

	if (nr < to->nr_words)
		return begin_with(in, to->words[nr]);

	*in = kept[any(nr_kept)];
	while (changes--)
		change(in, to);
}

/* The first letter says which of the two, and whether the pointer is one */
static int ask_gsi(int fd, const struct input *in)
{
	union {
		struct privcmd_pcidev_get_gsi of_function;
		struct privcmd_gsi_from_irq of_irq;
	} arg = { .of_function.sbdf = strtoul(in->text + 1, NULL, 16) };
	unsigned long cmd = in->text[0] & 1 ? IOCTL_PRIVCMD_PCIDEV_GET_GSI : IOCTL_PRIVCMD_GSI_FROM_IRQ;
	void *p[] = { &arg, &arg, &arg, NULL, (void *)-8L, &arg, (void *)4096L, &arg };

	return ioctl(fd, cmd, p[in->text[0] >> 1 & 7]);
}

static int call(int fd, int is_gsi, struct input *in)
{
	in->text[in->len] = 0;
	return (is_gsi ? ask_gsi(fd, in) : pwrite(fd, in->text, in->len, 0)) < 0 ? errno : 0;
}

/* Did this input run what none before it has? */
static int learnt(const unsigned long *ran)
{
	unsigned long i, n = __atomic_load_n(&ran[0], __ATOMIC_RELAXED);
	unsigned int before = seen;

	for (i = 1; i <= n && i < RAN; i++) {
		unsigned long place = ran[i] % PLACES;

		seen += !known[place];
		known[place] = 1;
	}
	return seen > before;
}

static int must_open(const char *path, int flags)
{
	int fd = open(path, flags);

	if (fd < 0)
		err(1, "%s", path);
	return fd;
}

static unsigned long *tell_what_runs(int *kcov)
{
	void *p = MAP_FAILED;

	*kcov = open("/sys/kernel/debug/kcov", O_RDWR);
	if (*kcov >= 0 && !ioctl(*kcov, KCOV_INIT_TRACE, RAN))
		p = mmap(NULL, RAN * sizeof(long), PROT_READ | PROT_WRITE, MAP_SHARED, *kcov, 0);
	if (p == MAP_FAILED)
		exit(3);

	return p;
}

static int watched(int kcov, unsigned long *ran, const struct interface *to, struct input *in)
{
	int err;

	ioctl(kcov, KCOV_ENABLE, KCOV_TRACE_PC);
	__atomic_store_n(&ran[0], 0, __ATOMIC_RELAXED);
	err = call(to->fd, to->is_gsi, in);
	ioctl(kcov, KCOV_DISABLE, 0);
	return err;
}

/* said[ERRNO] counts the calls; how many places the words alone have run */
static unsigned int fuzz(const struct interface *to, unsigned long count, unsigned long *said)
{
	unsigned int by_words = 0;
	struct input in;
	unsigned long i;
	int kcov, err;
	unsigned long *ran = tell_what_runs(&kcov);

	nr_kept = 1;	/* of no length */
	for (i = 0; i < count; i++) {
		choose(&in, to, i);
		err = watched(kcov, ran, to, &in);
		said[err % ERRORS]++;
		if (learnt(ran) && nr_kept < KEPT)
			kept[nr_kept++] = in;
		if (i + 1 == to->nr_words)
			by_words = seen;
		if (!err && to->back >= 0)
			call(to->back, 0, &in);
	}
	return by_words;
}

static struct interface interface_of(char **args, int nr)
{
	struct interface to = { .back = -1, .is_gsi = !strcmp(args[0], "gsi"), .words = args + 1, .nr_words = nr - 1 };

	to.fd = must_open(to.is_gsi ? "/dev/xen/privcmd" : args[0], to.is_gsi ? O_RDWR : O_WRONLY);
	if (args[1][0] == '-') {
		to.back = must_open(args[1] + 1, O_WRONLY);
		to.words++;
		to.nr_words--;
	}
	return to;
}

int main(int argc, char **argv)
{
	unsigned long count, said[ERRORS] = { };
	struct interface to;
	unsigned int by_words;
	int err;

	if (argc < 6)
		return 2;

	count = strtoul(argv[1], NULL, 0);
	state = strtoul(argv[2], NULL, 0);
	to = interface_of(argv + 3, argc - 3);
	by_words = fuzz(&to, count, said);

	printf("%lu inputs, %u kept, %u places run, %u by the words alone", count, nr_kept - 1, seen, by_words);
	for (err = 0; err < ERRORS; err++)
		if (said[err])
			printf(", %s: %lu", err ? strerror(err) : "taken", said[err]);
	printf("\n");
	return !by_words || said[EIO] || (said[EFAULT] && !to.is_gsi);
}
