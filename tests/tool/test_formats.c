/* Good recordings: every format and rate, the first sample to the last. */
#include "calls.h"
#include "groups.h"
#include "run.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The lag (samples, within `most` either way) at which b matches a best. */
static int lag_of(const float *a, const float *b, int frames, int most) {
    int best = most + 1;
    double highest = 0.0;
    for (int lag = -most; lag <= most; lag++) {
        double sum = 0.0;
        for (int i = most; i < frames - most; i++) {
            sum += (double)a[i] * (double)b[i + lag];
        }
        if (sum > highest) {
            highest = sum;
            best = lag;
        }
    }
    return best;
}

static double energy_between(const float *x, int rate, double from, double to) {
    double energy = 0.0;
    for (int i = (int)(from * rate); i < (int)(to * rate); i++) {
        energy += (double)x[i] * (double)x[i];
    }
    return energy;
}

/* Silence of an output: A-law has no zero, lossy coders dither. */
static double silence_energy(int format, double samples) {
    double level = (format & SF_FORMAT_SUBMASK) == SF_FORMAT_OPUS ? 1e-4 : 8.0 / 32768.0;
    return samples * level * level;
}

static void check_output(const char *in, const char *out, bool exact) {
    SF_INFO info_in, info_out;
    float *a = read_channel(in, 0, &info_in), *b = read_channel(out, 0, &info_out);
    int rate = info_in.samplerate, frames = (int)info_in.frames;
    if (info_out.frames != info_in.frames || info_out.samplerate != rate) {
        fail_msg("%s: %lld frames, %lld in", out, (long long)info_out.frames, (long long)frames);
    }
    assert_int_equal(info_out.channels, 1);
    /* 5 ms either way: far less than a codec's frame or any pre-skip */
    int lag = lag_of(a, b, frames, rate / 200);
    if (lag != 0) {
        fail_msg("%s is %d samples late on %s", out, lag, in);
    }
    for (int i = (int)((agent_from + 0.2) * rate); exact && i < (agent_to - 0.2) * rate; i++) {
        if (a[i] != b[i]) {
            fail_msg("%s: sample %d is %g, was %g", out, i, (double)b[i], (double)a[i]);
        }
    }
    double left = energy_between(b, rate, customer_from, customer_to);
    assert_true(left <= silence_energy(info_out.format, (customer_to - customer_from) * rate));
    free(a);
    free(b);
}

