#define _GNU_SOURCE
#include "answer-check.h"
#include <ctype.h>
#include <string.h>
#include "json-text.h"

struct slice {
  const char *bytes;
  size_t length;
};

static bool begins_with(struct slice slice, const char *text) {
  size_t length = strlen(text);
  return slice.length >= length && memcmp(slice.bytes, text, length) == 0;
}

static bool contains(struct slice slice, const char *text) {
  return memmem(slice.bytes, slice.length, text, strlen(text)) != NULL;
}

static bool equals(struct slice slice, const char *text) {
  return slice.length == strlen(text) && begins_with(slice, text);
}

/* Drops the spaces of JSON that has none in its strings: parsers may write arguments anew. */
static void drop_spaces(struct byte_buffer *text, size_t from) {
  char *out = text->data + from;
  for (char *in = out; in < text->data + text->end; in++) {
    if (!isspace((unsigned char)*in)) *out++ = *in;
  }
  text->end = (size_t)(out - text->data);
}

void check_init_expectation(struct expectation *expected) {
  script_expected(&expected->script, expected->parsed, expected->texts);
  if (expected->parsed) drop_spaces(&expected->texts[CHANNEL_ARGUMENTS], 0);
}

void check_begin(struct answer_check *check, uint64_t started) {
  struct byte_buffer body = check->body;
  body.start = body.end = 0;
  *check = (struct answer_check){
      .expected = check->expected, .times = check->times, .body = body, .started = started};
}

void check_fail(struct answer_check *check, const char *problem, const char *bytes, size_t length) {
  if (check->problem != NULL) return;
  check->problem = problem;
  size_t count = length < sizeof check->sample - 1 ? length : sizeof check->sample - 1;
  for (size_t i = 0; i < count; i++) {
    bool printable = isprint((unsigned char)bytes[i]) && bytes[i] != '"' && bytes[i] != '\\';
    check->sample[i] = printable ? bytes[i] : ' ';
  }
  check->sample[count] = 0;
}

static void count_time(struct answer_check *check) {
  struct delta_times *times = check->times;
  times->deltas++;
  if (check->deltas++ == 0) histogram_add(&times->first, check->read_at - check->started);
  else if (times->is_settled) histogram_add(&times->gap, check->read_at - check->last_delta);
  check->last_delta = check->read_at;
}

static void check_stamp(struct answer_check *check, struct slice text) {
  if (text.length != STAMP_DIGITS + 1 || text.bytes[0] != STAMP_MARK) {
    check_fail(check, "a delta is no stamp", text.bytes, text.length);
    return;
  }
  uint64_t sent = 0;
  for (int i = 1; i <= STAMP_DIGITS; i++) sent = sent * 10 + (uint64_t)(text.bytes[i] - '0');
  uint64_t lag_us = (check->read_at / 1000 + STAMP_MODULUS - sent) % STAMP_MODULUS;
  if (check->times->is_settled) histogram_add(&check->times->lag, lag_us * 1000);
}

static void check_delta(struct answer_check *check, enum channel channel, const char *literal, size_t length) {
  static struct byte_buffer decoded;
  decoded.start = decoded.end = 0;
  count_time(check);
  if (!append_decoded(&decoded, literal, length)) {
    check_fail(check, "a delta is no JSON string", literal, length);
    return;
  }
  const struct expectation *expected = check->expected;
  if (expected->script.stamps) {
    check_stamp(check, (struct slice){decoded.data, decoded.end});
    return;
  }
  if (expected->parsed && channel == CHANNEL_ARGUMENTS) drop_spaces(&decoded, 0);
  const struct byte_buffer *text = &expected->texts[channel];
  size_t position = check->positions[channel];
  if (buffer_length(text) - position < decoded.end ||
      memcmp(text->data + text->start + position, decoded.data, decoded.end) != 0) {
    check_fail(check, "the text is another one", literal, length);
    return;
  }
  check->positions[channel] += decoded.end;
}

static void check_sequence(struct answer_check *check, struct slice data) {
  long sequence = find_number(data.bytes, data.length, "\"sequence_number\"");
  if (sequence != check->next_sequence++) check_fail(check, "a gap in the sequence numbers", data.bytes, data.length);
}

/* What has to be true of the complete response that is in `json`. */
static void check_response(struct answer_check *check, struct slice json) {
  const char *id = memmem(json.bytes, json.length, "\"resp_", 6);
  if (id != NULL) {
    const char *end = memchr(id + 1, '"', (size_t)(json.bytes + json.length - id - 1));
    size_t length = end == NULL ? 0 : (size_t)(end - id - 1);
    if (length < ID_SIZE) memcpy(check->id, id + 1, length);
  }
  if (check->expected->stored && !contains(json, "\"store\":true")) {
    check_fail(check, "the answer is not stored", json.bytes, json.length);
  }
}

static void check_response_event(struct answer_check *check, struct slice type, struct slice data) {
  static const struct {
    const char *type;
    enum channel channel;
  } DELTAS[] = {
      {"response.output_text.delta", CHANNEL_TEXT},
      {"response.function_call_arguments.delta", CHANNEL_ARGUMENTS},
      {"response.reasoning_summary_text.delta", CHANNEL_REASONING},
      {"response.reasoning_text.delta", CHANNEL_REASONING},
  };
  check_sequence(check, data);
  for (size_t i = 0; i < sizeof DELTAS / sizeof *DELTAS; i++) {
    if (!equals(type, DELTAS[i].type)) continue;
    const char *literal;
    size_t length;
    if (find_string(data.bytes, data.length, "\"delta\"", &literal, &length)) {
      check_delta(check, DELTAS[i].channel, literal, length);
    } else {
      check_fail(check, "a delta without text", data.bytes, data.length);
    }
    return;
  }
  if (equals(type, "response.completed")) {
    check->terminals++;
    check_response(check, data);
  } else if (equals(type, "response.failed") || equals(type, "response.incomplete") || equals(type, "error")) {
    check_fail(check, "the answer failed", data.bytes, data.length);
  }
}

