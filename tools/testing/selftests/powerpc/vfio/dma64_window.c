// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The onedma developers
// The second DMA window of VFIO: where it is, and DMA of QEMU's edu device through it.

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/pci_regs.h>
#include <linux/vfio.h>

#include "../../kselftest.h"

#define NR_CASES	12
#define PAGE_SHIFT	16
#define PAGE		65536UL
#define WINDOW		(8ULL << 30)
#define OLD_ARGSZ	offsetof(struct vfio_iommu_spapr_tce_info, dma64_window_start)

#define EDU_DMA_SRC	0x80
#define EDU_DMA_DST	0x88
#define EDU_DMA_COUNT	0x90
#define EDU_DMA_CMD	0x98
#define EDU_BUF		0x40000
#define EDU_BUF_SIZE	4096

static int container, device;
static char *memory;		/* two pages */
static char *edu;		/* its registers */
static bool edu_swap;

/* The group that the device belongs to, or -1 */
static int group_of(const char *name)
{
	char path[128], link[256];
	ssize_t len;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/iommu_group", name);
	len = readlink(path, link, sizeof(link) - 1);
	if (len < 0)
		return -1;

	link[len] = 0;
	return atoi(strrchr(link, '/') + 1);
}

static void open_device(const char *name)
{
	char path[64];
	int group;

	snprintf(path, sizeof(path), "/dev/vfio/%d", group_of(name));
	container = open("/dev/vfio/vfio", O_RDWR);
	group = open(path, O_RDWR);
	if (container < 0 || group < 0)
		ksft_exit_skip("%s is not bound to vfio-pci\n", name);

	if (ioctl(group, VFIO_GROUP_SET_CONTAINER, &container) ||
	    ioctl(container, VFIO_SET_IOMMU, VFIO_SPAPR_TCE_v2_IOMMU))
		ksft_exit_skip("no sPAPR TCE v2 IOMMU: %s\n", strerror(errno));

	device = ioctl(group, VFIO_GROUP_GET_DEVICE_FD, name);
	if (device < 0)
		ksft_exit_fail_msg("no device: %s\n", strerror(errno));
}

static void enable_device(void)
{
	struct vfio_region_info info = {
		.argsz = sizeof(info), .index = VFIO_PCI_CONFIG_REGION_INDEX
	};
	uint16_t command = PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;

	if (ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &info) ||
	    pwrite(device, &command, 2, info.offset + PCI_COMMAND) != 2)
		ksft_exit_fail_msg("configuration space: %s\n", strerror(errno));

	info.index = VFIO_PCI_BAR0_REGION_INDEX;
	if (ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &info))
		ksft_exit_fail_msg("BAR 0: %s\n", strerror(errno));

	edu = mmap(NULL, info.size, PROT_READ | PROT_WRITE, MAP_SHARED, device, info.offset);
	if (edu == MAP_FAILED)
		ksft_exit_fail_msg("BAR 0: %s\n", strerror(errno));
}

/* The registers have the byte order of the machine's firmware */
static bool edu_found(void)
{
	uint32_t id = __atomic_load_n((uint32_t *)edu, __ATOMIC_SEQ_CST);

	edu_swap = id == 0xed000001;
	return edu_swap || id == 0x010000ed;
}

static void edu_write(unsigned int reg, uint64_t val)
{
	__atomic_store_n((uint64_t *)(edu + reg), edu_swap ? __builtin_bswap64(val) : val,
			 __ATOMIC_SEQ_CST);
}

static bool edu_runs(void)
{
	uint64_t cmd = __atomic_load_n((uint64_t *)(edu + EDU_DMA_CMD), __ATOMIC_SEQ_CST);

	return (edu_swap ? __builtin_bswap64(cmd) : cmd) & 1;
}

static bool edu_dma(uint64_t src, uint64_t dst, uint64_t cmd)
{
	int i;

	edu_write(EDU_DMA_SRC, src);
	edu_write(EDU_DMA_DST, dst);
	edu_write(EDU_DMA_COUNT, EDU_BUF_SIZE);
	edu_write(EDU_DMA_CMD, cmd | 1);
	for (i = 0; i < 1000 && edu_runs(); i++)
		usleep(10000);

	return i < 1000;
}

/* From the first page of our memory, through the device, to the second one */
static bool edu_moves(uint64_t from, uint64_t to)
{
	int i;

	for (i = 0; i < EDU_BUF_SIZE; i++)
		memory[i] = rand();
	memset(memory + PAGE, 0xa5, EDU_BUF_SIZE);

	return edu_dma(from, EDU_BUF, 0) && edu_dma(EDU_BUF, to, 2) &&
	       !memcmp(memory, memory + PAGE, EDU_BUF_SIZE);
}

static bool map(uint64_t iova, unsigned long offset)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map),
		.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
		.vaddr = (unsigned long)memory + offset,
		.iova = iova,
		.size = PAGE,
	};

	return !ioctl(container, VFIO_IOMMU_MAP_DMA, &map);
}

