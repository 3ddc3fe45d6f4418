#include "scenarios.h"

#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])
#define CARLO           "asterisk-core-sounds-it-wav/it_IT_m_Carlo/"
#define MENARDI         "asterisk-prompt-it-menardi-wav/it_IT_f_Menardi/"

enum { MOST_FRAMES = 30 * CALL_RATE, TURN = 3 * CALL_RATE / 2 };

/* ------------------------------------------------------------------ recordings */

/* A prompt of SOLO_VOICES, at most `most` samples of it. */
static int read_prompt(const char *name, int16_t *to, int most) {
    char path[PATH_BYTES];
    SF_INFO info = {0};
    const char *voices = getenv("SOLO_VOICES");
    if (voices == NULL) {
        fail_msg("set SOLO_VOICES to the folder that data/voices.sh filled");
    }
    snprintf(path, sizeof path, "%s/%s", voices, name);
    SNDFILE *file = sf_open(path, SFM_READ, &info);
    assert_non_null(file);
    assert_int_equal(info.samplerate, CALL_RATE);
    int got = (int)sf_read_short(file, to, most);
    sf_close(file);
    return got;
}

static void write_leg(const struct archive *archive, const char *name, const int16_t *pcm, int n) {
    char path[PATH_BYTES];
    SF_INFO info = {
        .samplerate = CALL_RATE, .channels = 1, .format = SF_FORMAT_WAV | SF_FORMAT_PCM_16};
    SNDFILE *file = sf_open(path_in(archive, name, path), SFM_WRITE, &info);
    assert_non_null(file);
    assert_int_equal(sf_write_short(file, pcm, n), n);
    assert_int_equal(sf_close(file), 0);
}

static void write_stereo(const struct archive *archive) {
    write_call(archive, "work/call.wav", 2.0, 1);
}

/* With what an earlier run left, which must not be lost. */
static void write_stereo_again(const struct archive *archive) {
    write_stereo(archive);
    write_text(archive, "work/out.wav", "an earlier recording");
    write_text(archive, "work/out.wav.solotrack.json", "its sidecar");
    write_text(archive, "work/l.rttm", "its labels");
    write_text(archive, "work/r.json", "its report");
}

/* The sidecar of what stood there before. */
static void write_stale(const struct archive *archive) {
    write_stereo(archive);
    write_text(archive, "work/out.flac", "an earlier recording");
    write_text(archive, "work/out.flac.solotrack.json", "its sidecar");
}

static void write_live(const struct archive *archive) {
    write_stereo(archive);
    write_call(archive, "call.wav", 2.0, 1);
}

static void write_flac(const struct archive *archive) {
    write_call(archive, "work/call.flac", 2.0, 1);
}

/* The agent alone, long enough to know his voice. */
static void write_agent(const struct archive *archive) {
    static const char *const prompts[] = {CARLO "vm-newuser.wav", CARLO "agent-alreadyon.wav",
                                          CARLO "vm-rec-unv.wav", CARLO "vm-review.wav"};
    static int16_t pcm[MOST_FRAMES];
    int n = 0;
    for (size_t i = 0; i < COUNT_OF(prompts); i++) {
        n += read_prompt(prompts[i], pcm + n, MOST_FRAMES - n);
    }
    write_leg(archive, "work/ann.wav", pcm, n);
}

static void write_agent_again(const struct archive *archive) {
    write_agent(archive);
    write_text(archive, "work/ann.voice", "an earlier voice");
}

/* The agent, then the customer, in one leg. */
static void write_mixed(const struct archive *archive) {
    static int16_t pcm[2 * TURN];
    struct result result;
    write_agent(archive);
    assert_int_equal(read_prompt(CARLO "vm-intro.wav", pcm, TURN), TURN);
    assert_int_equal(read_prompt(MENARDI "dir-instr.wav", pcm + TURN, TURN), TURN);
    write_leg(archive, "work/mixed.wav", pcm, 2 * TURN);
    RUN(archive, &result, "enroll", "-o", "work/ann.voice", "work/ann.wav");
    assert_status(&result, 0);
}

static void write_erased(const struct archive *archive) {
    struct result result;
    write_stereo(archive);
    RUN(archive, &result, "erase", "--agent", "left", "work/call.wav", "work/good.wav");
    assert_status(&result, 0);
}

static void write_erased_again(const struct archive *archive) {
    write_erased(archive);
    write_text(archive, "work/page.html", "an earlier page");
}

static void write_tree(const struct archive *archive) {
    write_call(archive, "work/in/0/a.wav", 2.0, 1);
    write_call(archive, "work/in/b.flac", 2.0, 1);
}

#define ID "e56c832e-2bef-4e7b-a288-55d9c59c97db"

