#include "run/lab_sequence.h"

#include <stdio.h>
#include <string.h>

static const struct host_state_domain *
recorded(const struct host_state *state, const char *name)
{
	for (uint32_t d = state->domain_count; d-- > 0;)
		if (strcmp(state->domain[d].name, name) == 0)
			return &state->domain[d];
	return NULL;
}

static uint64_t distance(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

static uint64_t largest(const struct lab_machine *m, const struct lab_guest *g,
			const struct host_state_domain *d)
{
	uint64_t worst = 0;

	for (uint32_t n = 0; n < m->node_count; n++) {
		uint64_t pages = distance(domain_node_pages(g->domain, n),
					  d->pages_on[n]);

		if (pages > worst)
			worst = pages;
	}
	return worst;
}

static const char *why(const struct lab_machine *m, const struct lab_guest *g,
		       const struct host_state_domain *d)
{
	nodeset online = host_state_online(m->empty);

	if (!g)
		return "the model could not make it";
	if ((g->domain->mem.node_affinity & online) !=
	    (d->node_affinity & online))
		return "placed on other nodes";
	return "a node ran out of 2 MiB blocks earlier or later";
}

/* --- creations ------------------------------------------------------------------------ */

static void compare_guest(struct lab_sequence *s, uint32_t step,
			  const struct lab_guest *g,
			  const struct host_state_domain *d)
{
	uint64_t pages = g ? largest(s->machine, g, d) : d->total_pages;
	double share = d->total_pages
			       ? (double)pages / (double)d->total_pages
			       : 0;
	double worst = s->worst_of_pages ? (double)s->worst_pages /
						   (double)s->worst_of_pages
					 : 0;

	s->creations++;
	s->exact += pages == 0;
	s->within_64 += pages <= 64;
	s->within_1_percent += pages * 100 <= d->total_pages;
	if (share <= worst)
		return;
	s->worst_step = step;
	snprintf(s->worst_name, sizeof(s->worst_name), "%.60s", d->name);
	s->worst_pages = pages;
	s->worst_of_pages = d->total_pages;
	s->worst_why = why(s->machine, g, d);
}

static void create(struct lab_sequence *s, struct arena *scratch,
		   const struct lab_step *step, const struct lab_create *c)
{
	const struct host_state_domain *d = recorded(step->after, c->name);
	struct lab_outcome out;

	lab_guest_create(s->machine, scratch, c->config, step->claim_mode,
			 &out);
	if (!out.modelled) {
		s->unmodelled++;
		return;
	}
	if (step->action == LAB_CREATE) {
		s->exit_asked++;
		s->exit_agreed += out.rc == c->rc;
		if (c->rc == 0 && d)
			compare_guest(s, step->step, out.guest, d);
	}
	if (c->rc != 0 && out.guest)
		lab_guest_destroy(s->machine, c->name);
}

static void creates(struct lab_sequence *s, struct arena *scratch,
		    const struct lab_step *step)
{
	for (uint32_t made = 0; made < 2; made++)
		for (uint32_t i = 0; i < step->create_count; i++)
			if ((step->create[i].rc == 0) == (made == 0))
				create(s, scratch, step, &step->create[i]);
}

/* --- the rest ------------------------------------------------------------------------- */

static void mem_set(struct lab_sequence *s, const struct lab_step *step)
{
	const struct host_state_domain *d = recorded(step->after, step->name);
	struct lab_guest *g = lab_guest_find(s->machine, step->name);
	uint64_t wrong = 0;

	if (!g || !d || step->rc != 0)
		return;
	lab_guest_mem_set(s->machine, g, step->target_mib);
	for (uint32_t n = 0; n < s->machine->node_count; n++)
		wrong += distance(domain_node_pages(g->domain, n),
				  d->pages_on[n]);
	wrong = (wrong + 1) / 2;
	if (s->balloon_steps == 0 ||
	    (double)wrong * (double)s->balloon_of_pages >
		    (double)s->balloon_pages * (double)d->total_pages) {
		s->balloon_pages = wrong;
		s->balloon_of_pages = d->total_pages;
		s->balloon_step = step->step;
	}
	s->balloon_steps++;
}

static void compare_free(struct lab_sequence *s, const struct lab_step *step)
{
	for (uint32_t n = 0;
	     n < s->machine->node_count && n < step->after->node_count; n++) {
		uint64_t pages = distance(
			heap_node_free_pages(s->machine->heap, n),
			step->after->node[n].free_pages);

		if (pages <= s->free_pages)
			continue;
		s->free_pages = pages;
		s->free_node = n;
		s->free_step = step->step;
	}
}

void lab_sequence_step(struct lab_sequence *s, struct arena *scratch,
		       const struct lab_step *step)
{
	switch (step->action) {
	case LAB_CREATE:
	case LAB_RACE:
		creates(s, scratch, step);
		break;
	case LAB_DESTROY:
		lab_guest_destroy(s->machine, step->name);
		break;
	case LAB_DESTROY_ALL:
		lab_guest_destroy_all(s->machine);
		break;
	case LAB_MEM_SET:
		mem_set(s, step);
		break;
	case LAB_TOPOLOGY:
	case LAB_OTHER:
		break;
	}
	compare_free(s, step);
}
