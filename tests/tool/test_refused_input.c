/* Recordings that are refused, with the reason. */
#include "calls.h"
#include "groups.h"
#include "recorded.h"
#include "run.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void test_no_recording(void **state) {
    const struct place *place = *state;
    char in[NAME_BYTES], out[NAME_BYTES];
    name_in(place, "out.wav", out);
    name_in(place, "missing.wav", in);
    assert_erase_refused(place, in, out, in, "No such file");
    write_bytes(name_in(place, "empty.wav", in), "", 0);
    assert_erase_refused(place, in, out, in, "empty");
    write_bytes(name_in(place, "text.wav", in), "this is no audio, only words\n", 29);
    assert_erase_refused(place, in, out, in, "not a recording");
    write_bytes(name_in(place, "short.wav", in), "RIFF", 4);
    assert_erase_refused(place, in, out, in, NULL);
    char zeros[4096] = "RIFF\xF8\x0F\0\0WAVE"; /* a disk that lost what was written to it */
    write_bytes(name_in(place, "zeros.wav", in), zeros, sizeof zeros);
    assert_erase_refused(place, in, out, in, "zeros where a part of the file should begin");
    enum { CHUNKS_BYTES = 1 << 20 };
    char *chunks = calloc(1, CHUNKS_BYTES);
    memcpy(chunks, zeros, 12);
    for (size_t at = 12; at < CHUNKS_BYTES; at += 8) {
        chunks[at] = 'x';
    }
    write_bytes(name_in(place, "chunks.wav", in), chunks, CHUNKS_BYTES);
    free(chunks);
    assert_erase_refused(place, in, out, in, "more parts in it than any recording has");
    assert_erase_refused(place, place->folder, out, place->folder, "folder");
}

static void test_wrong_layout(void **state) {
    static const struct {
        const char *name;
        int rate, format, channels;
        const char *reason;
    } cases[] = {
        {"three.wav", 8000, SF_FORMAT_WAV | SF_FORMAT_PCM_16, 3, "3 channels"},
        {"six.flac", 8000, SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 6, "6 channels"},
        {"fast.wav", 96000, SF_FORMAT_WAV | SF_FORMAT_PCM_16, 2, "96000 Hz"},
        {"slow.wav", 4000, SF_FORMAT_WAV | SF_FORMAT_PCM_16, 2, "4000 Hz"},
        {"mono.wav", 8000, SF_FORMAT_WAV | SF_FORMAT_PCM_16, 1, "one channel"},
        {"gsm.wav", 8000, SF_FORMAT_WAV | SF_FORMAT_GSM610, 1, "one channel"},
    };
    const struct place *place = *state;
    char in[NAME_BYTES], out[NAME_BYTES];
    name_in(place, "out.wav", out);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        make_file(name_in(place, cases[i].name, in), cases[i].rate, cases[i].format,
                  cases[i].channels);
        assert_erase_refused(place, in, out, in, cases[i].reason);
    }
}

/* A recorder that writes one mixture to both channels. */
static void test_same_channels(void **state) {
    const struct place *place = *state;
    char in[NAME_BYTES], out[NAME_BYTES], labels[NAME_BYTES], report[NAME_BYTES];
    struct result result;
    struct call call = make_call(8000, 3 * call_seconds);
    for (int i = 0; i < call.frames; i++) {
        call.agent[i] = call.customer[i] += call.agent[i];
    }
    write_call(name_in(place, "twice.wav", in), &call, wav16, 2);
    free_call(&call);
    name_in(place, "out.wav", out);
    name_in(place, "out.rttm", labels);
    name_in(place, "out.json", report);
    assert_erase_refused(place, in, out, in, "both channels hold the same recording");
    RUN(place, &result, &plain, "erase", "--agent", "right", "--labels", labels, "--report", report,
        in, out);
    assert_refused(&result, in, "this is a mixed call; use --agent voice --voice FILE");
    assert_int_equal(count_files(place), 1);
    RUN(place, &result, &plain, "label", "--agent", "left", in);
    assert_refused(&result, in, "both channels hold the same recording");
}