/* A recording that has been due for some days, as the shim's clock goes. */
static void write_due(const struct archive *archive) {
    char text[OUTPUT_BYTES], hash[SHA256_HEX_BYTES];
    write_call(archive, "work/old/sub/a.wav", 2.0, 1);
    hash_of(archive, "work/old/sub/a.wav", hash);
    write_text(archive, "work/old/sub/a.wav.keep", "");
    snprintf(
        text, sizeof text,
        "{\n  \"solotrack_sidecar\": 1,\n  \"id\": \"" ID "\",\n  \"call_id\": \"a\",\n"
        "  \"campaign\": null,\n  \"agent\": null,\n  \"consent\": \"none\",\n"
        "  \"class\": \"other\",\n  \"policy\": \"privacy\",\n  \"model\": null,\n"
        "  \"library\": \"0.1.0\",\n  \"input_sha256\": \"%s\",\n  \"output_sha256\": \"%s\",\n"
        "  \"created\": \"2023-11-01T00:00:00Z\",\n"
        "  \"delete_after\": \"2023-11-10T00:00:00Z\"\n}\n",
        hash, hash);
    write_text(archive, "work/old/sub/a.wav.solotrack.json", text);
}

/* ------------------------------------------------------------------ a capture of RTP */

enum { PACKET = 160, IP_BYTES = 20, UDP_BYTES = 8, RTP_BYTES = 12, AGENT_PORT = 4000 };

static void put(FILE *file, uint32_t value, int bytes) {
    for (int i = bytes - 1; i >= 0; i--) {
        fputc((int)(value >> 8 * i & 255), file);
    }
}

/* Of 20 ms, from one loopback port to another. */
static void put_packet(FILE *file, int leg, uint32_t at, const uint8_t *codes) {
    const uint32_t bytes = IP_BYTES + UDP_BYTES + RTP_BYTES + PACKET;
    put(file, 1000 + at / CALL_RATE, 4); /* when: seconds, microseconds */
    put(file, at % CALL_RATE * (1000000 / CALL_RATE), 4);
    put(file, bytes, 4);
    put(file, bytes, 4);
    put(file, 0x45000000 | bytes, 4); /* IPv4, UDP */
    put(file, 0, 4);
    put(file, 0x40110000, 4);
    put(file, 0x7f000001, 4);
    put(file, 0x7f000001, 4);
    put(file, (uint32_t)(AGENT_PORT + leg), 2);
    put(file, 6000, 2);
    put(file, bytes - IP_BYTES, 2);
    put(file, 0, 2);
    put(file, 0x8000, 2); /* RTP of G.711 mu-law */
    put(file, at / PACKET, 2);
    put(file, at, 4);
    put(file, 0x1000u + (uint32_t)leg, 4);
    assert_int_equal(fwrite(codes, 1, PACKET, file), PACKET);
}

/* A leg of the call as its codes, and in turn the call's file as what those say. */
static void encode(const struct archive *archive, int leg, uint8_t *codes) {
    static int16_t pcm[4 * CALL_RATE];
    char path[PATH_BYTES];
    SF_INFO info = {0}, raw = {.samplerate = CALL_RATE,
                               .channels = 1,
                               .format = SF_FORMAT_RAW | SF_FORMAT_ULAW};
    SNDFILE *file = sf_open(path_in(archive, "work/call.wav", path), SFM_READ, &info);
    assert_int_equal(sf_readf_short(file, pcm, SHORT_FRAMES), SHORT_FRAMES);
    sf_close(file);
    file = sf_open(path_in(archive, "leg.raw", path), SFM_WRITE, &raw);
    for (int i = 0; i < SHORT_FRAMES; i++) {
        assert_int_equal(sf_write_short(file, &pcm[2 * i + leg], 1), 1);
    }
    sf_close(file);
    FILE *stream = fopen(path, "rb");
    assert_int_equal(fread(codes, 1, SHORT_FRAMES, stream), SHORT_FRAMES);
    fclose(stream);
    file = sf_open(path, SFM_READ, &raw);
    assert_int_equal(sf_read_short(file, pcm, SHORT_FRAMES), SHORT_FRAMES);
    sf_close(file);
    if (leg == 1) {
        write_leg(archive, "work/customer.wav", pcm, SHORT_FRAMES);
    }
}

static void write_capture(const struct archive *archive) {
    static uint8_t codes[2][SHORT_FRAMES];
    char path[PATH_BYTES];
    write_stereo(archive);
    encode(archive, 0, codes[0]);
    encode(archive, 1, codes[1]);
    FILE *file = fopen(path_in(archive, "work/call.pcap", path), "wb");
    assert_non_null(file);
    put(file, 0xa1b2c3d4, 4);
    put(file, 0x00020004, 4);
    put(file, 0, 4);
    put(file, 0, 4);
    put(file, 65535, 4);
    put(file, 101, 4); /* raw IP */
    for (uint32_t at = 0; at < SHORT_FRAMES; at += PACKET) {
        put_packet(file, 0, at, codes[0] + at);
        put_packet(file, 1, at, codes[1] + at);
    }
    assert_int_equal(fclose(file), 0);
    write_text(archive, "work/out.wav", "an earlier recording");
}

/* ------------------------------------------------------------------ scenarios */

