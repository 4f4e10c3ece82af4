#define _GNU_SOURCE
#include "prepared-answer.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* LMDeploy's spelling: chunks by json.dumps (", " and ": "), the usage chunk and whole answers by pydantic (no spaces). */
#define ID "chatcmpl-2Xr8vTqWb5KdYzLm4NpGhc"
#define MODEL "Qwen/Qwen3-8B"
#define CREATED "1795337547"
#define CHUNK_OPEN                                                                                                       \
  "data: {\"id\": \"" ID "\", \"object\": \"chat.completion.chunk\", \"created\": " CREATED ", \"model\": \"" MODEL      \
  "\", \"choices\": [{\"index\": 0, \"delta\": {\"role\": \"assistant\", "
#define CHUNK_CLOSE "], \"usage\": null}\n\n"
#define PROMPT_TOKENS 42
#define MAX_EVENT 2048

static void __attribute__((format(printf, 2, 3))) append_frame(struct byte_buffer *frames, const char *format, ...) {
  char event[MAX_EVENT], size[16];
  va_list values;
  va_start(values, format);
  int length = vsnprintf(event, sizeof event, format, values);
  va_end(values);
  buffer_append(frames, size, (size_t)snprintf(size, sizeof size, "%x\r\n", length));
  buffer_append(frames, event, (size_t)length);
  buffer_append(frames, "\r\n", 2);
}

static void append_delta(struct byte_buffer *frames, struct piece piece, const char *suffix) {
  switch (piece.channel) {
    case CHANNEL_ARGUMENTS:
      append_frame(frames,
                   CHUNK_OPEN "\"tool_calls\": [{\"index\": 0, \"function\": {\"arguments\": \"%s%s\"}}]}}" CHUNK_CLOSE,
                   piece.literal, suffix);
      return;
    case CHANNEL_REASONING:
      append_frame(frames, CHUNK_OPEN "\"reasoning_content\": \"%s%s\"}}" CHUNK_CLOSE, piece.literal, suffix);
      return;
    default:
      append_frame(frames, CHUNK_OPEN "\"content\": \"%s%s\"}}" CHUNK_CLOSE, piece.literal, suffix);
  }
}

static void append_call_start(struct byte_buffer *frames) {
  append_frame(frames,
               CHUNK_OPEN "\"tool_calls\": [{\"id\": \"chatcmpl-tool-9hQ2\", \"type\": \"function\", \"index\": 0, "
                          "\"function\": {\"name\": \"" TOOL_NAME "\"}}]}}" CHUNK_CLOSE);
}

static void append_end(struct byte_buffer *frames, const struct answer_script *script) {
  append_frame(frames, CHUNK_OPEN "\"content\": \"\"}, \"finish_reason\": \"%s\"}" CHUNK_CLOSE,
               script->kind == KIND_TOOL ? "tool_calls" : "stop");
  append_frame(frames,
               "data: {\"id\":\"" ID "\",\"object\":\"chat.completion.chunk\",\"created\":" CREATED ",\"model\":\"" MODEL
               "\",\"choices\":[],\"usage\":{\"prompt_tokens\":%d,\"total_tokens\":%d,\"completion_tokens\":%d,"
               "\"prompt_tokens_details\":{\"cached_tokens\":0}}}\n\n",
               PROMPT_TOKENS, PROMPT_TOKENS + script->chunks, script->chunks);
  append_frame(frames, "data: [DONE]\n\n");
  buffer_append(frames, "0\r\n\r\n", 5);
}

