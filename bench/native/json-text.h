#ifndef JSON_TEXT_H
#define JSON_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include "byte-buffer.h"

/* Length of the inside of the string literal whose opening quote is in front of `text`; -1 when it does not end within `length`. */
long literal_length(const char *text, size_t length);

/* Appends the inside of a JSON string literal, decoded to UTF-8. Returns false when it is none. */
bool append_decoded(struct byte_buffer *out, const char *literal, size_t length);

/*
 * Looks for `key`, given with its quotes, followed by a string. Sets `literal` and `size` to the inside of that string. Keys inside of
 * strings have escaped quotes and are not found.
 */
bool find_string(const char *json, size_t length, const char *key, const char **literal, size_t *size);

/* The same for a number without sign or fraction; -1 when there is none. */
long find_number(const char *json, size_t length, const char *key);

#endif
