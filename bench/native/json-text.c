#define _GNU_SOURCE
#include "json-text.h"
#include <stdint.h>
#include <string.h>

long literal_length(const char *text, size_t length) {
  const char *from = text, *end = text + length;
  for (;;) {
    const char *quote = memchr(from, '"', (size_t)(end - from));
    if (quote == NULL) return -1;
    size_t slashes = 0;
    while (quote - slashes > text && *(quote - slashes - 1) == '\\') slashes++;
    if (slashes % 2 == 0) return quote - text;
    from = quote + 1;
  }
}

static int hex_digit(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

/* The code unit of a \uXXXX at `text`; -1 when there is none. */
static long code_unit(const char *text, size_t length) {
  if (length < 6 || text[0] != '\\' || text[1] != 'u') return -1;
  long unit = 0;
  for (int i = 2; i < 6; i++) {
    int digit = hex_digit(text[i]);
    if (digit < 0) return -1;
    unit = unit * 16 + digit;
  }
  return unit;
}

static void append_code_point(struct byte_buffer *out, uint32_t point) {
  char bytes[4];
  size_t count;
  if (point < 0x80) {
    bytes[0] = (char)point;
    count = 1;
  } else if (point < 0x800) {
    bytes[0] = (char)(0xc0 | point >> 6);
    count = 2;
  } else if (point < 0x10000) {
    bytes[0] = (char)(0xe0 | point >> 12);
    count = 3;
  } else {
    bytes[0] = (char)(0xf0 | point >> 18);
    count = 4;
  }
  for (size_t i = 1; i < count; i++) bytes[i] = (char)(0x80 | (point >> 6 * (count - 1 - i) & 0x3f));
  buffer_append(out, bytes, count);
}

/* Decodes the escape at `text`; returns how long it is, 0 when it is none. */
static size_t append_escape(struct byte_buffer *out, const char *text, size_t length) {
  static const char NAMES[] = "\"\\/bfnrt", VALUES[] = "\"\\/\b\f\n\r\t";
  if (length < 2) return 0;
  const char *name = text[1] == 0 ? NULL : strchr(NAMES, text[1]);
  if (name != NULL) {
    buffer_append(out, &VALUES[name - NAMES], 1);
    return 2;
  }
  long unit = code_unit(text, length);
  if (unit < 0) return 0;
  if (unit < 0xd800 || unit > 0xdbff) {
    append_code_point(out, (uint32_t)unit);
    return 6;
  }
  long low = code_unit(text + 6, length - 6);
  if (low < 0xdc00 || low > 0xdfff) return 0;
  append_code_point(out, 0x10000u + ((uint32_t)(unit - 0xd800) << 10) + (uint32_t)(low - 0xdc00));
  return 12;
}

bool append_decoded(struct byte_buffer *out, const char *literal, size_t length) {
  const char *end = literal + length;
  while (literal < end) {
    const char *slash = memchr(literal, '\\', (size_t)(end - literal));
    const char *plain_end = slash == NULL ? end : slash;
    buffer_append(out, literal, (size_t)(plain_end - literal));
    if (slash == NULL) return true;
    size_t taken = append_escape(out, slash, (size_t)(end - slash));
    if (taken == 0) return false;
    literal = slash + taken;
  }
  return true;
}

/* Where the value of `key` begins; NULL when the key is not there. */
static const char *find_value(const char *json, size_t length, const char *key) {
  const char *end = json + length;
  const char *value = memmem(json, length, key, strlen(key));
  if (value == NULL) return NULL;
  value += strlen(key);
  while (value < end && (*value == ' ' || *value == ':')) value++;
  return value < end ? value : NULL;
}

bool find_string(const char *json, size_t length, const char *key, const char **literal, size_t *size) {
  const char *end = json + length;
  for (const char *value = find_value(json, length, key); value != NULL; value = find_value(value, (size_t)(end - value), key)) {
    if (*value != '"') continue;
    long inside = literal_length(value + 1, (size_t)(end - value - 1));
    if (inside < 0) return false;
    *literal = value + 1;
    *size = (size_t)inside;
    return true;
  }
  return false;
}

long find_number(const char *json, size_t length, const char *key) {
  const char *end = json + length;
  const char *value = find_value(json, length, key);
  if (value == NULL || *value < '0' || *value > '9') return -1;
  long number = 0;
  for (; value < end && *value >= '0' && *value <= '9'; value++) number = number * 10 + (*value - '0');
  return number;
}
