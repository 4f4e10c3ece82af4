#ifndef HTTP_RESPONSE_H
#define HTTP_RESPONSE_H

#include <stdbool.h>
#include <stddef.h>
#include "byte-buffer.h"

enum response_state { RESPONSE_PARTIAL, RESPONSE_WHOLE, RESPONSE_BROKEN };
enum body_coding { BODY_LENGTH, BODY_CHUNKED, BODY_UNTIL_CLOSE };
enum chunk_part { CHUNK_SIZE, CHUNK_DATA, CHUNK_DATA_END, CHUNK_TRAILER };

/* A response that is read as it comes. */
struct http_response {
  struct byte_buffer head;
  bool has_head, closes;
  int status;
  enum body_coding coding;
  enum chunk_part part;
  size_t left; /* bytes of the body or chunk that are still to come */
  char line[24];
  size_t line_length;
};

typedef void (*body_reader)(void *owner, const char *bytes, size_t length);

/* Makes it ready for the next response; keeps its memory. */
void response_reset(struct http_response *response);

/* Takes what was received and hands the decoded body on. */
enum response_state response_feed(struct http_response *response, const char *bytes, size_t length, body_reader read_body,
                                  void *owner);

#endif
