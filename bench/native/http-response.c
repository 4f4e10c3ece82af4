#define _GNU_SOURCE
#include "http-response.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LARGEST_HEAD 65536

void response_reset(struct http_response *response) {
  struct byte_buffer head = response->head;
  head.start = head.end = 0;
  *response = (struct http_response){.head = head, .coding = BODY_UNTIL_CLOSE};
}

static void read_header(struct http_response *response, const char *line) {
  if (strncasecmp(line, "content-length:", 15) == 0) {
    response->coding = BODY_LENGTH;
    response->left = strtoul(line + 15, NULL, 10);
  } else if (strncasecmp(line, "transfer-encoding:", 18) == 0 && strcasestr(line, "chunked") != NULL) {
    response->coding = BODY_CHUNKED;
  } else if (strncasecmp(line, "connection:", 11) == 0 && strcasestr(line, "close") != NULL) {
    response->closes = true;
  }
}

static bool read_head(struct http_response *response) {
  char *rest = NULL;
  char *line = strtok_r(buffer_front(&response->head), "\r\n", &rest);
  if (line == NULL || strncmp(line, "HTTP/1.", 7) != 0) return false;
  response->status = atoi(line + 9);
  while ((line = strtok_r(NULL, "\r\n", &rest)) != NULL) read_header(response, line);
  return true;
}

/* Takes bytes of the head; returns how many, -1 when it is none. */
static long feed_head(struct http_response *response, const char *bytes, size_t length) {
  size_t before = buffer_length(&response->head);
  buffer_append(&response->head, bytes, length);
  char *end = memmem(buffer_front(&response->head), buffer_length(&response->head), "\r\n\r\n", 4);
  if (end == NULL) return buffer_length(&response->head) > LARGEST_HEAD ? -1 : (long)length;
  *end = 0;
  response->has_head = true;
  size_t taken = (size_t)(end - buffer_front(&response->head)) + 4 - before;
  return read_head(response) ? (long)taken : -1;
}

/* Takes a byte of a chunk's size line; returns false when the line is none. */
static bool feed_size(struct http_response *response, char byte) {
  if (byte != '\n') {
    if (response->line_length == sizeof response->line - 1) return false;
    response->line[response->line_length++] = byte;
    return true;
  }
  char *end;
  response->line[response->line_length] = 0;
  response->left = strtoul(response->line, &end, 16);
  response->line_length = 0;
  response->part = response->left == 0 ? CHUNK_TRAILER : CHUNK_DATA;
  return end != response->line;
}

static enum response_state feed_chunks(struct http_response *response, const char *bytes, size_t length,
                                       body_reader read_body, void *owner) {
  const char *end = bytes + length;
  while (bytes < end) {
    switch (response->part) {
      case CHUNK_SIZE:
        if (!feed_size(response, *bytes++)) return RESPONSE_BROKEN;
        break;
      case CHUNK_DATA: {
        size_t taken = (size_t)(end - bytes) < response->left ? (size_t)(end - bytes) : response->left;
        read_body(owner, bytes, taken);
        bytes += taken;
        response->left -= taken;
        if (response->left == 0) response->part = CHUNK_DATA_END;
        break;
      }
      case CHUNK_DATA_END:
        if (*bytes++ == '\n') response->part = CHUNK_SIZE;
        break;
      case CHUNK_TRAILER:
        if (*bytes++ == '\n') return bytes == end ? RESPONSE_WHOLE : RESPONSE_BROKEN;
    }
  }
  return RESPONSE_PARTIAL;
}

static enum response_state feed_length(struct http_response *response, const char *bytes, size_t length,
                                       body_reader read_body, void *owner) {
  if (length > response->left) return RESPONSE_BROKEN;
  if (length > 0) read_body(owner, bytes, length);
  response->left -= length;
  return response->left == 0 ? RESPONSE_WHOLE : RESPONSE_PARTIAL;
}

enum response_state response_feed(struct http_response *response, const char *bytes, size_t length, body_reader read_body,
                                  void *owner) {
  if (!response->has_head) {
    long taken = feed_head(response, bytes, length);
    if (taken < 0) return RESPONSE_BROKEN;
    if (!response->has_head) return RESPONSE_PARTIAL;
    bytes += taken;
    length -= (size_t)taken;
  }
  switch (response->coding) {
    case BODY_CHUNKED:
      return feed_chunks(response, bytes, length, read_body, owner);
    case BODY_LENGTH:
      return feed_length(response, bytes, length, read_body, owner);
    default:
      if (length > 0) read_body(owner, bytes, length);
      return RESPONSE_PARTIAL;
  }
}
