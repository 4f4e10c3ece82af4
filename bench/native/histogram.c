#include "histogram.h"
#include <math.h>
#include <stdio.h>

static int bucket_of(uint64_t ns) {
  if (ns < HISTOGRAM_STEPS) return (int)ns;
  int shift = 63 - __builtin_clzll(ns) - 7;
  return (shift + 1) * HISTOGRAM_STEPS + (int)(ns >> shift) - HISTOGRAM_STEPS;
}

static uint64_t bucket_start(int bucket) {
  if (bucket < HISTOGRAM_STEPS) return (uint64_t)bucket;
  int shift = bucket / HISTOGRAM_STEPS - 1;
  return (uint64_t)(HISTOGRAM_STEPS + bucket % HISTOGRAM_STEPS) << shift;
}

void histogram_add(struct histogram *histogram, uint64_t ns) {
  histogram->buckets[bucket_of(ns)]++;
  histogram->count++;
  if (ns > histogram->largest) histogram->largest = ns;
}

static double quantile_us(const struct histogram *histogram, double fraction) {
  uint64_t rank = (uint64_t)ceil(fraction * (double)histogram->count), seen = 0;
  for (int bucket = 0; bucket < HISTOGRAM_BUCKETS; bucket++) {
    seen += histogram->buckets[bucket];
    if (seen >= rank) return (double)bucket_start(bucket) / 1000;
  }
  return (double)histogram->largest / 1000;
}

void histogram_print(const char *name, const struct histogram *histogram) {
  if (histogram->count == 0) {
    printf("\"%s\":{\"count\":0,\"p50\":null,\"p90\":null,\"p99\":null,\"max\":null}", name);
    return;
  }
  printf("\"%s\":{\"count\":%llu,\"p50\":%.1f,\"p90\":%.1f,\"p99\":%.1f,\"max\":%.1f}", name,
         (unsigned long long)histogram->count, quantile_us(histogram, 0.5), quantile_us(histogram, 0.9),
         quantile_us(histogram, 0.99), (double)histogram->largest / 1000);
}
