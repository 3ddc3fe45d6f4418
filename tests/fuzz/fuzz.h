/* What the fuzz targets share. A target takes any bytes and aborts where something that must hold
 * for all of them does not. Under libFuzzer the bytes are its own; solo-replay feeds those of
 * tests/fuzz/corpus. */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "solotrack.h"

typedef void fuzz_target(const uint8_t *data, size_t size);

fuzz_target fuzz_calls, fuzz_push, fuzz_voice, fuzz_vad, fuzz_recipe, fuzz_rttm, fuzz_json,
    fuzz_sidecar, fuzz_campaigns, fuzz_journal, fuzz_settings, fuzz_sound, fuzz_tool, fuzz_pcap,
    fuzz_dialplan;

/* Aborts, and names the condition and the place: never a sample, which may be a customer's. */
#define FUZZ_HOLDS(condition) ((condition) ? (void)0 : fuzz_fail(#condition, __FILE__, __LINE__))
_Noreturn void fuzz_fail(const char *condition, const char *file, int line);

/* Bytes that are used up from the front; zeros once none are left. */
struct bytes {
    const uint8_t *at;
    size_t left;
};

unsigned bytes_u8(struct bytes *bytes);
unsigned bytes_u16(struct bytes *bytes);
uint32_t bytes_u32(struct bytes *bytes);

/* 0 to count - 1. */
int bytes_below(struct bytes *bytes, int count);

/* The next `n` bytes, or as many as there are. */
struct bytes bytes_take(struct bytes *bytes, size_t n);

/* What is left up to a newline, as a string; freed by the caller. */
char *bytes_line(struct bytes *bytes);

/* All that is left, as a string with a zero behind it; freed by the caller. */
char *bytes_text(struct bytes bytes);

/* One engine for all targets, and a voice that is nobody's. */
const solo_engine *fuzz_engine(void);
const solo_voice *fuzz_nobody(void);

/* Makes the saved voice plausible in what bytes at random never hit: the magic, the version, the
 * length, the model, the embedding's unit length, the checksum. */
enum { FUZZ_VOICE_BYTES = 40 + 4 * 128 + 4 };
void fuzz_seal_voice(uint8_t bytes[FUZZ_VOICE_BYTES]);

/* A file in memory with these bytes, and a path by which it can be opened. */
enum { FUZZ_PATH_BYTES = 64 };
int fuzz_file_open(const uint8_t *data, size_t size, char path[FUZZ_PATH_BYTES]);

/* A folder for files that need a name, made on first use (in $SOLO_TMP or /tmp), removed at the
 * end. */
const char *fuzz_folder(void);

/* Writes a file into it. */
void fuzz_folder_put(const char *name, const uint8_t *data, size_t size);

#endif
