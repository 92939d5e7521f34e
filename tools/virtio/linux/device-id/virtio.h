/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (C) 2026 The onedma developers */
/* The kernel's own header, which needs nothing else. */
#include <../../include/linux/device-id/virtio.h>
