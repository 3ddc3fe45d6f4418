#define _POSIX_C_SOURCE 200809L
#include "mpegframes.h"

#include "stop.h"
#include "tags.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

static const char damaged[] = "damaged: an MPEG frame is not followed by another; copy it again or "
                              "repair it";
static const char truncated[] =
    "truncated: it ends within an MPEG frame; copy it again or repair it";
static const char more_follows[] = "more follows than the MP3 frames that the first one counts; "
                                   "convert all of it to WAV, or cut off what follows";
static const char no_frames[] =
    "holds no MP3 frames that follow each other; convert it to WAV first";

/* A Xing header stands within the first frame; junk before that one is less than SEARCH. */
enum { HEAD = 4, FIRST = 64, SEARCH = 65536 };

static uint32_t big_endian(const uint8_t *p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* 1 to 3 of a frame's header, and whether it is of MPEG-1. */
static int layer_of(const uint8_t *p) {
    return 4 - (p[1] >> 1 & 3);
}

static bool is_mpeg1(const uint8_t *p) {
    return (p[1] >> 3 & 3) == 3;
}

static int samples_of(const uint8_t *p) {
    int layer = layer_of(p);
    return layer == 1 ? 384 : layer == 3 && !is_mpeg1(p) ? 576 : 1152;
}

/* Bytes of the frame whose header this is (ISO 11172-3, 2.4.2.3; 13818-3 halves the rates); 0: it
 * is none. */
static int frame_bytes(const uint8_t *p) {
    enum { LAYERS = 3 };
    static const int kbits[2][LAYERS][16] = {
        {{0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256, 0},
         {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0},
         {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0}},
        {{0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448, 0},
         {0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 0},
         {0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0}}};
    static const int rates[4] = {44100, 48000, 32000, 0};
    uint32_t head = big_endian(p);
    uint32_t version = head >> 19 & 3; /* 3: MPEG-1, 2: MPEG-2, 0: MPEG-2.5 */
    int layer = layer_of(p), padding = (int)(head >> 9 & 1);
    int rate = rates[head >> 10 & 3] >> (version == 3 ? 0 : version == 2 ? 1 : 2);
    if (head >> 21 != 0x7FF || version == 1 || layer > LAYERS || rate == 0) {
        return 0;
    }
    int bits = kbits[is_mpeg1(p)][layer - 1][head >> 12 & 15], slot = layer == 1 ? 4 : 1;
    return bits == 0 ? 0 : (samples_of(p) / 8 / slot * 1000 * bits / rate + padding) * slot;
}

/* Of the frame at a position, whose first bytes are left in `head`. */
static int frame_at(int fd, int64_t position, uint8_t head[FIRST]) {
    memset(head, 0, FIRST);
    return pread(fd, head, FIRST, (off_t)position) >= HEAD ? frame_bytes(head) : 0;
}

/* Of a frame of one stream with `first`: version, layer and rate are the same. */
static int next_at(int fd, int64_t position, const uint8_t first[FIRST]) {
    const uint32_t same = 0xFFFE0C00;
    uint8_t head[FIRST];
    int bytes = frame_at(fd, position, head);
    return ((big_endian(head) ^ big_endian(first)) & same) == 0 ? bytes : 0;
}

/* What a first frame says that holds no sound but a Xing header, after its side information. */
struct xing {
    bool there, delay;     /* and the encoder's delay, in LAME's tag */
    int64_t frames, bytes; /* of all that is audio; -1: not said */
};

static struct xing read_xing(int fd, int64_t position, const uint8_t first[FIRST]) {
    enum { FRAMES = 1, BYTES = 2, PLACES = 4, QUALITY = 8, PLACES_BYTES = 100 };
    struct xing xing = {.frames = -1, .bytes = -1};
    int at = HEAD;
    while (at + 16 < FIRST && memcmp(first + at, "Xing", 4) != 0 &&
           memcmp(first + at, "Info", 4) != 0) {
        at++;
    }
    xing.there = at + 16 < FIRST && layer_of(first) == 3;
    if (!xing.there) {
        return xing;
    }
    int flags = first[at + 7];
    at += 8;
    if ((flags & FRAMES) != 0) {
        xing.frames = big_endian(first + at);
        at += 4;
    }
    if ((flags & BYTES) != 0) {
        xing.bytes = big_endian(first + at);
        at += 4;
    }
    at += ((flags & PLACES) != 0 ? PLACES_BYTES : 0) + ((flags & QUALITY) != 0 ? 4 : 0);
    uint8_t tag = 0;
    xing.delay = pread(fd, &tag, 1, (off_t)(position + at)) == 1 && tag != 0;
    return xing;
}

/* A frame alike `first`, of another bit rate, all of it zero: silence. Returns its side
 * information. */
static uint8_t *put_frame(struct fdio_head *head, const uint8_t first[FIRST], int rate) {
    enum { NO_CRC = 1, SAME = 0x0D };
    uint8_t *frame = head->bytes + head->size;
    frame[0] = first[0];
    frame[1] = first[1] | NO_CRC;
    frame[2] = (uint8_t)(rate << 4 | (first[2] & SAME));
    frame[3] = first[3];
    head->size += frame_bytes(frame);
    return frame + HEAD;
}

/* A frame that says how many follow, of the highest bit rate so that it has room. From such a count
 * on, mpg123 leaves out its decoder's delay, which players do not: so a frame of silence goes
 * before the others, of the lowest rate, so that it lends them nothing. */
static void put_count(struct fdio_head *head, const uint8_t first[FIRST], int64_t frames) {
    enum { LOWEST = 1, HIGHEST = 14, MONO = 3, DELAY = 529 };
    static const uint8_t mark[8] = {'X', 'i', 'n', 'g', 0, 0, 0, 1};
    bool mpeg1 = is_mpeg1(first), mono = first[3] >> 6 == MONO;
    uint8_t *xing = put_frame(head, first, HIGHEST) + (mpeg1 ? mono ? 17 : 32 : mono ? 9 : 17);
    put_frame(head, first, LOWEST);
    frames++;
    memcpy(xing, mark, sizeof mark);
    for (int i = 0; i < 4; i++) {
        xing[8 + i] = (uint8_t)(frames >> (24 - 8 * i));
    }
    head->lead = samples_of(first) - DELAY;
}

/* The first frame that another or the end follows, whose first bytes are left in `head`. -1: there
 * is none. */
static int64_t find_first(int fd, int64_t start, int64_t size, uint8_t head[FIRST]) {
    int64_t position = start;
    for (; position < start + SEARCH && position + HEAD <= size; position++) {
        int bytes = frame_at(fd, position, head);
        if (bytes > 0 &&
            (next_at(fd, position + bytes, head) > 0 || tags_end(fd, position + bytes, size))) {
            return position;
        }
    }
    return -1;
}

/* Whether nothing that a player would play follows from a position on: a tag, or padding. */
static bool is_end(int fd, int64_t position, int64_t size) {
    uint8_t head[FIRST];
    return tags_end(fd, position, size) ||
           (size - position < SEARCH && find_first(fd, position, size, head) < 0);
}

/* Counts the frames from a position up to the end, where *position is then. NULL, or what is there
 * instead of it. */
static const char *count_frames(int fd, int64_t *position, int64_t size, const uint8_t first[FIRST],
                                int64_t *frames) {
    int bytes;
    while ((bytes = next_at(fd, *position, first)) > 0) {
        if (stop_requested()) {
            errno = ECANCELED;
            return NULL;
        }
        if (*position + bytes > size) {
            return truncated;
        }
        *position += bytes;
        ++*frames;
    }
    return is_end(fd, *position, size) ? NULL : damaged;
}

/* Some count the frame that counts, too: then its bytes tell that the file is whole. */
static bool counts_itself(const struct xing *xing, int64_t frames, int64_t bytes) {
    return xing->frames == frames + 1 && xing->bytes == bytes;
}

const char *mpegframes_check(int fd, int64_t start, int64_t size, struct complete *found) {
    uint8_t first[FIRST];
    int64_t frames = 0, position = find_first(fd, start, size, first);
    if (position < 0) {
        return start > 0 ? no_frames : NULL; /* libsndfile says what it is */
    }
    struct xing xing = read_xing(fd, position, first);
    int64_t audio = position + (xing.there ? frame_bytes(first) : 0), end = audio;
    const char *reason = count_frames(fd, &end, size, first, &frames);
    bool whole = xing.frames < 0 || counts_itself(&xing, frames, end - position);
    if (!whole && (frames > xing.frames || (frames == xing.frames && reason == damaged))) {
        return more_follows;
    }
    if (reason == NULL && layer_of(first) != 3) {
        found->frames = frames * samples_of(first);
    } else if (reason == NULL && (whole || (frames == xing.frames && !xing.delay))) {
        put_count(&found->head, first, frames);
        found->head.at = start;
        found->head.instead_of = audio - start;
    }
    return reason;
}
