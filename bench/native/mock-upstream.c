/*
 * A chat-completions server with LMDeploy's bytes that is much faster than any gateway: one thread, epoll, answers serialised once.
 *
 *   mock-upstream [MODEL…]        listens on a free port of 127.0.0.1 and prints its number
 *
 * What it answers is named by the request's model: see answer-script.h. It answers any, and lists those of its command line, for routers that look first. It ends with the process that started it.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include "clock.h"
#include "file-limit.h"
#include "http-request.h"
#include "json-text.h"
#include "prepared-answer.h"
#include "timer-heap.h"

#define READ_SIZE 65536
#define WRITE_SIZE 65536
#define BACKLOG 4096
#define MAX_EVENTS 512

struct connection {
  struct timer timer; /* first, so that a timer can be taken for its connection */
  int fd;
  bool waits_for_room;
  struct byte_buffer in, out;
  const struct prepared_answer *answer; /* the stream that is being sent; NULL between requests */
  int next_frame;
};

enum flush_result { FLUSHED, BLOCKED, CLOSED };

static int poller, clock_fd, listener_fd;
static struct byte_buffer model_list; /* with a zero at its end */

static void watch(int operation, int fd, uint32_t events, void *owner) {
  struct epoll_event event = {.events = events, .data.ptr = owner};
  epoll_ctl(poller, operation, fd, &event);
}

static void close_connection(struct connection *connection) {
  timer_remove(&connection->timer);
  close(connection->fd);
  buffer_free(&connection->in);
  buffer_free(&connection->out);
  free(connection);
}

static void wait_for_room(struct connection *connection, bool wait) {
  if (connection->waits_for_room == wait) return;
  connection->waits_for_room = wait;
  watch(EPOLL_CTL_MOD, connection->fd, wait ? EPOLLIN | EPOLLOUT : EPOLLIN, connection);
}

static enum flush_result flush(struct connection *connection) {
  struct byte_buffer *out = &connection->out;
  while (buffer_length(out) > 0) {
    ssize_t sent = send(connection->fd, buffer_front(out), buffer_length(out), MSG_NOSIGNAL);
    if (sent < 0 && errno == EAGAIN) {
      wait_for_room(connection, true);
      return BLOCKED;
    }
    if (sent < 0) {
      close_connection(connection);
      return CLOSED;
    }
    buffer_consume(out, (size_t)sent);
  }
  wait_for_room(connection, false);
  return FLUSHED;
}

static void append_next_frame(struct connection *connection) {
  const struct prepared_answer *answer = connection->answer;
  int index = connection->next_frame++;
  size_t from = index == 0 ? 0 : answer->frame_ends[index - 1];
  size_t length = answer->frame_ends[index] - from;
  buffer_append(&connection->out, answer->frames.data + from, length);
  if (answer->script.stamps) {
    stamp_frame(connection->out.data + connection->out.end - length, length, now_ns());
  }
}

static void append_group(struct connection *connection) {
  const struct prepared_answer *answer = connection->answer;
  int group = answer->script.rate > 0 ? 1 : answer->script.group;
  for (int i = 0; connection->next_frame < answer->frame_count; i++) {
    if (group > 0 ? i == group : buffer_length(&connection->out) >= WRITE_SIZE) return;
    append_next_frame(connection);
  }
}

/* Sends what is due. Returns false when the connection is gone. */
static bool advance(struct connection *connection) {
  while (connection->answer != NULL) {
    const struct answer_script *script = &connection->answer->script;
    if (script->rate > 0 && connection->timer.due > now_ns()) {
      timer_add(&connection->timer);
      /* The headers do not wait for the first delta. */
      return flush(connection) != CLOSED;
    }
    append_group(connection);
    bool is_last = connection->next_frame == connection->answer->frame_count;
    bool is_cut = is_last && connection->answer->cut;
    if (is_last) connection->answer = NULL;
    enum flush_result result = flush(connection);
    if (result == CLOSED) return false;
    if (is_cut) {
      close_connection(connection);
      return false;
    }
    if (script->rate > 0) {
      connection->timer.due += NS_PER_SECOND / (uint64_t)script->rate;
    } else if (result == FLUSHED && script->group > 0 && !is_last) {
      /* The others first: one write each, in turns. */
      connection->timer.due = now_ns();
      timer_add(&connection->timer);
      break;
    }
    if (result == BLOCKED) break;
  }
  return true;
}

