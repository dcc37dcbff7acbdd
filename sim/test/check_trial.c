/*
 * check_trial.c - guests tried on live hosts: the vectors of facts/xen.md 1.9
 * and G6 through the tools' text, what recorded hosts did, lines that make it
 * so, failures that leave no trace, and the cost on paper.
 */
#include "base/units.h"
#include "place/libxl_log.h"
#include "run/host_state_parts.h"
#include "run/lab_record.h"
#include "run/trial.h"
#include "run/trial_cfg.h"
#include "run/trial_cost.h"
#include "test/host_sample.h"

#include <math.h>

static struct xlcfg *guest_of(const struct host_state *s, const char *text)
{
	struct xlcfg_host host = trial_xlcfg_host(s);
	struct err err = {{0}};
	struct xlcfg *cfg = xlcfg_parse(arena, "guest.cfg", text, &err);

	ck_assert_msg(cfg != NULL, "%s", err.text);
	ck_assert_msg(xlcfg_bind(cfg, &host, arena, &err) == 0, "%s", err.text);
	return cfg;
}

static struct trial try(struct trial_bed *bed, const struct xlcfg *cfg,
			const char *heuristic)
{
	struct trial trial;
	struct err err = {{0}};

	ck_assert_msg(trial_run(bed, cfg, place_find(heuristic), 77, &trial,
				&err) == 0, "%s", err.text);
	heap_check(bed->heap);
	host_state_check(bed->state);
	for (uint32_t n = 0; n < bed->state->node_count; n++)
		ck_assert_uint_eq(bed->state->node[n].free_pages,
				  heap_node_free_pages(bed->heap, n));
	return trial;
}

/* --- facts/xen.md 1.9 ------------------------------------------------------------------ */

/*
 * CPUs per node, free KiB and vCPUs of each node; what is asked; the answer. The
 * search sees the host once the domain is there: its 1 + 4 pages come from node
 * 0, so that the tie (the third) has 20 KiB more there.
 */
static const struct vector {
	uint32_t nodes, cpus;
	uint64_t free_kib[4];
	uint32_t vcpus_on[4];
	uint64_t need_mib;
	uint32_t vcpus;
	nodeset answer; /* 0: not found */
} vectors[] = {
	{2, 8, {20 << 20, 30 << 20}, {12, 12}, 4096, 4, 2},
	{2, 8, {20 << 20, 30 << 20}, {12, 16}, 4096, 4, 1},
	{2, 8, {(20 << 20) + 20, 20 << 20}, {12, 12}, 4096, 4, 1},
	{2, 8, {6 << 20, 5 << 20}, {0, 0}, 10240, 4, 3},
	{2, 8, {60 << 20, 60 << 20}, {0, 0}, 10240, 12, 3},
	{2, 8, {60 << 20, 60 << 20}, {0, 0}, 10240, 20, 0},
	{4, 4, {10 << 20, 12 << 20, 8 << 20, 12 << 20}, {4, 4, 4, 4}, 18432, 6,
	 0xa},
	{2, 8, {UINT64_C(1024) << 20, (UINT64_C(4096) << 20) + 12}, {0, 0},
	 4096, 4, 1},
	{2, 8, {UINT64_C(100) << 20, UINT64_C(2500) << 20}, {5, 5}, 4096, 4, 1},
};

/* The vector's host; a domain a node holds the vCPUs that may run there. */
static struct host_state *vector_state(const struct vector *v)
{
	struct host_state *s = host_state_new(arena, "vector");
	struct err err = {{0}};
	uint64_t mfn = 0;

