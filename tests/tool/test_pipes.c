/* Standard input and output: pipes, files, and headers that do not know the length. */
#include "calls.h"
#include "groups.h"
#include "json_check.h"
#include "run.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The samples of two files are the same, bit for bit. */
static void assert_same_audio(const char *path_a, const char *path_b) {
    SF_INFO a, b;
    float *samples_a = read_channel(path_a, 0, &a), *samples_b = read_channel(path_b, 0, &b);
    assert_int_equal(a.frames, b.frames);
    assert_int_equal(a.format & SF_FORMAT_SUBMASK, b.format & SF_FORMAT_SUBMASK);
    assert_memory_equal(samples_a, samples_b, (size_t)a.frames * sizeof *samples_a);
    free(samples_a);
    free(samples_b);
}

static void test_pipes(void **state) {
    static const char through[] =
        "cat \"$1\" | \"$SOLO_TOOL\" erase --agent left --report \"$3\" - - | cat > \"$2\"";
    static const int subtypes[] = {SF_FORMAT_PCM_U8, SF_FORMAT_PCM_16, SF_FORMAT_PCM_24,
                                   SF_FORMAT_PCM_32, SF_FORMAT_FLOAT,  SF_FORMAT_DOUBLE,
                                   SF_FORMAT_ULAW,   SF_FORMAT_ALAW};
    const struct place *place = *state;
    char in[NAME_BYTES], by_name[NAME_BYTES], by_pipe[NAME_BYTES], json[NAME_BYTES];
    name_in(place, "name.wav", by_name);
    name_in(place, "pipe.wav", by_pipe);
    name_in(place, "r.json", json);
    for (size_t i = 0; i < sizeof subtypes / sizeof *subtypes; i++) {
        struct result result;
        size_t bytes;
        make_file(name_in(place, "in.wav", in), 8000, SF_FORMAT_WAV | subtypes[i], 2);
        RUN(place, &result, &plain, "erase", "--agent", "left", in, by_name);
        assert_done(&result);
        RUN(place, &result, &shell, "-c", through, "sh", in, by_pipe, json);
        assert_done(&result);
        assert_same_audio(by_name, by_pipe);
        char *text = read_bytes(json, &bytes);
        assert_hash(text, "input", in);
        assert_hash(text, "output", by_pipe);
        free(text);
    }
}

/* Standard input may be a file, of any format; standard output too. */
static void test_redirected_files(void **state) {
    const struct place *place = *state;
    char in[NAME_BYTES], by_name[NAME_BYTES], redirected[NAME_BYTES];
    struct result result;
    make_file(name_in(place, "in.flac", in), 16000, SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 2);
    RUN(place, &result, &plain, "erase", "--agent", "left", in,
        name_in(place, "name.wav", by_name));
    assert_done(&result);
    struct start start = {in, name_in(place, "redirected.wav", redirected), 0, false, false};
    RUN(place, &result, &start, "erase", "--agent", "left", "-", "-");
    assert_done(&result);
    assert_same_audio(by_name, redirected);
}

static void put_le32(char *p, uint32_t value) {
    for (int i = 0; i < 4; i++) {
        p[i] = (char)(unsigned char)(value >> 8 * i);
    }
}

/* Streams whose header does not know its length, as ffmpeg, SoX and others write them. */
static void test_streamed_headers(void **state) {
    static const uint32_t sizes[][2] = {
        {0xFFFFFFFF, 0xFFFFFFFF}, {0, 0}, {0x7FFFF024, 0x7FFFF000}, {0x7FFFF024, 0x7FFFEFFC}};
    const struct place *place = *state;
    char in[NAME_BYTES], by_name[NAME_BYTES], out[NAME_BYTES], patched[NAME_BYTES];
    struct result result;
    size_t bytes;
    make_file(name_in(place, "in.wav", in), 8000, wav16, 2);
    RUN(place, &result, &plain, "erase", "--agent", "left", in,
        name_in(place, "name.wav", by_name));
    assert_done(&result);
    char *data = read_bytes(in, &bytes);
    name_in(place, "out.wav", out);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        put_le32(data + 4, sizes[i][0]);
        put_le32(data + 40, sizes[i][1]);
        write_bytes(name_in(place, "patched.wav", patched), data, bytes);
        RUN(place, &result, &shell, "-c", "cat \"$1\" | \"$SOLO_TOOL\" erase --agent left - \"$2\"",
            "sh", patched, out);
        assert_done(&result);
        assert_same_audio(by_name, out);
        RUN(place, &result, &shell, "-c",
            "cat \"$1\" | \"$SOLO_TOOL\" erase --agent left - - | cat > \"$2\"", "sh", patched,
            out);
        assert_done(&result);
        assert_same_audio(by_name, out);
        unlink(out);
        RUN(place, &result, &plain, "erase", "--agent", "left", patched, out);
        if (sizes[i][1] == 0) { /* libsndfile takes a file at its word: no samples */
            assert_refused(&result, patched, "never finished");
            assert_false(exists(out));
        } else {
            assert_done(&result);
            assert_same_audio(by_name, out);
        }
    }
    free(data);
}

