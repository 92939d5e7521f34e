// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The onedma developers
 *
 * Bus addresses for dma-direct: machine addresses of PV and of foreign Arm pages.
 */
#define pr_fmt(fmt) "xen: " fmt

#include <linux/dma-bus.h>
#include <linux/export.h>
#include <linux/init.h>
#include <linux/io.h>
#include <linux/kstrtox.h>
#include <linux/mm.h>
#include <linux/notifier.h>
#include <linux/printk.h>
#include <linux/swiotlb.h>

#include <kunit/static_stub.h>
#include <kunit/test-bug.h>
#include <kunit/visibility.h>

#include <xen/bus-addr.h>
#include <xen/page.h>
#include <xen/xen.h>
#include <xen/xen-ops.h>
#include <xen/interface/xen.h>
#include <xen/interface/memory.h>

#include <asm/xen/hypercall.h>

/* Address bits of the bounce buffer: every PCI device reaches these. */
#define XEN_BUS_POOL_BITS	32

/* The table of bus frames (P2M), the flags in its entries, and their order. */
#ifdef CONFIG_XEN_PV
#define XEN_BUS_TABLE		xen_p2m_addr
#define XEN_BUS_TABLE_NR	xen_p2m_size
#define XEN_BUS_FLAGS		(FOREIGN_FRAME_BIT | IDENTITY_FRAME_BIT)

static __always_inline bool xen_bus_in_order(unsigned long pfn,
					     unsigned long last)
{
	return xen_p2m_in_order(&xen_p2m_order, pfn, last);
}

static inline bool xen_bus_words_in_order(unsigned long pfn, unsigned long last)
{
	return xen_p2m_words_in_order(&xen_p2m_order, pfn, last);
}
#else
#define XEN_BUS_TABLE		((const unsigned long *)NULL)
#define XEN_BUS_TABLE_NR	0
#define XEN_BUS_FLAGS		0

static inline bool xen_bus_in_order(unsigned long pfn, unsigned long last)
{
	return false;
}

static inline bool xen_bus_words_in_order(unsigned long pfn, unsigned long last)
{
	return false;
}

static inline void xen_p2m_order_init(void)
{
}
#endif

/*
 * Frames have XEN_PAGE_SIZE, whatever the size of a page is.  Addresses are
 * dma_addr_t here, as phys_addr_t may be too small for that of a foreign page.
 */
static inline unsigned long xen_bus_addr_to_frame(dma_addr_t addr)
{
	return addr >> XEN_PAGE_SHIFT;
}

static inline dma_addr_t xen_bus_frame_to_addr(unsigned long frame,
					       dma_addr_t offset)
{
	return ((dma_addr_t)frame << XEN_PAGE_SHIFT) |
		(offset & (XEN_PAGE_SIZE - 1));
}

/* The bus frame of a page, INVALID_P2M_ENTRY if there is none. */
VISIBLE_IF_KUNIT unsigned long xen_bus_frame(unsigned long pfn)
{
	KUNIT_STATIC_STUB_REDIRECT(xen_bus_frame, pfn);
	return pfn_to_bfn(pfn);
}
EXPORT_SYMBOL_IF_KUNIT(xen_bus_frame);

/* The pfn of a bus frame, ~0UL if the frame is not local. */
VISIBLE_IF_KUNIT unsigned long xen_bus_local_pfn(unsigned long frame)
{
	KUNIT_STATIC_STUB_REDIRECT(xen_bus_local_pfn, frame);
	return bfn_to_local_pfn(frame);
}
EXPORT_SYMBOL_IF_KUNIT(xen_bus_local_pfn);

/* Some frames are not in the table. */
static noinline dma_addr_t xen_bus_look_up(phys_addr_t phys)
{
	unsigned long frame = xen_bus_frame(xen_bus_addr_to_frame(phys));

	if (frame == INVALID_P2M_ENTRY)
		return DMA_BUS_NONE;
	return xen_bus_frame_to_addr(frame, phys);
}