	s->xen_text = "4.17.7";
	s->node_count = v->nodes;
	s->cpu_count = v->nodes * v->cpus;
	s->distance = arena_alloc(arena, v->nodes * v->nodes);
	for (uint32_t n = 0; n < v->nodes; n++) {
		uint64_t pages = v->free_kib[n] / 4;

		for (uint32_t m = 0; m < v->nodes; m++)
			s->distance[n * v->nodes + m] = n == m ? 10 : 20;
		s->node[n].online = true;
		s->node[n].start_mfn = mfn;
		s->node[n].span_pages = pages + PAGES_PER_GIB;
		s->node[n].free_pages = pages;
		mfn += pages + PAGES_PER_GIB;
		s->total_pages += pages + PAGES_PER_GIB;
	}
	for (uint32_t c = 0; c < s->cpu_count; c++)
		s->cpu[c] = (struct host_state_cpu){
			(uint16_t)(c / v->cpus), (uint16_t)(c / v->cpus),
			(uint16_t)(c % v->cpus)};
	ck_assert_int_eq(host_state_complete(arena, s, &err), 0);
	for (uint32_t n = 0; n < v->nodes; n++) {
		struct host_state_vcpu *vcpu =
			arena_array(arena, v->vcpus_on[n], sizeof(*vcpu));
		struct host_state_domain d = {
			.domid = n,
			.name = n ? "other" : "Domain-0",
			.vcpu = vcpu,
			.vcpu_count = v->vcpus_on[n],
			.node_affinity = nodeset_below(v->nodes),
			.node_affinity_auto = true,
		};

		for (uint32_t i = 0; i < v->vcpus_on[n]; i++) {
			vcpu[i].cpu = CPU_NONE;
			vcpu[i].hard = host_state_cpus_of(s, nodeset_of(n));
			vcpu[i].soft = cpuset_all();
		}
		host_state_add(arena, s, &d);
	}
	return s;
}

/* Through the text and back: as an operator would. */
static struct host_state *through_text(const struct host_state *s,
				       bool xen_417)
{
	struct host_text_style style = {.xen_417 = xen_417};

	host_text_write(s, folder, &style);
	return load();
}

/* A PV guest for which placement asks need_mib: memory + 1 MiB + 1 page for
 * each of its MiB + 256 pages for each vCPU, rounded up to 2 MiB. */
static const char *guest_needing(uint64_t need_mib, uint32_t vcpus)
{
	uint64_t memory = need_mib;
	char *text = arena_alloc(arena, 128);

	while (memory + 1 + memory / 256 + vcpus + 1 > need_mib)
		memory--;
	sprintf(text, "name=\"g\"\ntype=\"pv\"\nmemory=%llu\nvcpus=%u\n",
		(unsigned long long)memory, vcpus);
	return text;
}

START_TEST(test_vectors)
{
	const struct vector *v = &vectors[_i];
	struct host_state *s = through_text(vector_state(v), _i % 2);
	struct trial_bed bed;
	struct trial t;

	trial_bed_live(arena, s, &bed);
	t = try(&bed, guest_of(s, guest_needing(v->need_mib, v->vcpus)),
		"libxl");
	ck_assert(t.asked);
	ck_assert_uint_le(mib_from_pages(t.request.need_pages), v->need_mib);
	ck_assert_uint_ge(mib_from_pages(t.request.need_pages),
			  v->need_mib - 4);
	ck_assert_int_eq(t.placed, v->answer ? PLACE_OK : PLACE_NO_FIT);
	ck_assert_uint_eq(t.answer.nodes, v->answer);
	/* The new guest counts everywhere. */
	for (uint32_t n = 0; n < v->nodes; n++)
		ck_assert_uint_eq(t.view->node[n].vcpus,
				  v->vcpus_on[n] + v->vcpus);
	ck_assert_str_eq(t.why, "");
	/* Not found: automatic, all nodes. */
	ck_assert_uint_eq(t.node_affinity,
			  v->answer ? v->answer : nodeset_below(v->nodes));
	ck_assert_uint_eq(bed.state->domain_count, v->nodes + 1);
}
END_TEST

static void count_candidate(void *arg, const struct libxl_candidate *c)
{
	uint32_t *count = arg;

	(void)c;
	(*count)++;
}

/* The third vector is a tie: the second set is no new best. In the first it is:
 * more free memory. */
