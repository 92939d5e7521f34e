// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The onedma developers
 *
 * Asks both GSI ioctls of /dev/xen/privcmd about everything in the machine.
 *
 * Usage: privcmd_gsi [number of random questions]
 */

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xen/privcmd.h>

#include "kselftest.h"

/* Both questions have the same layout: a number in, a GSI out. */
struct question {
	uint32_t what;
	uint32_t gsi;
};

static_assert(sizeof(struct question) == sizeof(struct privcmd_pcidev_get_gsi));
static_assert(sizeof(struct question) == sizeof(struct privcmd_gsi_from_irq));

#define DEVICE			"/dev/xen/privcmd"
#define PCI_DEVICES		"/sys/bus/pci/devices"
#define IRQS			"/sys/kernel/irq"
#define PCI_INTERRUPT_PIN	0x3d
#define UNTOUCHED		0xdeadbeefU
#define MAX_IRQ			70000
#define SOME_DOMAIN		7

static const struct {
	const char *name;
	unsigned long cmd;
} ioctls[] = {
	{ "PCIDEV_GET_GSI", IOCTL_PRIVCMD_PCIDEV_GET_GSI },
	{ "GSI_FROM_IRQ", IOCTL_PRIVCMD_GSI_FROM_IRQ },
};

static int fd;
static bool dom0;
static unsigned long random_questions = 100000;

/* Returns the errno. On an error the GSI must stay what it was. */
static int ask(unsigned long cmd, uint32_t what, uint32_t *gsi)
{
	struct question q = { .what = what, .gsi = UNTOUCHED };
	int err = ioctl(fd, cmd, &q) ? errno : 0;

	if (q.what != what || (err && q.gsi != UNTOUCHED))
		ksft_exit_fail_msg("question %#x came back as %#x, %#x (%d)\n",
				   what, q.what, q.gsi, err);
	*gsi = q.gsi;
	return err;
}

static int ask_at(unsigned long cmd, void *address)
{
	return ioctl(fd, cmd, address) ? errno : 0;
}

/* Reads up to size - 1 bytes and cuts the line end off. */
static bool read_file(const char *path, char *buf, size_t size)
{
	int file = open(path, O_RDONLY);
	ssize_t n;

	if (file < 0)
		return false;

	n = read(file, buf, size - 1);
	close(file);
	if (n < 0)
		return false;

	buf[n] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	return true;
}

static bool read_pci_file(const char *bdf, const char *name, char *buf,
			  size_t size)
{
	char path[128];

	snprintf(path, sizeof(path), PCI_DEVICES "/%.16s/%s", bdf, name);
	return read_file(path, buf, size);
}

static bool read_irq_file(unsigned int irq, const char *name, char *buf,
			  size_t size)
{
	char path[64];

	snprintf(path, sizeof(path), IRQS "/%u/%s", irq, name);
	return read_file(path, buf, size);
}

static bool pci_path_exists(const char *bdf, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), PCI_DEVICES "/%.16s/%s", bdf, name);
	return !access(path, F_OK);
}

static bool parse_bdf(const char *bdf, uint32_t *sbdf)
{
	unsigned int segment, bus, slot, func;

	if (sscanf(bdf, "%x:%x:%x.%x", &segment, &bus, &slot, &func) != 4 ||
	    segment > 0xffff)
		return false;

	*sbdf = segment << 16 | bus << 8 | slot << 3 | func;
	return true;
}

static int read_pin(const char *bdf)
{
	uint8_t config[64];
	char path[128];
	int file, n;

	snprintf(path, sizeof(path), PCI_DEVICES "/%.16s/config", bdf);
	file = open(path, O_RDONLY);
	if (file < 0)
		return -1;

	n = read(file, config, sizeof(config));
	close(file);
	return n == sizeof(config) ? config[PCI_INTERRUPT_PIN] : -1;
}

static bool owned_by_pciback(const char *bdf)
{
	char path[128], target[256];
	ssize_t n;

	snprintf(path, sizeof(path), PCI_DEVICES "/%.16s/driver", bdf);
	n = readlink(path, target, sizeof(target) - 1);
	if (n < 0)
		return false;

	target[n] = '\0';
	return strstr(target, "/pciback");
}

/* Whether sysfs shows the irq of the pin, and not an MSI or an old number. */
static bool irq_is_of_pin(const char *bdf, unsigned int *irq)
{
	char enabled[16], number[16];

	if (!read_pci_file(bdf, "enable", enabled, sizeof(enabled)) ||
	    !read_pci_file(bdf, "irq", number, sizeof(number)))
		return false;

	*irq = strtoul(number, NULL, 10);
	return atoi(enabled) > 0 && *irq && !pci_path_exists(bdf, "msi_irqs");
}

