// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The onedma developers
 *
 * Lists the interrupts of PCI functions under Xen and the answers of privcmd.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <xen/privcmd.h>

#define TABLE	"/sys/kernel/debug/xen/pci-irqs"
#define DEVICE	"/dev/xen/privcmd"

/* Both questions have the same layout: a number in, a GSI out. */
struct question {
	uint32_t what;
	uint32_t gsi;
};

static_assert(sizeof(struct question) == sizeof(struct privcmd_pcidev_get_gsi));
static_assert(sizeof(struct question) == sizeof(struct privcmd_gsi_from_irq));

enum { NAME, PIN, IRQ, PIRQ, GSI, TRIGGER, POLARITY, OWNER, COLUMNS };

static const char * const titles[COLUMNS] = {
	"device", "pin", "irq", "pirq", "gsi", "trigger", "polarity", "owner",
};

struct row {
	char column[COLUMNS][16];
	char by_device[48];
	char by_irq[48];
};

static int privcmd = -1;

static void die(const char *what)
{
	fprintf(stderr, "xen-irqs: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

/* The answer in words: a GSI, or why there is none. */
static void ask(unsigned long cmd, uint32_t what, char *answer, size_t size)
{
	struct question q = { .what = what };

	if (ioctl(privcmd, cmd, &q))
		snprintf(answer, size, "%s", strerror(errno));
	else
		snprintf(answer, size, "%u", q.gsi);
}

static bool parse_row(const char *line, struct row *row)
{
	char (*c)[16] = row->column;

	return sscanf(line, "%15s %15s %15s %15s %15s %15s %15s %15s", c[NAME],
		      c[PIN], c[IRQ], c[PIRQ], c[GSI], c[TRIGGER], c[POLARITY],
		      c[OWNER]) == COLUMNS;
}

static bool parse_sbdf(const char *name, uint32_t *sbdf)
{
	unsigned int segment, bus, device, function;

	if (sscanf(name, "%x:%x:%x.%x", &segment, &bus, &device, &function) != 4)
		return false;

	/* The ioctl has 16 bits for a segment; domains of VMD are above. */
	if (segment > 0xffff)
		return false;

	*sbdf = segment << 16 | bus << 8 | device << 3 | function;
	return true;
}

static void ask_both(struct row *row)
{
	uint32_t sbdf;

	strcpy(row->by_device, "-");
	strcpy(row->by_irq, "-");
	if (parse_sbdf(row->column[NAME], &sbdf))
		ask(IOCTL_PRIVCMD_PCIDEV_GET_GSI, sbdf, row->by_device,
		    sizeof(row->by_device));
	if (row->column[IRQ][0] != '-')
		ask(IOCTL_PRIVCMD_GSI_FROM_IRQ,
		    strtoul(row->column[IRQ], NULL, 10), row->by_irq,
		    sizeof(row->by_irq));
}

static void print_header(void)
{
	printf("%-12s %-3s %-5s %-5s %-8s %-7s %-8s %-5s %-28s %s\n",
	       titles[NAME], titles[PIN], titles[IRQ], titles[PIRQ],
	       titles[GSI], titles[TRIGGER], titles[POLARITY], titles[OWNER],
	       "gsi by device", "gsi by irq");
}

static void print_text(const struct row *row)
{
	const char (*c)[16] = row->column;

	printf("%-12s %-3s %-5s %-5s %-8s %-7s %-8s %-5s %-28s %s\n", c[NAME],
	       c[PIN], c[IRQ], c[PIRQ], c[GSI], c[TRIGGER], c[POLARITY],
	       c[OWNER], row->by_device, row->by_irq);
}

/* Numbers as numbers, "-" as null, and text, which has nothing to escape. */
static void print_value(const char *key, const char *value, const char *end)
{
	char *rest;

	strtoul(value, &rest, 10);
	if (!strcmp(value, "-"))
		printf("\"%s\": null%s", key, end);
	else if (*rest)
		printf("\"%s\": \"%s\"%s", key, value, end);
	else
		printf("\"%s\": %s%s", key, value, end);
}

static void print_json(const struct row *row, bool first)
{
	int i;

	printf("%s\n  { ", first ? "" : ",");
	for (i = 0; i < COLUMNS; i++)
		print_value(titles[i], row->column[i], ", ");
	print_value("gsi_by_device", row->by_device, ", ");
	print_value("gsi_by_irq", row->by_irq, " }");
}

static void list(FILE *table, bool json)
{
	bool first = true;
	char line[256];
	struct row row;

	/* The first line is the kernel's own header. */
	if (!fgets(line, sizeof(line), table))
		die(TABLE);

	if (json)
		printf("[");
	else
		print_header();

	while (fgets(line, sizeof(line), table)) {
		if (!parse_row(line, &row))
			continue;
		ask_both(&row);
		if (json)
			print_json(&row, first);
		else
			print_text(&row);
		first = false;
	}
	if (json)
		printf("\n]\n");
}

static void print_usage(int status)
{
	fprintf(status ? stderr : stdout,
		"usage: xen-irqs [--json]\n"
		"Lists the interrupt of each PCI function in all its numbers, and the GSI that\n"
		"/dev/xen/privcmd gives for the device and for the irq.  To be run in dom0, as\n"
		"root, with debugfs mounted.\n");
	exit(status);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ }
	};
	bool json = false;
	FILE *table;
	int option;

	while ((option = getopt_long(argc, argv, "jh", options, NULL)) != -1) {
		if (option != 'j')
			print_usage(option == 'h' ? EXIT_SUCCESS : EXIT_FAILURE);
		json = true;
	}
	if (optind != argc)
		print_usage(EXIT_FAILURE);

	table = fopen(TABLE, "r");
	if (!table)
		die(TABLE " (not dom0, not root, or debugfs is not mounted)");
	privcmd = open(DEVICE, O_RDWR | O_CLOEXEC);
	if (privcmd < 0)
		die(DEVICE);

	list(table, json);
	return EXIT_SUCCESS;
}
