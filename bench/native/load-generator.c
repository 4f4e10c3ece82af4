/*
 * Sends one request again and again over kept connections, and checks every byte of meaning in the answers: one thread, epoll.
 *
 *   load-generator --port N --path /v1/responses --api responses|chat --script NAME --body FILE --connections N --seconds S
 *                  [--stream] [--parsed] [--done-optional] [--stored] [--bearer KEY] [--ramp-ms N] [--settle-ms N] [--rate N] [--once]
 *                  [--requests N] [--scattered] [--may-refuse]
 *
 * Closed loop: every connection sends its next request when an answer has ended, for S seconds; answers that are under way then are read to their
 * end. --requests: so many and no more. --once: every connection sends one request. --ramp-ms: the connections begin evenly over that time. --settle-ms: gaps and lags
 * count from then on, and with --once until the first answer has ended: while all streams are open.
 * Open loop: --rate requests begin a second, on a free connection each; their times count from when they should have begun.
 * --scattered: connections begin at random times of the ramp, as requests that do not know of each other do, always the same.
 * --may-refuse: 503 is no error; such answers are counted for themselves.
 * --stored: every answer must say that it is kept.
 * Prints one JSON object; times in it are in µs. The exit code is 0 also when answers were wrong: the count is in the result.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include "answer-check.h"
#include "clock.h"
#include "file-limit.h"
#include "http-response.h"
#include "load-options.h"

#define READ_SIZE (1 << 20)
#define MAX_EVENTS 512
/* How long answers under way at the end may still take. */
#define DRAIN_NS (30 * NS_PER_SECOND)

struct connection {
  int fd; /* -1 while it is not open */
  bool busy, has_byte;
  size_t sent;
  uint64_t started;
  struct http_response response;
  struct answer_check check;
};

struct results {
  uint64_t answers, errors, refusals, window_answers, window_deltas;
  double window_seconds;
  const char *problem;
  char sample[160], last_id[ID_SIZE];
  struct histogram first_byte, total, refusal;
  struct delta_times deltas;
};

static struct options options;
static struct expectation expected;
static struct results results;
static struct byte_buffer request;
static struct sockaddr_in address;
static struct connection *connections;
static int poller, clock_fd, open_answers, launched;
static uint64_t begun, started_at, deadline;
static double *ramp_shares; /* when each connection begins, as a share of the ramp; rising */

static bool may_begin(uint64_t now) {
  if (options.requests > 0 && begun >= (uint64_t)options.requests) return false;
  return now < deadline && !(options.once && begun >= (uint64_t)options.connections);
}

static void count_failure(const char *problem, const char *sample) {
  results.errors++;
  if (results.problem != NULL) return;
  results.problem = problem;
  snprintf(results.sample, sizeof results.sample, "%s", sample);
}

static void close_connection(struct connection *connection) {
  if (connection->fd >= 0) close(connection->fd);
  connection->fd = -1;
}

static void finish_answer(struct connection *connection, bool good) {
  connection->busy = false;
  open_answers--;
  if (good) {
    results.answers++;
    memcpy(results.last_id, connection->check.id, ID_SIZE);
    histogram_add(&results.total, now_ns() - connection->started);
  } else {
    count_failure(connection->check.problem, connection->check.sample);
    close_connection(connection);
  }
}

static void abandon(struct connection *connection, const char *problem) {
  struct byte_buffer *body = &connection->check.body;
  check_fail(&connection->check, problem, body->data + body->start, buffer_length(body));
  finish_answer(connection, false);
}

static void send_request(struct connection *connection) {
  while (connection->busy && connection->sent < buffer_length(&request)) {
    ssize_t sent = send(connection->fd, buffer_front(&request) + connection->sent,
                        buffer_length(&request) - connection->sent, MSG_NOSIGNAL);
    if (sent < 0) return; /* EAGAIN: more when there is room; anything else is met by the next read */
    connection->sent += (size_t)sent;
  }
}

static bool open_connection(struct connection *connection) {
  int on = 1;
  connection->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (connect(connection->fd, (struct sockaddr *)&address, sizeof address) < 0 && errno != EINPROGRESS) return false;
  struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = connection};
  return epoll_ctl(poller, EPOLL_CTL_ADD, connection->fd, &event) == 0;
}