static void test_agent_not_named(void **state) {
    const struct place *place = *state;
    char stereo[NAME_BYTES], mono[NAME_BYTES], out[NAME_BYTES];
    struct result result;
    make_file(name_in(place, "stereo.wav", stereo), 8000, wav16, 2);
    make_file(name_in(place, "mono.wav", mono), 8000, wav16, 1);
    name_in(place, "out.wav", out);
    RUN(place, &result, &plain, "erase", stereo, out);
    assert_refused(&result, stereo, "--agent left or --agent right");
    RUN(place, &result, &plain, "label", stereo);
    assert_refused(&result, stereo, "--agent left or --agent right");
    RUN(place, &result, &plain, "erase", "--agent", "voice", stereo, out);
    assert_refused(&result, stereo, "voice");
    RUN(place, &result, &plain, "erase", "--agent", "voice", mono, out);
    assert_refused(&result, mono, "voice");
    RUN(place, &result, &plain, "erase", mono, out);
    assert_refused(&result, mono, "voice");
    RUN(place, &result, &plain, "label", mono);
    assert_refused(&result, mono, "voice");
    RUN(place, &result, &plain, "erase", "--agent", "left", "--voice", "a.voice", mono, out);
    assert_refused(&result, mono, "--agent voice");
    RUN(place, &result, &plain, "erase", "--agent", "left", "--voice", "a.voice", stereo, out);
    assert_refused(&result, "a.voice", "cannot be read");
    RUN(place, &result, &plain, "erase", "--voice", mono, mono, out);
    assert_refused(&result, mono, "same file");
    RUN(place, &result, &plain, "erase", "--voice", stereo, mono, out);
    assert_refused(&result, stereo, "no enrolled voice; give a file that 'solotrack enroll' made");
    RUN(place, &result, &plain, "enroll", "-o", "a.voice", stereo);
    assert_refused(&result, stereo, "--agent left or --agent right");
    RUN(place, &result, &plain, "enroll", "-o", "a.voice", mono);
    assert_refused(&result, "a.voice", "s of speech heard, 6 s needed");
    RUN(place, &result, &plain, "enroll", "-o", mono, mono);
    assert_refused(&result, mono, "same file");
    assert_int_equal(count_files(place), 2);
}