static void answer_json(struct connection *connection, const char *status, const char *body) {
  char head[128];
  int length = snprintf(head, sizeof head, "HTTP/1.1 %s\r\ncontent-type: application/json\r\ncontent-length: %zu\r\n\r\n",
                        status, strlen(body));
  buffer_append(&connection->out, head, (size_t)length);
  buffer_append(&connection->out, body, strlen(body));
}

static bool wants_stream(const struct http_request *request) {
  static const char key[] = "\"stream\"";
  const char *end = request->body + request->body_length;
  const char *value = memmem(request->body, request->body_length, key, strlen(key));
  if (value == NULL) return false;
  value += strlen(key);
  while (value < end && (*value == ' ' || *value == ':')) value++;
  return end - value >= 4 && memcmp(value, "true", 4) == 0;
}

static const struct prepared_answer *requested_answer(const struct http_request *request) {
  static const char start[] = "\"" SCRIPT_PREFIX;
  const char *end = request->body + request->body_length;
  const char *name = memmem(request->body, request->body_length, start, strlen(start));
  if (name == NULL) return NULL;
  long length = literal_length(name + 1, (size_t)(end - name - 1));
  return length < 0 ? NULL : find_answer(name + 1, (size_t)length);
}

static void start_stream(struct connection *connection, const struct prepared_answer *answer) {
  buffer_append(&connection->out, answer->head.data, answer->head.end);
  connection->answer = answer;
  connection->next_frame = 0;
  connection->timer.due = now_ns();
  /* Streams that began together must not tick together: real ones do not. */
  if (answer->script.rate > 0) {
    uint64_t step = NS_PER_SECOND / (uint64_t)answer->script.rate;
    connection->timer.due += (uint64_t)(random() % 1000) * step / 1000;
  }
}

static void answer_request(struct connection *connection, const struct http_request *request) {
  if (request->is_get) {
    answer_json(connection, "200 OK", model_list.data);
    return;
  }
  const struct prepared_answer *answer = requested_answer(request);
  if (answer == NULL) {
    answer_json(connection, "404 Not Found",
                "{\"message\":\"The model does not exist.\",\"type\":\"not_found_error\",\"code\":404,"
                "\"param\":null,\"object\":\"error\"}");
  } else if (wants_stream(request)) {
    start_stream(connection, answer);
  } else {
    buffer_append(&connection->out, answer->whole.data, answer->whole.end);
  }
}

/* Answers the requests that are whole, one after the other. Returns false when the connection is gone. */
static bool serve(struct connection *connection) {
  struct byte_buffer *in = &connection->in;
  while (connection->answer == NULL && buffer_length(in) > 0) {
    struct http_request request;
    enum request_state state = read_request(buffer_front(in), buffer_length(in), &request);
    if (state == REQUEST_PARTIAL) break;
    if (state == REQUEST_BROKEN) {
      close_connection(connection);
      return false;
    }
    answer_request(connection, &request);
    buffer_consume(in, request.length);
    if (connection->answer != NULL ? !advance(connection) : flush(connection) == CLOSED) return false;
  }
  return true;
}

static void receive(struct connection *connection) {
  for (;;) {
    char *room = buffer_reserve(&connection->in, READ_SIZE);
    ssize_t received = recv(connection->fd, room, READ_SIZE, 0);
    if (received < 0 && errno == EAGAIN) break;
    if (received <= 0) {
      close_connection(connection);
      return;
    }
    connection->in.end += (size_t)received;
    if (received < READ_SIZE) break;
  }
  serve(connection);
}

