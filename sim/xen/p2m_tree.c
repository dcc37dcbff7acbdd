#include "xen/p2m_tree.h"

#include "base/err.h"

#include <string.h>

enum { HEIGHT_MAX = 8, ABSENT = -1 };

/* From the root to a leaf, and the place in each. */
struct path {
	struct p2m_tree_node *node[HEIGHT_MAX];
	int32_t at[HEIGHT_MAX]; /* in the leaf: ABSENT = before its first */
};

static inline struct p2m_tree_node *node_at(const struct p2m *p2m,
					    uint32_t index)
{
	return SLAB_AT(&p2m->store->tree, index, struct p2m_tree_node);
}

/* The last key <= gpfn; ABSENT if the first is above. */
static int32_t last_at_most(const struct p2m_tree_node *n, uint64_t gpfn)
{
	uint32_t low = 0, high = n->count;

	while (low < high) {
		uint32_t mid = (low + high) / 2;

		if (n->key[mid] <= gpfn)
			low = mid + 1;
		else
			high = mid;
	}
	return (int32_t)low - 1;
}

static void descend(const struct p2m *p2m, uint64_t gpfn, struct path *path)
{
	uint32_t index = p2m->root;

	require(p2m->height > 0 && p2m->height <= HEIGHT_MAX);
	for (uint32_t level = 0; level < p2m->height; level++) {
		struct p2m_tree_node *n = node_at(p2m, index);
		int32_t at = last_at_most(n, gpfn);

		if (level + 1 < p2m->height && at == ABSENT)
			at = 0;
		path->node[level] = n;
		path->at[level] = at;
		if (at != ABSENT)
			index = n->value[at];
	}
}

/* One entry on (step 1) or back (step -1); false past the end. */
static bool path_step(const struct p2m *p2m, struct path *path, int32_t step)
{
	int32_t level = (int32_t)p2m->height - 1;

	for (; level >= 0; level--) {
		int32_t at = path->at[level] + step;

		if (at >= 0 && at < (int32_t)path->node[level]->count) {
			path->at[level] = at;
			break;
		}
	}
	if (level < 0)
		return false;
	for (; level + 1 < (int32_t)p2m->height; level++) {
		struct p2m_tree_node *n = node_at(
			p2m, path->node[level]->value[path->at[level]]);

		path->node[level + 1] = n;
		path->at[level + 1] = step > 0 ? 0 : (int32_t)n->count - 1;
	}
	return true;
}

static uint32_t path_value(const struct p2m *p2m, const struct path *path)
{
	uint32_t leaf = p2m->height - 1;

	return path->node[leaf]->value[path->at[leaf]];
}

uint32_t p2m_tree_floor(const struct p2m *p2m, uint64_t gpfn)
{
	struct path path;

	if (!p2m->height)
		return 0;
	descend(p2m, gpfn, &path);
	/* The leaf's smallest key may have been taken out: look before it. */
	if (path.at[p2m->height - 1] == ABSENT && !path_step(p2m, &path, -1))
		return 0;
	return path_value(p2m, &path);
}

uint32_t p2m_tree_ceiling(const struct p2m *p2m, uint64_t gpfn)
{
	struct path path;

	if (!p2m->height)
		return 0;
	descend(p2m, gpfn, &path);
	int32_t at = path.at[p2m->height - 1];

	if (at != ABSENT && path.node[p2m->height - 1]->key[at] == gpfn)
		return path_value(p2m, &path);
	return path_step(p2m, &path, 1) ? path_value(p2m, &path) : 0;
}

static void put(struct p2m_tree_node *n, uint32_t at, uint64_t key,
		uint32_t value)
{
	assert(n->count < P2M_FANOUT && at <= n->count);
	memmove(&n->key[at + 1], &n->key[at],
		(n->count - at) * sizeof(n->key[0]));
	memmove(&n->value[at + 1], &n->value[at],
		(n->count - at) * sizeof(n->value[0]));
	n->key[at] = key;
	n->value[at] = value;
	n->count++;
}

static uint32_t node_new(struct p2m *p2m)
{
	uint32_t index = slab_take(&p2m->store->tree);

	node_at(p2m, index)->count = 0;
	return index;
}

static void grow_root(struct p2m *p2m, uint32_t right, uint64_t right_key)
{
	uint32_t root = node_new(p2m);
	struct p2m_tree_node *n = node_at(p2m, root);

	require(p2m->height < HEIGHT_MAX);
	put(n, 0, node_at(p2m, p2m->root)->key[0], p2m->root);
	put(n, 1, right_key, right);
	p2m->root = root;
	p2m->height++;
}

/*
 * A full node of the path gets a neighbour: empty when the new entry goes at
 * the end, else the upper half. Returns the neighbour.
 */
static uint32_t split(struct p2m *p2m, struct p2m_tree_node *n, uint32_t at)
{
	uint32_t right = node_new(p2m), keep = P2M_FANOUT / 2;
	struct p2m_tree_node *r = node_at(p2m, right);

	if (at == P2M_FANOUT)
		return right;
	r->count = P2M_FANOUT - keep;
	memcpy(r->key, &n->key[keep], r->count * sizeof(r->key[0]));
	memcpy(r->value, &n->value[keep], r->count * sizeof(r->value[0]));
	n->count = keep;
	return right;
}

