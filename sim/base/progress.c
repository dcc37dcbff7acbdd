#include "base/progress.h"

#include "base/fmath.h"
#include "base/units.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

enum { LINE_BYTES = 256, LINE_CELLS = 79, BAR_CELLS = 20, TEXT_BYTES = 32 };

#define DRAW_GAP_NS (NS_PER_S / 10)
#define RATE_MEMORY_S 5.0 /* after it, an old rate weighs 1/e */

void progress_init(struct progress *p, FILE *out, bool terminal,
		   progress_clock *clock, void *context, const char *title,
		   const char *unit, uint64_t total_count)
{
	*p = (struct progress){
		.out = out,
		.clock = clock,
		.context = context,
		.title = title,
		.unit = unit,
		.total_count = total_count,
		.terminal = terminal,
	};
	if (terminal)
		p->start_ns = p->drawn_ns = p->rated_ns = clock(context);
}

/* The mean since the start while that is short, then one that forgets. */
static void update_rate(struct progress *p, int64_t now_ns)
{
	double whole_s = s_from_ns(now_ns - p->start_ns);
	double step_s = s_from_ns(now_ns - p->rated_ns);
	double step_count = (double)(p->done_count - p->rated_count);

	if (step_s <= 0)
		return;
	if (whole_s <= RATE_MEMORY_S) {
		p->rate_per_s = (double)p->done_count / whole_s;
	} else {
		double weight = fmath_exp(-step_s / RATE_MEMORY_S);

		p->rate_per_s = weight * p->rate_per_s +
				(1 - weight) * step_count / step_s;
	}
	p->rated_ns = now_ns;
	p->rated_count = p->done_count;
}

static void rate_text(char text[TEXT_BYTES], const struct progress *p)
{
	if (p->rate_per_s >= 1e6)
		snprintf(text, TEXT_BYTES, "%.3g M %.12s/s",
			 p->rate_per_s / 1e6, p->unit);
	else if (p->rate_per_s >= 0.5)
		snprintf(text, TEXT_BYTES, "%.*f %.12s/s",
			 p->rate_per_s < 100, p->rate_per_s, p->unit);
	else
		snprintf(text, TEXT_BYTES, "%.1f %.12s/min",
			 p->rate_per_s * 60, p->unit);
}

/* "0:04 left", "1:02:03 left"; empty where it cannot be known. */
static void left_text(char text[TEXT_BYTES], const struct progress *p)
{
	text[0] = '\0';
	if (p->total_count == 0 || !(p->rate_per_s > 0))
		return;
	double left_s =
		(double)(p->total_count - p->done_count) / p->rate_per_s + 0.5;

	if (left_s > 359999)
		return;
	unsigned int s = (unsigned int)left_s;

	if (s >= 3600)
		snprintf(text, TEXT_BYTES, "  %u:%02u:%02u left", s / 3600,
			 s / 60 % 60, s % 60);
	else
		snprintf(text, TEXT_BYTES, "  %u:%02u left", s / 60, s % 60);
}

static void draw(struct progress *p)
{
	char line[LINE_BYTES], bar[BAR_CELLS + 5] = "", total[TEXT_BYTES] = "";
	char rate[TEXT_BYTES], left[TEXT_BYTES];

	if (p->total_count) {
		uint32_t full = (uint32_t)((double)p->done_count /
					   (double)p->total_count * BAR_CELLS);

		bar[0] = '[';
		memset(bar + 1, '.', BAR_CELLS);
		memset(bar + 1, '#', full);
		strcpy(bar + 1 + BAR_CELLS, "]  ");
		snprintf(total, sizeof(total), "/%" PRIu64, p->total_count);
	}
	rate_text(rate, p);
	left_text(left, p);
	snprintf(line, sizeof(line), "%s  %s%" PRIu64 "%s %s  %s%s", p->title,
		 bar, p->done_count, total, p->unit, rate, left);
	/* A longer line would wrap, and could not be wiped: it is cut. */
	fprintf(p->out, "\r%.*s\033[K", LINE_CELLS, line);
	fflush(p->out);
	p->drawn = true;
}

void progress_update(struct progress *p, uint64_t done_count)
{
	assert(done_count >= p->done_count);
	assert(p->total_count == 0 || done_count <= p->total_count);
	p->done_count = done_count;
	if (!p->terminal)
		return;
	int64_t now_ns = p->clock(p->context);

	if (now_ns - p->drawn_ns < DRAW_GAP_NS)
		return;
	update_rate(p, now_ns);
	draw(p);
	p->drawn_ns = now_ns;
}

void progress_fini(struct progress *p)
{
	if (!p->drawn)
		return;
	fputs("\r\033[K", p->out);
	fflush(p->out);
	p->drawn = false;
}
