#define _POSIX_C_SOURCE 200809L
#include "complete.h"

#include "flacframes.h"
#include "mpegframes.h"
#include "stop.h"
#include "tags.h"
#include "wavpipe.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char truncated[] = "truncated: its header promises more audio than the file holds; "
                                "copy it again or repair it";
static const char damaged[] = "damaged: an Ogg page fails its checksum; copy it again or repair it";
static const char chained[] =
    "more than one Ogg stream in it, of which only one would be read; split "
    "it, or convert all of it to WAV";
static const char zeros[] =
    "damaged: zeros where a part of the file should begin; copy it again or "
    "repair it";
static const char countless[] =
    "damaged: more parts in it than any recording has; copy it again or "
    "repair it";
static const char tagged[] = "an ID3 tag stands before the header; remove the tag";
static const char more_follows[] =
    "more follows than the audio that its header promises; repair its "
    "header, or cut off what follows";
static const char unfinished[] = "its header was never finished: it promises no audio, but more "
                                 "follows; repair it, or send a WAV file through a pipe (IN is -)";

static bool read_at(int fd, int64_t position, void *data, size_t bytes) {
    return pread(fd, data, bytes, (off_t)position) == (ssize_t)bytes;
}

static uint32_t word(const uint8_t *p, bool big_endian) {
    uint32_t low_first = p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
    uint32_t high_first = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
    return big_endian ? high_first : low_first;
}

/* 64 bits, the lowest first; more than any file can hold is INT64_MAX. */
static int64_t long_word(const uint8_t *p) {
    uint64_t value = word(p, false) | (uint64_t)word(p + 4, false) << 32;
    return value <= INT64_MAX ? (int64_t)value : INT64_MAX;
}

/* Where the audio of a file ends, nothing follows but chunks that hold none: else its writer died,
 * or players play more than libsndfile reads. What is shorter than a chunk's head is padding. */
static bool chunk_or_end(int fd, int64_t position, int64_t size, bool big_endian) {
    uint8_t head[8];
    if (size - position < (int64_t)sizeof head) {
        return true;
    }
    return read_at(fd, position, head, sizeof head) && wavpipe_is_chunk(head) &&
           position + 8 + (int64_t)word(head + 4, big_endian) <= size;
}

/* The audio of `bytes` from a position on: whole, and all there is. */
static const char *check_audio(int fd, int64_t position, int64_t bytes, int64_t size,
                               bool big_endian) {
    if (bytes > size - position) {
        return truncated;
    }
    int64_t end = position + bytes + bytes % 2;
    if (chunk_or_end(fd, end, size, big_endian) || (bytes > 0 && tags_end(fd, end, size))) {
        return NULL;
    }
    return bytes == 0 ? unfinished : more_follows;
}

static uint32_t half_word(const uint8_t *p, bool big_endian) {
    return big_endian ? (uint32_t)p[0] << 8 | p[1] : p[0] | (uint32_t)p[1] << 8;
}

/* The "fmt " chunk at a position. libsndfile takes the bytes of a frame for granted, but for 24
 * bits of plain PCM in 32, which it reads. */
static const char *check_format(int fd, int64_t position, bool big_endian, bool *is_mp3) {
    enum { EXTENSIBLE = 0xFFFE, MP3 = 0x55, PLAIN = 16, EXTENDED = 28 };
    uint8_t chunk[EXTENDED];
    if (!read_at(fd, position, chunk, PLAIN)) {
        return truncated;
    }
    struct wav_frame frame = {half_word(chunk, big_endian), half_word(chunk + 2, big_endian),
                              half_word(chunk + 12, big_endian), half_word(chunk + 14, big_endian)};
    bool padded = frame.tag == 1 && frame.bits == 24 && frame.bytes == 4 * frame.channels;
    if (frame.tag == EXTENSIBLE && read_at(fd, position, chunk, sizeof chunk)) {
        frame.tag = word(chunk + 24, big_endian) & 0xFFFF; /* the first of the sub-format's GUID */
    }
    *is_mp3 = frame.tag == MP3;
    return padded || wavpipe_frame_fits(&frame) ? NULL : WAV_CONTRADICTION;
}

/* True when a stop signal has come: then it is why the file cannot be read. */
static bool stopped(void) {
    bool requested = stop_requested();
    errno = requested ? ECANCELED : errno;
    return requested;
}

/* MP3 in WAV: where its frames are not counted, it is read without what stands around them. */
static const char *check_wrapped(int fd, int64_t position, int64_t bytes, struct complete *found) {
    const char *reason = mpegframes_check(fd, position, position + bytes, found);
    if (found->head.size > 0) {
        found->head.instead_of += found->head.at;
        found->head.at = 0;
    }
    return reason;
}

/* RIFF, RIFX, RF64 and AIFF: chunks of an id and a size. RF64 keeps the size of its data chunk in
 * the ds64 chunk (EBU Tech 3306); libsndfile looks nowhere else. */
