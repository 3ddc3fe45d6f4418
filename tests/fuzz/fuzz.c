#define _GNU_SOURCE
#include "fuzz.h"

#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void fuzz_fail(const char *condition, const char *file, int line) {
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
    abort();
}

unsigned bytes_u8(struct bytes *bytes) {
    if (bytes->left == 0)
        return 0;
    bytes->left--;
    return *bytes->at++;
}

unsigned bytes_u16(struct bytes *bytes) {
    unsigned low = bytes_u8(bytes);
    return low | bytes_u8(bytes) << 8;
}

uint32_t bytes_u32(struct bytes *bytes) {
    uint32_t low = bytes_u16(bytes);
    return low | (uint32_t)bytes_u16(bytes) << 16;
}

int bytes_below(struct bytes *bytes, int count) {
    return (int)(bytes_u8(bytes) % (unsigned)count);
}

struct bytes bytes_take(struct bytes *bytes, size_t n) {
    struct bytes taken = {bytes->at, n < bytes->left ? n : bytes->left};
    bytes->at += taken.left;
    bytes->left -= taken.left;
    return taken;
}

char *bytes_text(struct bytes bytes) {
    char *text = calloc(bytes.left + 1, 1);
    FUZZ_HOLDS(text != NULL);
    if (bytes.left > 0)
        memcpy(text, bytes.at, bytes.left);
    return text;
}

char *bytes_line(struct bytes *bytes) {
    const uint8_t *newline = bytes->left > 0 ? memchr(bytes->at, '\n', bytes->left) : NULL;
    size_t length = newline ? (size_t)(newline - bytes->at) : bytes->left;
    char *line = bytes_text(bytes_take(bytes, length));
    bytes_take(bytes, 1);
    return line;
}

static solo_engine *engine;
static solo_voice *nobody;

static void drop_engine(void) {
    solo_voice_destroy(nobody);
    solo_engine_destroy(engine);
}

const solo_engine *fuzz_engine(void) {
    if (!engine) {
        engine = solo_engine_create(NULL);
        FUZZ_HOLDS(engine != NULL);
        atexit(drop_engine);
    }
    return engine;
}

const solo_voice *fuzz_nobody(void) {
    uint8_t bytes[FUZZ_VOICE_BYTES] = {0};
    if (!nobody) {
        fuzz_seal_voice(bytes);
        nobody = solo_voice_load(fuzz_engine(), bytes, sizeof(bytes), NULL);
        FUZZ_HOLDS(nobody != NULL);
    }
    return nobody;
}

/* Of a saved voice; lib/voice_file.c describes it. */
enum { AT_VERSION = 8, AT_BYTES = 12, AT_MODEL = 16, AT_SPEECH = 32, AT_QUALITY = 36 };
enum { AT_EMBEDDING = 40, AT_CHECKSUM = FUZZ_VOICE_BYTES - 4 };

static void put_32(uint8_t *at, uint32_t value) {
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> 8 * i);
}

static void put_float(uint8_t *at, float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof(bits));
    put_32(at, bits);
}

/* CRC-32 of IEEE 802.3. */
static uint32_t checksum(const uint8_t *at, size_t n) {
    uint32_t crc = ~0u;
    for (size_t i = 0; i < n; i++) {
        crc ^= at[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0u);
    }
    return ~crc;
}

static void put_model(uint8_t *at) {
    solo_voice_facts facts = {.struct_size = sizeof(facts)};
    solo_voice *voice = solo_voice_create(fuzz_engine(), NULL);
    FUZZ_HOLDS(solo_voice_info(voice, &facts) == SOLO_OK);
    memcpy(at, facts.model, sizeof(facts.model) - 1);
    solo_voice_destroy(voice);
}

void fuzz_seal_voice(uint8_t bytes[FUZZ_VOICE_BYTES]) {
    double power = 0.0;
    memcpy(bytes, "SOLOVOIC", AT_VERSION);
    put_32(bytes + AT_VERSION, 1);
    put_32(bytes + AT_BYTES, FUZZ_VOICE_BYTES);
    put_model(bytes + AT_MODEL);
    put_float(bytes + AT_SPEECH, 1.0f + (float)bytes[AT_SPEECH]);
    put_float(bytes + AT_QUALITY, (float)bytes[AT_QUALITY] / 255.0f);
    for (int i = AT_EMBEDDING; i < AT_CHECKSUM; i += 4)
        power += pow((double)bytes[i] - 127.5, 2.0);
    for (int i = AT_EMBEDDING; i < AT_CHECKSUM; i += 4)
        put_float(bytes + i, (float)(((double)bytes[i] - 127.5) / sqrt(power)));
    put_32(bytes + AT_CHECKSUM, checksum(bytes, AT_CHECKSUM));
}

static void write_all(int fd, const uint8_t *data, size_t size) {
    for (size_t done = 0; done < size;) {
        ssize_t put = write(fd, data + done, size - done);
        FUZZ_HOLDS(put > 0);
        done += (size_t)put;
    }
}

int fuzz_file_open(const uint8_t *data, size_t size, char path[FUZZ_PATH_BYTES]) {
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    FUZZ_HOLDS(fd >= 0);
    write_all(fd, data, size);
    FUZZ_HOLDS(lseek(fd, 0, SEEK_SET) == 0);
    snprintf(path, FUZZ_PATH_BYTES, "/proc/self/fd/%d", fd);
    return fd;
}

enum { NAME_BYTES = 256 };
static char folder[NAME_BYTES];

static void remove_folder(void) {
    DIR *stream = opendir(folder);
    for (const struct dirent *entry; stream && (entry = readdir(stream)) != NULL;)
        unlinkat(dirfd(stream), entry->d_name, 0);
    if (stream)
        closedir(stream);
    rmdir(folder);
}

const char *fuzz_folder(void) {
    const char *parent = getenv("SOLO_TMP");
    if (folder[0] == '\0') {
        snprintf(folder, sizeof(folder), "%s/fuzz-XXXXXX", parent ? parent : "/tmp");
        FUZZ_HOLDS(mkdtemp(folder) != NULL);
        atexit(remove_folder);
    }
    return folder;
}

void fuzz_folder_put(const char *name, const uint8_t *data, size_t size) {
    char path[2 * NAME_BYTES];
    snprintf(path, sizeof(path), "%s/%s", fuzz_folder(), name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    FUZZ_HOLDS(fd >= 0);
    write_all(fd, data, size);
    close(fd);
}