static void check_chat_chunk(struct answer_check *check, struct slice data) {
  static const char *const KEYS[CHANNEL_COUNT] = {
      [CHANNEL_TEXT] = "\"content\"", [CHANNEL_REASONING] = "\"reasoning_content\"", [CHANNEL_ARGUMENTS] = "\"arguments\""};
  if (contains(data, "\"error\":")) {
    check_fail(check, "the answer failed", data.bytes, data.length);
    return;
  }
  for (int channel = 0; channel < CHANNEL_COUNT; channel++) {
    const char *literal;
    size_t length;
    if (find_string(data.bytes, data.length, KEYS[channel], &literal, &length) && length > 0) {
      check_delta(check, (enum channel)channel, literal, length);
    }
  }
  if (contains(data, "\"finish_reason\": \"") || contains(data, "\"finish_reason\":\"")) check->terminals++;
}

/* The value of a field of an SSE event; of length 0 when it has none. */
static struct slice find_field(struct slice event, const char *name) {
  const char *end = event.bytes + event.length;
  size_t length = strlen(name);
  for (const char *line = event.bytes; line < end;) {
    const char *line_end = memchr(line, '\n', (size_t)(end - line));
    if (line_end == NULL) line_end = end;
    if ((size_t)(line_end - line) > length && memcmp(line, name, length) == 0 && line[length] == ':') {
      line += length + 1;
      if (line < line_end && *line == ' ') line++;
      if (line < line_end && line_end[-1] == '\r') line_end--;
      return (struct slice){line, (size_t)(line_end - line)};
    }
    line = line_end + 1;
  }
  return (struct slice){NULL, 0};
}

static void check_event(struct answer_check *check, struct slice event) {
  struct slice data = find_field(event, "data");
  if (data.length == 0) return; /* a comment */
  if (check->dones > 0) {
    check_fail(check, "something behind [DONE]", data.bytes, data.length);
  } else if (equals(data, "[DONE]")) {
    check->dones++;
  } else if (check->expected->api == API_CHAT) {
    check_chat_chunk(check, data);
  } else if (check->terminals > 0) {
    check_fail(check, "an event behind the terminal one", data.bytes, data.length);
  } else {
    struct slice type = find_field(event, "event");
    if (type.length == 0) find_string(data.bytes, data.length, "\"type\"", &type.bytes, &type.length);
    check_response_event(check, type, data);
  }
}

void check_feed(struct answer_check *check, const char *bytes, size_t length) {
  struct byte_buffer *body = &check->body;
  /* The break before an event's end may have come with the read before. */
  size_t known = buffer_length(body);
  buffer_append(body, bytes, length);
  if (!check->expected->stream) return;
  char *from = buffer_front(body) + (known < 2 ? 0 : known - 2);
  for (;;) {
    char *end = body->data + body->end;
    char *line_end = memchr(from, '\n', (size_t)(end - from));
    if (line_end == NULL) return;
    char *next = line_end + 1;
    if (next < end && *next == '\r') next++;
    if (next >= end) return;
    from = line_end + 1;
    if (*next != '\n') continue;
    char *front = buffer_front(body);
    check_event(check, (struct slice){front, (size_t)(line_end - front)});
    from = next + 1;
    /* buffer_consume() may set the offsets back to zero, but moves nothing. */
    buffer_consume(body, (size_t)(from - front));
    if (buffer_length(body) == 0) return;
  }
}

static void check_whole_answer(struct answer_check *check) {
  struct slice body = {buffer_front(&check->body), buffer_length(&check->body)};
  bool is_chat = check->expected->api == API_CHAT;
  if (!is_chat) check_response(check, body);
  const char *literal;
  size_t length;
  if (!contains(body, is_chat ? "\"finish_reason\"" : "\"completed\"")) {
    check_fail(check, "the answer is not complete", body.bytes, body.length);
  } else if (find_string(body.bytes, body.length, is_chat ? "\"content\"" : "\"text\"", &literal, &length)) {
    check_delta(check, CHANNEL_TEXT, literal, length);
  }
}

static bool is_all_there(const struct answer_check *check) {
  if (check->expected->script.stamps) return true;
  for (int channel = 0; channel < CHANNEL_COUNT; channel++) {
    if (check->positions[channel] != buffer_length(&check->expected->texts[channel])) return false;
  }
  return true;
}

/* Line breaks behind an event are nothing: some servers send more than they must. */
static bool is_blank(struct byte_buffer *rest) {
  for (size_t i = 0; i < buffer_length(rest); i++) {
    char byte = buffer_front(rest)[i];
    if (byte != '\n' && byte != '\r') return false;
  }
  return true;
}

static void check_stream_end(struct answer_check *check) {
  const struct expectation *expected = check->expected;
  if (check->terminals != 1) check_fail(check, "not one terminal event", "", 0);
  if (check->dones != 1 && !expected->done_optional) check_fail(check, "no [DONE]", "", 0);
  if (!expected->parsed && check->deltas != expected->script.chunks) check_fail(check, "not every delta", "", 0);
  if (!is_blank(&check->body)) check_fail(check, "half an event at the end", "", 0);
}

bool check_end(struct answer_check *check) {
  if (check->expected->stream) check_stream_end(check);
  else check_whole_answer(check);
  if (!is_all_there(check)) check_fail(check, "the text is not whole", "", 0);
  return check->problem == NULL;
}