/* RIFF wants an even number of bytes, and its size counts the one that makes it so. */
static void test_odd_stream(void **state) {
    const struct place *place = *state;
    char in[NAME_BYTES], out[NAME_BYTES];
    struct result result;
    size_t bytes;
    struct call call = make_call(8000, call_seconds);
    call.frames -= 1 - call.frames % 2;
    write_call(name_in(place, "in.wav", in), &call, SF_FORMAT_WAV | SF_FORMAT_ULAW, 2);
    RUN(place, &result, &shell, "-c", "\"$SOLO_TOOL\" erase --agent left \"$1\" - | cat > \"$2\"",
        "sh", in, name_in(place, "out.wav", out));
    assert_done(&result);
    unsigned char *data = (unsigned char *)read_bytes(out, &bytes);
    assert_int_equal(bytes % 2, 0);
    assert_int_equal(data[4] | data[5] << 8 | data[6] << 16, (int)bytes - 8);
    SF_INFO info;
    free(read_channel(out, 0, &info));
    assert_int_equal(info.frames, call.frames);
    free(data);
    free_call(&call);
}

/* Without standard error the recording is made as ever: nothing else takes its place. */
static void test_closed_error_stream(void **state) {
    const struct place *place = *state;
    char in[NAME_BYTES], out[NAME_BYTES], beside[NAME_BYTES];
    struct result result;
    make_file(name_in(place, "in.wav", in), 8000, wav16, 2);
    RUN(place, &result, &plain, "erase", "--agent", "left", in, name_in(place, "out.wav", out));
    assert_done(&result);
    RUN(place, &result, &shell, "-c", "\"$SOLO_TOOL\" erase --agent left \"$1\" \"$2\" 2>&-", "sh",
        in, name_in(place, "beside.wav", beside));
    assert_done(&result);
    assert_same_audio(out, beside);
}

/* A chunk after the samples is no audio; a stream shorter than its header says is refused. */
static void test_stream_ends(void **state) {
    static const char tail[] = "LIST\x08\0\0\0INFOabcd";
    const struct place *place = *state;
    char in[NAME_BYTES], longer[NAME_BYTES], by_name[NAME_BYTES], out[NAME_BYTES];
    struct result result;
    size_t bytes;
    make_file(name_in(place, "in.wav", in), 8000, wav16, 2);
    RUN(place, &result, &plain, "erase", "--agent", "left", in,
        name_in(place, "name.wav", by_name));
    char *data = read_bytes(in, &bytes);
    data = realloc(data, bytes + sizeof tail);
    memcpy(data + bytes, tail, sizeof tail - 1);
    write_bytes(name_in(place, "longer.wav", longer), data, bytes + sizeof tail - 1);
    name_in(place, "out.wav", out);
    RUN(place, &result, &shell, "-c", "cat \"$1\" | \"$SOLO_TOOL\" erase --agent left - \"$2\"",
        "sh", longer, out);
    assert_done(&result);
    assert_same_audio(by_name, out);
    unlink(out);
    RUN(place, &result, &shell, "-c",
        "head -c 30000 \"$1\" | \"$SOLO_TOOL\" erase --agent left - \"$2\"", "sh", in, out);
    assert_refused(&result, "-", "ends after");
    RUN(place, &result, &shell, "-c",
        "head -c 30 \"$1\" | \"$SOLO_TOOL\" erase --agent left - \"$2\"", "sh", in, out);
    assert_refused(&result, "-", "header");
    RUN(place, &result, &plain, "erase", "--agent", "left", "-", out); /* /dev/null */
    assert_refused(&result, "-", "empty");
    RUN(place, &result, &shell, "-c",
        "echo no audio here | \"$SOLO_TOOL\" erase --agent left - \"$1\"", "sh", out);
    assert_refused(&result, "-", "not a WAV");
    assert_int_equal(count_files(place), 3);
    free(data);
}

/* A header whose frame is not the bytes of its channels and bits is believed nowhere: what lies
 * between would be heard as samples. */
