/* Recordings of every format that the tool reads, from a file and through a pipe. */
#define _POSIX_C_SOURCE 200809L
#include "../../examples/tool/sound_in.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"

/* A few bytes of FLAC or MP3 may stand for hours. */
enum { FRAMES_MOST = 200000, PIPE_BYTES = 60000 };

struct told {
    int64_t frames;
    uint64_t digest; /* FNV-1a of the samples */
    int last;        /* what the last read gave */
};

static uint64_t digest_add(uint64_t digest, const void *bytes, size_t n) {
    for (const uint8_t *p = bytes, *end = p + n; p < end; p++)
        digest = (digest ^ *p) * 1099511628211u;
    return digest;
}

static struct told read_all(struct sound_in *in, int block) {
    struct told told = {0, 14695981039346656037u, 1};
    struct samples *to = malloc(sizeof(*to));
    while (told.frames < FRAMES_MOST && told.last > 0) {
        told.last = sound_in_read(in, to, block);
        FUZZ_HOLDS(told.last >= -1 && told.last <= block);
        if (told.last <= 0)
            break;
        size_t width = to->wide ? sizeof(float) : sizeof(int16_t);
        size_t count = (size_t)told.last * (size_t)in->info.channels;
        told.digest = digest_add(told.digest, to, width * count);
        told.frames += told.last;
    }
    free(to);
    return told;
}

static void check(struct sound_in *in, int block, const uint8_t *data, size_t size, bool pipe) {
    char hex[SHA256_HEX_BYTES], expected[SHA256_HEX_BYTES];
    struct sha256 hash;
    FUZZ_HOLDS(in->info.channels == 1 || in->info.channels == 2);
    FUZZ_HOLDS(in->info.samplerate >= 8000 && in->info.samplerate <= 48000);
    int64_t promised = in->frames;
    struct told first = read_all(in, block);
    /* Whole means as long as promised, neither shorter nor longer. */
    if (first.last == 0 && promised >= 0)
        FUZZ_HOLDS(first.frames == promised);
    if (first.last == 0) {
        sha256_init(&hash);
        sha256_add(&hash, data, size);
        sha256_finish(&hash, expected);
        FUZZ_HOLDS(sound_in_hash(in, hex) && strcmp(hex, expected) == 0);
    }
    if (pipe || first.last != 0 || !sound_in_rewind(in))
        return;
    struct told second = read_all(in, block);
    FUZZ_HOLDS(second.frames == first.frames && second.digest == first.digest &&
               second.last == first.last);
}

static bool open_pipe(struct sound_in *in, const uint8_t *data, size_t size) {
    int ends[2], saved = dup(STDIN_FILENO);
    FUZZ_HOLDS(size <= PIPE_BYTES && pipe(ends) == 0);
    FUZZ_HOLDS(write(ends[1], data, size) == (ssize_t)size);
    close(ends[1]);
    dup2(ends[0], STDIN_FILENO);
    close(ends[0]);
    bool opened = sound_in_open(in, "-");
    dup2(saved, STDIN_FILENO);
    close(saved);
    return opened;
}

void fuzz_sound(const uint8_t *data, size_t size) {
    struct bytes bytes = {data, size};
    char path[FUZZ_PATH_BYTES];
    struct sound_in in;
    unsigned how = bytes_u8(&bytes);
    bool pipe = how % 2 == 1;
    int block = how & 2 ? 80 : BLOCK_FRAMES;
    if (bytes.left > PIPE_BYTES)
        return;
    int fd = pipe ? -1 : fuzz_file_open(bytes.at, bytes.left, path);
    if (pipe ? open_pipe(&in, bytes.at, bytes.left) : sound_in_open(&in, path)) {
        check(&in, block, bytes.at, bytes.left, pipe);
        sound_in_close(&in);
    }
    if (!pipe)
        close(fd);
}