static bool same_gsi_by_irq(const char *bdf, uint32_t gsi)
{
	uint32_t by_irq;
	unsigned int irq;

	if (!irq_is_of_pin(bdf, &irq) || ask(IOCTL_PRIVCMD_GSI_FROM_IRQ, irq, &by_irq))
		return true;

	if (by_irq != gsi)
		ksft_print_msg("%s: GSI %u, but %u of irq %u\n", bdf, gsi,
			       by_irq, irq);
	return by_irq == gsi;
}

static bool function_answer_ok(const char *bdf, uint32_t sbdf)
{
	int pin = read_pin(bdf);
	uint32_t gsi;
	int err = ask(IOCTL_PRIVCMD_PCIDEV_GET_GSI, sbdf, &gsi);
	bool ok;

	if (!pin)
		ok = err == ENOENT;
	else if (err == ENOENT)
		ok = owned_by_pciback(bdf);	/* the pin may be hidden */
	else
		ok = err == ENOTCONN || err == EAGAIN ||
		     (!err && same_gsi_by_irq(bdf, gsi));

	ksft_print_msg("%s pin %d: %s %u\n", bdf, pin,
		       err ? strerror(err) : "GSI", err ? (unsigned int)err : gsi);
	return ok;
}

static void test_every_function(void)
{
	unsigned int asked = 0, wrong = 0;
	struct dirent *entry;
	uint32_t sbdf;
	DIR *dir = opendir(PCI_DEVICES);

	while (dir && (entry = readdir(dir))) {
		if (!parse_bdf(entry->d_name, &sbdf))
			continue;
		asked++;
		wrong += !function_answer_ok(entry->d_name, sbdf);
	}
	if (dir)
		closedir(dir);

	if (!dom0 || !asked)
		ksft_test_result_skip("every function: none, or not dom0\n");
	else
		ksft_test_result(!wrong, "every function: %u of %u wrong\n",
				 wrong, asked);
}

/* Of segment 0, and of the last one that can be asked for. */
static void test_every_sbdf(void)
{
	static const uint32_t segments[] = { 0, 0xffff };
	unsigned int i, bdf, wrong = 0;
	char name[32];
	uint32_t gsi;

	for (i = 0; dom0 && i < ARRAY_SIZE(segments); i++) {
		for (bdf = 0; bdf <= 0xffff; bdf++) {
			int err = ask(IOCTL_PRIVCMD_PCIDEV_GET_GSI, segments[i] << 16 | bdf,
				      &gsi);

			snprintf(name, sizeof(name), "%04x:%02x:%02x.%x",
				 segments[i], bdf >> 8, bdf >> 3 & 0x1f,
				 bdf & 7);
			wrong += (err == ENODEV) ==
				 pci_path_exists(name, "config");
		}
	}

	if (!dom0)
		ksft_test_result_skip("every sbdf: not dom0\n");
	else
		ksft_test_result(!wrong, "every sbdf: %u wrong\n", wrong);
}

/* The chip's name tells where an interrupt comes from. */
static bool irq_has_gsi(unsigned int irq, const char *chip)
{
	char name[64] = "";

	if (strcmp(chip, "xen-pirq"))
		return strstr(chip, "IO-APIC");

	read_irq_file(irq, "name", name, sizeof(name));
	return !strstr(name, "msi");
}

static int expected_of_irq(unsigned int irq)
{
	int expected = EINVAL;
	char chip[64];

	if (read_irq_file(irq, "chip_name", chip, sizeof(chip)))
		expected = irq_has_gsi(irq, chip) ? 0 : ENOENT;

	return expected;
}

static void test_every_irq(void)
{
	unsigned int irq, found = 0, wrong = 0;
	uint32_t gsi;

	for (irq = 0; irq < MAX_IRQ; irq++) {
		int expected = expected_of_irq(irq);
		int err = ask(IOCTL_PRIVCMD_GSI_FROM_IRQ, irq, &gsi);

		found += !err;
		if (err == expected)
			continue;

		ksft_print_msg("irq %u: errno %d, not %d\n", irq, err,
			       expected);
		wrong++;
	}

	if (access(IRQS, F_OK))
		ksft_test_result_skip("every irq: no " IRQS "\n");
	else
		ksft_test_result(!wrong, "every irq: %u with a GSI, %u wrong\n",
				 found, wrong);
}

/* The largest numbers, and what the kernel itself uses for "no interrupt". */
static void test_no_such_irq(void)
{
	static const uint32_t irqs[] = {
		0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff,
	};
	unsigned int i, wrong = 0;
	uint32_t gsi;

	for (i = 0; i < ARRAY_SIZE(irqs); i++)
		wrong += ask(IOCTL_PRIVCMD_GSI_FROM_IRQ, irqs[i], &gsi) != EINVAL;

	ksft_test_result(!wrong, "no such irq: %u wrong\n", wrong);
}