static const char *check_chunks(int fd, int64_t size, bool big_endian, bool is_rf64,
                                struct complete *found) {
    /* libsndfile would go through more without an answer to signals */
    enum { MOST_CHUNKS = 10000 };
    int64_t position = 12, rf64_data = -1;
    uint8_t head[8], ds64[16];
    int chunks = 0;
    bool have_audio = false, is_mp3 = false;
    while (!stopped() && read_at(fd, position, head, sizeof head)) {
        if (have_audio && tags_end(fd, position, size)) {
            return NULL;
        }
        int64_t bytes = word(head + 4, big_endian);
        bool is_data = memcmp(head, "data", 4) == 0;
        position += 8;
        if (memcmp(head, "\0\0\0", 4) == 0) {
            return zeros;
        }
        if (++chunks > MOST_CHUNKS) {
            return countless;
        }
        if (memcmp(head, "ds64", 4) == 0 && read_at(fd, position, ds64, sizeof ds64)) {
            rf64_data = long_word(ds64 + 8);
        }
        if (is_data && is_rf64 && rf64_data >= 0) {
            bytes = rf64_data;
        } else if (is_data && bytes > 0 && wavpipe_size_unknown((uint32_t)bytes)) {
            bytes = size - position;
        }
        bool is_audio = is_data || memcmp(head, "SSND", 4) == 0;
        const char *reason = is_audio ? check_audio(fd, position, bytes, size, big_endian) : NULL;
        if (memcmp(head, "fmt ", 4) == 0) {
            reason = check_format(fd, position, big_endian, &is_mp3);
        } else if (is_data && is_mp3 && reason == NULL) {
            reason = check_wrapped(fd, position, bytes, found);
        }
        if (reason != NULL) {
            return reason;
        }
        if (bytes > size - position) {
            return truncated;
        }
        have_audio = have_audio || is_audio;
        position += bytes + bytes % 2;
    }
    return NULL;
}

/* Sony Wave64: chunks of a GUID, whose first four bytes are the id, and a 64-bit size that counts
 * these 24 bytes too; padded to 8 bytes. */
static const char *check_w64(int fd, int64_t size) {
    int64_t position = 40;
    uint8_t head[24];
    while (read_at(fd, position, head, sizeof head)) {
        int64_t bytes = long_word(head + 16);
        if (bytes < (int64_t)sizeof head || bytes > size - position) {
            return truncated;
        }
        bool is_mp3;
        if (memcmp(head, "fmt ", 4) == 0 &&
            check_format(fd, position + 24, false, &is_mp3) != NULL) {
            return WAV_CONTRADICTION;
        }
        position += (bytes + 7) / 8 * 8;
    }
    return NULL;
}

/* Apple's CAF: chunks of an id and a 64-bit size, which for the audio may be -1: up to the end. */
static const char *check_caf(int fd, int64_t size) {
    int64_t position = 8;
    uint8_t head[12];
    bool have_audio = false;
    while (!stopped() && read_at(fd, position, head, sizeof head)) {
        if (have_audio && tags_end(fd, position, size)) {
            return NULL;
        }
        int64_t bytes = (int64_t)((uint64_t)word(head + 4, true) << 32 | word(head + 8, true));
        bool is_audio = memcmp(head, "data", 4) == 0, is_open = is_audio && bytes == -1;
        position += (int64_t)sizeof head;
        if (have_audio && (is_audio || !wavpipe_is_chunk(head))) {
            return more_follows;
        }
        if (!is_open && (bytes < 0 || bytes > size - position)) {
            return have_audio ? more_follows : truncated;
        }
        have_audio = have_audio || is_audio;
        position = is_open ? size : position + bytes;
    }
    return NULL;
}

static const char *check_au(int fd, int64_t size, bool big_endian) {
    uint8_t head[12];
    if (!read_at(fd, 0, head, sizeof head)) {
        return truncated;
    }
    uint32_t offset = word(head + 4, big_endian), bytes = word(head + 8, big_endian);
    int64_t left = size - offset - bytes;
    bool ended = left >= 0 && (left < 8 || (bytes > 0 && tags_end(fd, size - left, size)));
    if (bytes == UINT32_MAX || ended) {
        return NULL;
    }
    return left < 0 ? truncated : bytes == 0 ? unfinished : more_follows;
}

/* The number in a line "name -i 123" of a NIST SPHERE header; -1 when there is none. */
static long long sphere_field(const char *header, const char *name) {
    const char *line = strstr(header, name);
    const char *number = line != NULL ? strstr(line, " -i ") : NULL;
    return number != NULL ? strtoll(number + 4, NULL, 10) : -1;
}

