#ifndef BYTE_BUFFER_H
#define BYTE_BUFFER_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes that are added behind and taken away in front. */
struct byte_buffer {
  char *data;
  size_t start, end, capacity;
};

static inline size_t buffer_length(const struct byte_buffer *buffer) { return buffer->end - buffer->start; }

static inline char *buffer_front(struct byte_buffer *buffer) { return buffer->data + buffer->start; }

/* Makes room for `length` more bytes; returns where they go. */
static inline char *buffer_reserve(struct byte_buffer *buffer, size_t length) {
  if (buffer->capacity - buffer->end >= length) return buffer->data + buffer->end;
  if (buffer->start > 0) {
    memmove(buffer->data, buffer->data + buffer->start, buffer_length(buffer));
    buffer->end -= buffer->start;
    buffer->start = 0;
  }
  if (buffer->capacity - buffer->end < length) {
    buffer->capacity = (buffer->end + length) * 2;
    buffer->data = realloc(buffer->data, buffer->capacity);
    if (buffer->data == NULL) {
      perror("realloc");
      exit(1);
    }
  }
  return buffer->data + buffer->end;
}

static inline void buffer_append(struct byte_buffer *buffer, const void *bytes, size_t length) {
  memcpy(buffer_reserve(buffer, length), bytes, length);
  buffer->end += length;
}

static inline void buffer_consume(struct byte_buffer *buffer, size_t length) {
  buffer->start += length;
  if (buffer->start == buffer->end) buffer->start = buffer->end = 0;
}

static inline void buffer_free(struct byte_buffer *buffer) {
  free(buffer->data);
  memset(buffer, 0, sizeof *buffer);
}

#endif