void p2m_tree_insert(struct p2m *p2m, uint64_t gpfn, uint32_t extent)
{
	struct p2m_tree_node *last;
	uint64_t key = gpfn;
	uint32_t value = extent;
	struct path path;

	if (!p2m->height) {
		p2m->root = p2m->last_leaf = node_new(p2m);
		p2m->height = 1;
	}
	last = node_at(p2m, p2m->last_leaf);
	if (last->count < P2M_FANOUT &&
	    (last->count == 0 || gpfn > last->key[last->count - 1])) {
		last->key[last->count] = key;
		last->value[last->count++] = value;
		return;
	}
	descend(p2m, gpfn, &path);
	for (uint32_t level = p2m->height; level-- > 0;) {
		struct p2m_tree_node *n = path.node[level];
		uint32_t at = (uint32_t)(path.at[level] + 1);

		if (level + 1 < p2m->height && gpfn < n->key[0])
			n->key[0] = gpfn;
		if (n->count < P2M_FANOUT) {
			put(n, at, key, value);
			break;
		}
		bool leaf = level + 1 == p2m->height;
		uint32_t right = split(p2m, n, at);
		struct p2m_tree_node *r = node_at(p2m, right);

		if (leaf && n == node_at(p2m, p2m->last_leaf))
			p2m->last_leaf = right;
		if (at <= n->count && at < P2M_FANOUT)
			put(n, at, key, value);
		else
			put(r, at - n->count, key, value);
		key = r->key[0];
		value = right;
		if (level == 0) {
			grow_root(p2m, right, key);
			return;
		}
	}
	/* Parents that were not split may have a first key above the new one. */
	for (uint32_t level = 0; level + 1 < p2m->height; level++)
		if (gpfn < path.node[level]->key[0])
			path.node[level]->key[0] = gpfn;
}

static void take_out(struct p2m_tree_node *n, uint32_t at)
{
	assert(at < n->count);
	n->count--;
	memmove(&n->key[at], &n->key[at + 1],
		(n->count - at) * sizeof(n->key[0]));
	memmove(&n->value[at], &n->value[at + 1],
		(n->count - at) * sizeof(n->value[0]));
}

static void find_last_leaf(struct p2m *p2m)
{
	uint32_t index = p2m->root;

	for (uint32_t level = 1; level < p2m->height; level++) {
		struct p2m_tree_node *n = node_at(p2m, index);

		index = n->value[n->count - 1];
	}
	p2m->last_leaf = index;
}

void p2m_tree_delete(struct p2m *p2m, uint64_t gpfn)
{
	struct path path;
	uint32_t level = p2m->height - 1;

	descend(p2m, gpfn, &path);
	require(path.at[level] != ABSENT &&
		path.node[level]->key[path.at[level]] == gpfn);
	take_out(path.node[level], (uint32_t)path.at[level]);
	while (path.node[level]->count == 0 && level > 0) {
		struct p2m_tree_node *parent = path.node[level - 1];
		uint32_t at = (uint32_t)path.at[level - 1];

		slab_give(&p2m->store->tree, parent->value[at]);
		take_out(parent, at);
		level--;
	}
	struct p2m_tree_node *root = node_at(p2m, p2m->root);

	if (root->count == 0) {
		slab_give(&p2m->store->tree, p2m->root);
		p2m->root = p2m->height = p2m->last_leaf = 0;
		return;
	}
	while (p2m->height > 1 && root->count == 1) {
		uint32_t child = root->value[0];

		slab_give(&p2m->store->tree, p2m->root);
		p2m->root = child;
		p2m->height--;
		root = node_at(p2m, child);
	}
	find_last_leaf(p2m);
}

void p2m_tree_raise(struct p2m *p2m, uint64_t gpfn, uint64_t gpfn_new)
{
	uint32_t leaf = p2m->height - 1;
	struct path path;

	assert(gpfn_new > gpfn);
	descend(p2m, gpfn, &path);
	require(path.at[leaf] != ABSENT &&
		path.node[leaf]->key[path.at[leaf]] == gpfn);
	path.node[leaf]->key[path.at[leaf]] = gpfn_new;
}

static void drop_below(struct p2m *p2m, uint32_t index, uint32_t levels)
{
	const struct p2m_tree_node *n = node_at(p2m, index);

	for (uint32_t i = 0; levels > 1 && i < n->count; i++)
		drop_below(p2m, n->value[i], levels - 1);
	slab_give(&p2m->store->tree, index);
}

void p2m_tree_drop(struct p2m *p2m)
{
	if (p2m->height)
		drop_below(p2m, p2m->root, p2m->height);
	p2m->root = p2m->height = p2m->last_leaf = 0;
}

static uint64_t check_below(const struct p2m *p2m, uint32_t index,
			    uint32_t levels, uint64_t low, uint64_t *last)
{
	const struct p2m_tree_node *n = node_at(p2m, index);
	uint64_t keys = 0;

	require(n->count >= 1 && n->count <= P2M_FANOUT);             /* P5 */
	for (uint32_t i = 0; i < n->count; i++) {
		require(n->key[i] >= low);                            /* P1 */
		require(i == 0 || n->key[i] > n->key[i - 1]);         /* P1 */
		if (levels > 1) {
			keys += check_below(p2m, n->value[i], levels - 1,
					    n->key[i], last);
			continue;
		}
		const struct p2m_extent *e = slab_at(&p2m->store->extent,
						     n->value[i]);

		require(e->gpfn == n->key[i]);                        /* P1 */
		require(*last <= e->gpfn);                            /* P2 */
		*last = e->gpfn + e->pages;
		keys++;
	}
	return keys;
}

uint64_t p2m_tree_check(const struct p2m *p2m)
{
	uint64_t last = 0;

	if (!p2m->height)
		return 0;
	uint64_t keys = check_below(p2m, p2m->root, p2m->height, 0, &last);
	uint32_t index = p2m->root;

	for (uint32_t level = 1; level < p2m->height; level++) {
		const struct p2m_tree_node *n = node_at(p2m, index);

		index = n->value[n->count - 1];
	}
	require(p2m->last_leaf == index);                             /* P5 */
	return keys;
}
