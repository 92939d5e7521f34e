// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The onedma developers
 *
 * KUnit: counted and mapped segments over a made-up bus, against a slow search.
 */
#include <linux/bio.h>
#include <linux/blk-mq.h>
#include <linux/blkdev.h>
#include <linux/dma-bus.h>
#include <linux/hash.h>
#include <linux/prandom.h>
#include <linux/scatterlist.h>

#include <kunit/static_stub.h>
#include <kunit/test.h>

#define ORDER		8
#define BYTES		(PAGE_SIZE << ORDER)
#define SECTORS		(BYTES >> SECTOR_SHIFT)
#define BIOS		3
#define VECS		8
#define ROUNDS		2000
#define SOME_SEGMENTS	16
#define ALL_SEGMENTS	(BIOS * VECS << ORDER)

struct world {
	struct blk_mq_tag_set set;
	struct request_queue *q;
	struct page *pages;
	struct bio *bios[BIOS];
	unsigned int nr_bios;
	struct scatterlist *sg;
	struct rnd_state rnd;
	unsigned int one_in;	/* of so many frames, one does not follow */
	unsigned int asked;
};

static struct world world;

static unsigned int below(unsigned int end)
{
	return prandom_u32_state(&world.rnd) % end;
}

static bool follows(unsigned long pfn)
{
	return hash_long(pfn, 32) % world.one_in;
}

static size_t slow_run(phys_addr_t phys, size_t size)
{
	size_t run = PAGE_SIZE - offset_in_page(phys);

	world.asked++;
	while (run < size && follows(PHYS_PFN(phys + run)))
		run += PAGE_SIZE;
	return min(run, size);
}

static dma_addr_t slow_range(phys_addr_t phys, size_t size)
{
	return slow_run(phys, size) == size ? phys : DMA_BUS_NONE;
}

static blk_status_t no_queue_rq(struct blk_mq_hw_ctx *hctx,
				const struct blk_mq_queue_data *bd)
{
	return BLK_STS_IOERR;
}

static const struct blk_mq_ops ops = {
	.queue_rq = no_queue_rq,
};

/* Returns the sector where it ends. */
static unsigned int add_vec(struct bio *bio, unsigned int start,
			    unsigned int len)
{
	unsigned int at = start << SECTOR_SHIFT;

	bvec_set_page(&bio->bi_io_vec[bio->bi_vcnt++],
		      world.pages + at / PAGE_SIZE, len << SECTOR_SHIFT,
		      at % PAGE_SIZE);
	bio->bi_iter.bi_size += len << SECTOR_SHIFT;
	return start + len;
}

static struct bio *new_bio(void)
{
	struct bio *bio = world.bios[world.nr_bios++];

	bio_init(bio, NULL, bio_inline_vecs(bio), VECS, REQ_OP_WRITE);
	return bio;
}

/* Half of the vectors start where the one before ends. */
static void make_bio(void)
{
	struct bio *bio = new_bio();
	unsigned int end = SECTORS, start, vecs;

	for (vecs = 1 + below(VECS); vecs; vecs--) {
		start = end == SECTORS || below(2) ? below(SECTORS) : end;
		end = add_vec(bio, start, 1 + below(SECTORS - start));
	}
}

/* Bios that follow each other from the start of a page on */
static void make_bios(void)
{
	unsigned int end = below(1 << (ORDER - 1)) * PAGE_SECTORS;

	while (world.nr_bios < BIOS && end < SECTORS)
		end = add_vec(new_bio(), end, 1 + below(SECTORS - end));
}

static void start_round(void)
{
	world.nr_bios = 0;
	world.one_in = 1 + below(64);
}

/* Returns the segment in which @bio ends, NULL if its bytes are not in order. */
static struct scatterlist *bytes_end(struct bio *bio, struct scatterlist *sg,
				     unsigned int *done)
{
	struct bvec_iter iter = bio->bi_iter;
	struct bio_vec bv;

	for (; iter.bi_size; *done += SECTOR_SIZE) {
		if (*done == sg->length) {
			sg = sg_next(sg);
			*done = 0;
		}
		bv = bio_iter_iovec(bio, iter);
		if (!sg || bvec_phys(&bv) != sg_phys(sg) + *done)
			return NULL;
		bio_advance_iter(bio, &iter, SECTOR_SIZE);
	}
	return sg;
}

