/*
 * xlcfg_vnuma.c - vnuma=: virtual nodes as xl's parser takes them (xlcfg.h).
 *
 * SOURCE  facts/xen.md 2.1. Entries are "key=value" strings with blanks
 *         trimmed; a missing key means 0 or none; unknown keys are passed over
 *         there, and listed as warnings here.
 */
#include "toolstack/xlcfg_read.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VALUE_TEXT_MAX = 512, SIZE_MIB_MAX = 1 << 26, VCPU_NUMBER_MAX = 65535 };

static const char *const vnode_keys[] = {"pnode", "size", "vcpus",
					 "vdistances"};

/* One "key=value" of a vnode. */
struct option {
	char key[32];
	char value[VALUE_TEXT_MAX];
};

static void trim(char *out, size_t size, const char *text, size_t length)
{
	while (length && isspace((unsigned char)*text)) {
		text++;
		length--;
	}
	while (length && isspace((unsigned char)text[length - 1]))
		length--;
	if (length >= size)
		length = size - 1;
	memcpy(out, text, length);
	out[length] = '\0';
}

static int number(const char *text, uint32_t high, uint32_t *value)
{
	size_t digits = strspn(text, "0123456789");
	unsigned long n;

	if (digits == 0 || digits > 9 || text[digits])
		return -1;
	n = strtoul(text, NULL, 10);
	if (n > high)
		return -1;
	*value = (uint32_t)n;
	return 0;
}

/* The next item of a comma list into word; false at the end. */
static bool next_word(const char **text, char *word, size_t size)
{
	size_t length;

	if (!*text)
		return false;
	length = strcspn(*text, ",");
	trim(word, size, *text, length);
	*text = (*text)[length] ? *text + length + 1 : NULL;
	return true;
}

/* Counts what is written, duplicates and large numbers too, as xl does. */
static int read_vcpus(const struct xlcfg_reader *r, uint32_t index,
		      const char *text, struct xlcfg_vnode *vnode,
		      uint64_t *vcpu_count)
{
	char word[32];

	while (next_word(&text, word, sizeof(word))) {
		char *dash = strchr(word, '-');
		uint32_t low, high;

		if (dash)
			*dash = '\0';
		if (number(word, VCPU_NUMBER_MAX, &low) ||
		    number(dash ? dash + 1 : word, VCPU_NUMBER_MAX, &high) ||
		    high < low)
			return xlcfg_fail(r, "vnuma", "vnode %u: vcpus: bad "
					  "number or range; as in 0-3,8", index);
		for (uint32_t v = low; v <= high; v++) {
			if (v < CPU_MAX)
				cpuset_add(&vnode->vcpus, v);
			(*vcpu_count)++;
		}
	}
	return 0;
}

static int read_distances(const struct xlcfg_reader *r, uint32_t index,
			  const char *text, uint32_t vnode_count,
			  struct xlcfg_vnode *vnode)
{
	char word[32];
	uint32_t count = 0;

	while (next_word(&text, word, sizeof(word))) {
		if (count == vnode_count)
			return xlcfg_fail(r, "vnuma", "vnode %u: vdistances: "
					  "more than %u; one per vnode", index,
					  vnode_count);
		if (number(word, 255, &vnode->distance[count]))
			return xlcfg_fail(r, "vnuma", "vnode %u: vdistances: "
					  "'%s' is no distance; 10 to 255",
					  index, word);
		count++;
	}
	return 0;
}

static int read_option(const struct xlcfg_reader *r, uint32_t index,
		       const struct option *option, uint32_t vnode_count,
		       struct xlcfg_vnode *vnode, uint64_t *vcpu_count)
{
	uint32_t n;

	if (strcmp(option->key, "pnode") == 0) {
		vnode->pnode_given = true;
		if (number(option->value, NODE_MAX - 1, &vnode->pnode) == 0)
			return 0;
		return xlcfg_fail(r, "vnuma", "vnode %u: pnode: '%s' is no "
				  "node; 0 to %d", index, option->value,
				  NODE_MAX - 1);
	}
	if (strcmp(option->key, "size") == 0) {
		if (number(option->value, SIZE_MIB_MAX, &n))
			return xlcfg_fail(r, "vnuma", "vnode %u: size: '%s' is "
					  "no size; MiB, 0 to %d", index,
					  option->value, SIZE_MIB_MAX);
		vnode->size_kib = (uint64_t)n * 1024;
		return 0;
	}
	if (strcmp(option->key, "vcpus") == 0)
		return read_vcpus(r, index, option->value, vnode, vcpu_count);
	if (strcmp(option->key, "vdistances") == 0)
		return read_distances(r, index, option->value, vnode_count,
				      vnode);

	struct err nearest = {""};

	err_add_nearest(&nearest, option->key, vnode_keys, 4);
	xlcfg_warn(r, xlcfg_key_line(r->keys, "vnuma"),
		   "vnuma: vnode %u: xl ignores '%s'%s", index, option->key,
		   nearest.text);
	return 0;
}

static int read_vnode(const struct xlcfg_reader *r, XLU_ConfigList *list,
		      uint32_t index, uint32_t vnode_count,
		      struct xlcfg_vnode *vnode, uint64_t *vcpu_count)
{
	const char *text;

	for (int i = 0; (text = xlu_cfg_get_listitem(list, i)) != NULL; i++) {
		const char *equals = strchr(text, '=');
		struct option option;

		if (!equals)
			return xlcfg_fail(r, "vnuma", "vnode %u: '%s' has no "
					  "'='; \"size=1024\"", index, text);
		trim(option.key, sizeof(option.key), text,
		     (size_t)(equals - text));
		trim(option.value, sizeof(option.value), equals + 1,
		     strlen(equals + 1));
		if (read_option(r, index, &option, vnode_count, vnode,
				vcpu_count))
			return -1;
	}
	return 0;
}

int xlcfg_read_vnuma(const struct xlcfg_reader *r, uint64_t *vcpu_count,
		     uint64_t *size_kib)
{
	XLU_ConfigList *list, *inner;
	struct xlcfg_vnode *vnode;
	int count;
	int rc = xlu_cfg_get_list(r->config, "vnuma", &list, &count, 1);

	*vcpu_count = *size_kib = 0;
	if (rc == ESRCH)
		return 0;
	if (rc || count == 0)
		return xlcfg_fail(r, "vnuma", "is no list of vnodes; [ [ "
				  "\"pnode=0\", \"size=1024\", \"vcpus=0-3\" ] ]");
	if (count > XLCFG_VNODE_MAX)
		return xlcfg_fail(r, "vnuma", "%d vnodes are too many; 1 to %d",
				  count, XLCFG_VNODE_MAX);
	vnode = arena_array(r->arena, (size_t)count, sizeof(*vnode));
	for (int i = 0; i < count; i++) {
		if (xlu_cfg_value_get_list(r->config,
					   xlu_cfg_get_listitem2(list, i),
					   &inner, 1))
			return xlcfg_fail(r, "vnuma", "vnode %d is no list; [ "
					  "\"pnode=0\", \"size=1024\" ]", i);
		if (read_vnode(r, inner, (uint32_t)i, (uint32_t)count,
			       &vnode[i], vcpu_count))
			return -1;
		*size_kib += vnode[i].size_kib;
	}
	r->cfg->vnode_count = (uint32_t)count;
	r->cfg->vnode = vnode;
	return 0;
}
