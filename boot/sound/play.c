// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The onedma developers
//
// Plays its input, 16 bits and two channels, then some silence.
//
// usage: play DEVICE RATE BUFFER-BYTES < DATA
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <sound/asound.h>

#define PERIODS	16
#define FRAME	4
#define CHUNK	32768
#define SILENCE	(4 * CHUNK)	/* the last bytes before a stop may be lost */

static struct snd_pcm_hw_params params;

/* Anything that the card can do */
static void any(void)
{
	int i;

	memset(params.masks, 0xff, sizeof(params.masks));
	for (i = 0; i <= SNDRV_PCM_HW_PARAM_LAST_INTERVAL - SNDRV_PCM_HW_PARAM_FIRST_INTERVAL; i++)
		params.intervals[i].max = ~0U;
	params.rmask = ~0U;
	params.info = ~0U;
}

static void choose(int param, unsigned int bit)
{
	struct snd_mask *mask = &params.masks[param - SNDRV_PCM_HW_PARAM_FIRST_MASK];

	memset(mask, 0, sizeof(*mask));
	mask->bits[bit / 32] = 1U << bit % 32;
}

static void want(int param, unsigned int value)
{
	struct snd_interval *interval = &params.intervals[param - SNDRV_PCM_HW_PARAM_FIRST_INTERVAL];

	interval->min = interval->max = value;
	interval->integer = 1;
}

static void check(int rc, const char *what)
{
	if (rc >= 0)
		return;
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(1);
}

static void set_up(int fd, unsigned int rate, unsigned int bytes)
{
	any();
	choose(SNDRV_PCM_HW_PARAM_ACCESS, SNDRV_PCM_ACCESS_RW_INTERLEAVED);
	choose(SNDRV_PCM_HW_PARAM_FORMAT, SNDRV_PCM_FORMAT_S16_LE);
	want(SNDRV_PCM_HW_PARAM_CHANNELS, 2);
	want(SNDRV_PCM_HW_PARAM_RATE, rate);
	want(SNDRV_PCM_HW_PARAM_PERIODS, PERIODS);
	want(SNDRV_PCM_HW_PARAM_BUFFER_BYTES, bytes);
	check(ioctl(fd, SNDRV_PCM_IOCTL_HW_PARAMS, &params), "parameters");
	check(ioctl(fd, SNDRV_PCM_IOCTL_PREPARE), "prepare");
}

static void play(int fd, void *data, size_t bytes)
{
	struct snd_xferi xfer = { .buf = data, .frames = bytes / FRAME };

	check(ioctl(fd, SNDRV_PCM_IOCTL_WRITEI_FRAMES, &xfer), "write");
}

int main(int argc, char **argv)
{
	static char chunk[CHUNK];
	size_t n, all = 0;
	int fd;

	if (argc != 4)
		return 2;
	fd = open(argv[1], O_RDWR);
	check(fd, argv[1]);
	set_up(fd, atoi(argv[2]), atoi(argv[3]));
	while ((n = fread(chunk, 1, CHUNK, stdin))) {
		play(fd, chunk, n);
		all += n;
	}
	memset(chunk, 0, CHUNK);
	for (n = 0; n < SILENCE; n += CHUNK)
		play(fd, chunk, CHUNK);
	check(ioctl(fd, SNDRV_PCM_IOCTL_DRAIN), "drain");
	printf("%zu bytes out of a buffer of %s\n", all, argv[3]);
	return 0;
}