/* @table has the bus frames of the pfns 0 to @nr - 1. */
VISIBLE_IF_KUNIT __always_inline dma_addr_t
xen_bus_from_phys(phys_addr_t phys, const unsigned long *table,
		  unsigned long nr)
{
	unsigned long pfn = xen_bus_addr_to_frame(phys);

	if (unlikely(pfn >= nr) || unlikely(table[pfn] == INVALID_P2M_ENTRY))
		return xen_bus_look_up(phys);
	return xen_bus_frame_to_addr(table[pfn] & ~XEN_BUS_FLAGS, phys);
}
EXPORT_SYMBOL_IF_KUNIT(xen_bus_from_phys);

dma_addr_t arch_dma_bus_from_phys(phys_addr_t phys)
{
	KUNIT_STATIC_STUB_REDIRECT(arch_dma_bus_from_phys, phys);
	return xen_bus_from_phys(phys, XEN_BUS_TABLE, XEN_BUS_TABLE_NR);
}
EXPORT_SYMBOL_GPL(arch_dma_bus_from_phys);

phys_addr_t arch_dma_bus_to_phys(dma_addr_t bus)
{
	unsigned long frame = xen_bus_addr_to_frame(bus);
	unsigned long pfn = xen_bus_local_pfn(frame);
	dma_addr_t phys = xen_bus_frame_to_addr(pfn, bus);

	/* If @bus is not an address, its frame may not fit in 32 bits. */
	if (xen_bus_frame_to_addr(frame, bus) != bus)
		return DMA_BUS_NO_PHYS;
	if (pfn == ~0UL || (phys_addr_t)phys != phys)
		return DMA_BUS_NO_PHYS;
	return phys;
}
EXPORT_SYMBOL_GPL(arch_dma_bus_to_phys);

static __always_inline bool xen_bus_four_count_up(const unsigned long *entry,
						  unsigned long first)
{
	return entry[0] == first && entry[1] == first + 1 &&
		entry[2] == first + 2 && entry[3] == first + 3;
}

/*
 * Entries that count up also have the same flags.  Mapping a large range is
 * mostly this loop, so compare eight entries at a time.
 */
static __always_inline bool xen_bus_counts_up(const unsigned long *entry,
					      const unsigned long *last)
{
	unsigned long frame = *entry;

	for (; entry + 7 <= last; entry += 8, frame += 8)
		if (!xen_bus_four_count_up(entry, frame) ||
		    !xen_bus_four_count_up(entry + 4, frame + 4))
			return false;
	for (; entry <= last; entry++, frame++)
		if (*entry != frame)
			return false;
	return true;
}

/* The last pfn, up to @last, whose frame is in one piece with that of @pfn. */
static unsigned long xen_bus_walk(unsigned long pfn, unsigned long last)
{
	unsigned long frame = xen_bus_frame(pfn);

	while (pfn < last && xen_bus_frame(pfn + 1) == ++frame)
		pfn++;
	return pfn;
}

static noinline dma_addr_t xen_bus_look_up_range(phys_addr_t phys,
						 unsigned long pfn,
						 unsigned long last)
{
	if (xen_bus_walk(pfn, last) < last)
		return DMA_BUS_NONE;
	return xen_bus_look_up(phys);
}

VISIBLE_IF_KUNIT noinline dma_addr_t
xen_bus_from_range(phys_addr_t phys, size_t size, const unsigned long *table,
		   unsigned long nr)
{
	unsigned long pfn = xen_bus_addr_to_frame(phys);
	unsigned long last = xen_bus_addr_to_frame(phys + size - 1);

	if (likely(last < nr) && likely(table[pfn] != INVALID_P2M_ENTRY) &&
	    likely(xen_bus_counts_up(table + pfn, table + last)))
		return xen_bus_frame_to_addr(table[pfn] & ~XEN_BUS_FLAGS, phys);
	return xen_bus_look_up_range(phys, pfn, last);
}
EXPORT_SYMBOL_IF_KUNIT(xen_bus_from_range);

