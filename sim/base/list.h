/*
 * list.h - a circular doubly linked list through a member of its entries.
 *
 * RULE    A head and an entry have the same type. A head that points to itself
 *         is an empty list; an entry that does is on no list. Take the entry's
 *         struct back with LIST_ENTRY(link, struct thing, member).
 *
 *           list_each (p, &head)    p is a struct list *; do not remove p
 *
 * COST    O(1) each, except the walks.
 */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>

struct list {
	struct list *next, *prev;
};

#define LIST_ENTRY(link, type, member) \
	((type *)(void *)((char *)(link) - offsetof(type, member)))

#define list_each(p, head) \
	for (struct list *p = (head)->next; p != (head); p = p->next)

static inline void list_init(struct list *l)
{
	l->next = l;
	l->prev = l;
}

static inline bool list_empty(const struct list *l)
{
	return l->next == l;
}

/* link must be on no list. where may be an entry or the head. */
static inline void list_add_before(struct list *where, struct list *link)
{
	assert(list_empty(link));
	link->prev = where->prev;
	link->next = where;
	where->prev->next = link;
	where->prev = link;
}

static inline void list_add_head(struct list *head, struct list *link)
{
	list_add_before(head->next, link);
}

static inline void list_add_tail(struct list *head, struct list *link)
{
	list_add_before(head, link);
}

/* Allowed of an entry that is on no list. */
static inline void list_del(struct list *link)
{
	link->prev->next = link->next;
	link->next->prev = link->prev;
	list_init(link);
}

/* First entry's link, NULL of an empty list. */
static inline struct list *list_first(const struct list *head)
{
	return head->next == head ? NULL : head->next;
}

/* Moves all entries, in order, to the empty list to. */
static inline void list_take_all(struct list *from, struct list *to)
{
	assert(list_empty(to));
	if (list_empty(from))
		return;
	to->next = from->next;
	to->prev = from->prev;
	to->next->prev = to;
	to->prev->next = to;
	list_init(from);
}

#endif
