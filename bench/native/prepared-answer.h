#ifndef PREPARED_ANSWER_H
#define PREPARED_ANSWER_H

#include <stdint.h>
#include "answer-script.h"

/*
 * An answer as it goes over the wire, serialised once: the mock must cost next to nothing beside the gateways. One HTTP chunk per SSE
 * event, as uvicorn sends LMDeploy's.
 */
struct prepared_answer {
  struct answer_script script;
  struct byte_buffer head;   /* status line and headers of the stream */
  struct byte_buffer frames; /* all events, each an HTTP chunk, and the end */
  size_t *frame_ends;        /* offset behind each step of the stream in `frames` */
  int frame_count;           /* steps: one for each delta, one for all that follows the last */
  bool cut;                  /* the connection closes behind the last step */
  struct byte_buffer whole;  /* the answer with `stream: false`, with its headers */
};

/* The answer that `model` names, made at its first use; NULL when it names none. */
const struct prepared_answer *find_answer(const char *model, size_t length);

/* Writes the time into a stamped delta that was copied to `frame`. */
void stamp_frame(char *frame, size_t length, uint64_t ns);

#endif