static void test_formats(void **state) {
    static const struct {
        const char *name, *out;
        int format, rate;
        int out_format;
    } cases[] = {
#define WAV(subtype) SF_FORMAT_WAV | SF_FORMAT_##subtype
        {"u8.wav", "o.wav", WAV(PCM_U8), 8000, WAV(PCM_U8)},
        {"s16.wav", "o.wav", WAV(PCM_16), 8000, WAV(PCM_16)},
        {"s16-11.wav", "o.wav", WAV(PCM_16), 11025, WAV(PCM_16)},
        {"s16-16.wav", "o.wav", WAV(PCM_16), 16000, WAV(PCM_16)},
        {"s16-22.wav", "o.flac", WAV(PCM_16), 22050, SF_FORMAT_FLAC | SF_FORMAT_PCM_16},
        {"s16-44.wav", "o.wav", WAV(PCM_16), 44100, WAV(PCM_16)},
        {"s16-48.wav", "o.wav", WAV(PCM_16), 48000, WAV(PCM_16)},
        {"s24.wav", "o.wav", WAV(PCM_24), 8000, WAV(PCM_24)},
        {"s24b.wav", "o.flac", WAV(PCM_24), 16000, SF_FORMAT_FLAC | SF_FORMAT_PCM_24},
        {"s32.wav", "o.wav", WAV(PCM_32), 8000, WAV(PCM_32)},
        {"f32.wav", "o.wav", WAV(FLOAT), 16000, WAV(FLOAT)},
        {"f64.wav", "o.wav", WAV(DOUBLE), 8000, WAV(DOUBLE)},
        {"f32.wav", "o.flac", WAV(FLOAT), 16000, SF_FORMAT_FLAC | SF_FORMAT_PCM_24},
        {"ulaw.wav", "o.wav", WAV(ULAW), 8000, WAV(ULAW)},
        {"alaw.wav", "o.wav", WAV(ALAW), 8000, WAV(ALAW)},
        {"ulaw.wav", "o.flac", WAV(ULAW), 8000, SF_FORMAT_FLAC | SF_FORMAT_PCM_16},
        {"ima.wav", "o.wav", WAV(IMA_ADPCM), 8000, WAV(PCM_16)},
        {"ms.wav", "o.wav", WAV(MS_ADPCM), 8000, WAV(PCM_16)},
        {"w64.w64", "o.wav", SF_FORMAT_W64 | SF_FORMAT_PCM_16, 8000, WAV(PCM_16)},
        {"rf64.wav", "o.wav", SF_FORMAT_RF64 | SF_FORMAT_PCM_16, 8000, WAV(PCM_16)},
        {"aiff.aiff", "o.wav", SF_FORMAT_AIFF | SF_FORMAT_PCM_16, 8000, WAV(PCM_16)},
        {"au.au", "o.wav", SF_FORMAT_AU | SF_FORMAT_ULAW, 8000, WAV(ULAW)},
        {"sphere.sph", "o.wav", SF_FORMAT_NIST | SF_FORMAT_PCM_16, 8000, WAV(PCM_16)},
        {"sphere8.sph", "o.wav", SF_FORMAT_NIST | SF_FORMAT_ULAW, 8000, WAV(ULAW)},
        {"s8.flac", "o.wav", SF_FORMAT_FLAC | SF_FORMAT_PCM_S8, 8000, WAV(PCM_U8)},
        {"s16.flac", "o.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 8000,
         SF_FORMAT_FLAC | SF_FORMAT_PCM_16},
        {"s24.flac", "o.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_24, 48000,
         SF_FORMAT_FLAC | SF_FORMAT_PCM_24},
        {"vorbis.ogg", "o.wav", SF_FORMAT_OGG | SF_FORMAT_VORBIS, 16000, WAV(PCM_16)},
        {"opus8.opus", "o.wav", SF_FORMAT_OGG | SF_FORMAT_OPUS, 8000, WAV(PCM_16)},
        {"opus48.opus", "o.opus", SF_FORMAT_OGG | SF_FORMAT_OPUS, 48000,
         SF_FORMAT_OGG | SF_FORMAT_OPUS},
        {"s16.wav", "o.opus", WAV(PCM_16), 8000, SF_FORMAT_OGG | SF_FORMAT_OPUS},
        {"s16-16.wav", "o.ogg", WAV(PCM_16), 16000, SF_FORMAT_OGG | SF_FORMAT_OPUS},
        {"f32-12.wav", "o.opus", WAV(FLOAT), 12000, SF_FORMAT_OGG | SF_FORMAT_OPUS},
        {"layer3.mp3", "o.wav", SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III, 8000, WAV(PCM_16)},
        {"layer3.mp3", "o.flac", SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III, 44100,
         SF_FORMAT_FLAC | SF_FORMAT_PCM_16},
#undef WAV
    };
    const struct place *place = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char in[NAME_BYTES], out[NAME_BYTES];
        struct result result;
        SF_INFO info;
        make_file(name_in(place, cases[i].name, in), cases[i].rate, cases[i].format, 2);
        name_in(place, cases[i].out, out);
        RUN(place, &result, &plain, "erase", "--agent", "left", in, out);
        assert_done(&result);
        free(read_channel(out, 0, &info));
        if ((info.format & ~SF_FORMAT_ENDMASK) != cases[i].out_format) {
            fail_msg("%s: format %x, wanted %x", cases[i].name, info.format, cases[i].out_format);
        }
        int subtype = cases[i].format & SF_FORMAT_SUBMASK;
        bool native = cases[i].rate == 8000 || cases[i].rate == 16000; /* others are resampled */
        bool exact = native && subtype < SF_FORMAT_VORBIS && !strstr(cases[i].out, ".o") &&
                     subtype != SF_FORMAT_PCM_32 && subtype != SF_FORMAT_DOUBLE;
        check_output(in, out, exact);
        unlink(in);
        unlink(out);
        assert_int_equal(count_files(place), 0);
    }
}

