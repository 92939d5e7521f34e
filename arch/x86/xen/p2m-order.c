// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The onedma developers
 *
 * Which entries of the P2M follow the one before: a bit for each frame.
 */
#include <linux/bitmap.h>
#include <linux/bitops.h>
#include <linux/export.h>
#include <linux/init.h>
#include <linux/memblock.h>
#include <linux/minmax.h>
#include <linux/pfn.h>
#include <linux/string.h>

#include <kunit/visibility.h>

#include <asm/xen/page.h>

#include "xen-ops.h"

/*
 * Bit n depends on the entries n and n + 1, which two CPUs may write at the same
 * time.  Each of them writes its entry, compares both, and compares again after
 * each change of the bit that it makes.  So the one that writes an entry last and
 * the one that changes the bit last both compare after that, and do not leave
 * before the bit is right.
 *
 * Frames that are mapped for DMA in one piece have one owner, and none of their
 * entries is written meanwhile.  Those who wrote them before have left, and all
 * bits between these frames are right.
 */
struct xen_p2m_order xen_p2m_order __ro_after_init;

static bool xen_p2m_breaks(const struct xen_p2m_order *order, unsigned long pfn)
{
	unsigned long mfn = READ_ONCE(order->table[pfn]);

	return mfn == INVALID_P2M_ENTRY ||
		READ_ONCE(order->table[pfn + 1]) != mfn + 1;
}

/* In the end the bit agrees with the entries as they are now. */
static void xen_p2m_compare(const struct xen_p2m_order *order, unsigned long pfn)
{
	bool breaks = xen_p2m_breaks(order, pfn);

	while (test_bit(pfn, order->breaks) != breaks) {
		assign_bit(pfn, order->breaks, breaks);
		/* Look again only when others see the bit. */
		smp_mb__after_atomic();
		breaks = xen_p2m_breaks(order, pfn);
	}
}

/* The entry of @pfn has been written.  May be called in any context. */
void xen_p2m_order_update(const struct xen_p2m_order *order, unsigned long pfn)
{
	if (pfn >= order->nr)
		return;
	/* Look at other entries only when others see this one. */
	smp_mb();
	if (pfn)
		xen_p2m_compare(order, pfn - 1);
	if (pfn + 1 < order->nr)
		xen_p2m_compare(order, pfn);
}
EXPORT_SYMBOL_IF_KUNIT(xen_p2m_order_update);

/* As xen_p2m_in_order(), for any number of entries. */
bool xen_p2m_words_in_order(const struct xen_p2m_order *order,
			    unsigned long pfn, unsigned long last)
{
	const unsigned long *word, *end;
	unsigned long bits;

	if (last >= order->nr)
		return false;
	word = order->breaks + BIT_WORD(pfn);
	end = order->breaks + BIT_WORD(last);
	bits = *word & BITMAP_FIRST_WORD_MASK(pfn);
	for (; word < end; bits = *++word)
		if (bits)
			return false;
	return !(bits & ~BITMAP_FIRST_WORD_MASK(last));
}
EXPORT_SYMBOL_IF_KUNIT(xen_p2m_words_in_order);

/* Nobody writes the P2M meanwhile. */
static void __init xen_p2m_order_fill(const struct xen_p2m_order *order)
{
	unsigned long pfn;

	for (pfn = 0; pfn + 1 < order->nr; pfn++)
		if (!xen_p2m_breaks(order, pfn))
			__clear_bit(pfn, order->breaks);
}

/* Memory that is added later than at boot has no bits. */
void __init xen_p2m_order_init(void)
{
	struct xen_p2m_order order = {
		.table = xen_p2m_addr,
		.nr = min(xen_p2m_size, max_pfn),
	};

	order.breaks = memblock_alloc(XEN_P2M_ORDER_BYTES(order.nr),
				      SMP_CACHE_BYTES);
	if (!order.breaks)
		return;
	memset(order.breaks, 0xff, XEN_P2M_ORDER_BYTES(order.nr));
	xen_p2m_order_fill(&order);
	xen_p2m_order = order;
}

/*
 * The tools have changed the P2M while the domain was suspended.  Not filled anew,
 * as only this CPU runs.
 */
void xen_p2m_order_forget(void)
{
	if (xen_p2m_order.breaks)
		memset(xen_p2m_order.breaks, 0xff,
		       XEN_P2M_ORDER_BYTES(xen_p2m_order.nr));
}