START_TEST(test_equals_are_not_logged)
{
	static const uint32_t lines[] = {2, 1, 1};
	struct libxl_query query;
	struct trial_bed bed;
	struct trial t;

	for (uint32_t i = 0; i < 3; i++) {
		struct host_state *s = vector_state(&vectors[i]);
		uint32_t count = 0;

		trial_bed_live(arena, s, &bed);
		t = try(&bed, guest_of(s, guest_needing(4096, 4)), "libxl");
		libxl_query_init(&query, &t.view->view, &t.request);
		libxl_log(&query, count_candidate, &count);
		ck_assert_uint_eq(count, lines[i]);
	}
}
END_TEST

/* --- G6 --------------------------------------------------------------------------------- */

/* Two nodes, node 0 less loaded. */
static const struct vector two_nodes = {
	2, 8, {40 << 20, 40 << 20}, {2, 10}, 0, 0, 0};

START_TEST(test_g6_string_of_cpus_does_not_hold_memory)
{
	struct host_state *s = through_text(vector_state(&two_nodes), true);
	struct trial_bed bed;
	struct trial t;
	cpuset node1 = host_state_cpus_of(s, 2), node0 = host_state_cpus_of(s, 1);

	trial_bed_live(arena, s, &bed);
	t = try(&bed, guest_of(s, "name=\"g\"\ntype=\"pv\"\nmemory=1024\n"
				  "vcpus=2\ncpus=\"nodes:1\"\n"), "libxl");
	ck_assert(t.asked);
	ck_assert_uint_eq(t.answer.nodes, 1);
	ck_assert_uint_eq(t.node_affinity, 1);
	ck_assert(cpuset_equal(&t.vcpu[0].hard, &node1));
	ck_assert(cpuset_equal(&t.vcpu[0].soft, &node0));
	ck_assert_uint_eq(t.pages_on[0], PAGES_PER_GIB);
	ck_assert_uint_eq(t.pages_on[1], 0);
	/* 512 extents of 2 MiB */
	ck_assert_uint_eq(t.extents_on[0][9], 512);
}
END_TEST

START_TEST(test_g6_list_of_cpus_switches_placement_off)
{
	struct host_state *s = through_text(vector_state(&two_nodes), false);
	struct trial_bed bed;
	struct trial t;

	trial_bed_live(arena, s, &bed);
	t = try(&bed, guest_of(s, "name=\"g\"\ntype=\"pv\"\nmemory=1024\n"
				  "vcpus=2\ncpus=[\"nodes:1\",\"nodes:1\"]\n"),
		"libxl");
	ck_assert(!t.asked);
	ck_assert_uint_eq(t.node_affinity, 2);
	ck_assert_uint_eq(t.pages_on[0], 0);
	ck_assert_uint_eq(t.pages_on[1], PAGES_PER_GIB);
	/* And it counts on node 1 alone from now on. */
	t = try(&bed, guest_of(s, "name=\"h\"\ntype=\"pv\"\nmemory=64\n"
				  "vcpus=1\n"), "libxl");
	ck_assert_uint_eq(t.view->node[0].vcpus, 2 + 1);
	ck_assert_uint_eq(t.view->node[1].vcpus, 10 + 2 + 1);
}
END_TEST

/* --- recorded hosts ---------------------------------------------------------------------- */

struct log {
	const struct lab_create *create;
	uint32_t at, free_equal;
	bool same;
};

static void compare(void *arg, const struct libxl_candidate *c)
{
	struct log *log = arg;
	const struct lab_candidate *want = log->create->candidate + log->at;

	if (log->at++ >= log->create->candidate_count) {
		log->same = false;
		return;
	}
	log->same &= want->nr_nodes == c->node_count &&
		     want->nr_cpus == c->cpus && want->nr_vcpus == c->vcpus;
	log->free_equal += want->free_mib == libxl_log_free(c);
}

/* The guest of a create that was made, as it is afterwards. */
static const struct host_state_domain *made(const struct lab_step *step)
{
	const struct host_state *s = step->after;

	return &s->domain[s->domain_count - 1];
}

struct tally {
	uint32_t placed, agree, lists, frees, near;
};

