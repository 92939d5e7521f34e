// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The onedma developers
 *
 * KUnit: the bits for the order of P2M entries, against the entries themselves.
 */
#include <linux/bitmap.h>
#include <linux/completion.h>
#include <linux/kthread.h>
#include <linux/minmax.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/string.h>

#include <kunit/test.h>

#include <asm/xen/page.h>

#define FRAMES		2048UL
#define CHANGES		5000
#define RANGES		8
#define THREADS		3
#define RUN		3	/* neighbours that belong to one thread */
#define ROUNDS		500

struct world {
	unsigned long table[FRAMES];
	unsigned long breaks[XEN_P2M_ORDER_BYTES(FRAMES) / sizeof(long)];
	struct xen_p2m_order order;
	struct rnd_state rnd;
	atomic_t arrived;
	struct completion done;
};

static u32 below(struct rnd_state *rnd, u32 max)
{
	return prandom_u32_state(rnd) % max;
}

static void write_entry(struct world *w, unsigned long pfn, unsigned long mfn)
{
	if (pfn >= FRAMES)
		return;
	WRITE_ONCE(w->table[pfn], mfn);
	xen_p2m_order_update(&w->order, pfn);
}

/* The reference: no bits. */
static bool in_order(struct world *w, unsigned long pfn, unsigned long last)
{
	for (; pfn < last; pfn++)
		if (w->table[pfn] == INVALID_P2M_ENTRY ||
		    w->table[pfn] + 1 != w->table[pfn + 1])
			return false;
	return true;
}

static void expect_range(struct kunit *test, unsigned long pfn,
			 unsigned long last)
{
	struct world *w = test->priv;
	bool want;

	if (last >= FRAMES)
		return;
	want = in_order(w, pfn, last);
	KUNIT_EXPECT_EQ_MSG(test, want,
			    xen_p2m_words_in_order(&w->order, pfn, last),
			    "%lu to %lu", pfn, last);
	KUNIT_EXPECT_EQ_MSG(test, want && last - pfn <= XEN_P2M_ORDER_BITS,
			    xen_p2m_in_order(&w->order, pfn, last),
			    "%lu to %lu", pfn, last);
}

/* Ballooned out, foreign, exchanged for a block, or for single frames */
static void change(struct world *w)
{
	unsigned long nr = 1 + below(&w->rnd, below(&w->rnd, 8) ? 70 : 700);
	unsigned long pfn = below(&w->rnd, FRAMES), i;
	unsigned long mfn = 1 + below(&w->rnd, 100000);
	int kind = below(&w->rnd, 4);

	for (i = 0; i < nr; i++) {
		if (kind == 0 && below(&w->rnd, 3))
			write_entry(w, pfn + i, INVALID_P2M_ENTRY);
		else if (kind == 1)
			write_entry(w, pfn + i, FOREIGN_FRAME(mfn + i));
		else if (kind == 2)
			write_entry(w, pfn + i, mfn + i);
		else if (kind == 3 && i < 3)
			write_entry(w, pfn + i, mfn + below(&w->rnd, 3));
	}
}

static void random_test(struct kunit *test)
{
	static const unsigned int lengths[] = { 3, 60, 64, 130, 1024 };
	struct world *w = test->priv;
	unsigned long pfn;
	int i, j;

	for (i = 0; i < CHANGES; i++) {
		change(w);
		for (j = 0; j < RANGES; j++) {
			pfn = below(&w->rnd, FRAMES);
			expect_range(test, pfn, pfn + 1 +
				     below(&w->rnd, lengths[j % ARRAY_SIZE(lengths)]));
		}
	}
}

/* Ranges of all lengths, from each bit of a byte on, with each single break. */
static void one_break_test(struct kunit *test)
{
	struct world *w = test->priv;
	unsigned long pfn, last, at, mfn;

	for (at = 0; at < FRAMES; at++)
		write_entry(w, at, 0x1000 + at);
	for (pfn = 0; pfn < 64; pfn += 5) {
		for (last = pfn + 1; last < pfn + 200; last++)
			expect_range(test, pfn, last);
		for (at = max(pfn, 1UL) - 1; at < pfn + 140; at++) {
			mfn = w->table[at];
			write_entry(w, at, 1);
			for (last = pfn + 1; last < pfn + 140; last += 3)
				expect_range(test, pfn, last);
			write_entry(w, at, mfn);
		}
	}
}