static noinline dma_addr_t xen_bus_from_any_range(phys_addr_t phys, size_t size)
{
	unsigned long pfn = xen_bus_addr_to_frame(phys);
	unsigned long last = xen_bus_addr_to_frame(phys + size - 1);

	KUNIT_STATIC_STUB_REDIRECT(arch_dma_bus_from_range, phys, size);
	if (xen_frames_are_local(pfn, last))
		return phys;
	if (xen_bus_words_in_order(pfn, last))
		return xen_bus_frame_to_addr(XEN_BUS_TABLE[pfn] & ~XEN_BUS_FLAGS,
					     phys);
	return xen_bus_from_range(phys, size, XEN_BUS_TABLE, XEN_BUS_TABLE_NR);
}

/* All calls are in the other function, so this one saves no registers. */
dma_addr_t arch_dma_bus_from_range(phys_addr_t phys, size_t size)
{
	unsigned long pfn = xen_bus_addr_to_frame(phys);
	unsigned long last = xen_bus_addr_to_frame(phys + size - 1);

	if (likely(!kunit_get_current_test()) &&
	    likely(xen_bus_in_order(pfn, last)))
		return xen_bus_frame_to_addr(XEN_BUS_TABLE[pfn] & ~XEN_BUS_FLAGS,
					     phys);
	return xen_bus_from_any_range(phys, size);
}
EXPORT_SYMBOL_GPL(arch_dma_bus_from_range);

#ifdef CONFIG_XEN_PV
/* Memory that was added after boot has no bits, and its entries are compared. */
static unsigned long xen_bus_last_in_order(unsigned long pfn,
					   unsigned long last)
{
	unsigned long end = min(last, xen_p2m_order.nr - 1);

	if (likely(pfn < xen_p2m_order.nr)) {
		pfn = find_next_bit(xen_p2m_order.breaks, end, pfn);
		if (pfn < end)
			return pfn;
	}

	return xen_bus_walk(pfn, last);
}

size_t arch_dma_bus_run(phys_addr_t phys, size_t size)
{
	unsigned long pfn = xen_bus_addr_to_frame(phys);
	unsigned long last = xen_bus_addr_to_frame(phys + size - 1);

	KUNIT_STATIC_STUB_REDIRECT(arch_dma_bus_run, phys, size);
	if (likely(xen_bus_in_order(pfn, last)))
		return size;
	last = xen_bus_last_in_order(pfn, last);
	return min(size, xen_bus_frame_to_addr(last + 1, 0) - phys);
}
EXPORT_SYMBOL_GPL(arch_dma_bus_run);

/* A domain that is restored has other memory, but dom0 never is. */
bool arch_dma_bus_stays(void)
{
	return xen_initial_domain();
}
#endif

/* Ask each time: the memory of the machine can grow. */
dma_addr_t arch_dma_bus_last(void)
{
	long frames = HYPERVISOR_memory_op(XENMEM_maximum_ram_page, NULL);

	if (frames <= 0)
		return DMA_BUS_NONE;
	return xen_bus_frame_to_addr(frames, 0) - 1;
}

/*
 * If Xen uses an IOMMU for this domain then it maps memory in the IOMMU, but not
 * the BARs of devices.  The domain cannot find out whether Xen uses one.
 */
static bool xen_p2pdma __ro_after_init;

static int __init xen_p2pdma_setup(char *str)
{
	return kstrtobool(str, &xen_p2pdma);
}
early_param("xen_p2pdma", xen_p2pdma_setup);

bool arch_dma_bus_p2pdma(void)
{
	return xen_p2pdma;
}