static void begin_request(struct connection *connection, uint64_t started) {
  begun++;
  open_answers++;
  connection->busy = true;
  connection->has_byte = false;
  connection->sent = 0;
  connection->started = started;
  response_reset(&connection->response);
  check_begin(&connection->check, started);
  if (connection->fd < 0 && !open_connection(connection)) abandon(connection, "no connection");
  else send_request(connection);
}

static void begin_next(struct connection *connection) {
  uint64_t now = now_ns();
  if (options.rate == 0 && !options.once && may_begin(now)) begin_request(connection, now);
}

static void read_body(void *owner, const char *bytes, size_t length) {
  struct connection *connection = owner;
  check_feed(&connection->check, bytes, length);
}

static void finish_refusal(struct connection *connection) {
  connection->busy = false;
  open_answers--;
  results.refusals++;
  histogram_add(&results.refusal, now_ns() - connection->started);
}

static void end_answer(struct connection *connection) {
  struct answer_check *check = &connection->check;
  if (options.may_refuse && connection->response.status == 503) {
    finish_refusal(connection);
    if (connection->response.closes) close_connection(connection);
    return;
  }
  if (connection->response.status != 200) {
    check_fail(check, "the status is not 200", buffer_front(&check->body), buffer_length(&check->body));
  }
  finish_answer(connection, check_end(check));
  if (connection->response.closes) close_connection(connection);
}

static void take_bytes(struct connection *connection, const char *bytes, size_t length) {
  connection->check.read_at = now_ns();
  if (!connection->has_byte) {
    connection->has_byte = true;
    histogram_add(&results.first_byte, connection->check.read_at - connection->started);
  }
  switch (response_feed(&connection->response, bytes, length, read_body, connection)) {
    case RESPONSE_PARTIAL:
      return;
    case RESPONSE_WHOLE:
      end_answer(connection);
      break;
    case RESPONSE_BROKEN:
      abandon(connection, "no HTTP");
  }
  begin_next(connection);
}

static void meet_close(struct connection *connection) {
  bool was_busy = connection->busy;
  close_connection(connection);
  if (!was_busy) return;
  if (connection->response.has_head && connection->response.coding == BODY_UNTIL_CLOSE) end_answer(connection);
  else abandon(connection, "the connection was closed");
  begin_next(connection);
}

static void receive(struct connection *connection) {
  static char bytes[READ_SIZE];
  while (connection->fd >= 0) {
    ssize_t received = recv(connection->fd, bytes, sizeof bytes, 0);
    if (received < 0 && errno == EAGAIN) return;
    if (received <= 0) {
      meet_close(connection);
      return;
    }
    if (connection->busy) take_bytes(connection, bytes, (size_t)received);
  }
}

static struct connection *find_free(void) {
  for (int i = 0; i < options.connections; i++) {
    if (!connections[i].busy) return &connections[i];
  }
  return NULL;
}

/* Begins what is due by the ramp or the rate. */
static void begin_due(uint64_t now) {
  double elapsed = (double)(now - started_at);
  if (options.rate > 0) {
    while (may_begin(now) && (double)begun <= elapsed / NS_PER_SECOND * options.rate) {
      struct connection *connection = find_free();
      if (connection == NULL) return;
      begin_request(connection, started_at + (uint64_t)((double)begun / options.rate * NS_PER_SECOND));
    }
    return;
  }
  double share = options.ramp_ms > 0 ? elapsed / ((double)options.ramp_ms * NS_PER_MS) : 1;
  while (launched < options.connections && ramp_shares[launched] <= share && may_begin(now)) {
    begin_request(&connections[launched++], now);
  }
}

static void close_window(uint64_t now) {
  results.window_seconds = (double)(now - started_at) / NS_PER_SECOND;
  results.window_answers = results.answers;
  results.window_deltas = results.deltas.deltas;
}

static void abandon_open(void) {
  for (int i = 0; i < options.connections; i++) {
    if (connections[i].busy) abandon(&connections[i], "no end within 30 s");
  }
}

/* When the loop has something to do that no socket tells: the next begin, or the end. */
static uint64_t next_wake(bool in_window) {
  uint64_t wake = in_window ? deadline : deadline + DRAIN_NS;
  if (!in_window) return wake;
  uint64_t begin = wake;
  if (options.rate > 0) {
    begin = started_at + (uint64_t)((double)begun / options.rate * NS_PER_SECOND);
  } else if (launched < options.connections) {
    begin = started_at + (uint64_t)(ramp_shares[launched] * options.ramp_ms * NS_PER_MS);
  }
  return begin < wake ? begin : wake;
}

