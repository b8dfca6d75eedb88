#include "histogram.h"

/* Each value below STEPS has its own bucket; above, every doubling is divided into STEPS buckets. */
static unsigned bucket_of(uint64_t value)
{
	if (value < STEPS)
		return value;
	unsigned doubling = 63 - __builtin_clzll(value / STEPS);
	unsigned bucket = doubling * STEPS + (value >> doubling);
	return bucket < DOUBLINGS * STEPS ? bucket : DOUBLINGS * STEPS - 1;
}

static uint64_t end_of(unsigned bucket)
{
	if (bucket < 2 * STEPS)
		return bucket;
	unsigned doubling = bucket / STEPS - 1;
	return ((uint64_t)(bucket % STEPS + STEPS + 1) << doubling) - 1;
}

void histogram_add(struct histogram *histogram, uint64_t value)
{
	histogram->count++;
	histogram->buckets[bucket_of(value)]++;
	if (value > histogram->largest)
		histogram->largest = value;
}

uint64_t histogram_quantile(const struct histogram *histogram, double share)
{
	uint64_t seen = 0;
	for (unsigned bucket = 0; bucket < DOUBLINGS * STEPS; bucket++) {
		seen += histogram->buckets[bucket];
		if (seen && seen >= share * histogram->count)
			return end_of(bucket) < histogram->largest ? end_of(bucket)
								   : histogram->largest;
	}
	return 0;
}