/* One creation that libxl placed, on the host as it was before. */
static void replay(const struct host_state *before, const struct lab_step *step,
		   struct tally *tally)
{
	const struct lab_create *create = &step->create[0];
	const struct host_state_domain *d = made(step);
	struct xlcfg *cfg = guest_of(before, create->config);
	struct libxl_query query;
	struct log log = {create, 0, 0, true};
	struct trial_bed bed;
	uint64_t off = 0;
	struct trial t;

	if (!cfg->numa_placement)
		return;
	trial_bed_live(arena, before, &bed);
	t = try(&bed, cfg, "libxl");
	tally->placed++;
	tally->agree += t.node_affinity == d->node_affinity &&
			(t.placed == PLACE_OK) == create->selected_given;
	libxl_query_init(&query, &t.view->view, &t.request);
	libxl_log(&query, compare, &log);
	tally->lists += log.same && log.at == create->candidate_count;
	tally->frees += log.free_equal == log.at;
	/* Where its pages landed: blocks are a guess, so only near. */
	for (uint32_t n = 0; n < before->node_count; n++)
		off += t.pages_on[n] > d->pages_on[n]
			       ? t.pages_on[n] - d->pages_on[n]
			       : 0;
	tally->near += off * 20 <= d->total_pages;
}

static const struct {
	uint32_t placed; /* creations in the file that libxl looked at */
	uint32_t frees;  /* of those, all candidates' free MiB as logged: Xen
	                    takes a few more pages for a domain than modelled,
	                    which may cross a MiB */
	uint32_t near;   /* and pages within 5 % of where they went */
} expected[RECORDINGS] = {
	{68, 66, 64}, {41, 40, 41}, {42, 40, 40}, {5, 5, 5}, {2, 2, 2},
};

START_TEST(test_recorded_placements)
{
	const char *path = recording(_i);
	struct arena *mine = arena, *kept = arena_create();
	const struct host_state *before = NULL;
	struct tally tally = {0};
	struct lab_file *file;
	struct lab_step *step;
	struct err err = {{0}};
	int rc;

	if (!path)
		return;
	file = lab_open(path, &err);
	ck_assert_ptr_nonnull(file);
	for (;;) {
		struct arena *own = arena_create();

		rc = lab_next(file, own, &step, &err);
		if (rc != 1) {
			arena_destroy(own);
			break;
		}
		arena = own; /* what replay() makes */
		if (step->action == LAB_CREATE && step->create[0].rc == 0)
			replay(before, step, &tally);
		arena_destroy(kept);
		kept = own;
		before = step->after;
	}
	arena_destroy(kept);
	arena = mine;
	lab_close(file);
	ck_assert_msg(rc == 0, "%s", err.text);
	ck_assert_uint_eq(tally.agree, tally.placed);
	ck_assert_uint_eq(tally.lists, tally.placed);
	ck_assert_uint_eq(tally.placed, expected[_i].placed);
	ck_assert_uint_ge(tally.frees, expected[_i].frees);
	ck_assert_uint_ge(tally.near, expected[_i].near);
}
END_TEST

/* --- lines that make it so --------------------------------------------------------------- */

static const char *const shapes[] = {
	"type=\"pv\"\nmemory=1500\nvcpus=3\n",
	"type=\"pvh\"\nmemory=3000\nvcpus=2\n",
	"type=\"hvm\"\nmemory=20000\nvcpus=4\n",
	"type=\"pv\"\nmemory=45000\nvcpus=9\n",
	"type=\"pv\"\nmemory=1500\nvcpus=3\ncpus=\"nodes:0-1\"\n",
	("type=\"hvm\"\nvcpus=4\nvnuma="
	 "[[\"size=2048\",\"vcpus=0-1\",\"vdistances=10,20\"],"
	 "[\"size=2048\",\"vcpus=2-3\",\"vdistances=20,10\"]]\n"),
};