#ifdef CONFIG_XEN_PV
int arch_dma_bus_exchange(struct page *page, unsigned int order,
			  unsigned int bits)
{
	dma_addr_t bus;
	int ret;

	KUNIT_STATIC_STUB_REDIRECT(arch_dma_bus_exchange, page, order, bits);
	ret = xen_create_contiguous_region(page_to_phys(page), order, bits,
					   &bus);
	if (!ret)
		SetPageXenRemapped(page);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(arch_dma_bus_exchange);

bool arch_dma_bus_exchanged(struct page *page)
{
	KUNIT_STATIC_STUB_REDIRECT(arch_dma_bus_exchanged, page);
	return PageXenRemapped(page);
}
EXPORT_SYMBOL_IF_KUNIT(arch_dma_bus_exchanged);

/* After a migration a block may no longer be contiguous: it is not returned. */
void arch_dma_bus_restore(struct page *page, unsigned int order)
{
	phys_addr_t phys = page_to_phys(page);

	KUNIT_STATIC_STUB_REDIRECT(arch_dma_bus_restore, page, order);
	if (TestClearPageXenRemapped(page) &&
	    dma_bus_range_contiguous(phys, PAGE_SIZE << order))
		xen_destroy_contiguous_region(phys, order);
}
EXPORT_SYMBOL_IF_KUNIT(arch_dma_bus_restore);

static int __init xen_bus_exchange_low(phys_addr_t phys, unsigned int order,
				       unsigned int *bits)
{
	dma_addr_t bus;

	for (; *bits <= XEN_BUS_POOL_BITS; ++*bits)
		if (!xen_create_contiguous_region(phys, order, *bits, &bus))
			return 0;
	return -ENOMEM;
}

/**
 * xen_dma_bus_fixup_pool - exchange the memory of a bounce buffer
 * @buf:	the buffer
 * @nslabs:	number of its slots
 *
 * Make each set of IO_TLB_SEGSIZE slots bus-contiguous, below 4 GB and as low as
 * Xen has memory.
 *
 * Return: 0, or an error if Xen does not have enough memory.
 */
int __init xen_dma_bus_fixup_pool(void *buf, unsigned long nslabs)
{
	unsigned int order = get_order(IO_TLB_SEGSIZE << IO_TLB_SHIFT);
	unsigned int bits = order + PAGE_SHIFT;
	phys_addr_t phys = virt_to_phys(buf);
	unsigned long i;
	int ret;

	if (WARN_ON_ONCE(nslabs % IO_TLB_SEGSIZE))
		return -EINVAL;

	for (i = 0; i < nslabs; i += IO_TLB_SEGSIZE) {
		ret = xen_bus_exchange_low(phys + (i << IO_TLB_SHIFT), order,
					   &bits);
		if (ret)
			return ret;
	}
	return 0;
}

/* A restored domain has other memory behind each page. */
static int xen_bus_resumed(struct notifier_block *nb, unsigned long action,
			   void *data)
{
	swiotlb_renew_pools();
	return NOTIFY_OK;
}

static struct notifier_block xen_bus_resume_nb = {
	.notifier_call = xen_bus_resumed,
};

static int __init xen_bus_resume_init(void)
{
	if (dma_bus_scattered())
		xen_resume_notifier_register(&xen_bus_resume_nb);
	return 0;
}
subsys_initcall(xen_bus_resume_init);
#endif /* CONFIG_XEN_PV */

/**
 * xen_dma_bus_init - enable bus addresses
 *
 * Context: Boot. Call it where devices see machine addresses: in a PV domain
 * that has devices or may be given some, in an Arm domain that is mapped one to
 * one.
 */
void __init xen_dma_bus_init(void)
{
	dma_bus_enable();
	xen_p2m_order_init();
	pr_info("DMA uses machine addresses%s\n",
		IS_ENABLED(CONFIG_DMA_BUS_SCATTERED) ? "" :
						       " for foreign pages");
}
