#ifndef LOAD_OPTIONS_H
#define LOAD_OPTIONS_H

#include <stdbool.h>
#include "answer-check.h"
#include "byte-buffer.h"

/* The command line of the load generator; load-generator.c says what each means. */
struct options {
  int port, connections, requests, ramp_ms, settle_ms; /* requests: 0 for any number */
  double seconds, rate;
  bool once, scattered, may_refuse;
  const char *path, *script, *body_file, *bearer;
};

/* Ends the program when the command line is wrong. */
void read_options(int count, char **arguments, struct options *options, struct expectation *expected);

/* Appends the request, head and body, as it is sent. */
void build_request(const struct options *options, bool stream, struct byte_buffer *request);

#endif
