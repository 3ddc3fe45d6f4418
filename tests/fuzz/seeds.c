/* solo-seeds CORPUS: writes the recordings that fuzzing starts from, two tones of our own making in
 * every container and coding that libsndfile writes. The other seeds were written by hand, or found
 * by libFuzzer. */
#include <math.h>
#include <sndfile.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_BYTES = 512, FRAMES_MOST = 16000, FILE_MOST = 1 << 16 };

static const struct {
    const char *name;
    int format, rate, channels, frames;
} seeds[] = {
    {"wav-16", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 8000, 2, 160},
    {"wav-8", SF_FORMAT_WAV | SF_FORMAT_PCM_U8, 8000, 1, 160},
    {"wav-24", SF_FORMAT_WAVEX | SF_FORMAT_PCM_24, 16000, 2, 80},
    {"wav-float", SF_FORMAT_WAV | SF_FORMAT_FLOAT, 44100, 2, 80},
    {"wav-double", SF_FORMAT_WAV | SF_FORMAT_DOUBLE, 8000, 1, 80},
    {"wav-ulaw", SF_FORMAT_WAV | SF_FORMAT_ULAW, 8000, 2, 160},
    {"wav-alaw", SF_FORMAT_WAV | SF_FORMAT_ALAW, 8000, 1, 160},
    {"wav-gsm", SF_FORMAT_WAV | SF_FORMAT_GSM610, 8000, 1, 640},
    {"wav-ima", SF_FORMAT_WAV | SF_FORMAT_IMA_ADPCM, 8000, 2, 640},
    {"wav-ms", SF_FORMAT_WAV | SF_FORMAT_MS_ADPCM, 8000, 2, 640},
    {"wav-g721", SF_FORMAT_WAV | SF_FORMAT_G721_32, 8000, 1, 640},
    {"rifx", SF_FORMAT_WAV | SF_FORMAT_PCM_16 | SF_ENDIAN_BIG, 8000, 2, 80},
    {"rf64", SF_FORMAT_RF64 | SF_FORMAT_PCM_16, 8000, 2, 80},
    {"w64", SF_FORMAT_W64 | SF_FORMAT_PCM_16, 8000, 2, 80},
    {"aiff", SF_FORMAT_AIFF | SF_FORMAT_PCM_16, 8000, 2, 80},
    {"aiff-dwvw", SF_FORMAT_AIFF | SF_FORMAT_DWVW_16, 8000, 1, 160},
    {"au", SF_FORMAT_AU | SF_FORMAT_ULAW, 8000, 2, 160},
    {"au-little", SF_FORMAT_AU | SF_FORMAT_PCM_16 | SF_ENDIAN_LITTLE, 8000, 1, 80},
    {"au-g723", SF_FORMAT_AU | SF_FORMAT_G723_24, 8000, 1, 640},
    {"sph", SF_FORMAT_NIST | SF_FORMAT_ULAW, 8000, 2, 160},
    {"voc", SF_FORMAT_VOC | SF_FORMAT_PCM_U8, 8000, 1, 160},
    {"ircam", SF_FORMAT_IRCAM | SF_FORMAT_PCM_16, 8000, 2, 80},
    {"paf", SF_FORMAT_PAF | SF_FORMAT_PCM_24, 8000, 2, 100},
    {"svx", SF_FORMAT_SVX | SF_FORMAT_PCM_S8, 8000, 1, 160},
    {"caf", SF_FORMAT_CAF | SF_FORMAT_ALAC_16, 8000, 2, 200},
    {"htk", SF_FORMAT_HTK | SF_FORMAT_PCM_16, 8000, 1, 80},
    {"avr", SF_FORMAT_AVR | SF_FORMAT_PCM_16, 8000, 2, 80},
    {"mat4", SF_FORMAT_MAT4 | SF_FORMAT_PCM_16, 8000, 2, 80},
    {"mat5", SF_FORMAT_MAT5 | SF_FORMAT_PCM_16, 8000, 2, 80},
    {"pvf", SF_FORMAT_PVF | SF_FORMAT_PCM_16, 8000, 2, 80},
    {"sds", SF_FORMAT_SDS | SF_FORMAT_PCM_16, 8000, 1, 80},
    {"flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 8000, 2, 400},
    {"vorbis", SF_FORMAT_OGG | SF_FORMAT_VORBIS, 8000, 1, 160},
    {"opus", SF_FORMAT_OGG | SF_FORMAT_OPUS, 8000, 2, 160},
    {"mp3", SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III, 16000, 1, 1200},
};
enum { SEEDS = sizeof(seeds) / sizeof(*seeds) };

/* The agent for the first half, the customer, lower, for the second. */
static void make_tones(float *x, int rate, int channels, int frames) {
    for (int i = 0; i < frames; i++)
        for (int c = 0; c < channels; c++) {
            int speaks = channels == 1 || (i < frames / 2) == (c == 0);
            double hz = c == 0 ? 440.0 : 300.0;
            x[i * channels + c] = (float)(speaks * 0.3 * sin(6.2831853 * hz * i / rate));
        }
}

/* Under `path`, after `head`. */
static int put(const char *path, const uint8_t *head, size_t head_bytes, const uint8_t *bytes,
               size_t n) {
    FILE *file = fopen(path, "wb");
    int good =
        file && fwrite(head, 1, head_bytes, file) == head_bytes && fwrite(bytes, 1, n, file) == n;
    return file && fclose(file) == 0 && good;
}

static int encode(const char *path, int seed, int frames, uint8_t *bytes, size_t *n) {
    SF_INFO info = {.format = seeds[seed].format,
                    .samplerate = seeds[seed].rate,
                    .channels = seeds[seed].channels};
    float *x = malloc(sizeof(*x) * FRAMES_MOST * 2);
    make_tones(x, info.samplerate, info.channels, frames);
    SNDFILE *sound = sf_open(path, SFM_WRITE, &info);
    int good = sound && sf_writef_float(sound, x, frames) == frames && sf_close(sound) == 0;
    FILE *file = good ? fopen(path, "rb") : NULL;
    *n = file ? fread(bytes, 1, FILE_MOST, file) : 0;
    if (file)
        fclose(file);
    free(x);
    remove(path);
    return *n > 0;
}

/* For the target "sound" a byte says how it is read, for "tool" two say what is done with it. */
static int write_seed(const char *corpus, int seed) {
    static uint8_t bytes[FILE_MOST];
    char path[PATH_BYTES];
    size_t n = 0;
    snprintf(path, sizeof(path), "%.400s/sound/%s", corpus, seeds[seed].name);
    if (!encode(path, seed, seeds[seed].frames, bytes, &n) ||
        !put(path, (const uint8_t[]){0}, 1, bytes, n))
        return 0;
    snprintf(path, sizeof(path), "%.400s/sound/pipe-%s", corpus, seeds[seed].name);
    return strncmp(seeds[seed].name, "wav", 3) != 0 || n > 1000 ||
           put(path, (const uint8_t[]){1}, 1, bytes, n);
}

/* What `tool` does: the command, and how; VERIFY and REPORT take the recording twice. */
static int write_tool_seeds(const char *corpus) {
    static const struct {
        const char *name;
        int seed;
        uint8_t head[2];
    } uses[] = {{"erase", 5, {0, 16}},      {"erase-voice", 6, {0, 1}}, {"erase-flac", 31, {0, 4}},
                {"erase-opus", 0, {0, 12}}, {"verify", 5, {1, 0}},      {"report", 5, {2, 0}},
                {"label", 5, {3, 0}},       {"enroll", 6, {4, 1}}};
    static uint8_t bytes[FILE_MOST], twice[2 * FILE_MOST];
    char path[PATH_BYTES];
    size_t n = 0;
    for (size_t i = 0; i < sizeof(uses) / sizeof(*uses); i++) {
        snprintf(path, sizeof(path), "%.400s/tool/%s", corpus, uses[i].name);
        int two = uses[i].head[0] == 1 || uses[i].head[0] == 2;
        if (!encode(path, uses[i].seed, 1600, bytes, &n))
            return 0;
        size_t head = two ? n + 2 : 0;
        if (two) {
            twice[0] = (uint8_t)n;
            twice[1] = (uint8_t)(n >> 8);
            memcpy(twice + 2, bytes, n);
        }
        memcpy(twice + head, bytes, n);
        if (!put(path, uses[i].head, 2, twice, head + n))
            return 0;
    }
    return 1;
}

int main(int argc, char **argv) {
    if (argc != 2)
        return 2;
    for (int i = 0; i < SEEDS; i++)
        if (!write_seed(argv[1], i))
            fprintf(stderr, "solo-seeds: %s cannot be written here\n", seeds[i].name);
    return write_tool_seeds(argv[1]) ? 0 : 1;
}