/* Each format, whole, loses its last fifth. */
static void test_truncated(void **state) {
    static const struct {
        const char *name;
        int format;
    } cases[] = {
        {"t.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16},
        {"t.u.wav", SF_FORMAT_WAV | SF_FORMAT_ULAW},
        {"t.i.wav", SF_FORMAT_WAV | SF_FORMAT_IMA_ADPCM},
        {"t.rf64.wav", SF_FORMAT_RF64 | SF_FORMAT_PCM_16},
        {"t.w64", SF_FORMAT_W64 | SF_FORMAT_PCM_16},
        {"t.caf", SF_FORMAT_CAF | SF_FORMAT_PCM_16},
        {"t.mp3", SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III},
        {"t.aiff", SF_FORMAT_AIFF | SF_FORMAT_PCM_16},
        {"t.au", SF_FORMAT_AU | SF_FORMAT_PCM_16},
        {"t.sph", SF_FORMAT_NIST | SF_FORMAT_PCM_16},
        {"t.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16},
        {"t.opus", SF_FORMAT_OGG | SF_FORMAT_OPUS},
        {"t.ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS},
    };
    const struct place *place = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char in[NAME_BYTES], out[NAME_BYTES];
        size_t bytes;
        make_file(name_in(place, cases[i].name, in), 8000, cases[i].format, 2);
        char *data = read_bytes(in, &bytes);
        write_bytes(in, data, bytes - bytes / 5);
        assert_erase_refused(place, in, name_in(place, "out.wav", out), in, NULL);
        free(data);
    }
}

/* A recording that is still being written: it grows while the reader of the output dawdles. */
static void test_input_changes(void **state) {
    const struct place *place = *state;
    char in[NAME_BYTES];
    struct result result;
    struct call call = make_call(8000, 5 * call_seconds); /* more than a pipe holds */
    write_call(name_in(place, "in.wav", in), &call, wav16, 2);
    free_call(&call);
    RUN(place, &result, &shell, "-c",
        "\"$SOLO_TOOL\" erase --agent left \"$1\" - | "
        "{ sleep 0.4; printf more >> \"$1\"; cat > /dev/null; }",
        "sh", in);
    assert_int_equal(result.status, 0); /* of cat */
    result.status = 1;
    assert_refused(&result, in, "changed while it was read");
}

/* A number of a header in the bytes of a file, its first byte after an offset from a mark. */
struct number {
    const char *mark;
    int offset, bytes;
    bool big_endian;
};

static void divide(char *data, size_t size, const struct number *number, int by) {
    size_t mark = 0;
    while (mark + 64 < size && memcmp(data + mark, number->mark, 4) != 0) {
        mark++;
    }
    assert_memory_equal(data + mark, number->mark, 4);
    unsigned char *at = (unsigned char *)data + mark + number->offset;
    uint64_t value = 0;
    for (int i = 0; i < number->bytes; i++) {
        value = value << 8 | at[number->big_endian ? i : number->bytes - 1 - i];
    }
    value = by == 0 ? 0 : value / (unsigned)by;
    for (int i = 0; i < number->bytes; i++) {
        at[number->big_endian ? number->bytes - 1 - i : i] = (unsigned char)(value >> 8 * i);
    }
}

/* A writer that died, or that lies: libsndfile reads what the header counts, and no more. */
static void test_more_than_promised(void **state) {
    static const struct {
        const char *name;
        int format;
        struct number number;
        int by;
        const char *reason;
    } cases[] = {
        {"z.rf64", SF_FORMAT_RF64 | SF_FORMAT_PCM_16, {"ds64", 16, 8, false}, 0, "never finished"},
        {"h.rf64", SF_FORMAT_RF64 | SF_FORMAT_PCM_16, {"ds64", 16, 8, false}, 2, "more follows"},
        {"z.aiff", SF_FORMAT_AIFF | SF_FORMAT_PCM_16, {"SSND", 4, 4, true}, 0, "never finished"},
        {"h.aiff", SF_FORMAT_AIFF | SF_FORMAT_PCM_16, {"SSND", 4, 4, true}, 2, "more follows"},
        {"z.au", SF_FORMAT_AU | SF_FORMAT_ULAW, {".snd", 8, 4, true}, 0, "never finished"},
        {"h.au", SF_FORMAT_AU | SF_FORMAT_PCM_16, {".snd", 8, 4, true}, 2, "more follows"},
        {"h.mp3",
         SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III,
         {"Xing", 8, 4, true},
         2,
         "more follows"},
        {"h.caf", SF_FORMAT_CAF | SF_FORMAT_PCM_16, {"data", 8, 4, true}, 2, "more follows"},
        {"h.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, {"fLaC", 22, 4, true}, 2, "more follows"},
        {"h.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, {"data", 4, 4, false}, 2, "more follows"},
    };
    const struct place *place = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char in[NAME_BYTES], out[NAME_BYTES];
        size_t bytes;
        make_file(name_in(place, cases[i].name, in), 8000, cases[i].format, 2);
        char *data = read_bytes(in, &bytes);
        divide(data, bytes, &cases[i].number, cases[i].by);
        write_bytes(in, data, bytes);
        assert_erase_refused(place, in, name_in(place, "out.wav", out), in, cases[i].reason);
        free(data);
    }
}

/* Another recording after the end of one: players go on to it, libsndfile does not. */
static void test_recording_appended(void **state) {
    static const struct {
        const char *name;
        int format;
        const char *reason;
    } cases[] = {
        {"a.au", SF_FORMAT_AU | SF_FORMAT_PCM_16, "more follows"},
        {"a.caf", SF_FORMAT_CAF | SF_FORMAT_PCM_16, "more follows"},
        {"a.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, "more follows"},
        {"a.mp3", SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III, "more follows"},
        {"a.opus", SF_FORMAT_OGG | SF_FORMAT_OPUS, "more than one Ogg stream"},
        {"a.ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS, "more than one Ogg stream"},
        {"a.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, "more follows"},
    };
    const struct place *place = *state;
    for (size_t i = 0; i < 2 * (sizeof cases / sizeof *cases); i++) {
        char in[NAME_BYTES], more[NAME_BYTES], out[NAME_BYTES];
        size_t bytes, more_bytes;
        make_file(name_in(place, cases[i / 2].name, in), 8000, cases[i / 2].format, 2);
        make_file(name_in(place, "more", more), 8000, cases[i / 2].format, 2);
        char *data = read_bytes(in, &bytes);
        char *tail = read_bytes(i % 2 == 0 ? in : more, &more_bytes); /* Ogg: with its own serial */
        data = realloc(data, bytes + more_bytes);
        memcpy(data + bytes, tail, more_bytes);
        write_bytes(in, data, bytes + more_bytes);
        assert_erase_refused(place, in, name_in(place, "out.wav", out), in, cases[i / 2].reason);
        free(data);
        free(tail);
    }
}

/* A tag before a header that does not stand for it: libsndfile reads on, some samples off. */
static void test_tag_before(void **state) {
    static const char tag[] = "ID3\3\0\0\0\0\0\4abcd";
    enum { TAG_BYTES = sizeof tag - 1 };
    static const struct {
        const char *name;
        int format;
        const char *reason;
    } cases[] = {{"t.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, "tag stands before the header"},
                 {"t.au", SF_FORMAT_AU | SF_FORMAT_PCM_16, "tag stands before the header"},
                 {"t.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, NULL}};
    const struct place *place = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char in[NAME_BYTES], out[NAME_BYTES];
        struct result result;
        size_t bytes;
        make_file(name_in(place, cases[i].name, in), 8000, cases[i].format, 2);
        char *data = read_bytes(in, &bytes);
        data = realloc(data, bytes + TAG_BYTES);
        memmove(data + TAG_BYTES, data, bytes);
        memcpy(data, tag, TAG_BYTES);
        write_bytes(in, data, bytes + TAG_BYTES);
        free(data);
        name_in(place, "out.wav", out);
        if (cases[i].reason != NULL) {
            assert_erase_refused(place, in, out, in, cases[i].reason);
        } else {
            RUN(place, &result, &plain, "erase", "--agent", "left", in, out);
            assert_done(&result);
        }
    }
}

/* Another recording takes its place, in the same file, between its opening and its first hearing:
 * the tool waits for the voice, which a pipe keeps back. */
static void test_input_replaced(void **state) {
    static const char replace[] =
        "mkfifo \"$3\" && "
        "{ \"$SOLO_TOOL\" erase --agent left --voice \"$3\" \"$1\" \"$5\" & exec 3> \"$3\"; "
        "cat \"$2\" > \"$1\"; cat \"$4\" >&3; exec 3>&-; wait $!; }";
    static const struct {
        int rate, format, channels;
    } others[] = {{8000, SF_FORMAT_WAV | SF_FORMAT_PCM_16, 64},
                  {8000, SF_FORMAT_WAV | SF_FORMAT_PCM_16, 1},
                  {48000, SF_FORMAT_WAV | SF_FORMAT_PCM_16, 2}};
    const struct place *place = *state;
    char in[NAME_BYTES], other[NAME_BYTES], pipe[NAME_BYTES], voice[NAME_BYTES], out[NAME_BYTES];
    char prompt[ENROLLED_PROMPTS][NAME_BYTES];
    struct result result;
    for (int i = 0; i < ENROLLED_PROMPTS; i++) {
        prompt_path(enrolled_prompts[i], prompt[i]);
    }
    RUN(place, &result, &plain, "enroll", "-o", name_in(place, "agent.voice", voice), prompt[0],
        prompt[1], prompt[2], prompt[3]);
    assert_done(&result);
    name_in(place, "pipe", pipe);
    name_in(place, "out.wav", out);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        make_file(name_in(place, "in.wav", in), 8000, wav16, 2);
        make_file(name_in(place, "other.wav", other), others[i].rate, others[i].format,
                  others[i].channels);
        RUN(place, &result, &shell, "-c", replace, "sh", in, other, pipe, voice, out);
        assert_refused(&result, in, "changed while it was read");
        assert_false(exists(out));
        unlink(pipe);
    }
}

/* An Ogg file cut between two pages: only the end-of-stream flag is missing. */
static void test_last_page_missing(void **state) {
    static const int formats[] = {SF_FORMAT_OGG | SF_FORMAT_OPUS, SF_FORMAT_OGG | SF_FORMAT_VORBIS};
    const struct place *place = *state;
    for (int i = 0; i < 2; i++) {
        char in[NAME_BYTES], out[NAME_BYTES];
        size_t bytes;
        make_file(name_in(place, "in.ogg", in), 16000, formats[i], 2);
        char *data = read_bytes(in, &bytes);
        size_t last = bytes - 4;
        while (last > 0 && memcmp(data + last, "OggS", 4) != 0) {
            last--;
        }
        assert_true(last > 200);
        write_bytes(in, data, last);
        assert_erase_refused(place, in, name_in(place, "out.wav", out), in, "truncated");
        free(data);
    }
}

static void test_damaged_inside(void **state) {
    static const struct {
        const char *name;
        int format;
    } cases[] = {{"d.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16},
                 {"d.mp3", SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III},
                 {"d.opus", SF_FORMAT_OGG | SF_FORMAT_OPUS},
                 {"d.ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS}};
    const struct place *place = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char in[NAME_BYTES], out[NAME_BYTES];
        size_t bytes;
        make_file(name_in(place, cases[i].name, in), 8000, cases[i].format, 2);
        char *data = read_bytes(in, &bytes);
        for (size_t k = bytes / 2; k < bytes / 2 + 200; k++) {
            data[k] = (char)(data[k] ^ 0x55);
        }
        write_bytes(in, data, bytes);
        assert_erase_refused(place, in, name_in(place, "out.wav", out), in, "damaged");
        free(data);
    }
}

static const struct CMUnitTest tests[] = {
    IN_PLACE(test_no_recording),      IN_PLACE(test_wrong_layout),
    IN_PLACE(test_same_channels),     IN_PLACE(test_agent_not_named),
    IN_PLACE(test_truncated),         IN_PLACE(test_input_changes),
    IN_PLACE(test_last_page_missing), IN_PLACE(test_damaged_inside),
    IN_PLACE(test_input_replaced),    IN_PLACE(test_more_than_promised),
    IN_PLACE(test_tag_before),        IN_PLACE(test_recording_appended),
};

const struct group tool_refused_input_group = GROUP("tool: refused input", tests);
