#ifndef TIMER_HEAP_H
#define TIMER_HEAP_H

#include <stdbool.h>
#include <stdint.h>

/* What waits for its time; part of a larger struct. `position` is -1 while it does not wait. */
struct timer {
  uint64_t due; /* ns of CLOCK_MONOTONIC */
  int position;
};

void timer_add(struct timer *timer);
void timer_remove(struct timer *timer);

/* The timer that is due first; NULL when none waits. */
struct timer *timer_first(void);

int timer_count(void);

#endif
