#include "codec.h"

#include <math.h>
#include <sndfile.h>
#include <stdlib.h>
#include <string.h>

/* G.711 defines mu-law on 14-bit values with a bias of 33; on 16-bit samples all is four times
 * that. */
enum { ULAW_BIAS = 132, ULAW_CLIP = 32635, G711_SIGN = 0x80, ALAW_TOGGLE = 0x55 };

uint8_t codec_ulaw_encode(int16_t sample) {
    int sign = sample < 0 ? G711_SIGN : 0;
    int magnitude = sample < 0 ? -(int)sample : (int)sample;
    magnitude = (magnitude > ULAW_CLIP ? ULAW_CLIP : magnitude) + ULAW_BIAS;
    int segment = 7;
    while (segment > 0 && magnitude < (ULAW_BIAS - 4) << segment) {
        segment--;
    }
    int step = (magnitude >> (segment + 3)) & 0x0F;
    return (uint8_t) ~(sign | segment << 4 | step);
}

int16_t codec_ulaw_decode(uint8_t code) {
    int bits = ~code & 0xFF;
    int segment = bits >> 4 & 0x07;
    int step = bits & 0x0F;
    int magnitude = (((step << 3) + ULAW_BIAS) << segment) - ULAW_BIAS;
    return (int16_t)(bits & G711_SIGN ? -magnitude : magnitude);
}

/* A-law works on 13-bit values: a 16-bit sample without its three low bits. Its sign bit is 1 for
 * positive values and the even bits are inverted on the wire. */
uint8_t codec_alaw_encode(int16_t sample) {
    int sign = sample < 0 ? 0 : G711_SIGN;
    int magnitude = sample < 0 ? -(int)sample - 1 : (int)sample;
    int segment = 7;
    while (segment > 0 && magnitude < 256 << (segment - 1)) {
        segment--;
    }
    int step = magnitude >> (segment > 0 ? segment + 3 : 4) & 0x0F;
    return (uint8_t)((sign | segment << 4 | step) ^ ALAW_TOGGLE);
}

int16_t codec_alaw_decode(uint8_t code) {
    int bits = code ^ ALAW_TOGGLE;
    int segment = bits >> 4 & 0x07;
    int step = bits & 0x0F;
    int magnitude = (step << 4) + 8;
    if (segment > 0) {
        magnitude = (magnitude + 256) << (segment - 1);
    }
    return (int16_t)(bits & G711_SIGN ? magnitude : -magnitude);
}

float codec_idle_value(enum codec_kind kind) {
    enum { ALAW_IDLE = 0xD5 };
    return kind == CODEC_ALAW ? (float)codec_alaw_decode(ALAW_IDLE) / 32768.0f : 0.0f;
}

static int16_t to_s16(float sample) {
    float scaled = floorf(sample * 32768.0f + 0.5f);
    return (int16_t)(scaled > 32767.0f ? 32767.0f : scaled < -32768.0f ? -32768.0f : scaled);
}

float codec_quantise(float sample) {
    return (float)to_s16(sample) / 32768.0f;
}

/* A file in memory for libsndfile. */
struct memory_file {
    unsigned char *bytes;
    sf_count_t size;
    sf_count_t capacity;
    sf_count_t position;
};

static sf_count_t memory_length(void *user) {
    return ((struct memory_file *)user)->size;
}

static sf_count_t memory_seek(sf_count_t offset, int whence, void *user) {
    struct memory_file *file = user;
    sf_count_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? file->position : file->size;
    file->position = base + offset;
    return file->position;
}

static sf_count_t memory_read(void *to, sf_count_t count, void *user) {
    struct memory_file *file = user;
    sf_count_t left = file->size - file->position;
    count = left < count ? left : count;
    if (count <= 0) {
        return 0;
    }
    memcpy(to, file->bytes + file->position, (size_t)count);
    file->position += count;
    return count;
}

static sf_count_t memory_write(const void *from, sf_count_t count, void *user) {
    struct memory_file *file = user;
    if (file->position + count > file->capacity) {
        return 0;
    }
    memcpy(file->bytes + file->position, from, (size_t)count);
    file->position += count;
    file->size = file->position > file->size ? file->position : file->size;
    return count;
}

static sf_count_t memory_tell(void *user) {
    return ((struct memory_file *)user)->position;
}

static SNDFILE *memory_open(struct memory_file *file, int mode, int rate) {
    SF_VIRTUAL_IO io = {memory_length, memory_seek, memory_read, memory_write, memory_tell};
    SF_INFO info = {0};
    info.samplerate = rate;
    info.channels = 1;
    info.format = SF_FORMAT_RAW | SF_FORMAT_GSM610;
    file->position = 0;
    return sf_open_virtual(&io, mode, &info, file);
}

static bool gsm_code(struct memory_file *file, int16_t *pcm, sf_count_t n, int rate) {
    SNDFILE *encoder = memory_open(file, SFM_WRITE, rate);
    if (encoder == NULL) {
        return false;
    }
    bool good = sf_write_short(encoder, pcm, n) == n;
    good = sf_close(encoder) == 0 && good;
    SNDFILE *decoder = good ? memory_open(file, SFM_READ, rate) : NULL;
    if (decoder == NULL) {
        return false;
    }
    good = sf_read_short(decoder, pcm, n) == n;
    return sf_close(decoder) == 0 && good;
}

/* GSM 06.10 frames are 160 samples in 33 bytes; the last one is filled up with zeros. */
static bool gsm_round_trip(float *x, size_t n, int rate) {
    enum { GSM_FRAME = 160, GSM_BYTES = 33 };
    size_t frames = n / GSM_FRAME + 1;
    struct memory_file file = {.capacity = (sf_count_t)((frames + 1) * GSM_BYTES)};
    file.bytes = malloc((size_t)file.capacity);
    int16_t *pcm = calloc(frames * GSM_FRAME, sizeof *pcm);
    bool good = file.bytes != NULL && pcm != NULL;
    if (good) {
        for (size_t i = 0; i < n; i++) {
            pcm[i] = to_s16(x[i]);
        }
        good = gsm_code(&file, pcm, (sf_count_t)(frames * GSM_FRAME), rate);
    }
    for (size_t i = 0; good && i < n; i++) {
        x[i] = (float)pcm[i] / 32768.0f;
    }
    free(pcm);
    free(file.bytes);
    return good;
}

bool codec_round_trip(enum codec_kind kind, float *x, size_t n, int rate) {
    if (kind == CODEC_GSM) {
        return gsm_round_trip(x, n, rate);
    }
    for (size_t i = 0; i < n; i++) {
        int16_t sample = to_s16(x[i]);
        if (kind == CODEC_ULAW) {
            sample = codec_ulaw_decode(codec_ulaw_encode(sample));
        } else if (kind == CODEC_ALAW) {
            sample = codec_alaw_decode(codec_alaw_encode(sample));
        }
        x[i] = (float)sample / 32768.0f;
    }
    return true;
}
