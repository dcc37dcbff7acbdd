#include "run/lab_place.h"

#include "base/units.h"
#include "place/libxl_log.h"
#include "run/host_state_view.h"

#include <string.h>

enum { ROOM_FIRST = 16 };

struct noting {
	struct arena *arena;
	struct lab_log *log;
};

static void note(void *arg, const struct libxl_candidate *candidate)
{
	const struct noting *n = arg;
	struct lab_log *log = n->log;

	if (log->count == log->room) {
		uint32_t room = log->room ? 2 * log->room : ROOM_FIRST;
		struct libxl_candidate *grown =
			arena_array(n->arena, room, sizeof(*grown));

		if (log->count)
			memcpy(grown, log->candidate,
			       log->count * sizeof(*grown));
		log->candidate = grown;
		log->room = room;
	}
	log->candidate[log->count++] = *candidate;
}

static void ask_fixed(const struct place_view *view,
		      const struct place_request *request,
		      struct noting *noting)
{
	struct libxl_candidate candidate = {0};
	struct place_answer answer;
	enum place_result found;
	struct err ignored;

	if (place_run(place_find("libxl-fixed"), view, request, &found, &answer,
		      &ignored) ||
	    found != PLACE_OK)
		return;
	candidate.nodes = answer.nodes;
	candidate.node_count = nodeset_count(answer.nodes);
	note(noting, &candidate);
}

void lab_place(struct arena *arena, const struct host_state *state,
	       const struct lab_config *config, bool fixed,
	       struct lab_log *log)
{
	struct noting noting = {arena, log};
	uint32_t pool = host_state_find_pool(state, config->cfg->pool);

	*log = (struct lab_log){.asked = config->cfg->numa_placement};
	if (!log->asked || pool == state->pool_count)
		return;

	struct host_state_view *view = arena_alloc(arena, sizeof(*view));
	struct libxl_query *query = arena_alloc(arena, sizeof(*query));
	struct place_request request = {
		.vcpus = config->cfg->vcpu_max,
		.need_pages = pages_from_kib(config->need_kib),
	};

	host_state_view_take(arena, state, pool, config->cfg->vcpu_max, view);
	libxl_query_init(query, &view->view, &request);
	if (fixed) {
		request.hard_cpus = config->cfg->hard.mask;
		ask_fixed(&view->view, &request, &noting);
	} else {
		libxl_log(query, note, &noting);
	}
	log->found = log->count > 0;
}

/* --- affinity ---------------------------------------------------------------------- */

void lab_affinity_build(struct arena *arena, const struct host_state *state,
			const struct lab_config *config,
			const struct lab_log *log, struct lab_affinity *a)
{
	const struct xlcfg *cfg = config->cfg;
	cpuset cpus = host_state_cpus(state), placed = cpus;

	*a = (struct lab_affinity){.vcpu_count = cfg->vcpu_max};
	a->hard = arena_array(arena, a->vcpu_count, sizeof(*a->hard));
	a->soft = arena_array(arena, a->vcpu_count, sizeof(*a->soft));
	if (log->found) {
		a->nodes = log->candidate[log->count - 1].nodes;
		placed = host_state_cpus_of(state, a->nodes);
	}
	for (uint32_t v = 0; v < a->vcpu_count; v++) {
		a->hard[v] = cfg->hard.mask ? cpuset_and(&cfg->hard.mask[v],
							 &cpus)
					    : cpus;
		a->soft[v] = cfg->soft.mask ? cpuset_and(&cfg->soft.mask[v],
							 &cpus)
					    : placed;
	}
}

void lab_affinity_vnuma(const struct host_state *state,
			const struct lab_config *config,
			struct lab_affinity *a)
{
	const struct xlcfg *cfg = config->cfg;

	if (cfg->soft.given)
		return;
	for (uint32_t n = 0; n < cfg->vnode_count; n++)
		for (uint32_t v = 0; v < a->vcpu_count; v++)
			if (cpuset_has(&cfg->vnode[n].vcpus, v))
				a->soft[v] = host_state_cpus_of(
					state,
					nodeset_of(cfg->vnode[n].pnode));
}

void lab_affinity_set(const struct lab_affinity *a,
		      const struct host_state *state, struct domain *domain)
{
	cpuset hard = {{0}}, soft = {{0}}, pool = host_state_cpus(state);

	for (uint32_t v = 0; v < a->vcpu_count; v++) {
		hard = cpuset_or(&hard, &a->hard[v]);
		soft = cpuset_or(&soft, &a->soft[v]);
	}
	if (a->nodes)
		require(domain_set_node_affinity(domain, a->nodes,
						 host_state_online(state)) ==
			0);
	domain_update_node_affinity(domain, &hard, &soft, &pool,
				    state->cpu_to_node);
}
