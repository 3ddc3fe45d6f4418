#include "ring.h"

#include "wipe.h"

#include <stdlib.h>
#include <string.h>

bool ring_init(struct ring *ring, size_t bytes) {
    ring->size = 1;
    while (ring->size < bytes) {
        ring->size *= 2;
    }
    atomic_init(&ring->put_at, 0);
    atomic_init(&ring->took_at, 0);
    ring->bytes = calloc(ring->size, 1);
    return ring->bytes != NULL;
}

void ring_free(struct ring *ring) {
    if (ring->bytes != NULL) {
        wipe(ring->bytes, ring->size);
        free(ring->bytes);
        ring->bytes = NULL;
    }
}

/* Bytes from `at` on that lie before the end of the ring's memory. */
static size_t unbroken(const struct ring *ring, size_t at, size_t bytes) {
    size_t room = ring->size - (at & (ring->size - 1));
    return bytes < room ? bytes : room;
}

static void copy_in(struct ring *ring, size_t at, const void *from, size_t bytes) {
    size_t first = unbroken(ring, at, bytes);
    memcpy(ring->bytes + (at & (ring->size - 1)), from, first);
    memcpy(ring->bytes, (const unsigned char *)from + first, bytes - first);
}

static void copy_out(const struct ring *ring, size_t at, void *to, size_t bytes) {
    size_t first = unbroken(ring, at, bytes);
    memcpy(to, ring->bytes + (at & (ring->size - 1)), first);
    memcpy((unsigned char *)to + first, ring->bytes, bytes - first);
}

static size_t sample_bytes(const struct ring_frame *frame) {
    return (size_t)frame->samples * sizeof(int16_t);
}

bool ring_put(struct ring *ring, const struct ring_frame *frame, const int16_t *pcm) {
    size_t at = atomic_load_explicit(&ring->put_at, memory_order_relaxed);
    size_t held = at - atomic_load_explicit(&ring->took_at, memory_order_acquire);
    size_t bytes = sizeof *frame + sample_bytes(frame);
    if (bytes > ring->size - held) {
        return false;
    }
    copy_in(ring, at, frame, sizeof *frame);
    copy_in(ring, at + sizeof *frame, pcm, sample_bytes(frame));
    atomic_store_explicit(&ring->put_at, at + bytes, memory_order_release);
    return true;
}

bool ring_take(struct ring *ring, struct ring_frame *frame, int16_t *pcm) {
    size_t at = atomic_load_explicit(&ring->took_at, memory_order_relaxed);
    if (atomic_load_explicit(&ring->put_at, memory_order_acquire) == at) {
        return false;
    }
    copy_out(ring, at, frame, sizeof *frame);
    copy_out(ring, at + sizeof *frame, pcm, sample_bytes(frame));
    atomic_store_explicit(&ring->took_at, at + sizeof *frame + sample_bytes(frame),
                          memory_order_release);
    return true;
}