/* Every 8-bit code of the agent comes back as it was, and silence is the codec's own zero. */
static void test_g711_codes(void **state) {
    static const struct {
        int subtype;
        unsigned char zero;
    } laws[] = {{SF_FORMAT_ULAW, 0xFF}, {SF_FORMAT_ALAW, 0xD5}};
    const struct place *place = *state;
    for (int law = 0; law < 2; law++) {
        char in[NAME_BYTES], out[NAME_BYTES];
        struct result result;
        size_t in_bytes, out_bytes;
        make_file(name_in(place, "in.wav", in), 8000, SF_FORMAT_WAV | laws[law].subtype, 2);
        RUN(place, &result, &plain, "erase", "--agent", "left", in, name_in(place, "o.wav", out));
        assert_done(&result);
        char *in_data = read_bytes(in, &in_bytes), *out_data = read_bytes(out, &out_bytes);
        size_t frames = (size_t)(call_seconds * 8000);
        /* the samples end both files */
        const unsigned char *a = (unsigned char *)in_data + in_bytes - 2 * frames;
        const unsigned char *b = (unsigned char *)out_data + out_bytes - frames;
        for (int i = (int)((agent_from + 0.2) * 8000); i < (agent_to - 0.2) * 8000; i++) {
            /* mu-law has two zeros */
            int want = a[2 * i] == 0x7F && laws[law].zero == 0xFF ? 0xFF : a[2 * i];
            assert_int_equal(b[i], want);
        }
        for (int i = (int)(customer_from * 8000); i < customer_to * 8000; i++) {
            assert_int_equal(b[i], laws[law].zero);
        }
        free(in_data);
        free(out_data);
    }
}

/* --agent right keeps the right channel; --output same keeps the layout with the other one zero. */
static void test_sides_and_layout(void **state) {
    const struct place *place = *state;
    char in[NAME_BYTES], out[NAME_BYTES];
    struct result result;
    SF_INFO info;
    make_file(name_in(place, "in.wav", in), 8000, wav16, 2);
    RUN(place, &result, &plain, "erase", "--agent=right", "--output", "same", in,
        name_in(place, "o.wav", out));
    assert_done(&result);
    float *left = read_channel(out, 0, &info), *right = read_channel(out, 1, &info);
    assert_int_equal(info.channels, 2);
    assert_int_equal(info.frames, call_seconds * 8000);
    assert_true(energy_between(left, 8000, 0.0, call_seconds) == 0.0);
    assert_true(energy_between(right, 8000, customer_from, customer_to) > 1.0);
    assert_true(energy_between(right, 8000, agent_from, agent_to) == 0.0);
    free(left);
    free(right);
}

/* Files of no sample and of one are recordings too. */
static void test_shortest(void **state) {
    const struct place *place = *state;
    static const char *const outs[] = {"o.wav", "o.flac", "o.opus"};
    for (int frames = 0; frames < 2; frames++) {
        for (int i = 0; i < 3; i++) {
            char in[NAME_BYTES], out[NAME_BYTES];
            struct result result;
            SF_INFO info;
            struct call call = make_call(8000, call_seconds);
            call.frames = frames;
            write_call(name_in(place, "in.wav", in), &call, wav16, 2);
            free_call(&call);
            RUN(place, &result, &plain, "erase", "--agent", "left", in,
                name_in(place, outs[i], out));
            if (frames == 0 && i > 0) { /* FLAC and Opus files hold a sample at least */
                assert_refused(&result, out, "no samples");
                assert_false(exists(out));
                continue;
            }
            assert_done(&result);
            free(read_channel(out, 0, &info));
            assert_int_equal(info.frames, frames);
        }
    }
}

