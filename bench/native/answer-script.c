#define _GNU_SOURCE
#include "answer-script.h"
#include <string.h>
#include "json-text.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

/* Plain words, code, escapes, letters beyond ASCII and beyond 16 bits: as LMDeploy's json.dumps writes them, in pieces of a token's size. */
static const char *const TEXT[] = {
    "A",        " relay",   " has",    " one",           " job",  ":",    " pass",    " on",      " what",   " it",
    " hears",   ",",        " at",     " once",          ".",     "\\n\\n", "##",     " Notes",   "\\n",     "1",
    ".",        " Keep",    " \\\"",   "order",          "\\\"",  " and", " count",   "\\n",      "2",       ".",
    " Gr\\u00fc", "\\u00dfe", " aus",  " \\u6771\\u4eac", " \\ud83d\\ude80", "\\n", "```", "py",   "\\n",     "print",
    "(",        "'",        "C",       ":\\\\",          "temp",  "'",    ")",        "\\n",      "```",     "\\n",
    "Total",    ":",        " 2",      "7",              ".",     "1",    "8",        " ms",      " per",    " step",
};

static const char *const CALL_FIRST = "{\\\"ids\\\": [7";
static const char *const CALL_NEXT[] = {", 12", ", 3", ", 845", ", 60"};
static const char *const CALL_LAST = "]}";

static const char *const RAW_LEAD[] = {"I", " need", " the", " rows", " first", "."};
static const char *const RAW_OPEN[] = {
    "<tool_call>", "\\n", "{\\\"", "name", "\\\":", " \\\"", "get", "_rows", "\\\",", " \\\"", "arguments", "\\\":", " {\\\"", "ids", "\\\":", " [", "7",
};
/* Tokenizers of the Qwen family give every digit a token of its own. */
static const char *const RAW_NEXT[] = {",", " ", "4", "2"};
static const char *const RAW_FILL = "0";
static const char *const RAW_CLOSE[] = {"]", "}}", "\\n", "</tool_call>"};

static const char *raw_literal(int chunks, int index) {
  int values = chunks - COUNT(RAW_LEAD) - COUNT(RAW_OPEN) - COUNT(RAW_CLOSE);
  if (index < COUNT(RAW_LEAD)) return RAW_LEAD[index];
  index -= COUNT(RAW_LEAD);
  if (index < COUNT(RAW_OPEN)) return RAW_OPEN[index];
  index -= COUNT(RAW_OPEN);
  /* What is left over by whole values lengthens the last number, so that the JSON is whole with any number of chunks. */
  if (index < values) return index < values - values % COUNT(RAW_NEXT) ? RAW_NEXT[index % COUNT(RAW_NEXT)] : RAW_FILL;
  return RAW_CLOSE[index - values];
}

static const char *argument_literal(int chunks, int index) {
  if (index == 0) return CALL_FIRST;
  return index == chunks - 1 ? CALL_LAST : CALL_NEXT[index % COUNT(CALL_NEXT)];
}

struct piece script_piece(const struct answer_script *script, int index) {
  if (script->stamps) return (struct piece){CHANNEL_TEXT, STAMP_LITERAL};
  switch (script->kind) {
    case KIND_TOOL:
      return (struct piece){CHANNEL_ARGUMENTS, argument_literal(script->chunks, index)};
    case KIND_RAW:
      return (struct piece){CHANNEL_TEXT, raw_literal(script->chunks, index)};
    case KIND_REASONING:
      return (struct piece){index < script->chunks / 2 ? CHANNEL_REASONING : CHANNEL_TEXT, TEXT[index % COUNT(TEXT)]};
    default:
      return (struct piece){CHANNEL_TEXT, TEXT[index % COUNT(TEXT)]};
  }
}

/* Moves the call from the text to the arguments, as a tool parser does. */
static void raise_call(struct byte_buffer expected[CHANNEL_COUNT]) {
  static const char open[] = "<tool_call>", key[] = "\"arguments\": ", close[] = "}\n</tool_call>";
  struct byte_buffer *text = &expected[CHANNEL_TEXT];
  char *front = buffer_front(text);
  char *call = memmem(front, buffer_length(text), open, strlen(open));
  char *from = memmem(front, buffer_length(text), key, strlen(key));
  char *end = memmem(front, buffer_length(text), close, strlen(close));
  if (call == NULL || from == NULL || end == NULL) return;
  from += strlen(key);
  buffer_append(&expected[CHANNEL_ARGUMENTS], from, (size_t)(end - from));
  text->end = (size_t)(call - text->data);
}

void script_expected(const struct answer_script *script, bool parsed, struct byte_buffer expected[CHANNEL_COUNT]) {
  for (int index = 0; index < script->chunks; index++) {
    struct piece piece = script_piece(script, index);
    append_decoded(&expected[piece.channel], piece.literal, strlen(piece.literal));
  }
  if (script->kind == KIND_RAW && parsed) raise_call(expected);
}

static int position_in(const char *const names[], int count, const char *value) {
  for (int i = 0; i < count; i++) {
    if (strcmp(names[i], value) == 0) return i;
  }
  return -1;
}

static bool set_option(struct answer_script *script, const char *key, const char *value) {
  static const char *const KINDS[] = {"text", "tool", "reasoning", "raw"};
  static const char *const FAULTS[] = {"none", "drop", "alter", "repeat", "cut"};
  int choice = 0;
  if (strcmp(key, "kind") == 0) script->kind = (choice = position_in(KINDS, COUNT(KINDS), value));
  else if (strcmp(key, "fault") == 0) script->fault = (choice = position_in(FAULTS, COUNT(FAULTS), value));
  else if (strcmp(key, "chunks") == 0) script->chunks = atoi(value);
  else if (strcmp(key, "rate") == 0) script->rate = atoi(value);
  else if (strcmp(key, "group") == 0) script->group = atoi(value);
  else if (strcmp(key, "stamps") == 0) script->stamps = atoi(value) != 0;
  else return false;
  return choice >= 0;
}

static int least_chunks(enum answer_kind kind) {
  return kind == KIND_RAW ? COUNT(RAW_LEAD) + COUNT(RAW_OPEN) + COUNT(RAW_CLOSE) : 2;
}

bool parse_script(const char *name, size_t length, struct answer_script *script) {
  char copy[256];
  size_t prefix = strlen(SCRIPT_PREFIX);
  if (length < prefix || length >= sizeof copy || memcmp(name, SCRIPT_PREFIX, prefix) != 0) return false;
  memcpy(copy, name, length);
  copy[length] = 0;
  *script = (struct answer_script){.kind = KIND_TEXT, .chunks = 256, .fault = FAULT_NONE};
  char *rest = NULL;
  for (char *option = strtok_r(copy + prefix, ",", &rest); option != NULL; option = strtok_r(NULL, ",", &rest)) {
    char *value = strchr(option, '=');
    if (value == NULL) return false;
    *value++ = 0;
    if (!set_option(script, option, value)) return false;
  }
  return script->chunks >= least_chunks(script->kind);
}
