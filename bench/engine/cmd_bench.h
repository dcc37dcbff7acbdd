/*
 * cmd_bench.h - `nodewise bench`: the table of benches.
 *
 * RULE    A bench is one line in cmd_bench.c's table: name, summary, function.
 *         The function gets argv with argv[0] = "nodewise bench NAME" and
 *         returns the exit status: 0 good, 1 something that must be the same
 *         differs, 2 usage or input error, 3 it could not be measured.
 *
 * TESTS   bench/test/check_bench_engine.c
 */
#ifndef BENCH_ENGINE_CMD_BENCH_H
#define BENCH_ENGINE_CMD_BENCH_H

/* argv[0] is "nodewise bench". Returns the exit status. */
int cmd_bench(int argc, char **argv);

/* The bench "engine" (cmd_engine.c). */
int cmd_bench_engine(int argc, char **argv);

/* The bench "heap" (cmd_bench_heap.c); 1: heap and twin differ. */
int cmd_bench_heap(int argc, char **argv);

#endif
