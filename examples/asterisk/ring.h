/* Frames on their way from the media thread to the writer thread: a ring of bounded size, one
 * thread that puts and one that takes, no lock, no system call, no memory taken. */
#ifndef SOLOTRACK_ASTERISK_RING_H
#define SOLOTRACK_ASTERISK_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    RING_LEGS = 2,
    RING_FRAME_MAX = 2048, /* samples: 42 ms at 48 kHz */
};

#define RING_NO_STAMP INT64_MIN

/* A frame without its samples. */
struct ring_frame {
    int64_t at_us;                /* when it came, on a clock that only goes forward */
    int64_t stamp_ms;             /* the sender's time of its first sample, or RING_NO_STAMP */
    int64_t missed_us[RING_LEGS]; /* what found the ring full before this frame, by leg */
    int32_t rate;                 /* Hz */
    int32_t samples;              /* 1 to RING_FRAME_MAX */
    int32_t leg;                  /* 0 or 1 */
    uint32_t flags;               /* the caller's */
};

struct ring {
    unsigned char *bytes;
    size_t size;          /* a power of two */
    atomic_size_t put_at; /* bytes put since the start, ever growing */
    atomic_size_t took_at;
};

/* Room for `bytes` bytes at least. False when out of memory. */
bool ring_init(struct ring *ring, size_t bytes);

/* Wipes what it held and frees it. */
void ring_free(struct ring *ring);

/* False, and nothing is put, when the ring is full. */
bool ring_put(struct ring *ring, const struct ring_frame *frame, const int16_t *pcm);

/* The oldest frame; `pcm` takes RING_FRAME_MAX samples. False when there is none. */
bool ring_take(struct ring *ring, struct ring_frame *frame, int16_t *pcm);

#endif