/* The file with the heuristic's lines, in the hands of plain xl. */
static void make_it_so(const struct host_state *s, const char *shape,
		       const struct place_ops *ops, uint32_t *said)
{
	char *text = arena_alloc(arena, 8192);
	struct trial_bed bed, again;
	struct trial_cfg cfg;
	struct trial t, u;
	size_t used;

	used = (size_t)sprintf(text, "name=\"g\"\n%s", shape);
	trial_bed_live(arena, s, &bed);
	t = try(&bed, guest_of(s, text), ops->name);
	ck_assert_msg(!t.why[0], "%s: %s", ops->name, t.why);
	trial_cfg(arena, s, &t, &cfg);
	for (uint32_t i = 0; i < cfg.line_count; i++)
		used += (size_t)sprintf(text + used, "%s\n", cfg.line[i]);
	trial_bed_live(arena, s, &again);
	u = try(&again, guest_of(s, text), "libxl");
	ck_assert_msg(!u.why[0], "%s: %s", ops->name, u.why);
	ck_assert(cfg.line_count == 0 || !u.asked);
	if (cfg.remark[0] && t.placed == PLACE_OK && !t.vnode_count)
		return;
	(*said)++;
	for (uint32_t n = 0; n < s->node_count; n++) {
		uint64_t a = t.pages_on[n], b = u.pages_on[n];

		/* Of vnodes all but the pages of none. */
		ck_assert_msg(a == b || (t.vnode_count && a + 4096 > b &&
					 b + 4096 > a),
			      "%s, node %u: %llu, with its lines %llu",
			      ops->name, n, (unsigned long long)a,
			      (unsigned long long)b);
	}
	for (uint32_t v = 0; v < t.vcpu_count; v++)
		ck_assert(t.vnode_count || t.placed != PLACE_OK ||
			  t.answer.affinity == PLACE_FREE ||
			  (cpuset_equal(&t.vcpu[v].hard, &u.vcpu[v].hard) &&
			   cpuset_equal(&t.vcpu[v].soft, &u.vcpu[v].soft)));
}

START_TEST(test_lines_make_it_so)
{
	static const struct vector four = {
		4, 4, {30 << 20, 25 << 20, 28 << 20, 30 << 20}, {2, 4, 3, 1}, 0,
		0, 0};
	struct host_state *s = vector_state(&four);
	uint32_t said = 0;

	for (uint32_t h = 0; h < place_count(); h++)
		make_it_so(s, shapes[_i], place_at(h), &said);
	/* Only what has memory elsewhere than vCPUs cannot be said: baselines,
	 * and libxl itself where cpus= keeps vCPUs off the nodes it picks. */
	ck_assert_uint_ge(said, place_count() - 4);
}
END_TEST

START_TEST(test_lines_by_hand)
{
	struct host_state *s = vector_state(&two_nodes);
	struct trial_bed bed;
	struct trial_cfg cfg;
	struct trial t;

	trial_bed_live(arena, s, &bed);
	t = try(&bed, guest_of(s, "name=\"g\"\nmemory=512\ntype=\"pv\"\n"
				  "vcpus=2\n"), "libxl");
	trial_cfg(arena, s, &t, &cfg);
	ck_assert_uint_eq(cfg.line_count, 1);
	ck_assert_str_eq(cfg.line[0], "cpus_soft = \"node:0\"");
	ck_assert_str_eq(cfg.remark, "");
	t = try(&bed, guest_of(s, "name=\"g\"\nmemory=512\ntype=\"pv\"\n"
				  "vcpus=2\n"), "best");
	trial_cfg(arena, s, &t, &cfg);
	ck_assert_str_eq(cfg.line[0], "cpus = [ \"node:0\", \"node:0\" ]");
	t = try(&bed, guest_of(s, "name=\"g\"\nmemory=512\ntype=\"pv\"\n"
				  "vcpus=2\n"), "stripe");
	trial_cfg(arena, s, &t, &cfg);
	ck_assert_str_eq(cfg.line[0], "cpus_soft = \"all\"");
	t = try(&bed, guest_of(s, "name=\"g\"\nmemory=512\ntype=\"pv\"\n"
				  "vcpus=2\n"), "worst");
	trial_cfg(arena, s, &t, &cfg);
	ck_assert_ptr_nonnull(strstr(cfg.remark, "cannot say"));
	ck_assert_str_eq(trial_nodes(arena, 0xd), "0,2-3");
	ck_assert_str_eq(trial_nodes(arena, 0), "none");
}
END_TEST

