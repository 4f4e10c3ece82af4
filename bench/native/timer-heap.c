#include "timer-heap.h"
#include <stdio.h>
#include <stdlib.h>

static struct timer **heap;
static int count, capacity;

static void place(struct timer *timer, int position) {
  heap[position] = timer;
  timer->position = position;
}

static void sift_up(struct timer *timer, int position) {
  while (position > 0) {
    int parent = (position - 1) / 2;
    if (heap[parent]->due <= timer->due) break;
    place(heap[parent], position);
    position = parent;
  }
  place(timer, position);
}

static void sift_down(struct timer *timer, int position) {
  for (;;) {
    int child = 2 * position + 1;
    if (child >= count) break;
    if (child + 1 < count && heap[child + 1]->due < heap[child]->due) child++;
    if (heap[child]->due >= timer->due) break;
    place(heap[child], position);
    position = child;
  }
  place(timer, position);
}

void timer_add(struct timer *timer) {
  if (count == capacity) {
    capacity = capacity == 0 ? 1024 : capacity * 2;
    heap = realloc(heap, (size_t)capacity * sizeof *heap);
    if (heap == NULL) {
      perror("realloc");
      exit(1);
    }
  }
  sift_up(timer, count++);
}

void timer_remove(struct timer *timer) {
  int position = timer->position;
  if (position < 0) return;
  timer->position = -1;
  struct timer *last = heap[--count];
  if (last == timer) return;
  if (position > 0 && heap[(position - 1) / 2]->due > last->due) sift_up(last, position);
  else sift_down(last, position);
}

struct timer *timer_first(void) { return count == 0 ? NULL : heap[0]; }

int timer_count(void) { return count; }