/* The first sample is the first sample, also when the latency ends within a block. */
static void test_first_samples(void **state) {
    const struct place *place = *state;
    char in[NAME_BYTES], out[NAME_BYTES];
    struct result result;
    SF_INFO info;
    struct call call = make_call(8000, call_seconds);
    speak(call.agent, 8000, 0.0, agent_to, 118.0, 1);
    write_call(name_in(place, "in.wav", in), &call, wav16, 2);
    free_call(&call);
    RUN(place, &result, &plain, "erase", "--agent", "left", "--lookahead", "333", in,
        name_in(place, "o.wav", out));
    assert_done(&result);
    float *a = read_channel(in, 0, &info), *b = read_channel(out, 0, &info);
    for (int i = 40; i < 8000; i++) { /* 5 ms may fade in */
        if (a[i] != b[i]) {
            fail_msg("sample %d is %g, was %g", i, (double)b[i], (double)a[i]);
        }
    }
    free(a);
    free(b);
}

/* Tags of other programs, after the audio, are no audio, nor are zeros that fill a block. */
static void test_tags(void **state) {
    static const char tags[] = "APETAGEX\xD0\x07\0\0\x24\0\0\0\0\0\0\0\0\0\0\xA0\0\0\0\0\0\0\0\0"
                               "item"
                               "APETAGEX\xD0\x07\0\0\x24\0\0\0\0\0\0\0\0\0\0\x80\0\0\0\0\0\0\0\0"
                               "TAG";
    enum { TAGS_BYTES = 32 + 4 + 32 + 128 + 600 };
    static const int formats[] = {SF_FORMAT_FLAC | SF_FORMAT_PCM_16,
                                  SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III,
                                  SF_FORMAT_WAV | SF_FORMAT_ULAW, SF_FORMAT_AU | SF_FORMAT_PCM_16,
                                  SF_FORMAT_CAF | SF_FORMAT_PCM_16};
    const struct place *place = *state;
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        char in[NAME_BYTES], tagged[NAME_BYTES], out[NAME_BYTES];
        struct result result;
        size_t bytes;
        make_file(name_in(place, "in", in), 8000, formats[i], 2);
        char *data = read_bytes(in, &bytes);
        data = realloc(data, bytes + TAGS_BYTES);
        memset(data + bytes, 0, TAGS_BYTES);
        memcpy(data + bytes, tags, sizeof tags - 1);
        write_bytes(name_in(place, "tagged", tagged), data, bytes + TAGS_BYTES);
        RUN(place, &result, &plain, "erase", "--agent", "left", tagged,
            name_in(place, "o.wav", out));
        assert_done(&result);
        check_output(in, out, i != 1);
        free(data);
    }
}

/* MP3 in WAV (tag 0x55), of two channels at 8 kHz. */
static void write_wrapped(const char *path, const void *mp3, size_t bytes) {
    enum { HEAD = 58 };
    static const unsigned char head[HEAD] = {
        'R', 'I',  'F', 'F', 0, 0,    0,    0, 'W', 'A',  'V',  'E', 'f', 'm', 't', ' ', 30, 0,  0,
        0,   0x55, 0,   2,   0, 0x40, 0x1F, 0, 0,   0xA0, 0x0F, 0,   0,   1,   0,   0,   0,  12, 0,
        1,   0,    2,   0,   0, 0,    0x20, 1, 1,   0,    0x71, 5,   'd', 'a', 't', 'a'};
    char *all = malloc(HEAD + bytes);
    memcpy(all, head, HEAD);
    memcpy(all + HEAD, mp3, bytes);
    for (int i = 0; i < 4; i++) {
        all[4 + i] = (char)((HEAD - 8 + bytes) >> 8 * i & 0xFF);
        all[HEAD - 4 + i] = (char)(bytes >> 8 * i & 0xFF);
    }
    write_bytes(path, all, HEAD + bytes);
    free(all);
}