static void build_stream(struct prepared_answer *answer) {
  static const char head[] =
      "HTTP/1.1 200 OK\r\ndate: Sun, 22 Nov 2026 08:00:00 GMT\r\nserver: uvicorn\r\n"
      "content-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\n\r\n";
  const struct answer_script *script = &answer->script;
  buffer_append(&answer->head, head, strlen(head));
  answer->frame_ends = malloc((size_t)(script->chunks + 1) * sizeof *answer->frame_ends);
  if (script->kind == KIND_TOOL) append_call_start(&answer->frames);
  for (int index = 0; index < script->chunks; index++) {
    struct piece piece = script_piece(script, index);
    enum answer_fault fault = index == script->chunks / 2 ? script->fault : FAULT_NONE;
    if (fault == FAULT_CUT) {
      answer->cut = true;
      break;
    }
    if (fault != FAULT_DROP) append_delta(&answer->frames, piece, fault == FAULT_ALTER ? "!" : "");
    if (fault == FAULT_REPEAT) append_delta(&answer->frames, piece, "");
    answer->frame_ends[answer->frame_count++] = answer->frames.end;
  }
  if (answer->cut) return;
  append_end(&answer->frames, script);
  answer->frame_ends[answer->frame_count++] = answer->frames.end;
}

static void build_whole(struct prepared_answer *answer) {
  const struct answer_script *script = &answer->script;
  struct byte_buffer body = {0};
  static const char open[] =
      "{\"id\":\"" ID "\",\"object\":\"chat.completion\",\"created\":" CREATED ",\"model\":\"" MODEL
      "\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"";
  static const char middle[] =
      "\",\"reasoning_content\":null,\"tool_calls\":null},\"logprobs\":null,\"output_token_logprobs\":null,"
      "\"finish_reason\":\"stop\",\"output_ids\":null,\"routed_experts\":null}],\"usage\":";
  buffer_append(&body, open, strlen(open));
  for (int index = 0; index < script->chunks; index++) {
    if (script->fault == FAULT_DROP && index == script->chunks / 2) continue;
    struct piece piece = script_piece(script, index);
    buffer_append(&body, piece.literal, strlen(piece.literal));
  }
  buffer_append(&body, middle, strlen(middle));
  char text[512];
  int length = snprintf(text, sizeof text,
                        "{\"prompt_tokens\":%d,\"total_tokens\":%d,\"completion_tokens\":%d,\"prompt_tokens_details\":"
                        "{\"cached_tokens\":0},\"completion_tokens_details\":null},\"service_tier\":null}",
                        PROMPT_TOKENS, PROMPT_TOKENS + script->chunks, script->chunks);
  buffer_append(&body, text, (size_t)length);
  length = snprintf(text, sizeof text,
                    "HTTP/1.1 200 OK\r\ndate: Sun, 22 Nov 2026 08:00:00 GMT\r\nserver: uvicorn\r\n"
                    "content-length: %zu\r\ncontent-type: application/json\r\n\r\n",
                    buffer_length(&body));
  buffer_append(&answer->whole, text, (size_t)length);
  buffer_append(&answer->whole, buffer_front(&body), buffer_length(&body));
  buffer_free(&body);
}

struct cached_answer {
  struct cached_answer *next;
  struct prepared_answer answer;
  size_t length;
  char model[256];
};

const struct prepared_answer *find_answer(const char *model, size_t length) {
  static struct cached_answer *cache;
  for (struct cached_answer *entry = cache; entry != NULL; entry = entry->next) {
    if (entry->length == length && memcmp(entry->model, model, length) == 0) return &entry->answer;
  }
  struct answer_script script;
  if (!parse_script(model, length, &script)) return NULL;
  struct cached_answer *entry = calloc(1, sizeof *entry);
  entry->answer.script = script;
  entry->length = length;
  memcpy(entry->model, model, length);
  build_stream(&entry->answer);
  build_whole(&entry->answer);
  entry->next = cache;
  cache = entry;
  return &entry->answer;
}

void stamp_frame(char *frame, size_t length, uint64_t ns) {
  char *digits = memmem(frame, length, STAMP_LITERAL, strlen(STAMP_LITERAL));
  if (digits == NULL) return;
  uint64_t stamp = ns / 1000 % STAMP_MODULUS;
  for (int i = STAMP_DIGITS; i >= 1; i--) {
    digits[i] = (char)('0' + stamp % 10);
    stamp /= 10;
  }
}