static void accept_all(void) {
  for (;;) {
    int fd = accept4(listener_fd, NULL, NULL, SOCK_NONBLOCK), on = 1;
    if (fd < 0) return;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct connection *connection = calloc(1, sizeof *connection);
    connection->fd = fd;
    connection->timer.position = -1;
    watch(EPOLL_CTL_ADD, fd, EPOLLIN, connection);
  }
}

static void handle(const struct epoll_event *event) {
  uint64_t expirations;
  if (event->data.ptr == &listener_fd) {
    accept_all();
  } else if (event->data.ptr == &clock_fd) {
    /* Only wakes the loop: what is due is seen to once every turn. */
    (void)!read(clock_fd, &expirations, sizeof expirations);
  } else {
    struct connection *connection = event->data.ptr;
    if (event->events & EPOLLOUT) {
      enum flush_result result = flush(connection);
      if (result == CLOSED) return;
      if (result == FLUSHED && connection->timer.position < 0 && (!advance(connection) || !serve(connection))) return;
    }
    if (event->events & (EPOLLIN | EPOLLHUP | EPOLLERR)) receive(connection);
  }
}

static void run_due_timers(void) {
  uint64_t now = now_ns();
  /* One turn each: those that are added meanwhile wait until the sockets were seen to. */
  for (int turns = timer_count(); turns > 0; turns--) {
    struct timer *timer = timer_first();
    if (timer == NULL || timer->due > now) return;
    timer_remove(timer);
    struct connection *connection = (struct connection *)timer;
    if (!connection->waits_for_room && advance(connection)) serve(connection);
  }
}

static void arm_clock(void) {
  struct timer *first = timer_first();
  struct itimerspec at = {0};
  if (first != NULL) {
    /* A time of zero would switch it off. */
    uint64_t due = first->due > 0 ? first->due : 1;
    at.it_value = (struct timespec){.tv_sec = (time_t)(due / NS_PER_SECOND), .tv_nsec = (long)(due % NS_PER_SECOND)};
  }
  timerfd_settime(clock_fd, TFD_TIMER_ABSTIME, &at, NULL);
}

static void append_text(struct byte_buffer *buffer, const char *text) { buffer_append(buffer, text, strlen(text)); }

static void list_models(int count, char **names) {
  append_text(&model_list, "{\"object\":\"list\",\"data\":[");
  for (int i = 0; i < count; i++) {
    append_text(&model_list, i == 0 ? "{\"id\":\"" : ",{\"id\":\"");
    append_text(&model_list, names[i]);
    append_text(&model_list, "\",\"object\":\"model\",\"created\":1795337549,\"owned_by\":\"lmdeploy\",\"root\":\"");
    append_text(&model_list, names[i]);
    append_text(&model_list, "\",\"parent\":null,\"permission\":[]}");
  }
  buffer_append(&model_list, "]}", sizeof "]}");
}

static void listen_on_free_port(void) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  listener_fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (bind(listener_fd, (struct sockaddr *)&address, size) < 0 || listen(listener_fd, BACKLOG) < 0 ||
      getsockname(listener_fd, (struct sockaddr *)&address, &size) < 0) {
    perror("mock-upstream");
    exit(1);
  }
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
}

int main(int count, char **arguments) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  raise_file_limit();
  list_models(count - 1, arguments + 1);
  poller = epoll_create1(0);
  clock_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  listen_on_free_port();
  watch(EPOLL_CTL_ADD, listener_fd, EPOLLIN, &listener_fd);
  watch(EPOLL_CTL_ADD, clock_fd, EPOLLIN, &clock_fd);
  for (;;) {
    struct epoll_event events[MAX_EVENTS];
    arm_clock();
    int count = epoll_wait(poller, events, MAX_EVENTS, -1);
    for (int i = 0; i < count; i++) handle(&events[i]);
    run_due_timers();
  }
}