/* MP3 whose first frame counts itself, and MP3 that does not count its frames, as encoders write it
 * to a pipe: all of it is read, and in time, also after a tag and in WAV. libsndfile would guess
 * from its size. */
static void test_mp3_uncounted(void **state) {
    enum {
        DELAY = 576 + 529, /* of LAME and of a decoder, known where frames are counted */
        TAG = 20
    };
    static const char tag[TAG] = {'I', 'D', '3', 4, 0, 0, 0, 0, 0, TAG - 10};
    const struct place *place = *state;
    char in[NAME_BYTES], bare[NAME_BYTES], out[NAME_BYTES];
    struct result result;
    SF_INFO info, bare_info;
    size_t bytes, frame = 4;
    make_file(name_in(place, "in.mp3", in), 8000, SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III, 2);
    char *data = read_bytes(in, &bytes);
    RUN(place, &result, &plain, "erase", "--agent", "left", in, name_in(place, "o.wav", out));
    assert_done(&result);
    float *want = read_channel(out, 0, &info);
    while (memcmp(data + frame, data, 2) != 0) { /* the first one counts the others */
        frame++;
    }
    char *xing = data;
    while (memcmp(xing, "Xing", 4) != 0) {
        xing++;
    }
    xing[11]++; /* as those do that count the frame that counts */
    memset(xing + 120, 0, 4);
    memcpy(data + frame - TAG, tag, TAG);
    const size_t from[] = {0, frame, frame - TAG, frame};
    enum { CASES = sizeof from / sizeof *from, WRAPPED = CASES - 1 };
    for (size_t i = 0; i < CASES; i++) {
        (i == WRAPPED ? write_wrapped : write_bytes)(name_in(place, "bare", bare), data + from[i],
                                                     bytes - from[i]);
        RUN(place, &result, &plain, "erase", "--agent", "left", bare, out);
        assert_done(&result);
        float *got = read_channel(out, 0, &bare_info);
        assert_true(bare_info.frames >= info.frames + DELAY);
        for (int k = (int)((agent_from + 0.2) * 8000); k < (agent_to - 0.2) * 8000; k++) {
            if (want[k] != got[k + DELAY]) {
                fail_msg("sample %d is %g, was %g", k, (double)got[k + DELAY], (double)want[k]);
            }
        }
        free(got);
    }
    write_bytes(bare, data + frame, bytes - frame - 10);
    free(want);
    free(data);
    RUN(place, &result, &plain, "erase", "--agent", "left", bare, out);
    assert_refused(&result, bare, "ends within an MPEG frame");
}

/* FLAC written to a pipe does not say how long it is (RFC 9639, 8.2). */
static void test_flac_length_unknown(void **state) {
    const struct place *place = *state;
    char in[NAME_BYTES], unknown[NAME_BYTES], out[NAME_BYTES];
    struct result result;
    size_t bytes;
    make_file(name_in(place, "in.flac", in), 8000, SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 2);
    char *data = read_bytes(in, &bytes);
    data[21] = (char)(data[21] & 0xF0);
    memset(data + 22, 0, 4);
    write_bytes(name_in(place, "unknown.flac", unknown), data, bytes);
    free(data);
    RUN(place, &result, &plain, "erase", "--agent", "left", unknown, name_in(place, "o.wav", out));
    assert_done(&result);
    check_output(in, out, true);
}

static const struct CMUnitTest tests[] = {
    IN_PLACE(test_formats),          IN_PLACE(test_g711_codes),
    IN_PLACE(test_sides_and_layout), IN_PLACE(test_shortest),
    IN_PLACE(test_first_samples),    IN_PLACE(test_tags),
    IN_PLACE(test_mp3_uncounted),    IN_PLACE(test_flac_length_unknown),
};

const struct group tool_formats_group = GROUP("tool: formats", tests);
