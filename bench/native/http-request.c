#define _GNU_SOURCE
#include "http-request.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The value of a header; NULL when it is not there. `end` is behind the last header's line break. */
static const char *find_header(const char *bytes, const char *end, const char *name) {
  size_t length = strlen(name);
  for (const char *line = memmem(bytes, (size_t)(end - bytes), "\r\n", 2); line != NULL;
       line = memmem(line, (size_t)(end - line), "\r\n", 2)) {
    line += 2;
    if ((size_t)(end - line) > length && line[length] == ':' && strncasecmp(line, name, length) == 0) {
      line += length + 1;
      while (*line == ' ') line++;
      return line;
    }
  }
  return NULL;
}

static enum request_state join_chunks(char *bytes, size_t length, char *body, struct http_request *request) {
  const char *end = bytes + length;
  char *out = body, *from = body;
  /* Nothing may be moved before all of it is there: a partial request is read again from its start. */
  for (int moves = 0; moves < 2; moves++) {
    out = from = body;
    for (;;) {
      char *line_end = memmem(from, (size_t)(end - from), "\r\n", 2);
      if (line_end == NULL) return REQUEST_PARTIAL;
      size_t size = strtoul(from, NULL, 16);
      char *data = line_end + 2;
      if ((size_t)(end - data) < size + 2) return REQUEST_PARTIAL;
      if (moves) memmove(out, data, size);
      out += size;
      from = data + size + 2;
      if (size == 0) break;
      if (from >= end) return REQUEST_PARTIAL;
    }
  }
  request->body = body;
  request->body_length = (size_t)(out - body);
  request->length = (size_t)(from - bytes);
  return REQUEST_WHOLE;
}

enum request_state read_request(char *bytes, size_t length, struct http_request *request) {
  char *head_end = memmem(bytes, length, "\r\n\r\n", 4);
  if (head_end == NULL) return REQUEST_PARTIAL;
  char *body = head_end + 4;
  request->is_get = strncmp(bytes, "GET ", 4) == 0;
  const char *coding = find_header(bytes, head_end + 2, "transfer-encoding");
  if (coding != NULL) {
    return strncasecmp(coding, "chunked", 7) == 0 ? join_chunks(bytes, length, body, request) : REQUEST_BROKEN;
  }
  const char *size = find_header(bytes, head_end + 2, "content-length");
  request->body = body;
  request->body_length = size == NULL ? 0 : strtoul(size, NULL, 10);
  request->length = (size_t)(body - bytes) + request->body_length;
  return request->length <= length ? REQUEST_WHOLE : REQUEST_PARTIAL;
}