/* --- guests that do not fit -------------------------------------------------------------- */

static const struct {
	const char *guest, *why;
} misfits[] = {
	{"type=\"pv\"\nmemory=90000\nvcpus=1\n",
	 "does not fit: 90000.0 MiB wanted, "},
	{"type=\"hvm\"\nvnuma=[[\"pnode=1\",\"size=60000\",\"vcpus=0\"]]\n",
	 "does not fit: node 1, where a vnode must be, is full"},
	{"type=\"pv\"\nvnuma=[[\"pnode=1\",\"size=512\",\"vcpus=0\"]]\n",
	 "PV vNUMA is not yet supported"},
	{"type=\"hvm\"\nmemory=512\nvcpus=1\ncpus=[\"nodes:1\"]\n"
	 "pool=\"small\"\n", "hard affinity of vCPU 0 has no CPU of pool small"},
};

/* A failed guest leaves no trace: neither on the host nor in its memory. */
START_TEST(test_misfits_leave_no_trace)
{
	struct host_state *s = vector_state(&two_nodes);
	char *text = arena_alloc(arena, 1024);
	struct trial_bed bed;
	uint64_t free_pages[2];
	struct trial t;

	s->pool = arena_array(arena, 2, sizeof(*s->pool));
	s->pool[0] = (struct host_state_pool){"Pool-0", host_state_cpus(s)};
	s->pool[1] = (struct host_state_pool){
		"small", host_state_cpus_of(s, nodeset_of(0))};
	s->pool_count = 2;
	trial_bed_live(arena, s, &bed);
	for (uint32_t n = 0; n < 2; n++)
		free_pages[n] = heap_node_free_pages(bed.heap, n);
	sprintf(text, "name=\"g\"\n%s", misfits[_i].guest);
	t = try(&bed, guest_of(s, text), "libxl");
	ck_assert_says(t.why, misfits[_i].why);
	ck_assert_uint_eq(bed.state->domain_count, 2);
	for (uint32_t n = 0; n < 2; n++) {
		ck_assert_uint_eq(heap_node_free_pages(bed.heap, n),
				  free_pages[n]);
		ck_assert_uint_eq(heap_node_dirty_pages(bed.heap, n), 0);
	}
	ck_assert_uint_eq(heap_claimed_pages(bed.heap), 0);
}
END_TEST

START_TEST(test_pool_that_is_not_there)
{
	struct host_state *s = vector_state(&two_nodes);
	struct trial_bed bed;
	struct trial t;
	struct err err = {{0}};

	trial_bed_live(arena, s, &bed);
	ck_assert_int_eq(
		trial_run(&bed, guest_of(s, "name=\"g\"\ntype=\"pv\"\n"
					    "memory=64\npool=\"Pool-1\"\n"),
			  place_find("libxl"), 1, &t, &err), -1);
	ck_assert_says(err.text, "guest.cfg: pool: no 'Pool-1'|Pool-0");
}
END_TEST

/* memory 512 MiB of maxmem 1024, no video memory: 512 MiB less the VGA hole
 * wait in the cache, in 2 MiB blocks but for the last 480 pages. */
START_TEST(test_populate_on_demand)
{
	struct host_state *s = vector_state(&two_nodes);
	struct trial_bed bed;
	struct trial t;

	trial_bed_live(arena, s, &bed);
	t = try(&bed, guest_of(s, "name=\"g\"\ntype=\"hvm\"\nvga=\"none\"\n"
				  "memory=512\nmaxmem=1024\nvcpus=1\n"),
		"libxl");
	ck_assert_str_eq(t.why, "");
	ck_assert_uint_eq(t.pod_pages, 512 * 256 - 0x20);
	ck_assert_uint_eq(t.extents_on[0][9], 255);
	/* 480 of the cache and 16 special pages */
	ck_assert_uint_eq(t.extents_on[0][0], 480 + 16);
	ck_assert_uint_eq(t.total_pages, 512 * 256 - 0x20 + 16);
}
END_TEST