/* Nothing is known of entries behind the end. */
static void end_test(struct kunit *test)
{
	struct world *w = test->priv;
	unsigned long pfn;

	for (pfn = 0; pfn < FRAMES; pfn++)
		write_entry(w, pfn, 0x1000 + pfn);
	KUNIT_EXPECT_TRUE(test, xen_p2m_words_in_order(&w->order, 0, FRAMES - 1));
	for (pfn = FRAMES - 70; pfn < FRAMES - 1; pfn++) {
		expect_range(test, pfn, FRAMES - 1);
		KUNIT_EXPECT_FALSE(test, xen_p2m_in_order(&w->order, pfn, FRAMES));
		KUNIT_EXPECT_FALSE(test, xen_p2m_words_in_order(&w->order, pfn, FRAMES));
	}
}

struct writer {
	struct world *w;
	struct task_struct *task;
	struct rnd_state rnd;
	unsigned int nr, met, wrong;
};

static void write_run(struct writer *me, unsigned long first)
{
	unsigned long pfn;

	for (pfn = first; pfn < first + RUN; pfn++)
		write_entry(me->w, pfn, below(&me->rnd, 4) ? 0x1000 + pfn :
			    below(&me->rnd, 2) ? 1 : INVALID_P2M_ENTRY);
	for (pfn = first; pfn < first + RUN - 1; pfn++)
		me->wrong += in_order(me->w, pfn, first + RUN - 1) !=
			xen_p2m_in_order(&me->w->order, pfn, first + RUN - 1);
}

static void meet(struct writer *me)
{
	atomic_inc(&me->w->arrived);
	me->met++;
	while (atomic_read(&me->w->arrived) < (int)me->met * THREADS)
		cond_resched();
}

/* What belongs to one thread is right at once, the rest when all are done. */
static int write_runs(void *data)
{
	struct writer *me = data;
	unsigned long pfn;
	int i, j;

	for (i = 0; i < ROUNDS; i++) {
		for (j = 0; j < 16; j++)
			write_run(me, (me->nr + below(&me->rnd, 8) * THREADS) * RUN);
		meet(me);
		for (pfn = me->nr; pfn < 8 * THREADS * RUN; pfn += THREADS)
			me->wrong += in_order(me->w, pfn, pfn + 1) !=
				xen_p2m_in_order(&me->w->order, pfn, pfn + 1);
		meet(me);
	}
	complete(&me->w->done);
	return 0;
}

static void parallel_test(struct kunit *test)
{
	struct writer writers[THREADS] = {};
	struct world *w = test->priv;
	int i;

	init_completion(&w->done);
	for (i = 0; i < THREADS; i++) {
		writers[i].w = w;
		writers[i].nr = i;
		prandom_seed_state(&writers[i].rnd, i);
		writers[i].task = kthread_create(write_runs, &writers[i], "p2m");
		KUNIT_ASSERT_FALSE(test, IS_ERR(writers[i].task));
		get_task_struct(writers[i].task);
	}
	for (i = 0; i < THREADS; i++)
		wake_up_process(writers[i].task);
	/* A thread that is stopped before it runs would not meet the others. */
	for (i = 0; i < THREADS; i++)
		wait_for_completion(&w->done);
	for (i = 0; i < THREADS; i++) {
		kthread_stop_put(writers[i].task);
		KUNIT_EXPECT_EQ(test, writers[i].wrong, 0);
	}
}

static int world_init(struct kunit *test)
{
	struct world *w = kunit_kzalloc(test, sizeof(*w), GFP_KERNEL);
	unsigned long pfn;

	KUNIT_ASSERT_NOT_NULL(test, w);
	test->priv = w;
	prandom_seed_state(&w->rnd, 5);
	memset(w->breaks, 0xff, sizeof(w->breaks));
	w->order.table = w->table;
	w->order.breaks = w->breaks;
	w->order.nr = FRAMES;
	for (pfn = 0; pfn < FRAMES; pfn++)
		write_entry(w, pfn, pfn % 100 ? 0x1000 + pfn : INVALID_P2M_ENTRY);
	return 0;
}

static struct kunit_case xen_p2m_order_cases[] = {
	KUNIT_CASE(random_test),
	KUNIT_CASE(one_break_test),
	KUNIT_CASE(end_test),
	KUNIT_CASE(parallel_test),
	{}
};

static struct kunit_suite xen_p2m_order_suite = {
	.name = "xen_p2m_order",
	.init = world_init,
	.test_cases = xen_p2m_order_cases,
};

kunit_test_suite(xen_p2m_order_suite);

MODULE_DESCRIPTION("KUnit test of the order of P2M entries");
MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_LICENSE("GPL");