static const char *check_sphere(int fd, int64_t size) {
    char header[1025] = {0};
    if (!read_at(fd, 0, header, sizeof header - 1)) {
        return truncated;
    }
    long long samples = sphere_field(header, "\nsample_count");
    long long channels = sphere_field(header, "\nchannel_count");
    long long bytes = sphere_field(header, "\nsample_n_bytes");
    if (samples < 0 || channels < 1 || channels > 64 || bytes < 1 || bytes > 8) {
        return NULL; /* not stated: nothing is promised */
    }
    return samples > (size - 1024) / (channels * bytes) ? truncated : NULL;
}

/* RFC 3533, 6: CRC of the page with its own CRC field as zero, polynomial 0x04c11db7. */
static uint32_t ogg_crc(const uint8_t *page, size_t bytes) {
    uint32_t crc = 0;
    for (size_t i = 0; i < bytes; i++) {
        bool is_crc_field = i >= 22 && i < 26;
        crc ^= is_crc_field ? 0 : (uint32_t)page[i] << 24;
        for (int bit = 0; bit < 8; bit++) {
            crc = crc << 1 ^ (crc >> 31 ? 0x04c11db7 : 0);
        }
    }
    return crc;
}

/* An Ogg stream is whole when its pages follow each other to the end of the file and the last one
 * carries the end-of-stream flag. libsndfile reads the first stream alone; players go on. */
static const char *check_ogg(int fd, int64_t size) {
    enum { HEAD = 27, LARGEST_PAGE = HEAD + 255 + 255 * 255, FLAG_BEGIN = 2, FLAG_END = 4 };
    uint8_t page[LARGEST_PAGE];
    uint32_t serial = 0;
    bool ended = false;
    for (int64_t position = 0; position < size && !stopped();) {
        ssize_t got = pread(fd, page, sizeof page, (off_t)position);
        if (got < HEAD || memcmp(page, "OggS", 4) != 0) {
            return got < HEAD ? truncated : ended ? more_follows : damaged;
        }
        size_t bytes = (size_t)HEAD + page[26];
        for (int i = 0; i < page[26] && HEAD + i < got; i++) {
            bytes += page[HEAD + i];
        }
        if (bytes > (size_t)got) {
            return truncated;
        }
        if (ogg_crc(page, bytes) != word(page + 22, false)) {
            return damaged;
        }
        bool begins = (page[5] & FLAG_BEGIN) != 0;
        serial = position == 0 ? word(page + 14, false) : serial;
        if (ended || (begins && position > 0) || word(page + 14, false) != serial) {
            return chained;
        }
        ended = (page[5] & FLAG_END) != 0;
        position += (int64_t)bytes;
    }
    return ended ? NULL : truncated;
}

/* FLAC and MP3, after the tag that may stand before them; libsndfile reads others after a tag, too,
 * at the wrong place. */
static const char *check_tagged(int fd, int64_t start, int64_t size, struct complete *found) {
    static const char *const others[] = {"RIFF", "RIFX", "RF64", "FORM", "riff",
                                         ".snd", "dns.", "NIST", "OggS", "caff"};
    uint8_t id[4];
    bool read = read_at(fd, start, id, sizeof id);
    if (read && memcmp(id, "fLaC", 4) == 0) {
        return flacframes_check(fd, start, size, &found->frames);
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (read && memcmp(id, others[i], 4) == 0) {
            return tagged;
        }
    }
    return mpegframes_check(fd, start, size, found);
}

const char *complete_check(int fd, struct complete *found) {
    uint8_t id[4];
    struct stat status;
    memset(found, 0, sizeof *found);
    found->frames = -1;
    errno = 0;
    if (fstat(fd, &status) != 0 || !read_at(fd, 0, id, sizeof id)) {
        return NULL; /* too short for any audio: libsndfile says so */
    }
    bool is_rf64 = memcmp(id, "RF64", 4) == 0;
    if (memcmp(id, "RIFF", 4) == 0 || is_rf64) {
        return check_chunks(fd, status.st_size, false, is_rf64, found);
    }
    if (memcmp(id, "RIFX", 4) == 0 || memcmp(id, "FORM", 4) == 0) {
        return check_chunks(fd, status.st_size, true, false, found);
    }
    if (memcmp(id, "riff", 4) == 0) {
        return check_w64(fd, status.st_size);
    }
    if (memcmp(id, ".snd", 4) == 0 || memcmp(id, "dns.", 4) == 0) {
        return check_au(fd, status.st_size, id[0] == '.');
    }
    if (memcmp(id, "caff", 4) == 0) {
        return check_caf(fd, status.st_size);
    }
    if (memcmp(id, "NIST", 4) == 0) {
        return check_sphere(fd, status.st_size);
    }
    if (memcmp(id, "OggS", 4) == 0) {
        return check_ogg(fd, status.st_size);
    }
    bool is_mpeg = id[0] == 0xFF && (id[1] & 0xE0) == 0xE0;
    if (memcmp(id, "fLaC", 4) == 0 || memcmp(id, "ID3", 3) == 0 || is_mpeg) {
        return check_tagged(fd, tags_before(fd), status.st_size, found);
    }
    return NULL;
}
