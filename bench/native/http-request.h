#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

/* A whole request; points into the bytes it was read from. */
struct http_request {
  bool is_get;
  const char *body;
  size_t body_length;
  size_t length; /* of all of it, to be consumed */
};

enum request_state { REQUEST_PARTIAL, REQUEST_WHOLE, REQUEST_BROKEN };

/* Reads a request with a content-length, or in one chunked body that is joined in place. */
enum request_state read_request(char *bytes, size_t length, struct http_request *request);

#endif