/* memory= above the sum of the vnodes: claimed, but never taken (facts 2.1). */
START_TEST(test_claim_is_given_back)
{
	struct host_state *s = vector_state(&two_nodes);
	struct trial_bed bed;
	struct trial t;

	trial_bed_live(arena, s, &bed);
	t = try(&bed, guest_of(s, "name=\"g\"\ntype=\"hvm\"\nvga=\"none\"\n"
				  "memory=700\nvcpus=1\nvnuma=[[\"pnode=1\","
				  "\"size=512\",\"vcpus=0\"]]\n"), "libxl");
	ck_assert_str_eq(t.why, "");
	ck_assert_uint_eq(t.total_pages, 512 * 256 - 0x20 + 16);
	ck_assert_uint_eq(heap_claimed_pages(bed.heap), 0);
}
END_TEST

/* --- cost -------------------------------------------------------------------------------- */

/*
 * Two nodes at distance 20. Memory: 3/4 on node 0, 1/4 on node 1. One vCPU of
 * two prefers node 0; the other may run on all 16 CPUs.
 *
 *   vCPU 0   remote 1/4             distance 3/4 + 1/4 * 2 = 1.25
 *   vCPU 1   half on each node:     remote (1/4 + 3/4) / 2 = 1/2
 *                                   distance (1.25 + 1.75) / 2 = 1.5
 *
 * Latency follows the distances in a profile that is made of a state. A workload
 * of compute c and m misses at mlp 1 has t = c + m * L * latency, with L the
 * local one, where it does not reach the caps of core or controller.
 */
START_TEST(test_cost_on_paper)
{
	static const struct workload_op op = {
		.name = "op", .compute_ns = 5000, .misses = 10, .mlp = 1,
		.score = 1};
	static const struct workload_step step = {.kind = WORKLOAD_RUN_OPS};
	struct workload_step steps[1] = {step};
	struct workload_phase phase = {.name = "p", .step_count = 1,
				       .step = steps};
	struct workload w = {.name = "w", .op_count = 1, .op = &op,
			     .phase_count = 1, .phase = &phase};
	struct host_state *s = vector_state(&two_nodes);
	struct host *host = host_state_profile(arena, s);
	struct trial_speed *speed = arena_alloc(arena, sizeof(*speed));
	struct trial_bed bed;
	struct trial_cost cost;
	struct err err = {{0}};
	struct trial t;
	double local = host_latency_ns(host, 0, 0);

	steps[0].amount = dist_constant(100);
	trial_bed_live(arena, s, &bed);
	t = try(&bed, guest_of(s, "name=\"g\"\ntype=\"pv\"\nmemory=512\n"
				  "vcpus=2\n"), "stripe");
	struct host_state_vcpu vcpu[2] = {t.vcpu[0], t.vcpu[1]};

	vcpu[0].soft = host_state_cpus_of(s, nodeset_of(0));
	t.vcpu = vcpu;
	t.pages_on[0] = 3 * t.total_pages / 4;
	t.pages_on[1] = t.total_pages / 4;

	ck_assert_int_eq(trial_speed_init(arena, host, s, NULL, speed, &err), 0);
	trial_cost(speed, &t, &cost);
	ck_assert_double_eq_tol(cost.remote, (0.25 + 0.5) / 2, 1e-12);
	ck_assert_double_eq_tol(cost.distance, (1.25 + 1.5) / 2, 1e-12);
	ck_assert_double_eq_tol(cost.latency, (1.25 + 1.5) / 2, 1e-12);
	ck_assert(isnan(cost.slowdown));

	ck_assert_int_eq(trial_speed_init(arena, host, s, &w, speed, &err), 0);
	trial_cost(speed, &t, &cost);
	ck_assert_double_eq_tol(cost.latency, (1.25 + 1.5) / 2, 1e-12);
	/* The queues are all but empty: a thousandth of the latency at most. */
	ck_assert_double_eq_tol(
		cost.slowdown,
		(5000 + 10 * local * cost.latency) / (5000 + 10 * local), 2e-3);

	/* Hard affinity to node 1 alone: soft on node 0 is without effect. */
	vcpu[0].hard = host_state_cpus_of(s, nodeset_of(1));
	vcpu[1] = vcpu[0];
	trial_cost(speed, &t, &cost);
	ck_assert_double_eq_tol(cost.remote, 0.75, 1e-12);
	ck_assert_double_eq_tol(cost.distance, 1.75, 1e-12);
}
END_TEST