/* epoll_wait() alone knows no less than a millisecond: as much as a gateway adds. */
static void arm_clock(uint64_t wake) {
  static uint64_t armed;
  if (wake == armed) return;
  armed = wake;
  struct itimerspec at = {
      .it_value = {.tv_sec = (time_t)(wake / NS_PER_SECOND), .tv_nsec = (long)(wake % NS_PER_SECOND)}};
  timerfd_settime(clock_fd, TFD_TIMER_ABSTIME, &at, NULL);
}

static void handle(const struct epoll_event *event) {
  if (event->data.ptr == &clock_fd) {
    uint64_t expirations;
    (void)!read(clock_fd, &expirations, sizeof expirations);
    return;
  }
  struct connection *connection = event->data.ptr;
  if (connection->fd >= 0 && (event->events & EPOLLOUT)) send_request(connection);
  if (event->events & (EPOLLIN | EPOLLHUP | EPOLLERR)) receive(connection);
}

static bool is_settled(uint64_t now) {
  bool has_ended = results.answers + results.errors > 0;
  return now - started_at >= (uint64_t)options.settle_ms * NS_PER_MS && !(options.once && has_ended);
}

static void run(void) {
  bool in_window = true;
  struct epoll_event clock_event = {.events = EPOLLIN, .data.ptr = &clock_fd};
  clock_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  epoll_ctl(poller, EPOLL_CTL_ADD, clock_fd, &clock_event);
  started_at = now_ns();
  deadline = started_at + (uint64_t)(options.seconds * NS_PER_SECOND);
  for (;;) {
    uint64_t now = now_ns();
    begin_due(now);
    if (in_window && !may_begin(now)) {
      close_window(now);
      in_window = false;
    }
    if (!in_window && open_answers == 0) return;
    if (now > deadline + DRAIN_NS) {
      abandon_open();
      return;
    }
    struct epoll_event events[MAX_EVENTS];
    arm_clock(next_wake(in_window));
    int count = epoll_wait(poller, events, MAX_EVENTS, -1);
    results.deltas.is_settled = is_settled(now);
    for (int i = 0; i < count; i++) handle(&events[i]);
  }
}

static int compare_shares(const void *left, const void *right) {
  double a = *(const double *)left, b = *(const double *)right;
  return (a > b) - (a < b);
}

static void plan_ramp(void) {
  int count = options.connections;
  ramp_shares = calloc((size_t)count, sizeof *ramp_shares);
  for (int i = 0; i < count; i++) {
    ramp_shares[i] = options.scattered ? (double)random() / RAND_MAX : (double)i / count;
  }
  qsort(ramp_shares, (size_t)count, sizeof *ramp_shares, compare_shares);
}

static void print_results(void) {
  printf("{\"answers\":%llu,\"errors\":%llu,\"deltas\":%llu,\"answersPerSecond\":%.2f,\"deltasPerSecond\":%.1f,",
         (unsigned long long)results.answers, (unsigned long long)results.errors, (unsigned long long)results.deltas.deltas,
         (double)results.window_answers / results.window_seconds, (double)results.window_deltas / results.window_seconds);
  if (results.problem == NULL) printf("\"problem\":null,");
  else printf("\"problem\":\"%s: %s\",", results.problem, results.sample);
  printf("\"refusals\":%llu,", (unsigned long long)results.refusals);
  printf("\"lastId\":\"%s\",", results.last_id);
  histogram_print("firstByte", &results.first_byte);
  putchar(',');
  histogram_print("firstDelta", &results.deltas.first);
  putchar(',');
  histogram_print("gap", &results.deltas.gap);
  putchar(',');
  histogram_print("lag", &results.deltas.lag);
  putchar(',');
  histogram_print("total", &results.total);
  putchar(',');
  histogram_print("refusal", &results.refusal);
  printf("}\n");
}

int main(int count, char **arguments) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  raise_file_limit();
  read_options(count, arguments, &options, &expected);
  check_init_expectation(&expected);
  build_request(&options, expected.stream, &request);
  address = (struct sockaddr_in){
      .sin_family = AF_INET, .sin_port = htons((uint16_t)options.port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  poller = epoll_create1(0);
  connections = calloc((size_t)options.connections, sizeof *connections);
  for (int i = 0; i < options.connections; i++) {
    connections[i].fd = -1;
    connections[i].check.expected = &expected;
    connections[i].check.times = &results.deltas;
  }
  plan_ramp();
  run();
  print_results();
  return 0;
}
