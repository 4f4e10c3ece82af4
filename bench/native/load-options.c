#define _GNU_SOURCE
#include "load-options.h"
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

static void fail_usage(const char *why) {
  fprintf(stderr, "load-generator: %s\n", why);
  exit(2);
}

static void read_file(const char *path, struct byte_buffer *out) {
  FILE *file = fopen(path, "rb");
  if (file == NULL) fail_usage("the file of --body cannot be read");
  for (;;) {
    char *room = buffer_reserve(out, 65536);
    size_t count = fread(room, 1, 65536, file);
    if (count == 0) break;
    out->end += count;
  }
  fclose(file);
}

void build_request(const struct options *options, bool stream, struct byte_buffer *request) {
  struct byte_buffer body = {0};
  read_file(options->body_file, &body);
  char *head = buffer_reserve(request, 4096);
  int length = snprintf(head, 4096,
                        "POST %s HTTP/1.1\r\nhost: 127.0.0.1:%d\r\ncontent-type: application/json\r\naccept: %s\r\n"
                        "%s%s%scontent-length: %zu\r\n\r\n",
                        options->path, options->port, stream ? "text/event-stream" : "application/json",
                        options->bearer ? "authorization: Bearer " : "", options->bearer ? options->bearer : "",
                        options->bearer ? "\r\n" : "", buffer_length(&body));
  request->end += (size_t)length;
  buffer_append(request, buffer_front(&body), buffer_length(&body));
  buffer_free(&body);
}

void read_options(int count, char **arguments, struct options *options, struct expectation *expected) {
  *options = (struct options){.path = "/v1/responses", .connections = 1, .seconds = 1};
  static const struct option LONG[] = {
      {"port", 1, NULL, 'p'},        {"path", 1, NULL, 'u'},  {"api", 1, NULL, 'a'},     {"script", 1, NULL, 's'},
      {"body", 1, NULL, 'b'},        {"connections", 1, NULL, 'c'}, {"seconds", 1, NULL, 'd'}, {"stream", 0, NULL, 'S'},
      {"parsed", 0, NULL, 'P'},      {"done-optional", 0, NULL, 'D'}, {"bearer", 1, NULL, 'k'}, {"ramp-ms", 1, NULL, 'r'},
      {"rate", 1, NULL, 'R'},        {"settle-ms", 1, NULL, 't'},        {"once", 0, NULL, 'o'},  {"stored", 0, NULL, 'K'},
      {"requests", 1, NULL, 'n'},    {"scattered", 0, NULL, 'x'},        {"may-refuse", 0, NULL, 'm'},
      {NULL, 0, NULL, 0},
  };
  for (int option; (option = getopt_long(count, arguments, "", LONG, NULL)) != -1;) {
    switch (option) {
      case 'p': options->port = atoi(optarg); break;
      case 'u': options->path = optarg; break;
      case 'a': expected->api = strcmp(optarg, "chat") == 0 ? API_CHAT : API_RESPONSES; break;
      case 's': options->script = optarg; break;
      case 'b': options->body_file = optarg; break;
      case 'n': options->requests = atoi(optarg); break;
      case 'c': options->connections = atoi(optarg); break;
      case 'd': options->seconds = atof(optarg); break;
      case 'S': expected->stream = true; break;
      case 'P': expected->parsed = true; break;
      case 'D': expected->done_optional = true; break;
      case 'K': expected->stored = true; break;
      case 'k': options->bearer = optarg; break;
      case 'r': options->ramp_ms = atoi(optarg); break;
      case 't': options->settle_ms = atoi(optarg); break;
      case 'R': options->rate = atof(optarg); break;
      case 'x': options->scattered = true; break;
      case 'm': options->may_refuse = true; break;
      case 'o': options->once = true; break;
      default: fail_usage("unknown option");
    }
  }
  if (options->port <= 0 || options->body_file == NULL || options->script == NULL) fail_usage("--port, --body and --script are needed");
  if (!parse_script(options->script, strlen(options->script), &expected->script)) fail_usage("--script is none");
}
