#ifndef FILE_LIMIT_H
#define FILE_LIMIT_H

#include <sys/resource.h>

/* Allows as many open connections as the system lets the program have: the usual limit is far below what a benchmark opens. */
static inline void raise_file_limit(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

#endif