static void test_bad_pointers(void)
{
	long page = sysconf(_SC_PAGESIZE);
	char *map = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned int i;

	if (map == MAP_FAILED || munmap(map + page, page))
		ksft_exit_fail_perror("mmap");

	for (i = 0; i < ARRAY_SIZE(ioctls); i++) {
		bool ok = ask_at(ioctls[i].cmd, NULL) == EFAULT &&
			  ask_at(ioctls[i].cmd, (void *)-1L) == EFAULT &&
			  ask_at(ioctls[i].cmd, (void *)(-1UL << 12)) == EFAULT &&
			  ask_at(ioctls[i].cmd, map + page) == EFAULT &&
			  ask_at(ioctls[i].cmd, map + page - 4) == EFAULT;

		ksft_test_result(ok, "%s: bad pointers\n", ioctls[i].name);
	}
	munmap(map, page);
}

static bool find_irq_with_gsi(uint32_t *irq)
{
	uint32_t gsi;

	for (*irq = 0; *irq < MAX_IRQ; (*irq)++)
		if (!ask(IOCTL_PRIVCMD_GSI_FROM_IRQ, *irq, &gsi))
			return true;

	return false;
}

/* The question can be read, but there is no place for the answer. */
static void test_read_only_argument(void)
{
	struct question *q = mmap(NULL, sysconf(_SC_PAGESIZE),
				  PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (q == MAP_FAILED)
		ksft_exit_fail_perror("mmap");

	if (!find_irq_with_gsi(&q->what)) {
		ksft_test_result_skip("read-only argument: no irq with a GSI\n");
	} else {
		mprotect(q, sizeof(*q), PROT_READ);
		ksft_test_result(ask_at(IOCTL_PRIVCMD_GSI_FROM_IRQ, q) == EFAULT,
				 "read-only argument\n");
	}
	munmap(q, sysconf(_SC_PAGESIZE));
}

static void test_restricted(void)
{
	domid_t domain = SOME_DOMAIN;
	int saved = fd;
	uint32_t gsi;
	unsigned int i;

	fd = open(DEVICE, O_RDWR);
	if (fd < 0 || ioctl(fd, IOCTL_PRIVCMD_RESTRICT, &domain))
		ksft_exit_fail_perror("restricted " DEVICE);

	for (i = 0; i < ARRAY_SIZE(ioctls); i++)
		ksft_test_result(ask(ioctls[i].cmd, 0, &gsi) == EPERM,
				 "%s: restricted\n", ioctls[i].name);
	close(fd);
	fd = saved;
}

static bool errno_is_allowed(unsigned long cmd, int err)
{
	if (cmd == IOCTL_PRIVCMD_GSI_FROM_IRQ)
		return !err || err == EINVAL || err == ENOENT;

	if (!dom0)
		return err == EOPNOTSUPP;

	return !err || err == ENODEV || err == ENOENT || err == ENOTCONN ||
	       err == EAGAIN;
}

static uint32_t random_question(void)
{
	uint32_t r = (uint32_t)random() << 16 ^ random();

	/* Half of them small, where there is something to be found. */
	return r & 1 ? r : r >> 17;
}

static void test_random_questions(void)
{
	unsigned long n, wrong;
	unsigned int i;
	uint32_t gsi;

	for (i = 0; i < ARRAY_SIZE(ioctls); i++) {
		wrong = 0;
		srandom(3);
		for (n = 0; n < random_questions; n++)
			wrong += !errno_is_allowed(ioctls[i].cmd,
						   ask(ioctls[i].cmd,
						       random_question(),
						       &gsi));
		ksft_test_result(!wrong, "%s: %lu random questions, %lu wrong\n",
				 ioctls[i].name, random_questions, wrong);
	}
}

int main(int argc, char **argv)
{
	uint32_t gsi;

	ksft_print_header();
	if (argc > 1)
		random_questions = strtoul(argv[1], NULL, 0);

	fd = open(DEVICE, O_RDWR);
	if (fd < 0)
		ksft_exit_skip(DEVICE ": %s\n", strerror(errno));

	dom0 = ask(IOCTL_PRIVCMD_PCIDEV_GET_GSI, 0, &gsi) != EOPNOTSUPP;
	ksft_set_plan(11);

	test_bad_pointers();
	test_read_only_argument();
	test_restricted();
	test_no_such_irq();
	test_every_function();
	test_every_sbdf();
	test_every_irq();
	test_random_questions();

	ksft_finished();
}
