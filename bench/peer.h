/* Programs of others that the bench runs if they are there: see bench/peers/. They are no
 * dependency: one that is not there does not take part. */
#ifndef BENCH_PEER_H
#define BENCH_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

/* A program in a process of its own, its standard input and output at the other ends. */
struct peer {
    pid_t pid;
    FILE *to, *from;
};

/* Programs are in the folder SOLO_PEERS, or build/peers. */
bool peer_present(const char *program);

/* What the program says of its version, one line; empty if nothing. */
void peer_version(const char *program, char *text, size_t size);

/* Starts it with up to three arguments (NULL: no more). False when that fails. */
bool peer_start(struct peer *peer, const char *program, const char *const argument[3]);

/* Ends its input, so that it knows that this is all. False when not all of it could be given. */
bool peer_end_input(struct peer *peer);

/* Ends its input and waits for it. A peer of zeros is fine. */
void peer_stop(struct peer *peer);

#endif
