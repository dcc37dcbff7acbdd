/*
 * check_count.c - the vCPU count by masks, beside libxl's loop over CPUs.
 */
#include "place/count.h"
#include "test/random_view.h"
#include "test/test.h"

#include <string.h>

enum { DOMAINS = 12, RUNS = 3, CASES = 200 };

struct world {
	uint32_t cpu_count;
	uint16_t cpu_to_node[CPU_MAX];
	cpuset suitable;
	cpuset pool[DOMAINS];
	struct count_run run[DOMAINS][RUNS];
	struct count_domain domain[DOMAINS];
};

static cpuset random_cpus_of(uint64_t *state, uint32_t width)
{
	cpuset s = {{0}};
	uint64_t keep = draw(state, 0, 3);

	if (keep == 3)
		return cpuset_all();
	for (uint32_t c = 0; c < width; c++)
		if (draw(state, 0, 3) <= keep)
			cpuset_add(&s, c);
	return s;
}

static void random_world(struct world *w, uint64_t *state)
{
	uint32_t nodes = (uint32_t)draw(state, 1, 64);

	memset(w, 0, sizeof(*w));
	w->cpu_count = (uint32_t)draw(state, 0, CPU_MAX);
	for (uint32_t c = 0; c < w->cpu_count; c++)
		w->cpu_to_node[c] = draw(state, 0, 9)
					    ? (uint16_t)draw(state, 0, nodes - 1)
					    : NODE_NONE;
	w->suitable = random_cpus_of(state, CPU_MAX);
	for (uint32_t d = 0; d < DOMAINS; d++) {
		w->pool[d] = random_cpus_of(state, CPU_MAX);
		for (uint32_t r = 0; r < RUNS; r++) {
			w->run[d][r].vcpus = (uint32_t)draw(state, 0, 9);
			w->run[d][r].hard = random_cpus_of(state, CPU_MAX);
		}
		w->domain[d] = (struct count_domain){
			.pool_cpus = &w->pool[d],
			.node_affinity = draw(state, 0, 1) ? NODESET_ALL
							   : draw_bits(state),
			.run = w->run[d],
			.run_count = (uint32_t)draw(state, 0, RUNS),
		};
	}
}

/* Section 1.4 word for word: a vCPU, its CPUs ascending, nodes seen. */
static void twin_vcpu(const struct world *w, const struct count_domain *d,
		      const cpuset *hard, uint32_t cnt[NODE_MAX])
{
	bool seen[NODE_MAX] = {false};

	for (uint32_t c = 0; c < w->cpu_count; c++) {
		uint32_t n = w->cpu_to_node[c];

		if (!cpuset_has(hard, c) || n == NODE_NONE)
			continue;
		if (cpuset_has(&w->suitable, c) &&
		    cpuset_has(d->pool_cpus, c) &&
		    nodeset_has(d->node_affinity, n) && !seen[n]) {
			seen[n] = true;
			cnt[n]++;
		}
	}
}

START_TEST(test_count_is_libxl_s_loop)
{
	static struct world w;
	uint64_t state = 1;

	for (uint32_t i = 0; i < CASES; i++) {
		uint32_t want[NODE_MAX] = {0};
		uint32_t got[NODE_MAX];
		struct count_map map;

		random_world(&w, &state);
		for (uint32_t d = 0; d < DOMAINS; d++)
			for (uint32_t r = 0; r < w.domain[d].run_count; r++)
				for (uint32_t v = 0; v < w.run[d][r].vcpus;
				     v++)
					twin_vcpu(&w, &w.domain[d],
						  &w.run[d][r].hard, want);
		count_map_init(&map, w.cpu_to_node, w.cpu_count, &w.suitable);
		count_vcpus(&map, w.domain, DOMAINS, got);
		ck_assert_mem_eq(got, want, sizeof(got));
	}
}
END_TEST

/*
 * Two nodes of two CPUs. A floating guest of 3 counts 3 on both; one pinned to
 * CPU 3 counts on node 1 alone; pinned there but with node affinity {0}: on
 * none; without vCPUs: nothing.
 */
START_TEST(test_count_by_hand)
{
	const uint16_t cpu_to_node[] = { 0, 0, 1, 1 };
	const cpuset all = cpuset_all();
	cpuset cpu3 = {{0}};

	cpuset_add(&cpu3, 3);

	const struct count_run floating = { 3, all };
	const struct count_run pinned = { 5, cpu3 };
	const struct count_domain domain[] = {
		{ &all, NODESET_ALL, &floating, 1 },
		{ &all, NODESET_ALL, &pinned, 1 },
		{ &all, nodeset_of(0), &pinned, 1 },
		{ &all, NODESET_ALL, NULL, 0 },
	};
	struct count_map map;
	uint32_t vcpus[NODE_MAX];

	count_map_init(&map, cpu_to_node, 4, &all);
	ck_assert_uint_eq(map.nodes, 3);
	count_vcpus(&map, domain, 4, vcpus);
	ck_assert_uint_eq(vcpus[0], 3);
	ck_assert_uint_eq(vcpus[1], 8);
	for (uint32_t n = 2; n < NODE_MAX; n++)
		ck_assert_uint_eq(vcpus[n], 0);
}
END_TEST

Suite *suite_make(void)
{
	Suite *suite = suite_create("count");
	TCase *tc = tcase_create("vcpus");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_count_is_libxl_s_loop);
	tcase_add_test(tc, test_count_by_hand);
	suite_add_tcase(suite, tc);
	return suite;
}
