#define _POSIX_C_SOURCE 200809L
#include "mpegframes.h"

#include "stop.h"
#include "tags.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

static const char damaged[] = "damaged: an MP3 frame is not followed by another; copy it again or "
                              "repair it";
static const char more_follows[] = "more follows than the MP3 frames that the first one counts; "
                                   "convert all of it to WAV, or cut off what follows";

/* A Xing header stands within the first frame; junk before that one is less than SEARCH. */
enum { HEAD = 4, FIRST = 64, SEARCH = 65536 };

static uint32_t big_endian(const uint8_t *p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Bytes of the Layer III frame whose header this is (ISO 11172-3, 2.4.2.3; 13818-3 halves the
 * rates); 0: it is none. */
static int frame_bytes(const uint8_t *p) {
    static const int kbits[2][16] = {
        {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0},
        {0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0}};
    static const int rates[4] = {44100, 48000, 32000, 0};
    uint32_t head = big_endian(p);
    uint32_t version = head >> 19 & 3; /* 3: MPEG-1, 2: MPEG-2, 0: MPEG-2.5 */
    int bits = kbits[version == 3][head >> 12 & 15];
    int rate = rates[head >> 10 & 3] >> (version == 3 ? 0 : version == 2 ? 1 : 2);
    if (head >> 21 != 0x7FF || version == 1 || (head >> 17 & 3) != 1 || bits == 0 || rate == 0) {
        return 0;
    }
    return (version == 3 ? 144000 : 72000) * bits / rate + (int)(head >> 9 & 1);
}

/* Of the frame at a position, whose first bytes are left in `head`. */
static int frame_at(int fd, int64_t position, uint8_t head[FIRST]) {
    memset(head, 0, FIRST);
    return pread(fd, head, FIRST, (off_t)position) >= HEAD ? frame_bytes(head) : 0;
}

/* How many frames follow a first one; -1: it does not say. */
static int64_t count_in(const uint8_t first[FIRST]) {
    for (int i = HEAD; i + 12 <= FIRST; i++) {
        bool is_xing = memcmp(first + i, "Xing", 4) == 0 || memcmp(first + i, "Info", 4) == 0;
        if (is_xing && (first[i + 7] & 1) != 0) {
            return big_endian(first + i + 8);
        }
    }
    return -1;
}

const char *mpegframes_check(int fd, int64_t start, int64_t size) {
    uint8_t head[FIRST], next[FIRST];
    int64_t position = start;
    int bytes = frame_at(fd, position, head);
    while (bytes == 0 || frame_at(fd, position + bytes, next) == 0) {
        if (++position == start + SEARCH || position + HEAD > size) {
            return NULL; /* libsndfile says what it is */
        }
        bytes = frame_at(fd, position, head);
    }
    int64_t counted = count_in(head), frames = 0; /* after this one */
    while (counted >= 0 && frames <= counted && position + bytes < size && !stop_requested()) {
        position += bytes;
        bytes = frame_at(fd, position, head);
        if (bytes == 0) {
            bool ended = tags_end(fd, position, size);
            return ended ? NULL : frames < counted ? damaged : more_follows;
        }
        frames++;
    }
    errno = stop_requested() ? ECANCELED : errno;
    return counted >= 0 && frames > counted ? more_follows : NULL;
}