const struct scenario scenarios[] = {
    {.name = "erase",
     .program = "SOLO_TOOL",
     .args = {"erase", "--agent", "left", "--call-id", "7", "--labels", "l.rttm", "--report",
              "r.json", "call.wav", "out.wav"},
     .prepare = write_stereo_again,
     .customer = "call.wav",
     .whole = true},
    {.name = "erase into FLAC",
     .program = "SOLO_TOOL",
     .args = {"erase", "--agent", "left", "--output", "same", "call.wav", "out.flac"},
     .prepare = write_stale,
     .customer = "call.wav",
     .whole = true},
    {.name = "erase into Opus",
     .program = "SOLO_TOOL",
     .args = {"erase", "--agent", "left", "call.flac", "out.opus"},
     .prepare = write_flac,
     .customer = "call.flac",
     .whole = true},
    {.name = "erase by voice",
     .program = "SOLO_TOOL",
     .args = {"erase", "--voice", "ann.voice", "mixed.wav", "out.wav"},
     .prepare = write_mixed,
     .customer = "mixed.wav",
     .customer_from_s = (double)TURN / CALL_RATE,
     .whole = true},
    {.name = "erase in a pipe",
     .program = "SOLO_TOOL",
     .args = {"erase", "--agent", "left", "-", "-"},
     .from = "call.wav",
     .prepare = write_stereo,
     .customer = "call.wav",
     .whole = true},
    {.name = "enroll",
     .program = "SOLO_TOOL",
     .args = {"enroll", "-o", "ann.voice", "ann.wav"},
     .prepare = write_agent_again,
     .whole = true},
    {.name = "label",
     .program = "SOLO_TOOL",
     .args = {"label", "--agent", "left", "call.wav"},
     .prepare = write_stereo,
     .customer = "call.wav",
     .whole = true},
    {.name = "verify",
     .program = "SOLO_TOOL",
     .args = {"verify", "--agent", "left", "call.wav", "good.wav"},
     .prepare = write_erased,
     .customer = "call.wav",
     .whole = true},
    {.name = "report",
     .program = "SOLO_TOOL",
     .args = {"report", "--agent", "left", "-o", "page.html", "call.wav", "good.wav"},
     .prepare = write_erased_again,
     .customer = "call.wav",
     .whole = true},
    {.name = "batch",
     .program = "SOLO_TOOL",
     .args = {"batch", "-j", "1", "--csv", "rows.csv", "--jsonl", "rows.jsonl", "--agent", "left",
              "in", "out"},
     .prepare = write_tree,
     .customer = "in/0/a.wav",
     .logs = {"out/.solotrack/journal-1-of-1", "out/.solotrack/claim-", "rows.csv", "rows.jsonl",
              "said.out"}},
    {.name = "batch in place",
     .program = "SOLO_TOOL",
     .args = {"batch", "-j", "1", "--in-place", "--yes", "--agent", "left", "in"},
     .prepare = write_tree,
     .customer = "in/0/a.wav",
     .logs = {"in/.solotrack/journal-1-of-1", "said.out"}},
    {.name = "purge",
     .program = "SOLO_TOOL",
     .args = {"purge", "--yes", "old"},
     .prepare = write_due},
    {.name = "forget",
     .program = "SOLO_TOOL",
     .args = {"forget", "--id", ID, "old"},
     .prepare = write_due},
    {.name = "solo-rtp",
     .program = "SOLO_RTP",
     .args = {"--agent", "127.0.0.1:4000", "--customer", "127.0.0.1:4001", "call.pcap", "out.wav"},
     .prepare = write_capture,
     .customer = "customer.wav",
     .whole = true},
    {.name = "solo-rtp lists",
     .program = "SOLO_RTP",
     .args = {"--list", "call.pcap"},
     .prepare = write_capture,
     .customer = "customer.wav",
     .whole = true},
    {.name = "recorder",
     .program = "SOLO_RECORDER",
     .args = {"out.wav"},
     .from = "../call.wav", /* the media's own reading is none of its calls */
     .prepare = write_live,
     .customer = "call.wav",
     .whole = true,
     .logs = {"out.7.part.wav"}},
};
const size_t scenario_count = COUNT_OF(scenarios);

struct voice_samples scenario_prepare(const struct archive *archive,
                                      const struct scenario *scenario) {
    static int16_t both[2 * MOST_FRAMES];
    char name[PATH_BYTES], path[PATH_BYTES];
    SF_INFO info = {0};
    make_folders(archive, "work");
    scenario->prepare(archive);
    if (scenario->customer == NULL) {
        return (struct voice_samples){NULL, 0};
    }
    snprintf(name, sizeof name, "work/%s", scenario->customer);
    SNDFILE *file = sf_open(path_in(archive, name, path), SFM_READ, &info);
    assert_non_null(file);
    int n = (int)sf_readf_short(file, both, MOST_FRAMES),
        from = (int)(scenario->customer_from_s * CALL_RATE);
    sf_close(file);
    int16_t *customer = calloc((size_t)n, sizeof *customer);
    assert_non_null(customer);
    for (int i = from; i < n; i++) {
        customer[i - from] = both[i * info.channels + info.channels - 1];
    }
    return (struct voice_samples){customer, (size_t)(n - from)};
}
