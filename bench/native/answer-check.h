#ifndef ANSWER_CHECK_H
#define ANSWER_CHECK_H

#include <stdbool.h>
#include <stdint.h>
#include "answer-script.h"
#include "byte-buffer.h"
#include "histogram.h"

/* Ids of responses are shorter. */
#define ID_SIZE 80

enum api { API_RESPONSES, API_CHAT };

/* What every answer of a run must be. */
struct expectation {
  struct answer_script script;
  enum api api;
  bool stream;
  bool parsed;        /* the gateway reads calls out of raw text: any number of deltas */
  bool stored;        /* the answer says that it is kept */
  bool done_optional; /* a stream may end without [DONE] */
  struct byte_buffer texts[CHANNEL_COUNT];
};

/* Times of deltas, over all answers. */
struct delta_times {
  uint64_t deltas;
  bool is_settled;        /* gaps and lags count */
  struct histogram first; /* from the request to the first delta */
  struct histogram gap;   /* from delta to delta of a stream */
  struct histogram lag;   /* from the mock's write to the read here */
};

/* One answer being checked. */
struct answer_check {
  const struct expectation *expected;
  struct delta_times *times;
  struct byte_buffer body;           /* what is not yet a whole event; or the JSON of a whole answer */
  size_t positions[CHANNEL_COUNT];   /* how much of each text has come */
  long next_sequence;
  int deltas, terminals, dones;
  char id[ID_SIZE]; /* of the response, once it is complete; empty where it has none */
  uint64_t started, read_at, last_delta; /* ns */
  const char *problem;                   /* the first thing that was wrong; NULL while nothing is */
  char sample[160];                      /* the bytes it was seen in */
};

void check_init_expectation(struct expectation *expected);

/* Begins an answer; keeps its memory. */
void check_begin(struct answer_check *check, uint64_t started);

/* Takes bytes of the body that were read at `read_at`. */
void check_feed(struct answer_check *check, const char *bytes, size_t length);

/* The body is over. Returns whether all of it was right. */
bool check_end(struct answer_check *check);

void check_fail(struct answer_check *check, const char *problem, const char *bytes, size_t length);

#endif
