#ifndef HISTOGRAM_H
#define HISTOGRAM_H

#include <stdint.h>

/* Powers of two, each in this many equal steps: values are kept to within 0.8 %. */
#define HISTOGRAM_STEPS 128
#define HISTOGRAM_BUCKETS (HISTOGRAM_STEPS * 58)

struct histogram {
  uint64_t buckets[HISTOGRAM_BUCKETS];
  uint64_t count, largest; /* ns */
};

void histogram_add(struct histogram *histogram, uint64_t ns);

/* Prints `"name":{"count":…,"p50":…,"p90":…,"p99":…,"max":…}`, times in µs; null for the times when nothing was counted. */
void histogram_print(const char *name, const struct histogram *histogram);

#endif