static bool unmap(uint64_t iova)
{
	struct vfio_iommu_type1_dma_unmap unmap = {
		.argsz = sizeof(unmap), .iova = iova, .size = PAGE
	};

	return !ioctl(container, VFIO_IOMMU_UNMAP_DMA, &unmap);
}

static void register_memory(void)
{
	struct vfio_iommu_spapr_register_memory reg = { .argsz = sizeof(reg), .size = 2 * PAGE };

	memory = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		ksft_exit_fail_msg("no memory\n");

	reg.vaddr = (unsigned long)memory;
	if (ioctl(container, VFIO_IOMMU_SPAPR_REGISTER_MEMORY, &reg))
		ksft_exit_fail_msg("memory not registered: %s\n", strerror(errno));
}

/* A program with the old header gets no new flag, and nothing behind its structure */
static void test_old_info(void)
{
	struct vfio_iommu_spapr_tce_info info;
	bool good;

	memset(&info, 0x5a, sizeof(info));
	info.argsz = OLD_ARGSZ;
	good = !ioctl(container, VFIO_IOMMU_SPAPR_TCE_GET_INFO, &info);
	ksft_test_result(good && info.flags == VFIO_IOMMU_SPAPR_INFO_DDW, "old argsz: old flags\n");
	ksft_test_result(good && info.dma64_window_start == 0x5a5a5a5a5a5a5a5aULL,
			 "old argsz: nothing behind it\n");
}

static uint64_t test_new_info(uint64_t expected)
{
	struct vfio_iommu_spapr_tce_info info = { .argsz = sizeof(info) };

	if (ioctl(container, VFIO_IOMMU_SPAPR_TCE_GET_INFO, &info))
		ksft_exit_fail_msg("no information: %s\n", strerror(errno));

	ksft_test_result(info.flags & VFIO_IOMMU_SPAPR_INFO_DMA64, "new argsz: new flag\n");
	ksft_print_msg("second window at 0x%llx\n", (unsigned long long)info.dma64_window_start);
	ksft_test_result(info.dma64_window_start == expected, "new argsz: start of the window\n");

	return info.dma64_window_start;
}

static void test_create(uint64_t start, unsigned int levels)
{
	struct vfio_iommu_spapr_tce_create create = {
		.argsz = sizeof(create), .page_shift = PAGE_SHIFT, .window_size = WINDOW,
		.levels = levels,
	};
	int rc = ioctl(container, VFIO_IOMMU_SPAPR_TCE_CREATE, &create);

	if (rc)
		ksft_print_msg("create: %s\n", strerror(errno));
	ksft_test_result(!rc && create.start_addr == start, "window made where it was said\n");
}

static void test_dma(uint64_t start)
{
	uint64_t first = start, last = start + WINDOW - PAGE;

	ksft_test_result(map(first, 0) && map(last, PAGE), "first and last page mapped\n");
	ksft_test_result(!map(start - PAGE, 0), "page before the window refused\n");
	ksft_test_result(edu_moves(first, last), "data moved through the window\n");
	ksft_test_result(unmap(first) && unmap(last), "first and last page unmapped\n");
	ksft_test_result(!edu_moves(first, last), "no data moved after that\n");
}

static void test_remove(uint64_t start)
{
	struct vfio_iommu_spapr_tce_remove remove = {
		.argsz = sizeof(remove), .start_addr = start
	};

	ksft_test_result(!ioctl(container, VFIO_IOMMU_SPAPR_TCE_REMOVE, &remove),
			 "window removed\n");
}

static long locked_kb(void)
{
	FILE *status = fopen("/proc/self/status", "r");
	char line[128];
	long kb = -1;

	while (kb < 0 && fgets(line, sizeof(line), status))
		sscanf(line, "VmLck: %ld", &kb);
	fclose(status);

	return kb;
}

/* Four levels of the same size would have addresses of 56 bits */
static void test_refused(void)
{
	struct vfio_iommu_spapr_tce_create create = {
		.argsz = sizeof(create), .page_shift = PAGE_SHIFT, .window_size = 1ULL << 54,
		.levels = 4,
	};
	long before = locked_kb();

	ksft_test_result(ioctl(container, VFIO_IOMMU_SPAPR_TCE_CREATE, &create) &&
			 errno == EINVAL && locked_kb() == before,
			 "no memory locked for a window that was refused\n");
}

int main(int argc, char **argv)
{
	uint64_t start;

	ksft_print_header();
	if (argc < 3)
		ksft_exit_skip("usage: dma64_window FUNCTION START [LEVELS]\n");

	open_device(argv[1]);
	enable_device();
	if (!edu_found())
		ksft_exit_skip("%s is no edu device\n", argv[1]);

	ksft_set_plan(NR_CASES);
	register_memory();
	test_old_info();
	start = test_new_info(strtoull(argv[2], NULL, 0));
	test_create(start, argc > 3 ? atoi(argv[3]) : 2);
	test_dma(start);
	test_remove(start);
	test_refused();
	ksft_finished();
}
