/* Counts of durations, exact to three percent. */
#pragma once

#include <stdint.h>

enum { STEPS = 32, DOUBLINGS = 40 };

struct histogram {
	uint64_t count;
	uint64_t largest;
	uint64_t buckets[DOUBLINGS * STEPS];
};

void histogram_add(struct histogram *histogram, uint64_t value);

/* The quantile: `share` (0 to 1) of all values don't exceed it. */
uint64_t histogram_quantile(const struct histogram *histogram, double share);
