#include "samples.h"

#include <math.h>
#include <string.h>

bool samples_need_float(int format) {
    switch (format & SF_FORMAT_SUBMASK) {
    case SF_FORMAT_PCM_24:
    case SF_FORMAT_PCM_32:
    case SF_FORMAT_FLOAT:
    case SF_FORMAT_DOUBLE:
    case SF_FORMAT_VORBIS:
    case SF_FORMAT_OPUS:
    case FORMAT_MPEG_LAYER_I:
    case FORMAT_MPEG_LAYER_II:
    case FORMAT_MPEG_LAYER_III:
    case SF_FORMAT_ALAC_20:
    case SF_FORMAT_ALAC_24:
    case SF_FORMAT_ALAC_32:
    case SF_FORMAT_DWVW_24:
        return true;
    default:
        return false;
    }
}

sf_count_t samples_read(SNDFILE *file, int channels, struct samples *to, int frames) {
    sf_count_t done = 0, got = 1;
    while (done < frames && got > 0) {
        sf_count_t at = done * channels, left = frames - done;
        got = to->wide ? sf_readf_float(file, to->at.f32 + at, left)
                       : sf_readf_short(file, to->at.s16 + at, left);
        done += got > 0 ? got : 0;
    }
    return done;
}

float samples_value(const struct samples *from, int index) {
    return from->wide ? from->at.f32[index] : (float)from->at.s16[index] / 32768.0F;
}

void samples_pick(const struct samples *from, int channels, int channel, struct samples *to,
                  int frames) {
    for (int i = 0; i < frames; i++) {
        int source = i * channels + channel;
        if (from->wide) {
            to->at.f32[i] = from->at.f32[source];
        } else {
            to->at.s16[i] = from->at.s16[source];
        }
    }
    to->wide = from->wide;
}

void samples_mix(const struct samples *from, int channels, struct samples *to, int frames) {
    for (int i = 0; i < frames; i++) {
        int first = i * channels, last = first + channels - 1;
        if (from->wide) {
            to->at.f32[i] = 0.5F * (from->at.f32[first] + from->at.f32[last]);
        } else {
            to->at.s16[i] = (int16_t)((from->at.s16[first] + from->at.s16[last]) / 2);
        }
    }
    to->wide = from->wide;
}

int samples_process(solo_call *call, const struct samples *legs, struct samples *out, int frames) {
    size_t n = (size_t)frames;
    out->wide = legs->wide;
    return legs->wide ? solo_call_process_interleaved_f32(call, legs->at.f32, out->at.f32, n)
                      : solo_call_process_interleaved_s16(call, legs->at.s16, out->at.s16, n);
}

int samples_flush(solo_call *call, struct samples *out, int frames) {
    return out->wide ? solo_call_flush_interleaved_f32(call, out->at.f32, (size_t)frames)
                     : solo_call_flush_interleaved_s16(call, out->at.s16, (size_t)frames);
}

void samples_drop(struct samples *samples, int count, int total) {
    size_t left = (size_t)(total - count);
    if (samples->wide) {
        memmove(samples->at.f32, samples->at.f32 + count, left * sizeof *samples->at.f32);
    } else {
        memmove(samples->at.s16, samples->at.s16 + count, left * sizeof *samples->at.s16);
    }
}

/* Full scale 1.0 is 2^31. libsndfile's own conversion scales by 2^n to read and by 2^n - 1 to
 * write: a 24-bit sample would not come back the same. */
static int32_t to_s32(float sample, float step) {
    float rounded = rintf(sample / step) * step;
    if (!(rounded > -1.0F)) {
        return INT32_MIN;
    }
    return rounded < 1.0F ? (int32_t)(rounded * 2147483648.0F) : INT32_MAX;
}

/* What one unit of the last place of the format is worth. */
static float step_of(int format) {
    switch (format & SF_FORMAT_SUBMASK) {
    case SF_FORMAT_PCM_24:
    case SF_FORMAT_PCM_32: /* a float holds 24 bits */
        return 1.0F / 8388608.0F;
    default:
        return 1.0F / 32768.0F;
    }
}

static bool takes_float(int format) {
    int subtype = format & SF_FORMAT_SUBMASK;
    return subtype == SF_FORMAT_FLOAT || subtype == SF_FORMAT_DOUBLE || subtype == SF_FORMAT_OPUS;
}

sf_count_t samples_write(SNDFILE *file, int format, struct samples *from, int channels,
                         int frames) {
    if (!from->wide) {
        return sf_writef_short(file, from->at.s16, frames);
    }
    if (takes_float(format)) {
        return sf_writef_float(file, from->at.f32, frames);
    }
    for (int i = 0; i < frames * channels; i++) {
        float sample = from->at.f32[i]; /* the union: read before it is overwritten */
        from->at.s32[i] = to_s32(sample, step_of(format));
    }
    return sf_writef_int(file, from->at.s32, frames);
}
