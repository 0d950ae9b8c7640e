// The column `c` of `make bench-plumbing`: the system calls of each operation as a careful C program makes
// them, timed inside the one process.
#pragma once

#include <stdint.h>
#include <sys/types.h>

#define MAX_WORDS 24

// Words of one request; `words[0]` names the operation.
struct request {
  int count;
  char* words[MAX_WORDS];
};

// Ends the request with an answer that says which step failed, and why (errno).
_Noreturn void fail(const char* step);
// What the operation found, for the next request: the name of a device.
void answer(const char* format, ...) __attribute__((format(printf, 1, 2)));

const char* word(const struct request* request, int index);
uint64_t number(const struct request* request, int index);
int checked(int result, const char* step);

// loop.c
void loop_attach(const char* file, const char* name, int read_only, char device[32]);
// The inode of the backing file.
uint64_t loop_status(const char* device);
void loop_detach(const char* device);

// dm.c
struct dm_line {
  uint64_t start;
  uint64_t sectors;
  const char* type;
  const char* params;
};
// The device's number, `253:3`.
void dm_create(const char* name, int read_only, const struct dm_line* lines, int count, char number[32]);
// Whether it is there; its number then.
int dm_status(const char* name, char number[32]);
// The number of the first device that its table holds.
void dm_dependency(const char* name, char number[32]);
void dm_remove(const char* name);

// link.c
void tap_create(const char* name, unsigned owner);
void disable_ipv6(const char* name);
// The index, or 0 where there is no such link.
unsigned link_get(const char* name);
void link_up(const char* name, unsigned index);
void link_delete(const char* name);
void address_add(unsigned index, const char* address);
void route_add(unsigned index, const char* address, const char* source);
void route_delete(unsigned index, const char* address);
void neighbour_set(unsigned index, const char* address, const char* mac);

// nft.c: an IPv4 address in a set of an inet table.
void nft_element_add(const char* table, const char* set, const char* address);
void nft_element_delete(const char* table, const char* set, const char* address);
// A guest in the map `guests` of both tables, in one transaction: its packets go to the chain `public`.
void nft_guest_add(const char* const tables[2], const char* link, const char* mac, const char* address);

// file.c
struct new_file {
  const char* source;
  const char* target;
  uint64_t size; // 0: that of the source
  unsigned owner;
};
// 0 where the filesystem cannot share blocks: then there is no target.
int clone_reflink(const struct new_file* file);
void clone_copy(const struct new_file* file);
void make_hole(const char* target, uint64_t size);

// spawn.c: the process runs when it returns, and is to be reaped.
pid_t spawn(const char* program, unsigned uid);

// composite.c
void composite(const struct request* request);
