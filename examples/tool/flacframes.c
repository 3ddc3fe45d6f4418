#define _POSIX_C_SOURCE 200809L
#include "flacframes.h"

#include "stop.h"
#include "tags.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

static const char truncated[] = "truncated: its header promises more audio than the file holds; "
                                "copy it again or repair it";
static const char damaged[] =
    "truncated or damaged: a FLAC frame does not end in its checksum; copy it again or repair it";
static const char more_follows[] =
    "more follows than the audio that its header promises; convert all of it to WAV, or cut off "
    "what follows";

/* A frame header is 16 bytes at most, STREAMINFO's number of samples ends at 22 (RFC 9639). */
enum { WINDOW = 65536, LOOK = 32 };

struct flac {
    int fd;
    int64_t size, base; /* of the file; where the window begins */
    ssize_t got;
    uint16_t crc16[256]; /* polynomial 0x8005 */
    uint8_t window[WINDOW];
};

static void begin(struct flac *flac, int fd, int64_t size) {
    memset(flac, 0, sizeof *flac);
    flac->fd = fd;
    flac->size = size;
    for (unsigned i = 0; i < 256; i++) {
        unsigned crc = i << 8;
        for (int bit = 0; bit < 8; bit++) {
            crc = crc << 1 ^ (crc & 0x8000 ? 0x8005 : 0);
        }
        flac->crc16[i] = (uint16_t)crc;
    }
}

/* LOOK bytes from a position on, zeros beyond the end of the file; NULL where none can be had. */
static const uint8_t *look(struct flac *flac, int64_t position) {
    bool inside = position >= flac->base && position + LOOK <= flac->base + WINDOW;
    if (!inside || flac->got == 0) {
        memset(flac->window, 0, sizeof flac->window);
        flac->base = position;
        flac->got = pread(flac->fd, flac->window, WINDOW, (off_t)position);
        if (stop_requested()) {
            errno = ECANCELED;
        }
    }
    bool more = errno == 0 && position < flac->base + flac->got;
    return more ? flac->window + (position - flac->base) : NULL;
}

static uint8_t crc8(const uint8_t *p, int bytes) {
    unsigned crc = 0;
    for (int i = 0; i < bytes; i++) {
        crc ^= p[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc << 1 ^ (crc & 0x80 ? 0x07 : 0)) & 0xFF;
        }
    }
    return (uint8_t)crc;
}

/* Samples of the frame whose header this is; 0: it is none. */
static int block_of(const uint8_t *head) {
    int code = head[2] >> 4, rate = head[2] & 15, at = 5, block = 0;
    if (head[0] != 0xFF || (head[1] & 0xFE) != 0xF8 || code == 0 || rate == 15 ||
        (head[3] & 1) != 0) {
        return 0;
    }
    for (int bit = 0x40; (head[4] & 0x80) != 0 && (head[4] & bit) != 0 && bit > 1; bit >>= 1) {
        at++; /* the frame's number, coded as UTF-8 is */
    }
    if (code == 6) {
        block = head[at] + 1;
    } else if (code == 7) {
        block = (head[at] << 8 | head[at + 1]) + 1;
    } else {
        block = code == 1 ? 192 : code < 6 ? 576 << (code - 2) : 256 << (code - 8);
    }
    at += code == 6 ? 1 : code == 7 ? 2 : 0;
    at += rate == 12 ? 1 : rate == 13 || rate == 14 ? 2 : 0;
    return crc8(head, at) == head[at] ? block : 0;
}

/* Where the frame ends that begins at a position: where the checksum over all of it is zero, and
 * another frame follows, or the end. 0: nowhere. */
static int64_t end_of(struct flac *flac, int64_t position) {
    unsigned crc = 0;
    const uint8_t *at;
    while ((at = look(flac, position)) != NULL) {
        crc = (crc << 8 ^ flac->crc16[crc >> 8 ^ *at]) & 0xFFFF;
        position++;
        if (crc != 0) {
            continue;
        }
        at = look(flac, position);
        if ((at != NULL && block_of(at) > 0) || tags_end(flac->fd, position, flac->size)) {
            return position;
        }
    }
    return 0;
}

/* Past the metadata blocks (RFC 9639, 8), of which STREAMINFO is the first; 0: the file ends. */
static int64_t skip_metadata(struct flac *flac, int64_t position, int64_t *promised) {
    const uint8_t *head = look(flac, position + 4);
    bool last = false;
    if (head == NULL) {
        return 0;
    }
    *promised = (int64_t)(head[17] & 15) << 32 | (int64_t)head[18] << 24 | head[19] << 16 |
                head[20] << 8 | head[21];
    for (position += 4; !last; position += 4 + (head[1] << 16 | head[2] << 8 | head[3])) {
        head = look(flac, position);
        if (head == NULL) {
            return 0;
        }
        last = (head[0] & 0x80) != 0;
    }
    return position;
}

const char *flacframes_check(int fd, int64_t start, int64_t size, int64_t *samples) {
    struct flac flac;
    int64_t promised = 0, held = 0;
    begin(&flac, fd, size);
    int64_t position = skip_metadata(&flac, start, &promised);
    bool ended = position == 0 || tags_end(fd, position, size);
    while (!ended) {
        const uint8_t *head = look(&flac, position);
        int block = head != NULL ? block_of(head) : 0;
        if (block == 0) {
            return errno == 0 ? damaged : NULL;
        }
        held += block;
        position = end_of(&flac, position);
        ended = position != 0 && tags_end(fd, position, size);
        bool enough = promised > 0 && held >= promised;
        if (errno != 0) {
            return NULL;
        }
        if (position == 0 || (enough && !ended)) {
            return enough ? more_follows : damaged;
        }
    }
    *samples = held;
    if (promised == 0 || held == promised || errno != 0) {
        return NULL;
    }
    return held < promised ? truncated : more_follows;
}
