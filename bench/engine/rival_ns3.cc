/*
 * rival_ns3.cc - ns-3's C++ core as a contender: callbacks, its default
 * scheduler (a map), time in whole ns.
 *
 * MODEL   rival.h. "move" is what an ns-3 model does: EventId::Cancel() and
 *         Schedule() again; the cancelled event stays queued until its time.
 *
 * TESTS   its checksums are compared with ours by every run of the bench
 */
#include "bench/engine/rival.h"

#include <ns3/core-module.h>

#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <deque>
#include <unistd.h>
#include <vector>

namespace
{

struct Model {
	rival_run run;
	rng services, arrivals;
	uint64_t pending;
	std::vector<ns3::EventId> events; /* move only */
	std::deque<int64_t> line;         /* mm1: the first is served */
};

Model model;

int64_t ThreadNs(void *)
{
	timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return int64_t(t.tv_sec) * 1000000000 + t.tv_nsec;
}

double ResidentBytes()
{
	unsigned long total = 0, resident = 0;
	FILE *file = fopen("/proc/self/statm", "r");

	if (file && fscanf(file, "%lu %lu", &total, &resident) != 2)
		resident = 0;
	if (file)
		fclose(file);
	return double(resident) * double(sysconf(_SC_PAGESIZE));
}

int64_t NowNs()
{
	return ns3::Simulator::Now().GetNanoSeconds();
}

ns3::Time Step()
{
	return ns3::NanoSeconds(rival_step_ns(&model.services, 1));
}

void HoldEvent(uint64_t index)
{
	if (rival_fired(&model.run, NowNs()))
		ns3::Simulator::Stop();
	ns3::Simulator::Schedule(Step(), &HoldEvent, index);
}

void MoveEvent(uint64_t index)
{
	if (rival_fired(&model.run, NowNs()))
		ns3::Simulator::Stop();
	model.events[index] =
		ns3::Simulator::Schedule(Step(), &MoveEvent, index);
	uint64_t other = rng_below(&model.services, model.pending);

	model.events[other].Cancel();
	model.events[other] =
		ns3::Simulator::Schedule(Step(), &MoveEvent, other);
}

void DepartureEvent();

void ServiceBegin()
{
	int64_t step_ns = rival_step_ns(&model.services, RIVAL_RHO);

	ns3::Simulator::Schedule(ns3::NanoSeconds(step_ns), &DepartureEvent);
}

void ArrivalEvent()
{
	int64_t step_ns = rival_step_ns(&model.arrivals, 1);
	bool idle = model.line.empty();

	ns3::Simulator::Schedule(ns3::NanoSeconds(step_ns), &ArrivalEvent);
	model.line.push_back(NowNs());
	if (idle)
		ServiceBegin();
}

void DepartureEvent()
{
	model.line.pop_front();
	if (rival_fired(&model.run, NowNs()))
		ns3::Simulator::Stop();
	if (!model.line.empty())
		ServiceBegin();
}

/* Returns the resident bytes that PENDING events took. */
double Fill(bool move)
{
	ns3::Simulator::Now(); /* the simulator itself, made on first use */
	double before = ResidentBytes();

	if (move)
		model.events.resize(model.pending);
	for (uint64_t i = 0; i < model.pending; i++) {
		if (move)
			model.events[i] = ns3::Simulator::Schedule(
				Step(), &MoveEvent, i);
		else
			ns3::Simulator::Schedule(Step(), &HoldEvent, i);
	}
	return ResidentBytes() - before;
}

} // namespace

int main(int argc, char **argv)
{
	if (argc != 4) {
		fprintf(stderr, "usage: %s MODEL PENDING COUNT\n", argv[0]);
		return 2;
	}
	const char *name = argv[1];
	uint64_t count = strtoull(argv[3], nullptr, 10);
	double bytes = 0;

	model.pending = strtoull(argv[2], nullptr, 10);
	model.services = rival_stream(0);
	model.arrivals = rival_stream(1);
	if (!strcmp(name, "hold") || !strcmp(name, "move")) {
		bytes = Fill(!strcmp(name, "move"));
		rival_run_init(&model.run, model.pending, count, ThreadNs,
			       nullptr);
	} else if (!strcmp(name, "mm1")) {
		rival_run_init(&model.run, 0, count, ThreadNs, nullptr);
		ns3::Simulator::ScheduleNow(&ArrivalEvent);
	} else {
		printf("skipped: no model %s\n", name);
		return 0;
	}
	ns3::Simulator::Run();
	if (!model.run.done) {
		puts("skipped: it ran out of events");
		return 0;
	}
	printf("%.3f %016" PRIx64, rival_ns(&model.run), model.run.sum);
	/* Below a few hundred events a page is more than all of them. */
	if (!strcmp(name, "hold") && model.pending >= 1000)
		printf(" %.1f\n", bytes / double(model.pending));
	else
		printf(" -\n");
	fflush(stdout);
	_exit(0); /* no time is spent on taking a million events down */
}
