/*
 * json_mutate.h - changes a value of a record of JSON, so that it stays one.
 *
 * WHY     A random byte in a record of 20 KiB gives a text that is no JSON, and
 *         tests jansson. What our readers meet behind it is an object with a
 *         number out of all reason, an array too short, a string for a number.
 *
 * RULE    The input is lines. One of them is parsed, one value of it replaced,
 *         removed, doubled or put in another's place, and the line written
 *         back. One time in eight libFuzzer changes bytes instead.
 */
#ifndef TEST_FUZZ_JSON_MUTATE_H
#define TEST_FUZZ_JSON_MUTATE_H

#include <stddef.h>
#include <stdint.h>

/* libFuzzer's hooks: size of the new input, at most max_size. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
			       unsigned int seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

#endif
