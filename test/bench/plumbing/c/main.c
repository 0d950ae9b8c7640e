// Reads a request a line (`route-add tap7 172.30.0.9 172.30.0.1`), does it, and answers `<nanoseconds>
// <words>`, or `! <step>: <error>`.
#define _GNU_SOURCE
#include "bench.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

static jmp_buf next_request;
static char text[256];

_Noreturn void fail(const char* step) {
  printf("! %s: %s\n", step, strerror(errno));
  longjmp(next_request, 1);
}

void answer(const char* format, ...) {
  va_list list;
  va_start(list, format);
  vsnprintf(text, sizeof text, format, list);
  va_end(list);
}

const char* word(const struct request* request, int index) {
  if (index < request->count)
    return request->words[index];
  errno = EINVAL;
  fail("a word is missing");
}

uint64_t number(const struct request* request, int index) {
  return strtoull(word(request, index), NULL, 10);
}

int checked(int result, const char* step) {
  if (result < 0)
    fail(step);
  return result;
}

static void nothing(const struct request* request) {
  (void)request;
}

static void do_loop_attach(const struct request* request) {
  char device[32];
  loop_attach(word(request, 1), word(request, 2), 0, device);
  answer("%s", device);
}

static void do_loop_detach(const struct request* request) {
  loop_detach(word(request, 1));
}

static void do_dm_create(const struct request* request) {
  struct dm_line zeros = {0, number(request, 2), "zero", ""};
  char device[32];
  dm_create(word(request, 1), 0, &zeros, 1, device);
  answer("%s", device);
}

static void do_dm_remove(const struct request* request) {
  dm_remove(word(request, 1));
}

static void do_tap_create(const struct request* request) {
  const char* name = word(request, 1);
  tap_create(name, (unsigned)number(request, 2));
  disable_ipv6(name);
  answer("%u", link_get(name));
}

static void do_link_delete(const struct request* request) {
  link_delete(word(request, 1));
}

static void do_link_up(const struct request* request) {
  link_up(word(request, 1), 0);
}

static void do_address_add(const struct request* request) {
  address_add(link_get(word(request, 1)), word(request, 2));
}

static void do_route_add(const struct request* request) {
  route_add(link_get(word(request, 1)), word(request, 2), word(request, 3));
}

static void do_route_delete(const struct request* request) {
  route_delete(link_get(word(request, 1)), word(request, 2));
}

static void do_neighbour_set(const struct request* request) {
  neighbour_set(link_get(word(request, 1)), word(request, 2), word(request, 3));
}

static void do_nft_element_add(const struct request* request) {
  nft_element_add(word(request, 1), word(request, 2), word(request, 3));
}

static void do_nft_element_delete(const struct request* request) {
  nft_element_delete(word(request, 1), word(request, 2), word(request, 3));
}

static void do_reflink(const struct request* request) {
  struct new_file file = {word(request, 1), word(request, 2), 0, 0};
  if (!clone_reflink(&file))
    fail("FICLONE");
}

static void do_copy(const struct request* request) {
  struct new_file file = {word(request, 1), word(request, 2), 0, 0};
  clone_copy(&file);
}

static void do_spawn(const struct request* request) {
  answer("%d", (int)spawn(word(request, 1), (unsigned)number(request, 2)));
}

static void do_reap(const struct request* request) {
  checked(waitpid((pid_t)number(request, 1), NULL, 0), "waitpid");
}

static const struct {
  const char* name;
  void (*run)(const struct request*);
} operations[] = {
    {"nothing", nothing},
    {"loop-attach", do_loop_attach},
    {"loop-detach", do_loop_detach},
    {"dm-create", do_dm_create},
    {"dm-remove", do_dm_remove},
    {"tap-create", do_tap_create},
    {"link-delete", do_link_delete},
    {"link-up", do_link_up},
    {"address-add", do_address_add},
    {"route-add", do_route_add},
    {"route-delete", do_route_delete},
    {"neighbour-set", do_neighbour_set},
    {"nft-element-add", do_nft_element_add},
    {"nft-element-delete", do_nft_element_delete},
    {"reflink", do_reflink},
    {"copy", do_copy},
    {"spawn", do_spawn},
    {"reap", do_reap},
    {"composite", composite},
};

static void serve(const struct request* request) {
  for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) {
    if (strcmp(operations[i].name, word(request, 0)) != 0)
      continue;
    struct timespec start, end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    operations[i].run(request);
    clock_gettime(CLOCK_MONOTONIC, &end);
    long long elapsed = (end.tv_sec - start.tv_sec) * 1000000000LL + (end.tv_nsec - start.tv_nsec);
    printf("%lld %s\n", elapsed, text);
    return;
  }
  errno = ENOSYS;
  fail(word(request, 0));
}

int main(void) {
  static char line[4096];
  // Ctrl-C reaches the whole group; whoever asks ends us, when everything is taken away again.
  signal(SIGINT, SIG_IGN);
  setvbuf(stdout, NULL, _IOLBF, 0);
  while (fgets(line, sizeof line, stdin) != NULL) {
    static struct request request;
    request.count = 0;
    for (char* each = strtok(line, " \n"); each != NULL && request.count < MAX_WORDS;
         each = strtok(NULL, " \n"))
      request.words[request.count++] = each;
    text[0] = '\0';
    if (setjmp(next_request) == 0)
      serve(&request);
  }
  return 0;
}
