// SPDX-License-Identifier: GPL-2.0
/*
 * Give a virtio GPU a buffer of this process, as a dma-buf.
 *
 * usage: import CARD	exit: 0 it was taken, else errno; 1: it could not be tried
 */
#define _GNU_SOURCE
#include <drm/drm.h>
#include <drm/virtgpu_drm.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/udmabuf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define SIZE (1 << 20)

static int buffer(void)
{
	struct udmabuf_create create = { .flags = UDMABUF_FLAGS_CLOEXEC, .size = SIZE };
	int memory = memfd_create("buffer", MFD_ALLOW_SEALING), device = open("/dev/udmabuf", O_RDWR);
	void *page;

	if (memory < 0 || device < 0 || ftruncate(memory, SIZE) || fcntl(memory, F_ADD_SEALS, F_SEAL_SHRINK))
		err(EXIT_FAILURE, "no memory for a buffer");

	page = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
	if (page == MAP_FAILED)
		err(EXIT_FAILURE, "mmap");
	memset(page, 0x5a, SIZE);

	create.memfd = memory;
	return ioctl(device, UDMABUF_CREATE, &create);
}

int main(int argc, char **argv)
{
	struct drm_prime_handle prime = { .fd = buffer() };
	struct drm_virtgpu_resource_info info = {};
	int card = open(argv[argc - 1], O_RDWR);

	if (prime.fd < 0 || card < 0)
		err(EXIT_FAILURE, "%s", argv[argc - 1]);

	if (ioctl(card, DRM_IOCTL_PRIME_FD_TO_HANDLE, &prime))
		return errno;

	info.bo_handle = prime.handle;
	if (ioctl(card, DRM_IOCTL_VIRTGPU_RESOURCE_INFO, &info) || info.size != SIZE)
		errx(EXIT_FAILURE, "not what was given");
	return 0;
}