/* Two vnodes, each on its node with its vCPU: a program that only touches its
 * own vnode is local; one that does not look touches half remotely. */
START_TEST(test_cost_of_vnodes)
{
	struct workload_op op = {.name = "op", .compute_ns = 5000, .misses = 10,
				 .mlp = 1, .own_vnode_share = 1, .score = 1};
	struct workload_step step = {.kind = WORKLOAD_RUN_OPS};
	struct workload_phase phase = {.name = "p", .step_count = 1,
				       .step = &step};
	struct workload w = {.name = "w", .op_count = 1, .op = &op,
			     .phase_count = 1, .phase = &phase};
	struct host_state *s = vector_state(&two_nodes);
	struct host *host = host_state_profile(arena, s);
	struct trial_speed *speed = arena_alloc(arena, sizeof(*speed));
	struct trial_bed bed;
	struct trial_cost cost;
	struct err err = {{0}};
	struct trial t;

	step.amount = dist_constant(100);
	trial_bed_live(arena, s, &bed);
	t = try(&bed, guest_of(s, "name=\"g\"\ntype=\"hvm\"\nvga=\"none\"\n"
				  "vcpus=2\nvnuma=[[\"pnode=0\",\"size=1024\","
				  "\"vcpus=0\"],[\"pnode=1\",\"size=1024\","
				  "\"vcpus=1\"]]\n"), "libxl");
	ck_assert_str_eq(t.why, "");
	ck_assert_int_eq(trial_speed_init(arena, host, s, &w, speed, &err), 0);
	trial_cost(speed, &t, &cost);
	/* 160 pages of vnode 0 go round both nodes (facts 2.5). */
	ck_assert_double_eq_tol(cost.remote, 80.0 / (1024 * 256) / 2, 1e-6);
	op.own_vnode_share = 0;
	ck_assert_int_eq(trial_speed_init(arena, host, s, &w, speed, &err), 0);
	trial_cost(speed, &t, &cost);
	ck_assert_double_eq_tol(cost.remote, 0.5, 1e-3);
}
END_TEST

Suite *suite_make(void)
{
	Suite *suite = suite_create("trial");
	TCase *tc = tcase_create("placement");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 300);
	tcase_add_loop_test(tc, test_vectors, 0, COUNT(vectors));
	tcase_add_test(tc, test_equals_are_not_logged);
	tcase_add_test(tc, test_g6_string_of_cpus_does_not_hold_memory);
	tcase_add_test(tc, test_g6_list_of_cpus_switches_placement_off);
	tcase_add_loop_test(tc, test_recorded_placements, 0, RECORDINGS);
	suite_add_tcase(suite, tc);

	tc = tcase_create("memory and cost");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 300);
	tcase_add_loop_test(tc, test_lines_make_it_so, 0, COUNT(shapes));
	tcase_add_test(tc, test_lines_by_hand);
	tcase_add_loop_test(tc, test_misfits_leave_no_trace, 0, COUNT(misfits));
	tcase_add_test(tc, test_pool_that_is_not_there);
	tcase_add_test(tc, test_populate_on_demand);
	tcase_add_test(tc, test_claim_is_given_back);
	tcase_add_test(tc, test_cost_on_paper);
	tcase_add_test(tc, test_cost_of_vnodes);
	suite_add_tcase(suite, tc);
	return suite;
}