static void check_segments(struct kunit *test, unsigned int nr)
{
	unsigned long gaps = queue_virt_boundary(world.q);
	struct scatterlist *sg = world.sg;
	unsigned int i, done = 0;

	for (i = 0; sg && i < world.nr_bios; i++)
		sg = bytes_end(world.bios[i], sg, &done);
	KUNIT_EXPECT_PTR_EQ(test, sg, world.sg + nr - 1);
	KUNIT_EXPECT_EQ(test, done, world.sg[nr - 1].length);

	for (sg = world.sg; nr--; sg++) {
		KUNIT_EXPECT_EQ(test, sg->length,
				slow_run(sg_phys(sg), sg->length));
		if (sg != world.sg)
			KUNIT_EXPECT_EQ(test, sg_phys(sg) & gaps, 0);
		if (nr)
			KUNIT_EXPECT_EQ(test, (sg_phys(sg) + sg->length) & gaps, 0);
	}
}

static struct request *new_request(struct kunit *test)
{
	struct request *rq = blk_mq_alloc_request(world.q, REQ_OP_DRV_OUT, 0);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, rq);
	sg_init_table(world.sg, ALL_SEGMENTS);
	return rq;
}

static unsigned int map_bios(struct kunit *test)
{
	struct request *rq = new_request(test);
	unsigned int i, nr;

	for (i = 0; i < world.nr_bios; i++)
		KUNIT_EXPECT_EQ(test, 0, blk_rq_append_bio(rq, world.bios[i]));
	nr = blk_rq_map_sg(rq, world.sg);
	KUNIT_EXPECT_GT(test, nr, 0);
	KUNIT_EXPECT_LE(test, nr, blk_rq_nr_phys_segments(rq));
	if (nr)
		check_segments(test, nr);
	rq->bio = NULL;
	blk_mq_free_request(rq);
	return nr;
}

static void new_queue(struct kunit *test, unsigned long virt_boundary,
		      unsigned int max_segment_size)
{
	struct queue_limits lim = {
		.max_segments = ALL_SEGMENTS,
		.max_segment_size = max_segment_size,
		.max_hw_sectors = BIOS * VECS * SECTORS,
		.virt_boundary_mask = virt_boundary,
		.features = BLK_FEAT_BUS_SEGMENTS,
	};

	world.q = blk_mq_alloc_queue(&world.set, &lim, NULL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, world.q);
}

static void map_many(struct kunit *test)
{
	int i;

	for (i = 0; i < ROUNDS; i++) {
		start_round();
		make_bio();
		map_bios(test);
	}
	KUNIT_EXPECT_GT(test, world.asked, 0);
}

static void map_test(struct kunit *test)
{
	new_queue(test, 0, UINT_MAX);
	map_many(test);
}

static void small_segments_test(struct kunit *test)
{
	new_queue(test, 0, 3 * PAGE_SIZE);
	map_many(test);
}

/* What ends within a page goes on in the next bio, without a gap. */
static void gap_test(struct kunit *test)
{
	int i;

	new_queue(test, PAGE_SIZE - 1, UINT_MAX);
	for (i = 0; i < ROUNDS; i++) {
		start_round();
		make_bios();
		map_bios(test);
	}
}

/* What is submitted first has no more segments than are allowed. */
static void split_test(struct kunit *test)
{
	struct queue_limits lim;
	unsigned int segs;
	int i, sectors;

	new_queue(test, 0, UINT_MAX);
	lim = world.q->limits;
	lim.max_segments = SOME_SEGMENTS;
	for (i = 0; i < ROUNDS; i++) {
		start_round();
		make_bio();
		sectors = bio_split_io_at(world.bios[0], &lim, &segs, UINT_MAX,
					  SECTOR_SIZE - 1);
		KUNIT_EXPECT_GE(test, sectors, 0);
		KUNIT_EXPECT_LE(test, segs, SOME_SEGMENTS);
		if (sectors > 0)
			world.bios[0]->bi_iter.bi_size = sectors << SECTOR_SHIFT;
		KUNIT_EXPECT_LE(test, map_bios(test), segs);
	}
}

