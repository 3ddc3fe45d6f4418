/* solo_vad: any sounds give probabilities, the same however they are cut, and leave nothing. */
#include <stdlib.h>
#include <string.h>

#include "sounds.h"

enum { ANSWERS_MAX = SOUNDS_MOST / 80 + 1, LEFT_BY_WIPE = 24 };

struct run {
    struct sounds sounds;
    int16_t pcm[SOUNDS_MOST];
    float whole[ANSWERS_MAX], cut[ANSWERS_MAX];
};

/* Feeds all in pieces of any size, and gives the number of answers. */
static int hear(solo_vad *vad, struct run *run, size_t piece, float *answers) {
    int count = 0;
    size_t hop = (size_t)run->sounds.rate / 100;
    for (size_t at = 0; at < run->sounds.n; at += piece) {
        size_t n = run->sounds.n - at < piece ? run->sounds.n - at : piece;
        float *piece_of = malloc(sizeof(*piece_of) * (n / hop + 1));
        int got = solo_vad_process_s16(vad, run->pcm + at, n, piece_of, n / hop + 1);
        FUZZ_HOLDS(got >= 0 && (size_t)got <= n / hop + 1);
        memcpy(answers + count, piece_of, sizeof(*answers) * (size_t)got);
        count += got;
        free(piece_of);
    }
    FUZZ_HOLDS((size_t)count == run->sounds.n / hop);
    return count;
}

void fuzz_vad(const uint8_t *data, size_t size) {
    struct bytes bytes = {data, size};
    struct run *run = calloc(1, sizeof(*run));
    solo_vad *vad = NULL;
    size_t left = 0, piece = 1 + bytes_u16(&bytes) % 1000;
    run->sounds.rate = bytes_below(&bytes, 2) ? 16000 : 8000;
    while (bytes.left > 0 && run->sounds.n < SOUNDS_MOST / 2) {
        size_t n = bytes_u16(&bytes) % 8192;
        sounds_make(&run->sounds, 0, n, &bytes);
        run->sounds.n += n;
    }
    for (size_t i = 0; i < run->sounds.n; i++)
        run->pcm[i] = sounds_s16(run->sounds.leg[0][i]);
    size_t memory_bytes = solo_vad_get_size(fuzz_engine(), run->sounds.rate);
    char *memory = calloc(1, memory_bytes);
    FUZZ_HOLDS(solo_vad_init(memory, memory_bytes, fuzz_engine(), run->sounds.rate, &vad) ==
               SOLO_OK);
    int count = hear(vad, run, SOUNDS_MOST, run->whole);
    FUZZ_HOLDS(solo_vad_reset(vad) == SOLO_OK);
    FUZZ_HOLDS(hear(vad, run, piece, run->cut) == count);
    for (int i = 0; i < count; i++)
        FUZZ_HOLDS(run->whole[i] >= 0.0f && run->whole[i] <= 1.0f && run->whole[i] == run->cut[i]);
    solo_vad_wipe(vad);
    for (size_t i = 0; i < memory_bytes; i++)
        left += memory[i] != 0;
    FUZZ_HOLDS(left <= LEFT_BY_WIPE);
    free(memory);
    free(run);
}
