#ifndef ANSWER_SCRIPT_H
#define ANSWER_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include "byte-buffer.h"

/*
 * What the mock answers, as the name of a model says it: "bench,kind=text,chunks=256,rate=50,group=1,stamps=1". The mock plays the
 * script; the load generator derives from the same script what must arrive.
 */
#define SCRIPT_PREFIX "bench,"

/* Digits of a send stamp: CLOCK_MONOTONIC in microseconds, modulo 10^STAMP_DIGITS. */
#define STAMP_DIGITS 9
#define STAMP_MODULUS 1000000000ull
#define STAMP_MARK '@'
#define STAMP_LITERAL "@000000000"

/* Offered by every request that has tools, and called by the kinds `tool` and `raw`. */
#define TOOL_NAME "get_rows"

enum channel { CHANNEL_TEXT, CHANNEL_REASONING, CHANNEL_ARGUMENTS, CHANNEL_COUNT };

enum answer_kind {
  KIND_TEXT,
  KIND_TOOL,      /* one call, its arguments in `chunks` fragments */
  KIND_REASONING, /* the first half as reasoning_content, the second as content */
  KIND_RAW,       /* a call as Hermes and Qwen models write it, in the text */
};

/* Defects made on purpose, to see that the load generator finds them. */
enum answer_fault { FAULT_NONE, FAULT_DROP, FAULT_ALTER, FAULT_REPEAT, FAULT_CUT };

struct answer_script {
  enum answer_kind kind;
  int chunks; /* deltas of the answer */
  int rate;   /* deltas a second; 0: as fast as they are taken */
  int group;  /* deltas a write; 0: as many as fit */
  bool stamps;
  enum answer_fault fault;
};

/* One delta: `literal` is the inside of a JSON string literal. */
struct piece {
  enum channel channel;
  const char *literal;
};

/* Returns false when the name is no script. */
bool parse_script(const char *name, size_t length, struct answer_script *script);

/* The delta at `index`, 0 <= index < chunks. */
struct piece script_piece(const struct answer_script *script, int index);

/*
 * Appends what a client must receive on each channel, as UTF-8.
 * `parsed`: the gateway reads calls out of raw text; otherwise it passes that text on.
 */
void script_expected(const struct answer_script *script, bool parsed, struct byte_buffer expected[CHANNEL_COUNT]);

#endif