/* Nobody asks for the bus of a queue without the feature. */
static void without_feature_test(struct kunit *test)
{
	struct queue_limits lim;
	unsigned int segs;

	new_queue(test, 0, UINT_MAX);
	lim = world.q->limits;
	lim.features &= ~BLK_FEAT_BUS_SEGMENTS;
	start_round();
	make_bio();
	world.asked = 0;
	KUNIT_EXPECT_EQ(test, 0, bio_split_io_at(world.bios[0], &lim, &segs,
						 UINT_MAX, SECTOR_SIZE - 1));
	KUNIT_EXPECT_EQ(test, segs, world.bios[0]->bi_vcnt);
	KUNIT_EXPECT_EQ(test, world.asked, 0);
}

/* Maps all pages, none of which follows the one before, as @rq has them. */
static unsigned int map_scattered(struct request *rq)
{
	unsigned int nr;

	world.one_in = 1;
	world.asked = 0;
	nr = blk_rq_map_sg(rq, world.sg);
	rq->bio = NULL;
	rq->rq_flags &= ~RQF_SPECIAL_PAYLOAD;
	blk_mq_free_request(rq);
	return nr;
}

static void map_without_feature_test(struct kunit *test)
{
	struct request *rq;

	new_queue(test, 0, 3 * PAGE_SIZE);
	world.q->limits.features &= ~BLK_FEAT_BUS_SEGMENTS;
	add_vec(new_bio(), 0, SECTORS);
	rq = new_request(test);
	KUNIT_EXPECT_EQ(test, 0, blk_rq_append_bio(rq, world.bios[0]));
	KUNIT_EXPECT_EQ(test, map_scattered(rq), DIV_ROUND_UP(1 << ORDER, 3));
	KUNIT_EXPECT_EQ(test, world.asked, 0);
}

/* Drivers count one segment for it, whatever its size is. */
static void special_payload_test(struct kunit *test)
{
	struct request *rq;

	new_queue(test, 0, UINT_MAX);
	rq = new_request(test);
	bvec_set_page(&rq->special_vec, world.pages, SZ_64K, 0);
	rq->rq_flags |= RQF_SPECIAL_PAYLOAD;
	KUNIT_EXPECT_EQ(test, blk_rq_nr_phys_segments(rq), 1);
	KUNIT_EXPECT_EQ(test, map_scattered(rq), 1);
}

static int start_test(struct kunit *test)
{
	int i;

	if (!dma_bus_scattered())
		kunit_skip(test, "the bus is not scattered: for a Xen PV domain");

	memset(&world, 0, sizeof(world));
	prandom_seed_state(&world.rnd, 0x5e65);
	world.pages = alloc_pages(GFP_KERNEL, ORDER);
	world.sg = kvcalloc(ALL_SEGMENTS, sizeof(*world.sg), GFP_KERNEL);
	if (!world.pages || !world.sg)
		return -ENOMEM;
	for (i = 0; i < BIOS; i++) {
		world.bios[i] = bio_kmalloc(VECS, GFP_KERNEL);
		if (!world.bios[i])
			return -ENOMEM;
	}
	if (blk_mq_alloc_sq_tag_set(&world.set, &ops, 2, 0))
		return -ENOMEM;
	kunit_activate_static_stub(test, arch_dma_bus_run, slow_run);
	kunit_activate_static_stub(test, arch_dma_bus_from_range, slow_range);
	return 0;
}

static void end_test(struct kunit *test)
{
	int i;

	if (!IS_ERR_OR_NULL(world.q)) {
		blk_mq_destroy_queue(world.q);
		blk_put_queue(world.q);
	}
	if (world.set.tags)
		blk_mq_free_tag_set(&world.set);
	for (i = 0; i < BIOS; i++)
		kfree(world.bios[i]);
	kvfree(world.sg);
	if (world.pages)
		__free_pages(world.pages, ORDER);
	memset(&world, 0, sizeof(world));
}

static struct kunit_case cases[] = {
	KUNIT_CASE(map_test),
	KUNIT_CASE(small_segments_test),
	KUNIT_CASE(gap_test),
	KUNIT_CASE(split_test),
	KUNIT_CASE(without_feature_test),
	KUNIT_CASE(map_without_feature_test),
	KUNIT_CASE(special_payload_test),
	{}
};

static struct kunit_suite suite = {
	.name = "blk_bus_segments",
	.init = start_test,
	.exit = end_test,
	.test_cases = cases,
};

kunit_test_suite(suite);

MODULE_DESCRIPTION("KUnit test of segments over a scattered bus");
MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_LICENSE("GPL");