static void test_frame_bytes(void **state) {
    static const struct {
        int subtype;
        char frame_bytes, bits;
    } cases[] = {{SF_FORMAT_PCM_16, 8, 16}, {SF_FORMAT_PCM_16, 2, 16}, {SF_FORMAT_PCM_32, 8, 16},
                 {SF_FORMAT_PCM_32, 8, 20}, {SF_FORMAT_FLOAT, 4, 32},  {SF_FORMAT_ULAW, 4, 8},
                 {SF_FORMAT_ALAW, 1, 8},    {SF_FORMAT_PCM_32, 8, 24}};
    static const char through[] = "cat \"$1\" | \"$SOLO_TOOL\" erase --agent left - \"$2\"";
    const struct place *place = *state;
    char in[NAME_BYTES], out[NAME_BYTES], whole[NAME_BYTES], whole_out[NAME_BYTES];
    struct result result;
    size_t bytes;
    name_in(place, "in.wav", in);
    name_in(place, "whole-out.wav", whole_out);
    name_in(place, "out.wav", out);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        make_file(in, 8000, SF_FORMAT_WAV | cases[i].subtype, 2);
        char *data = read_bytes(in, &bytes);
        data[32] = cases[i].frame_bytes;
        data[34] = cases[i].bits;
        write_bytes(in, data, bytes);
        free(data);
        RUN(place, &result, &shell, "-c", through, "sh", in, out);
        assert_refused(&result, "-", "its header contradicts itself");
        assert_false(exists(out));
        if (cases[i].bits == 24) { /* libsndfile knows this one */
            make_file(name_in(place, "whole.wav", whole), 8000, SF_FORMAT_WAV | SF_FORMAT_PCM_32,
                      2);
            RUN(place, &result, &plain, "erase", "--agent", "left", whole, whole_out);
            assert_done(&result);
            RUN(place, &result, &plain, "erase", "--agent", "left", in, out);
            assert_done(&result);
            assert_same_audio(out, whole_out);
        } else {
            assert_erase_refused(place, in, out, in, "its header contradicts itself");
        }
    }
}

/* G.711 has 8 bits whatever a header says, and 13 stand at the top of 16: as in a file. */
static void test_stream_bits(void **state) {
    static const struct {
        int subtype;
        char bits;
    } cases[] = {{SF_FORMAT_ULAW, 16}, {SF_FORMAT_ALAW, 0}, {SF_FORMAT_PCM_16, 13}};
    const struct place *place = *state;
    char in[NAME_BYTES], out[NAME_BYTES], by_name[NAME_BYTES];
    struct result result;
    size_t bytes;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        make_file(name_in(place, "in.wav", in), 8000, SF_FORMAT_WAV | cases[i].subtype, 2);
        char *data = read_bytes(in, &bytes);
        data[34] = cases[i].bits;
        write_bytes(in, data, bytes);
        free(data);
        RUN(place, &result, &plain, "erase", "--agent", "left", in,
            name_in(place, "name.wav", by_name));
        assert_done(&result);
        RUN(place, &result, &shell, "-c", "cat \"$1\" | \"$SOLO_TOOL\" erase --agent left - \"$2\"",
            "sh", in, name_in(place, "out.wav", out));
        assert_done(&result);
        assert_same_audio(by_name, out);
    }
}

/* More samples than the header counts are no chunk; zeros that fill a block are no samples. */
static void test_stream_longer(void **state) {
    const struct place *place = *state;
    char in[NAME_BYTES], out[NAME_BYTES];
    struct result result;
    size_t bytes;
    make_file(name_in(place, "in.wav", in), 8000, wav16, 2);
    RUN(place, &result, &shell, "-c",
        "{ cat \"$1\"; head -c 600 /dev/zero; } | \"$SOLO_TOOL\" erase --agent left - \"$2\"", "sh",
        in, name_in(place, "out.wav", out));
    assert_done(&result);
    unlink(out);
    char *data = read_bytes(in, &bytes);
    put_le32(data + 40, (uint32_t)(bytes - 44) / 8 * 4 + 1); /* half, and odd */
    write_bytes(in, data, bytes);
    free(data);
    RUN(place, &result, &shell, "-c", "cat \"$1\" | \"$SOLO_TOOL\" erase --agent left - \"$2\"",
        "sh", in, out);
    assert_refused(&result, "-", "more follows");
    assert_false(exists(out));
}

static void test_reader_goes_away(void **state) {
    const struct place *place = *state;
    char in[NAME_BYTES];
    struct result result;
    make_file(name_in(place, "in.wav", in), 8000, wav16, 2);
    RUN(place, &result, &shell, "-c",
        "(\"$SOLO_TOOL\" erase --agent left \"$1\" -; echo $?) 3>&1 | true", "sh", in);
    assert_int_equal(result.status, 0); /* of true */
    const char *newline = strchr(result.error, '\n');
    assert_non_null(newline);
    assert_true(newline[1] == '\0' || strstr(newline, "echo") != NULL);
    assert_non_null(strstr(result.error, "solotrack: -: cannot be written"));
}

static const struct CMUnitTest tests[] = {
    IN_PLACE(test_odd_stream),       IN_PLACE(test_closed_error_stream), IN_PLACE(test_pipes),
    IN_PLACE(test_redirected_files), IN_PLACE(test_streamed_headers),    IN_PLACE(test_stream_ends),
    IN_PLACE(test_reader_goes_away), IN_PLACE(test_frame_bytes),         IN_PLACE(test_stream_bits),
    IN_PLACE(test_stream_longer),
};

const struct group tool_pipes_group = GROUP("tool: pipes", tests);
