/* The command line tool from outside: what scripts rely on. SOLO_TOOL is its path, SOLO_TMP a
 * writable folder (else made under /tmp). Inputs are made here: speech-like bursts, the agent on
 * one channel, the customer on the other. */
#define _POSIX_C_SOURCE 200809L
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "../examples/tool/json.h"
#include "../examples/tool/sha256.h"

#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <sndfile.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { NAME_BYTES = 512, TEXT_BYTES = 65536, ARGS = 24, DEADLINE_SECONDS = 300 };

/* The call: seconds at which who speaks. */
static const double agent_from = 0.6, agent_to = 1.6, customer_from = 2.2, customer_to = 3.2,
                    call_seconds = 4.0;

/* ------------------------------------------------------------------ folders and files */

struct place {
    char folder[NAME_BYTES / 2];
};

static char *name_in(const struct place *place, const char *name, char path[NAME_BYTES]) {
    snprintf(path, NAME_BYTES, "%s/%s", place->folder, name);
    return path;
}

static int make_place(void **state) {
    const char *base = getenv("SOLO_TMP");
    struct place *place = calloc(1, sizeof *place);
    alarm(DEADLINE_SECONDS); /* a tool that hangs fails */
    snprintf(place->folder, sizeof place->folder, "%s/tool-XXXXXX", base != NULL ? base : "/tmp");
    if (mkdtemp(place->folder) == NULL) {
        free(place);
        return -1;
    }
    *state = place;
    return 0;
}

static int remove_place(void **state) {
    struct place *place = *state;
    char path[NAME_BYTES * 2];
    chmod(place->folder, 0700);
    DIR *folder = opendir(place->folder);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        snprintf(path, sizeof path, "%s/%s", place->folder, entry->d_name);
        if (unlink(path) != 0) {
            rmdir(path);
        }
    }
    closedir(folder);
    rmdir(place->folder);
    free(place);
    return 0;
}

static int count_files(const struct place *place) {
    int count = 0;
    DIR *folder = opendir(place->folder);
    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    }
    closedir(folder);
    return count;
}

static char *read_bytes(const char *path, size_t *bytes) {
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t room = 1 << 16, used = 0, got;
    char *data = malloc(room + 1);
    while ((got = fread(data + used, 1, room - used, file)) > 0) {
        used += got;
        if (used == room) {
            room *= 2;
            data = realloc(data, room + 1);
        }
    }
    fclose(file);
    data[used] = '\0';
    *bytes = used;
    return data;
}

static void write_bytes(const char *path, const void *data, size_t bytes) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, bytes, file), bytes);
    assert_int_equal(fclose(file), 0);
}

static void hash_file(const char *path, char hex[SHA256_HEX_BYTES]) {
    int fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    assert_int_equal(sha256_of_fd(fd, hex), 0);
    close(fd);
}

static bool exists(const char *path) {
    struct stat status;
    return lstat(path, &status) == 0;
}

/* ------------------------------------------------------------------ running the tool */

struct result {
    int status; /* exit status, or -signal */
    char out[TEXT_BYTES], error[TEXT_BYTES];
};

struct start {
    const char *in;  /* standard input, NULL: /dev/null */
    const char *out; /* standard output, NULL: into result.out */
    long file_limit; /* bytes, RLIMIT_FSIZE; 0: none */
    bool drop_root;  /* a folder without write permission stops only others than root */
    bool shell;      /* the arguments are those of /bin/sh, which finds the tool in $SOLO_TOOL */
};

static void child(const struct start *start, const char *out, const char *error, char **argv) {
    int in_fd = open(start->in != NULL ? start->in : "/dev/null", O_RDONLY);
    int out_fd = open(out, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    int error_fd = open(error, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    dup2(in_fd, 0);
    dup2(out_fd, 1);
    dup2(error_fd, 2);
    if (start->file_limit > 0) {
        struct rlimit limit = {(rlim_t)start->file_limit, (rlim_t)start->file_limit};
        setrlimit(RLIMIT_FSIZE, &limit);
    }
    if (start->drop_root && (setgid(65534) != 0 || setuid(65534) != 0)) {
        _exit(98);
    }
    execv(argv[0], argv);
    _exit(99);
}

static void slurp(const char *path, char text[TEXT_BYTES]) {
    FILE *file = fopen(path, "rb");
    size_t got = file != NULL ? fread(text, 1, TEXT_BYTES - 1, file) : 0;
    text[got] = '\0';
    if (file != NULL) {
        fclose(file);
    }
}

/* The files that catch the output stand beside the folder under test, not in it. */
static void catch_names(const struct place *place, char out[NAME_BYTES], char error[NAME_BYTES]) {
    snprintf(out, NAME_BYTES, "%.500s.out", place->folder);
    snprintf(error, NAME_BYTES, "%.500s.err", place->folder);
}

static int decode(int status) {
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void run_with(const struct place *place, struct result *result, const struct start *start,
                     const char *const *args) {
    char out[NAME_BYTES], error[NAME_BYTES];
    char *argv[ARGS] = {NULL};
    int status = 0;
    const char *tool = start->shell ? "/bin/sh" : getenv("SOLO_TOOL");
    assert_non_null(tool);
    argv[0] = (char *)(uintptr_t)tool;
    for (int i = 0; args[i] != NULL; i++) {
        argv[i + 1] = (char *)(uintptr_t)args[i];
    }
    catch_names(place, out, error);
    pid_t pid = fork();
    if (pid == 0) {
        child(start, start->out != NULL ? start->out : out, error, argv);
    }
    assert_true(pid > 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    result->status = decode(status);
    slurp(out, result->out);
    slurp(error, result->error);
    unlink(out);
    unlink(error);
}

#define RUN(place, result, start, ...)                                                             \
    run_with(place, result, start, (const char *const[]){__VA_ARGS__, NULL})

static const struct start plain = {NULL, NULL, 0, false, false};

static void assert_done(const struct result *result) {
    if (result->status != 0 || result->error[0] != '\0') {
        fail_msg("status %d: %s", result->status, result->error);
    }
}

/* Refused: status 1 and one line that names the file and, if given, says `reason`. */
static void assert_refused(const struct result *result, const char *file, const char *reason) {
    const char *newline = strchr(result->error, '\n');
    char start[NAME_BYTES + 16];
    snprintf(start, sizeof start, "solotrack: %s: ", file);
    if (result->status != 1 || newline == NULL || newline[1] != '\0' ||
        strncmp(result->error, start, strlen(start)) != 0 ||
        (reason != NULL && strstr(result->error, reason) == NULL)) {
        fail_msg("status %d, wanted '%s...%s', got: %s", result->status, start,
                 reason != NULL ? reason : "", result->error);
    }
}

/* ------------------------------------------------------------------ synthetic calls */

struct call {
    int rate, frames;
    float *agent, *customer; /* full scale 1.0, exact at 16 bits; 0 where silent */
};

static uint32_t next_random(uint32_t *state) {
    *state = *state * 1664525U + 1013904223U;
    return *state;
}

/* Something like speech: a buzz with a wandering pitch through a resonance, in syllables of 180 ms,
 * with a little noise. */
static void speak(float *leg, int rate, double from, double to, double pitch, uint32_t seed) {
    const double pi = 3.14159265358979323846;
    double phase = 0.0, y1 = 0.0, y2 = 0.0;
    for (int i = (int)(from * rate); i < (int)(to * rate); i++) {
        double t = (double)i / rate - from;
        double formant = 2.0 * pi * (600.0 + 300.0 * sin(2.0 * pi * 1.7 * t)) / rate;
        double syllable = 0.15 + 0.85 * pow(sin(pi * t / 0.18), 2.0);
        phase += pitch * (1.0 + 0.1 * sin(2.0 * pi * 0.9 * t)) / rate;
        double pulse = phase >= 1.0 ? 1.0 : 0.0;
        phase -= floor(phase);
        double noise = (double)(next_random(&seed) >> 8) / 16777216.0 - 0.5;
        double radius = 1.0 - 250.0 * pi / rate;
        double y = pulse * rate / 8000.0 + 0.02 * noise + 2.0 * radius * cos(formant) * y1 -
                   radius * radius * y2;
        y2 = y1;
        y1 = y;
        double sample = 0.12 * y * syllable;
        sample = fmin(fmax(sample, -0.9), 0.9);
        leg[i] = (float)(rint(sample * 32768.0) / 32768.0);
    }
}

static struct call make_call(int rate, double seconds) {
    struct call call = {rate, (int)(seconds * rate), NULL, NULL};
    call.agent = calloc((size_t)call.frames + 1, sizeof *call.agent);
    call.customer = calloc((size_t)call.frames + 1, sizeof *call.customer);
    for (double at = 0.0; at + call_seconds <= seconds + 1e-9; at += call_seconds) {
        speak(call.agent, rate, at + agent_from, at + agent_to, 118.0, 1);
        speak(call.customer, rate, at + customer_from, at + customer_to, 205.0, 2);
    }
    return call;
}

static void free_call(struct call *call) {
    free(call->agent);
    free(call->customer);
}

/* Writes the legs as channels: agent left, customer right, then more of the customer. */
static void write_call(const char *path, const struct call *call, int format, int channels) {
    SF_INFO info = {0};
    info.samplerate = call->rate;
    info.channels = channels;
    info.format = format;
    SNDFILE *file = sf_open(path, SFM_WRITE, &info);
    if (file == NULL) {
        fail_msg("%s: %s", path, sf_strerror(NULL));
    }
    float *frames = malloc(sizeof *frames * (size_t)(call->frames * channels + 1));
    for (int i = 0; i < call->frames * channels; i++) {
        /* libsndfile writes 16 bits as lrint(x * 32767): ask for the very number */
        float scale = (format & SF_FORMAT_SUBMASK) == SF_FORMAT_PCM_16 ? 32768.0F / 32767.0F : 1.0F;
        const float *leg = i % channels == 0 ? call->agent : call->customer;
        frames[i] = leg[i / channels] * scale;
    }
    assert_int_equal(sf_writef_float(file, frames, call->frames), call->frames);
    assert_int_equal(sf_close(file), 0);
    free(frames);
}

static void make_file(const char *path, int rate, int format, int channels) {
    struct call call = make_call(rate, call_seconds);
    write_call(path, &call, format, channels);
    free_call(&call);
}

static const int wav16 = SF_FORMAT_WAV | SF_FORMAT_PCM_16;

/* All of one channel. Gives the frames. */
static float *read_channel(const char *path, int channel, SF_INFO *info) {
    memset(info, 0, sizeof *info);
    SNDFILE *file = sf_open(path, SFM_READ, info);
    if (file == NULL) {
        fail_msg("%s: %s", path, sf_strerror(NULL));
    }
    size_t count = (size_t)info->frames * (size_t)info->channels;
    float *all = malloc(sizeof *all * (count + 1));
    assert_int_equal(sf_readf_float(file, all, info->frames), info->frames);
    sf_close(file);
    for (sf_count_t i = 0; i < info->frames; i++) {
        all[i] = all[i * info->channels + channel];
    }
    return all;
}

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

/* ------------------------------------------------------------------ hashes and JSON */

static void hash_of_text(const char *text, size_t repeat, char hex[SHA256_HEX_BYTES]) {
    struct sha256 hash;
    sha256_init(&hash);
    for (size_t i = 0; i < repeat; i++) {
        sha256_add(&hash, text, strlen(text));
    }
    sha256_finish(&hash, hex);
}

/* The examples that NIST publishes with FIPS 180-4. */
static void test_sha256_vectors(void **state) {
    static const struct {
        const char *text;
        size_t repeat;
        const char *hex;
    } vectors[] = {
        {"", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
        {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrl"
         "m"
         "nopqrsmnopqrstnopqrstu",
         1, "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
        {"a", 1000000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        char hex[SHA256_HEX_BYTES];
        hash_of_text(vectors[i].text, vectors[i].repeat, hex);
        assert_string_equal(hex, vectors[i].hex);
    }
}

/* A JSON reader that only says whether the text is JSON (RFC 8259): NULL, or where it is not. */
static const char *json_value(const char *p);

static const char *json_blank(const char *p) {
    return p + strspn(p, " \t\r\n");
}

static const char *json_quoted(const char *p) {
    if (*p++ != '"') {
        return NULL;
    }
    while (*p != '"') {
        if ((unsigned char)*p < 0x20) {
            return NULL;
        }
        if (*p == '\\') {
            p++;
            if (*p == 'u' && strspn(p + 1, "0123456789abcdefABCDEF") >= 4) {
                p += 4;
            } else if (*p == '\0' || strchr("\"\\/bfnrt", *p) == NULL) {
                return NULL;
            }
        }
        p++;
    }
    return p + 1;
}

static const char *json_number(const char *p) {
    p += *p == '-' ? 1 : 0;
    size_t digits = strspn(p, "0123456789");
    if (digits == 0 || (digits > 1 && *p == '0')) {
        return NULL;
    }
    p += digits;
    if (*p == '.') {
        digits = strspn(p + 1, "0123456789");
        p = digits > 0 ? p + 1 + digits : NULL;
    }
    return p;
}

static const char *json_members(const char *p, char close, bool named) {
    p = json_blank(p + 1);
    if (*p == close) {
        return p + 1;
    }
    for (;;) {
        if (named) {
            p = json_quoted(json_blank(p));
            p = p != NULL ? json_blank(p) : NULL;
            if (p == NULL || *p++ != ':') {
                return NULL;
            }
        }
        p = json_value(p);
        p = p != NULL ? json_blank(p) : NULL;
        if (p == NULL || (*p != ',' && *p != close)) {
            return NULL;
        }
        if (*p++ == close) {
            return p;
        }
    }
}

static const char *json_value(const char *p) {
    static const char *const words[] = {"true", "false", "null"};
    p = json_blank(p);
    for (size_t i = 0; i < 3; i++) {
        if (strncmp(p, words[i], strlen(words[i])) == 0) {
            return p + strlen(words[i]);
        }
    }
    switch (*p) {
    case '{':
        return json_members(p, '}', true);
    case '[':
        return json_members(p, ']', false);
    case '"':
        return json_quoted(p);
    default:
        return json_number(p);
    }
}

static bool is_json(const char *text) {
    const char *end = json_value(text);
    return end != NULL && *json_blank(end) == '\0';
}

/* The number after "key":, or NaN. */
static double number_of(const char *json, const char *key) {
    char quoted[64];
    snprintf(quoted, sizeof quoted, "\"%s\": ", key);
    const char *at = strstr(json, quoted);
    return at != NULL ? strtod(at + strlen(quoted), NULL) : (double)NAN;
}

static void test_json_checker_can_fail(void **state) {
    (void)state;
    assert_true(is_json("{\"a\": [1, -2.5, {\"b\": null}], \"c\": \"\\u00e9\\\"\"}\n"));
    assert_false(is_json("{\"a\": 1,}"));
    assert_false(is_json("{\"a\": nan}"));
    assert_false(is_json("{\"a\": \"\n\"}"));
    assert_false(is_json("{} {}"));
    assert_false(is_json("{\"a\": 1"));
}

static void test_json_string_any_bytes(void **state) {
    static const struct {
        const char *bytes, *json;
    } cases[] = {
        {"plain.wav", "\"plain.wav\""},
        {"q\"b\\n\nt\t", "\"q\\\"b\\\\n\\u000at\\u0009\""},
        {"\xc3\xa6\xe2\x82\xac\xf0\x9f\x93\x9e", "\"\xc3\xa6\xe2\x82\xac\xf0\x9f\x93\x9e\""},
        {"a\xff\xc3", "\"a\\ufffd\\ufffd\""}, /* never valid; cut short */
        {"\xc0\xaf\xed\xa0\x80",
         "\"\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd\""}, /* overlong, surrogate */
        {"\x7f", "\"\\u007f\""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[128] = {0};
        FILE *file = tmpfile();
        json_string(file, cases[i].bytes);
        rewind(file);
        assert_true(fread(text, 1, sizeof text - 1, file) > 0);
        fclose(file);
        assert_string_equal(text, cases[i].json);
        assert_true(is_json(text));
    }
}

/* ------------------------------------------------------------------ good recordings */

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

/* The hash in the JSON object of "input" or "output". */
static void assert_hash(const char *json, const char *object, const char *path) {
    char hex[SHA256_HEX_BYTES], quoted[32];
    snprintf(quoted, sizeof quoted, "\"%s\": {", object);
    const char *at = strstr(json, quoted);
    assert_non_null(at);
    at = strstr(at, "\"sha256\": \"");
    assert_non_null(at);
    hash_file(path, hex);
    assert_memory_equal(at + strlen("\"sha256\": \""), hex, 64);
}

static void test_report(void **state) {
    const struct place *place = *state;
    char in[NAME_BYTES], out[NAME_BYTES], json[NAME_BYTES];
    struct result result;
    size_t bytes;
    make_file(name_in(place, "a \"b\"\\\n\xff.wav", in), 8000, wav16, 2);
    RUN(place, &result, &plain, "erase", "--agent", "left", "--policy", "balanced", "--overlap",
        "mute", "--lookahead", "300", "--report", name_in(place, "r.json", json), in,
        name_in(place, "o.wav", out));
    assert_done(&result);
    char *text = read_bytes(json, &bytes);
    assert_true(is_json(text));
    assert_hash(text, "input", in);
    assert_hash(text, "output", out);
    static const char *const says[] = {"\"tool_version\": \"",
                                       "\"library_version\": \"",
                                       "\"policy\": \"balanced\"",
                                       "\"overlap\": \"mute\"",
                                       "\"fill\": \"silence\"",
                                       "\"agent\": \"left\"",
                                       "a \\\"b\\\"\\\\\\u000a\\ufffd.wav",
                                       "\"who\": \"agent\", \"erased\": false",
                                       "\"who\": \"customer\", \"erased\": true",
                                       "\"leak\": "};
    for (size_t i = 0; i < sizeof says / sizeof *says; i++) {
        if (strstr(text, says[i]) == NULL) {
            fail_msg("the report does not say %s", says[i]);
        }
    }
    assert_true(number_of(text, "lookahead_ms") == 300.0);
    assert_true(number_of(text, "sample_rate") == 8000.0);
    assert_true(number_of(text, "seconds") == call_seconds);
    assert_true(number_of(text, "events_dropped") == 0.0);
    assert_true(number_of(text, "from") == 0.0);
    assert_true(fabs(number_of(text, "seconds_agent") - 1.0) < 0.3);
    assert_true(fabs(number_of(text, "seconds_customer") - 1.0) < 0.4);
    assert_true(number_of(text, "seconds_erased") > 2.0);
    free(text);
}

/* 60 ms of a key of the telephone, by its two tones, and silence around it. */
static void press_key(float *leg, int rate, double at, double low, double high) {
    const double pi = 3.14159265358979323846;
    int from = (int)(at * rate), length = (int)(0.06 * rate);
    for (int i = -rate / 10; i < length + rate / 10; i++) {
        double tones = sin(2.0 * pi * low * i / rate) + sin(2.0 * pi * high * i / rate);
        leg[from + i] = i >= 0 && i < length ? (float)(rint(3000.0 * tones) / 32768.0) : 0.0F;
    }
}

static bool is_silent(const float *x, int rate, double from, double to) {
    for (int i = (int)(from * rate); i < (int)(to * rate); i++) {
        if (x[i] != 0.0F) {
            return false;
        }
    }
    return true;
}

/* The customer presses 1, speaks, presses 9, and speaks again: he is kept in between, on his own
 * channel, and the report and the labels say when. */
static void test_consent_by_key(void **state) {
    const struct place *place = *state;
    static const int formats[] = {SF_FORMAT_WAV | SF_FORMAT_PCM_16,
                                  SF_FORMAT_WAV | SF_FORMAT_PCM_24};
    char in[NAME_BYTES], out[NAME_BYTES], json[NAME_BYTES], rttm[NAME_BYTES];
    struct result result;
    SF_INFO info;
    size_t bytes;
    struct call call = make_call(8000, 3.0 * call_seconds);
    press_key(call.customer, 8000, 4.5, 697.0, 1209.0);
    press_key(call.customer, 8000, 8.5, 852.0, 1477.0);
    name_in(place, "in.wav", in);
    name_in(place, "out.wav", out);
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        write_call(in, &call, formats[i], 2);
        RUN(place, &result, &plain, "erase", "--agent", "left", "--output", "same", "--consent-key",
            "1", "--withdraw-key", "9", "--report", name_in(place, "r.json", json), "--labels",
            name_in(place, "l.rttm", rttm), in, out);
        assert_done(&result);
        float *kept = read_channel(out, 1, &info);
        assert_int_equal(info.channels, 2);
        assert_true(is_silent(kept, 8000, 0.0, 4.56) && is_silent(kept, 8000, 8.5, 12.0));
        for (int s = (int)((4.0 + customer_from) * 8000); s < (int)(7.5 * 8000); s++) {
            assert_true(kept[s] == call.customer[s]);
        }
        free(kept);
        char *text = read_bytes(json, &bytes);
        assert_true(is_json(text));
        assert_non_null(strstr(text, "\"consent\": \"none\",\n  \"consent_key\": \"1\""));
        assert_non_null(strstr(text, "\"consent\": \"given\""));
        assert_non_null(strstr(text, "\"consent_at_end\": \"withdrawn\""));
        assert_true(fabs(number_of(text, "seconds_consent") - 3.95) < 0.05);
        free(text);
        text = read_bytes(rttm, &bytes);
        assert_non_null(strstr(text, ";; CONSENT in 1 0.000 4.5"));
        assert_non_null(strstr(text, " given\n"));
        assert_non_null(strstr(text, " withdrawn\n"));
        free(text);
    }
    free_call(&call);
}

/* Both in one channel: what the customer's channel holds is added to the agent's. */
static void test_consent_given(void **state) {
    const struct place *place = *state;
    char in[NAME_BYTES], out[NAME_BYTES];
    struct result result;
    SF_INFO info;
    struct call call = make_call(8000, call_seconds);
    write_call(name_in(place, "in.wav", in), &call, wav16, 2);
    RUN(place, &result, &plain, "erase", "--agent", "left", "--consent", "given", in,
        name_in(place, "out.wav", out));
    assert_done(&result);
    float *both = read_channel(out, 0, &info);
    assert_int_equal(info.channels, 1);
    for (int i = 80; i < call.frames - 80; i++) {
        assert_true(both[i] == call.agent[i] + call.customer[i]);
    }
    free(both);
    free_call(&call);
}

/* The customer in another voice: heard, told of in every paper, another time another voice, and
 * never taken for an erased recording. */
static void test_altered(void **state) {
    const struct place *place = *state;
    static const char *const layouts[] = {"agent", "same"};
    char in[NAME_BYTES], out[NAME_BYTES], json[NAME_BYTES], sidecar[NAME_BYTES];
    struct result result;
    SF_INFO info;
    size_t bytes;
    struct call call = make_call(8000, 3.0 * call_seconds);
    write_call(name_in(place, "in.wav", in), &call, wav16, 2);
    name_in(place, "r.json", json);
    for (int i = 0; i < 2; i++) {
        RUN(place, &result, &plain, "erase", "--agent", "left", "--customer", "alter", "--output",
            layouts[i], "--sidecar", "--report", json, in, name_in(place, "out.wav", out));
        assert_done(&result);
        float *made = read_channel(out, i, &info);
        assert_int_equal(info.channels, i + 1);
        int from = (int)((4.0 + customer_from) * 8000), heard = 0;
        for (int s = from; s < from + 4000; s++) {
            heard += fabsf(made[s]) > 0.001F && made[s] != call.customer[s];
        }
        assert_true(heard > 2000);
        free(made);
        char *text = read_bytes(json, &bytes);
        assert_true(is_json(text));
        assert_non_null(strstr(text, "\"customer\": \"altered\""));
        assert_non_null(strstr(text, "\"altered\"]"));
        assert_true(number_of(text, "seconds_altered") > 1.0);
        free(text);
        text = read_bytes(name_in(place, "out.wav.solotrack.json", sidecar), &bytes);
        assert_non_null(strstr(text, "\"customer\": \"altered\""));
        free(text);
        RUN(place, &result, &plain, "verify", "--agent", "left", in, out);
        assert_refused(&result, out, "altered voice");
    }
    float *first = read_channel(out, 1, &info);
    RUN(place, &result, &plain, "erase", "--agent", "left", "--customer", "alter", "--output",
        "same", in, out);
    assert_done(&result);
    float *second = read_channel(out, 1, &info);
    assert_memory_not_equal(first, second, sizeof *first * (size_t)call.frames);
    free(first);
    free(second);
    free_call(&call);
}

static void test_altered_usage(void **state) {
    const struct place *place = *state;
    char in[NAME_BYTES], out[NAME_BYTES];
    struct result result;
    RUN(place, &result, &plain, "erase", "--agent", "left", "--customer", "hide", "a.wav", "b.wav");
    assert_int_equal(result.status, 2);
    assert_non_null(strstr(result.error, "--customer does not take 'hide'"));
    RUN(place, &result, &plain, "erase", "--agent", "left", "--customer", "alter", "--consent-key",
        "1", "a.wav", "b.wav");
    assert_int_equal(result.status, 2);
    assert_non_null(strstr(result.error, "exclude each other"));
    make_file(name_in(place, "in.wav", in), 8000, wav16, 2);
    RUN(place, &result, &plain, "erase", "--agent", "voice", "--voice", "a.voice", "--customer",
        "alter", in, name_in(place, "out.wav", out));
    assert_refused(&result, in, "on a channel of his own");
    assert_false(exists(out));
}

/* How the agent speaks, where it is asked for: the buzz of the made-up agent has a pitch of 118 Hz.
 */
static void test_metrics(void **state) {
    const struct place *place = *state;
    char in[NAME_BYTES], out[NAME_BYTES], json[NAME_BYTES];
    struct result result;
    size_t bytes;
    struct call call = make_call(8000, 6.0 * call_seconds);
    write_call(name_in(place, "in.wav", in), &call, wav16, 2);
    for (int asked = 0; asked < 2; asked++) {
        RUN(place, &result, &plain, "erase", "--agent", "left", "--metrics",
            asked ? "agent" : "none", "--report", name_in(place, "r.json", json), in,
            name_in(place, "out.wav", out));
        assert_done(&result);
        char *text = read_bytes(json, &bytes);
        assert_true(is_json(text));
        if (!asked) {
            assert_non_null(strstr(text, "\"metrics\": null"));
        } else {
            assert_true(fabs(number_of(text, "pitch_hz") - 118.0) < 12.0);
            assert_true(fabs(number_of(text, "talk_ratio") - 0.25) < 0.1);
            assert_true(number_of(text, "syllables_per_s") > 3.0);
            assert_true(number_of(text, "interruptions") == 0.0);
            assert_non_null(strstr(text, "\"pause_mean_s\": null"));
        }
        free(text);
    }
    free_call(&call);
}

static void test_consent_usage(void **state) {
    static const char *const wrong[][2] = {{"--consent", "maybe"},
                                           {"--consent-key", "12"},
                                           {"--consent-key", "x"},
                                           {"--withdraw-key", ""}};
    const struct place *place = *state;
    struct result result;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        RUN(place, &result, &plain, "erase", "--agent", "left", wrong[i][0], wrong[i][1], "a.wav",
            "b.wav");
        assert_int_equal(result.status, 2);
        assert_non_null(strstr(result.error, wrong[i][0]));
    }
    RUN(place, &result, &plain, "erase", "--agent", "left", "--consent-key", "1", "--withdraw-key",
        "1", "a.wav", "b.wav");
    assert_int_equal(result.status, 2);
    assert_non_null(strstr(result.error, "the same key"));
}

/* Segments follow each other from 0 to the end without a gap. */
static void test_report_segments(void **state) {
    const struct place *place = *state;
    char in[NAME_BYTES], out[NAME_BYTES], json[NAME_BYTES];
    struct result result;
    size_t bytes;
    make_file(name_in(place, "in.wav", in), 8000, wav16, 2);
    RUN(place, &result, &plain, "erase", "--agent", "left", "--report",
        name_in(place, "r.json", json), in, name_in(place, "o.wav", out));
    assert_done(&result);
    char *text = read_bytes(json, &bytes);
    double end = 0.0;
    int segments = 0;
    for (const char *p = text; (p = strstr(p, "\"from\": ")) != NULL; segments++) {
        assert_true(fabs(strtod(p + 8, NULL) - end) < 1e-5);
        p = strstr(p, "\"to\": ");
        assert_non_null(p);
        end = strtod(p + 6, NULL);
    }
    assert_true(segments >= 3);
    assert_true(fabs(end - call_seconds) < 1e-5);
    free(text);
}

static double labelled(const char *rttm, const char *who, double from, double to) {
    double seconds = 0.0;
    for (const char *line = rttm; *line != '\0'; line = strchr(line, '\n') + 1) {
        char stem[64], speaker[16];
        double start, duration;
        assert_int_equal(sscanf(line, "SPEAKER %63s 1 %lf %lf <NA> <NA> %15s <NA> <NA>", stem,
                                &start, &duration, speaker),
                         4);
        assert_string_equal(stem, "a_call");
        assert_non_null(strchr(line, '\n'));
        if (strcmp(speaker, who) == 0) {
            seconds += fmax(fmin(start + duration, to) - fmax(start, from), 0.0);
        }
    }
    return seconds;
}

static void test_labels(void **state) {
    const struct place *place = *state;
    char in[NAME_BYTES], out[NAME_BYTES], rttm[NAME_BYTES];
    struct result result;
    size_t bytes;
    make_file(name_in(place, "a call.wav", in), 8000, wav16, 2);
    RUN(place, &result, &plain, "erase", "--agent", "left", "--labels",
        name_in(place, "l.rttm", rttm), in, name_in(place, "o.wav", out));
    assert_done(&result);
    char *text = read_bytes(rttm, &bytes);
    assert_true(labelled(text, "agent", agent_from, agent_to) > 0.7);
    assert_true(labelled(text, "customer", customer_from, customer_to) > 0.7);
    assert_true(labelled(text, "agent", customer_from + 0.3, call_seconds) < 0.1);
    assert_true(labelled(text, "customer", 0.0, agent_to) < 0.1);
    RUN(place, &result, &plain, "label", "--agent", "left", in);
    assert_done(&result);
    assert_string_equal(result.out, text);
    free(text);
}

/* ------------------------------------------------------------------ pipes */

static const struct start shell = {NULL, NULL, 0, false, true};

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

/* ------------------------------------------------------------------ refusals */

/* Runs `erase --agent left IN OUT`, which must be refused with `reason`, leave the folder as it was
 * and the input's bytes untouched. */
static void assert_erase_refused(const struct place *place, const char *in, const char *out,
                                 const char *named, const char *reason) {
    char before[SHA256_HEX_BYTES], after[SHA256_HEX_BYTES];
    struct result result;
    struct stat status;
    bool is_file = stat(in, &status) == 0 && S_ISREG(status.st_mode);
    int files = count_files(place);
    if (is_file) {
        hash_file(in, before);
    }
    RUN(place, &result, &plain, "erase", "--agent", "left", in, out);
    assert_refused(&result, named, reason);
    assert_string_equal(result.out, "");
    assert_int_equal(count_files(place), files);
    if (is_file) {
        hash_file(in, after);
        assert_string_equal(before, after);
    }
}

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

static void test_wrong_output(void **state) {
    const struct place *place = *state;
    char in[NAME_BYTES], odd[NAME_BYTES], out[NAME_BYTES];
    make_file(name_in(place, "in.wav", in), 8000, wav16, 2);
    make_file(name_in(place, "odd.wav", odd), 11025, wav16, 2);
    name_in(place, "out.mp3", out);
    assert_erase_refused(place, in, out, out, "extension");
    name_in(place, "out", out);
    assert_erase_refused(place, in, out, out, "extension");
    name_in(place, "out.opus", out);
    assert_erase_refused(place, odd, out, out, "11025 Hz; write .wav or .flac");
    name_in(place, "no-folder/out.wav", out);
    assert_erase_refused(place, in, out, out, "No such file");
    name_in(place, "folder.wav", out);
    assert_int_equal(mkdir(out, 0700), 0);
    assert_erase_refused(place, in, out, out, "not a regular file");
}

static void test_same_file(void **state) {
    const struct place *place = *state;
    char in[NAME_BYTES], link_name[NAME_BYTES], hard[NAME_BYTES], dotted[NAME_BYTES * 2];
    char out[NAME_BYTES], report[NAME_BYTES];
    struct result result;
    make_file(name_in(place, "in.wav", in), 8000, wav16, 2);
    assert_int_equal(symlink(in, name_in(place, "link.wav", link_name)), 0);
    assert_int_equal(link(in, name_in(place, "hard.wav", hard)), 0);
    snprintf(dotted, sizeof dotted, "%s/./in.wav", place->folder);
    assert_erase_refused(place, in, in, in, "same file");
    assert_erase_refused(place, in, link_name, link_name, "same file");
    assert_erase_refused(place, link_name, in, in, "same file");
    assert_erase_refused(place, in, hard, hard, "same file");
    assert_erase_refused(place, in, dotted, dotted, "same file");
    name_in(place, "out.wav", out);
    snprintf(dotted, sizeof dotted, "%s/./out.wav", place->folder);
    RUN(place, &result, &plain, "erase", "--agent", "left", "--labels", dotted, in, out);
    assert_refused(&result, dotted, "same file");
    RUN(place, &result, &plain, "erase", "--agent", "left", "--report", in, in, out);
    assert_refused(&result, in, "same file");
    name_in(place, "r", report);
    RUN(place, &result, &plain, "erase", "--agent", "left", "--report", report, "--labels", report,
        in, out);
    assert_refused(&result, report, "same file");
    assert_int_equal(count_files(place), 3);
}

/* No output is left where its labels or report cannot be written, and none of them without it. */
static void test_report_unwritable(void **state) {
    const struct place *place = *state;
    char in[NAME_BYTES], out[NAME_BYTES], bad[NAME_BYTES], labels[NAME_BYTES];
    struct result result;
    make_file(name_in(place, "in.wav", in), 8000, wav16, 2);
    name_in(place, "out.wav", out);
    name_in(place, "nowhere/r.json", bad);
    RUN(place, &result, &plain, "erase", "--agent", "left", "--labels",
        name_in(place, "l.rttm", labels), "--report", bad, in, out);
    assert_refused(&result, bad, "No such file");
    RUN(place, &result, &plain, "erase", "--agent", "left", "--labels", bad, in, out);
    assert_refused(&result, bad, "No such file");
    assert_int_equal(count_files(place), 1);
}

static void test_unwritable_folder(void **state) {
    const struct place *place = *state;
    char in[NAME_BYTES], out[NAME_BYTES];
    struct result result;
    const struct start nobody = {NULL, NULL, 0, geteuid() == 0, false};
    make_file(name_in(place, "in.wav", in), 8000, wav16, 2);
    assert_int_equal(chmod(place->folder, 0555), 0);
    RUN(place, &result, &nobody, "erase", "--agent", "left", in, name_in(place, "out.wav", out));
    assert_int_equal(chmod(place->folder, 0700), 0);
    if (result.status == 99) {
        skip(); /* root's tool is out of reach for others */
    }
    assert_refused(&result, out, "Permission denied");
    assert_int_equal(count_files(place), 1);
}

/* The disk is full after so many bytes: at the header, in the samples, when the last page is
 * written at the close, or in the report. */
static void test_disk_full(void **state) {
    enum { ALL_BUT_8 = -8 };
    static const struct {
        const char *out;
        long limit;
        int frames;
        bool report_fails;
    } cases[] = {{"out.wav", 20000, 32000, false}, {"out.wav", 64043, 32000, false},
                 {"out.flac", 4096, 32000, false}, {"out.opus", 1024, 32000, false},
                 {"out.wav", 400, 32000, false},   {"out.opus", ALL_BUT_8, 10, false},
                 {"out.wav", 400, 10, true}};
    const struct place *place = *state;
    char in[NAME_BYTES], out[NAME_BYTES], report[NAME_BYTES], old[] = "what was here before";
    name_in(place, "report.json", report);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct call call = make_call(8000, call_seconds);
        call.frames = cases[i].frames;
        write_call(name_in(place, "in.wav", in), &call, wav16, 2);
        free_call(&call);
        struct result result;
        size_t bytes;
        struct start start = {NULL, NULL, cases[i].limit, false, false};
        name_in(place, cases[i].out, out);
        if (cases[i].limit == ALL_BUT_8) {
            struct stat whole;
            RUN(place, &result, &plain, "erase", "--agent", "left", in, out);
            assert_int_equal(stat(out, &whole), 0);
            start.file_limit = (long)whole.st_size + ALL_BUT_8;
        }
        write_bytes(out, old, sizeof old);
        RUN(place, &result, &start, "erase", "--agent", "left", "--report", report, in, out);
        const char *newline = strchr(result.error, '\n');
        assert_int_equal(result.status, 1);
        assert_non_null(newline);
        assert_int_equal(newline[1], '\0');
        assert_non_null(strstr(result.error, "File too large"));
        assert_non_null(strstr(result.error, cases[i].report_fails ? report : out));
        assert_int_equal(count_files(place), 2);
        char *kept = read_bytes(out, &bytes);
        assert_string_equal(kept, old);
        free(kept);
        unlink(out);
    }
}

/* ------------------------------------------------------------------ signals */

static bool wait_for_file(const struct place *place, int count) {
    for (int i = 0; i < 400 && count_files(place) < count; i++) {
        nanosleep(&(struct timespec){0, 10000000}, NULL);
    }
    return count_files(place) == count;
}

/* Whether any 16 customer samples in a row stand in the folder's files. */
static bool customer_in_folder(const struct place *place, const int16_t *customer, int frames) {
    bool found = false;
    DIR *folder = opendir(place->folder);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        char path[NAME_BYTES];
        size_t bytes;
        if (entry->d_name[0] == '.' && strncmp(entry->d_name, ".solotrack", 10) != 0) {
            continue;
        }
        char *data = read_bytes(name_in(place, entry->d_name, path), &bytes);
        for (size_t at = 0; at + 32 <= bytes; at += 2) {
            for (int i = (int)(customer_from * 8000) + 2000; i < frames / 5 * 4 - 16; i += 400) {
                found = found || memcmp(data + at, customer + i, 32) == 0;
            }
        }
        free(data);
    }
    closedir(folder);
    return found;
}

static void stop_with(const struct place *place, int stop_signal) {
    char out[NAME_BYTES], caught[NAME_BYTES], error[NAME_BYTES], text[TEXT_BYTES];
    int ends[2], status;
    struct call call = make_call(8000, call_seconds);
    int16_t *legs = calloc((size_t)call.frames * 2, sizeof *legs);
    int16_t *customer = calloc((size_t)call.frames, sizeof *customer);
    for (int i = 0; i < call.frames; i++) {
        customer[i] = (int16_t)(call.customer[i] * 32768.0F);
        legs[2 * i] = (int16_t)(call.agent[i] * 32768.0F);
        legs[2 * i + 1] = customer[i];
    }
    unsigned char header[44] =
        "RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0\1\0\2\0\x40\x1f\0\0\0\x7d\0\0"
        "\4\0\x10\0data\xff\xff\xff";
    header[43] = 0xFF;
    catch_names(place, caught, error);
    name_in(place, "out.wav", out);
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    if (pid == 0) {
        char agent[] = "--agent", left[] = "left", dash[] = "-", erase[] = "erase";
        char *argv[] = {getenv("SOLO_TOOL"), erase, agent, left, dash, out, NULL};
        int error_fd = open(error, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        signal(stop_signal, SIG_DFL); /* a shell's background jobs ignore SIGINT */
        dup2(ends[0], 0);
        dup2(error_fd, 2);
        close(ends[0]);
        close(ends[1]);
        execv(argv[0], argv);
        _exit(99);
    }
    close(ends[0]);
    assert_int_equal(write(ends[1], header, sizeof header), sizeof header);
    size_t bytes = (size_t)call.frames * 4;
    assert_int_equal(write(ends[1], legs, bytes), bytes);
    assert_true(wait_for_file(place, 1));
    nanosleep(&(struct timespec){0, 300000000}, NULL);
    assert_int_equal(count_files(place), 1);
    assert_false(exists(out));
    assert_false(customer_in_folder(place, customer, call.frames));
    assert_int_equal(kill(pid, stop_signal), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(decode(status), -stop_signal);
    close(ends[1]);
    slurp(error, text);
    assert_string_equal(text, "solotrack: -: interrupted; nothing was kept\n");
    assert_int_equal(count_files(place), 0);
    unlink(error);
    free(legs);
    free(customer);
    free_call(&call);
}

static void test_signals(void **state) {
    stop_with(*state, SIGTERM);
    stop_with(*state, SIGINT);
    stop_with(*state, SIGHUP);
}

/* ------------------------------------------------------------------ the rest */

static void test_usage(void **state) {
    static const char *const wrong[][8] = {
        {NULL},
        {"batch", NULL},
        {"eraze", NULL},
        {"erase", NULL},
        {"erase", "in.wav", NULL},
        {"erase", "in.wav", "out.wav", "more.wav", NULL},
        {"erase", "--agent", NULL},
        {"erase", "--agent", "middle", "in.wav", "out.wav", NULL},
        {"erase", "--lookahead", "1001", "in.wav", "out.wav", NULL},
        {"erase", "--lookahead", "5s", "in.wav", "out.wav", NULL},
        {"erase", "--policy=", "in.wav", "out.wav", NULL},
        {"erase", "--frobnicate", "in.wav", "out.wav", NULL},
        {"erase", "-agent", "left", "in.wav", "out.wav", NULL},
        {"label", "--fill", "tone", "in.wav", NULL},
        {"label", NULL},
        {"enroll", "in.wav", NULL},
        {"verify", "--agent", "left", "in.wav", NULL},
        {"help", "nothing", NULL},
    };
    const struct place *place = *state;
    struct result result;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        run_with(place, &result, &plain, wrong[i]);
        assert_int_equal(result.status, 2);
        assert_non_null(strstr(result.error, "usage: solotrack"));
        assert_string_equal(result.out, "");
    }
    RUN(place, &result, &plain, "--version");
    assert_done(&result);
    assert_int_equal(strncmp(result.out, "solotrack 0.", 12), 0);
    RUN(place, &result, &plain, "--help");
    assert_done(&result);
    assert_non_null(strstr(result.out, "solotrack verify"));
    RUN(place, &result, &plain, "help", "erase");
    assert_done(&result);
    assert_non_null(strstr(result.out, "--report FILE.json"));
    RUN(place, &result, &plain, "erase", "--help");
    assert_done(&result);
    assert_non_null(strstr(result.out, "--report FILE.json"));
}

/* The customer leaks into the agent's leg at -12 dB, 40 ms late. */
static void make_leaky(const char *path, int rate, double seconds) {
    struct call call = make_call(rate, seconds);
    int late = rate / 25;
    for (int i = call.frames - 1; i >= late; i--) {
        call.agent[i] += 0.25F * call.customer[i - late];
    }
    write_call(path, &call, wav16, 2);
    free_call(&call);
}

static void test_verify(void **state) {
    const struct place *place = *state;
    char in[NAME_BYTES], out[NAME_BYTES], leaky[NAME_BYTES], other[NAME_BYTES];
    struct result result;
    struct call call = make_call(8000, 5 * call_seconds);
    write_call(name_in(place, "in.wav", in), &call, wav16, 2);
    write_call(name_in(place, "same.wav", out), &call, wav16, 1); /* the agent's leg alone */
    free_call(&call);
    make_leaky(name_in(place, "leaky.wav", leaky), 8000, 5 * call_seconds);

    RUN(place, &result, &plain, "verify", "--agent", "left", in, out);
    assert_done(&result);
    assert_non_null(strstr(result.out, "customer in output"));
    /* leaky against itself: nothing was erased, and two channels keep the customer's own leg */
    RUN(place, &result, &plain, "verify", "--agent", "left", leaky, leaky);
    assert_refused(&result, leaky, "not silent");
    /* a mono file with the leak still in it */
    float *leg;
    SF_INFO info;
    leg = read_channel(leaky, 0, &info);
    struct call kept = {8000, (int)info.frames, leg, leg};
    write_call(name_in(place, "kept.wav", other), &kept, wav16, 1);
    free(leg);
    RUN(place, &result, &plain, "verify", "--agent", "left", leaky, other);
    /* these bursts repeat, and look the same turned round: chance is as large as he is */
    assert_int_equal(result.status, 3);
    assert_non_null(strstr(result.error, "cannot be told"));
    assert_non_null(strstr(result.out, "customer in output"));

    make_file(name_in(place, "short.wav", other), 8000, wav16, 1);
    RUN(place, &result, &plain, "verify", "--agent", "left", in, other);
    assert_refused(&result, other, "not its output");
    make_file(name_in(place, "rate.wav", other), 16000, wav16, 1);
    RUN(place, &result, &plain, "verify", "--agent", "left", in, other);
    assert_refused(&result, other, "not its output");
    RUN(place, &result, &plain, "verify", in, out);
    assert_refused(&result, in, "--agent");
    RUN(place, &result, &plain, "verify", "--agent", "left", out, in);
    assert_refused(&result, out, "one channel");
}

/* erase and verify agree, from 8 to 48 kHz, on a call with a leak. */
static void test_erase_then_verify(void **state) {
    static const int rates[] = {8000, 11025, 48000};
    const struct place *place = *state;
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        char in[NAME_BYTES], out[NAME_BYTES], report[NAME_BYTES];
        struct result result;
        make_leaky(name_in(place, "in.wav", in), rates[i], 3 * call_seconds);
        RUN(place, &result, &plain, "erase", "--agent", "left", "--report",
            name_in(place, "r.json", report), in, name_in(place, "o.wav", out));
        assert_done(&result);
        size_t bytes;
        char *text = read_bytes(report, &bytes);
        assert_true(is_json(text));
        assert_non_null(strstr(text, "\"leak\": {"));
        free(text);
        RUN(place, &result, &plain, "verify", "--agent", "left", in, out);
        assert_done(&result);
    }
}

/* Ten minutes take no more memory than four seconds. Comes last: it compares with all before. */
static void test_constant_memory(void **state) {
#ifdef __SANITIZE_ADDRESS__
    (void)state;
    skip(); /* the sanitizer keeps what is freed */
#else
    enum { KILOBYTES = 8 * 1024, SECONDS = 600 };
    const struct place *place = *state;
    char in[NAME_BYTES], out[NAME_BYTES];
    struct result result;
    struct rusage before, after;
    make_file(name_in(place, "in.wav", in), 8000, wav16, 2);
    RUN(place, &result, &plain, "erase", "--agent", "left", in, name_in(place, "o.wav", out));
    assert_done(&result);
    getrusage(RUSAGE_CHILDREN, &before);
    struct call call = make_call(8000, SECONDS);
    write_call(in, &call, wav16, 2);
    free_call(&call);
    RUN(place, &result, &plain, "erase", "--agent", "left", in, out);
    assert_done(&result);
    getrusage(RUSAGE_CHILDREN, &after);
    assert_true(after.ru_maxrss - before.ru_maxrss < KILOBYTES);
#endif
}

/* ------------------------------------------------------------------ known by voice */

/* Recorded prompts of two voices (SOLO_VOICES): the agent's for an enrolment, then both by turns.
 */
#define CARLO   "asterisk-core-sounds-it-wav/it_IT_m_Carlo/"
#define MENARDI "asterisk-prompt-it-menardi-wav/it_IT_f_Menardi/"
static const char *const enrolled_prompts[] = {CARLO "vm-newuser.wav", CARLO "agent-alreadyon.wav",
                                               CARLO "vm-rec-unv.wav", CARLO "vm-review.wav"};
static const char *const agent_prompts[] = {CARLO "vm-intro.wav", CARLO "vm-tempgreeting2.wav"};
static const char *const customer_prompts[] = {MENARDI "queue-periodic-announce.wav",
                                               MENARDI "dir-instr.wav"};

static char *prompt_path(const char *name, char path[NAME_BYTES]) {
    const char *voices = getenv("SOLO_VOICES");
    if (voices == NULL) {
        fail_msg("set SOLO_VOICES to the folder that data/voices.sh filled");
    }
    snprintf(path, NAME_BYTES, "%s/%s", voices, name);
    return path;
}

/* Both parties by turns, two turns each; in separate legs. */
static struct call recorded_call(void) {
    struct call call = {8000, 60 * 8000, NULL, NULL};
    call.agent = calloc((size_t)call.frames, sizeof *call.agent);
    call.customer = calloc((size_t)call.frames, sizeof *call.customer);
    int at = 8000;
    for (int turn = 0; turn < 4; turn++) {
        SF_INFO info;
        char path[NAME_BYTES];
        bool agent = turn % 2 == 0;
        float *leg = agent ? call.agent : call.customer;
        float *prompt = read_channel(
            prompt_path((agent ? agent_prompts : customer_prompts)[turn / 2], path), 0, &info);
        assert_int_equal(info.samplerate, 8000);
        assert_true(at + info.frames < call.frames);
        memcpy(leg + at, prompt, sizeof *leg * (size_t)info.frames);
        at += (int)info.frames + 4000;
        free(prompt);
    }
    call.frames = at;
    return call;
}

static void mix(struct call *call) {
    for (int i = 0; i < call->frames; i++) {
        call->agent[i] += call->customer[i];
    }
}

/* Whoever takes the metadata off an altered recording still does not have an erased one. */
static void test_altered_is_not_erased(void **state) {
    const struct place *place = *state;
    char in[NAME_BYTES], out[NAME_BYTES], bare[NAME_BYTES];
    struct result result;
    SF_INFO info;
    struct call call = recorded_call();
    write_call(name_in(place, "in.wav", in), &call, wav16, 2);
    name_in(place, "out.wav", out);
    name_in(place, "bare.wav", bare);
    for (int altered = 0; altered < 2; altered++) {
        RUN(place, &result, &plain, "erase", "--agent", "left", "--customer",
            altered ? "alter" : "erase", in, out);
        assert_done(&result);
        struct call written = {8000, call.frames, read_channel(out, 0, &info), NULL};
        write_call(bare, &written, wav16, 1);
        free(written.agent);
        RUN(place, &result, &plain, "verify", "--agent", "left", in, bare);
        if (altered) {
            assert_refused(&result, bare, "heard"); /* by chance the one test or the other */
        } else {
            assert_done(&result);
        }
    }
    free_call(&call);
}

static char *enrol_agent(const struct place *place, char voice[NAME_BYTES]) {
    enum { PROMPTS = sizeof enrolled_prompts / sizeof *enrolled_prompts };
    char path[PROMPTS][NAME_BYTES];
    struct result result;
    for (int i = 0; i < PROMPTS; i++) {
        prompt_path(enrolled_prompts[i], path[i]);
    }
    name_in(place, "agent.voice", voice);
    RUN(place, &result, &plain, "enroll", "-o", voice, path[0], path[1], path[2], path[3]);
    assert_done(&result);
    assert_non_null(strstr(result.out, "s of speech"));
    return voice;
}

/* Share of a party's loud samples that is heard in the output, %. */
static double share_heard(const float *party, const float *out, int frames) {
    int loud = 0, heard = 0;
    for (int i = 0; i < frames; i++) {
        bool is_loud = fabsf(party[i]) > 0.02F;
        loud += is_loud;
        heard += is_loud && out[i] != 0.0F;
    }
    return 100.0 * heard / loud;
}

static void assert_agent_alone(const struct call *call, const char *path) {
    SF_INFO info;
    float *out = read_channel(path, 0, &info);
    assert_int_equal(info.frames, call->frames);
    assert_int_equal(info.channels, 1);
    double agent = share_heard(call->agent, out, call->frames);
    double customer = share_heard(call->customer, out, call->frames);
    if (agent < 75.0 || customer > 5.0) {
        fail_msg("%.1f %% of the agent and %.1f %% of the customer are heard", agent, customer);
    }
    free(out);
}

static void test_mixed(void **state) {
    const struct place *place = *state;
    char voice[NAME_BYTES], in[NAME_BYTES], out[NAME_BYTES], both[NAME_BYTES], report[NAME_BYTES];
    struct result result;
    struct stat status;
    struct call call = recorded_call(), mixture = recorded_call();
    mix(&mixture);
    write_call(name_in(place, "mixed.wav", in), &mixture, wav16, 1);
    enrol_agent(place, voice);
    assert_int_equal(stat(voice, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    name_in(place, "out.wav", out);
    name_in(place, "out.json", report);
    RUN(place, &result, &plain, "erase", "--agent", "voice", "--voice", voice, "--report", report,
        in, out);
    assert_done(&result);
    assert_agent_alone(&call, out);
    /* one channel needs no --agent; the layout of one channel is one channel */
    RUN(place, &result, &plain, "erase", "--voice", voice, "--output", "same", in, out);
    assert_done(&result);
    assert_agent_alone(&call, out);
    RUN(place, &result, &plain, "label", "--voice", voice, in);
    assert_done(&result);
    assert_non_null(strstr(result.out, "<NA> agent <NA>"));
    assert_non_null(strstr(result.out, "<NA> customer <NA>"));
    RUN(place, &result, &plain, "verify", "--voice", voice, in, out);
    assert_done(&result);
    assert_non_null(strstr(result.out, "customer speaks"));
    RUN(place, &result, &plain, "verify", "--voice", voice, in, in);
    assert_refused(&result, in, "of the time in which the customer speaks");
    RUN(place, &result, &plain, "verify", in, out);
    assert_refused(&result, in, "--voice FILE for a mixed call");
    RUN(place, &result, &plain, "erase", "--voice", voice, "--overlap", "extract", in, out);
    assert_done(&result);
    assert_agent_alone(&call, out);
    /* the mixture on both channels of a stereo file */
    memcpy(mixture.customer, mixture.agent, sizeof *mixture.agent * (size_t)mixture.frames);
    write_call(name_in(place, "both.wav", both), &mixture, wav16, 2);
    RUN(place, &result, &plain, "erase", "--agent", "voice", "--voice", voice, both, out);
    assert_done(&result);
    assert_agent_alone(&call, out);
    /* through a pipe it is heard once */
    struct start pipe = {in, NULL, 0, false, false};
    pipe.out = name_in(place, "piped.wav", both);
    RUN(place, &result, &pipe, "erase", "--voice", voice, "-", "-");
    assert_done(&result);
    free_call(&call);
    free_call(&mixture);
}

static void test_voice_files(void **state) {
    const struct place *place = *state;
    char voice[NAME_BYTES], in[NAME_BYTES], out[NAME_BYTES], path[2][NAME_BYTES];
    struct result result;
    size_t bytes;
    struct call call = recorded_call();
    write_call(name_in(place, "stereo.wav", in), &call, wav16, 2);
    /* from a stereo recording, and of a rate that is resampled */
    RUN(place, &result, &plain, "enroll", "--agent", "left", "-o", name_in(place, "a.voice", voice),
        in, prompt_path(enrolled_prompts[0], path[0]));
    assert_done(&result);
    call.rate = 11025;
    write_call(name_in(place, "odd.wav", in), &call, wav16, 2);
    RUN(place, &result, &plain, "enroll", "--agent=left", "-o", voice, in);
    assert_done(&result);
    RUN(place, &result, &plain, "enroll", "-o", voice, prompt_path(customer_prompts[0], path[0]),
        prompt_path(agent_prompts[0], path[1]));
    assert_refused(&result, voice, "more than one voice");
    free_call(&call);
    enrol_agent(place, voice);
    char *data = read_bytes(voice, &bytes);
    make_file(name_in(place, "mono.wav", in), 8000, wav16, 1);
    name_in(place, "out.wav", out);
    data[60] = (char)(data[60] ^ 1);
    write_bytes(voice, data, bytes);
    RUN(place, &result, &plain, "erase", "--voice", voice, in, out);
    assert_refused(&result, voice, "enrol anew");
    data[60] = (char)(data[60] ^ 1);
    write_bytes(voice, data, bytes - 1);
    RUN(place, &result, &plain, "label", "--voice", voice, in);
    assert_refused(&result, voice, "enrol anew");
    data[16] =
        data[16] == '0' ? '1' : '0'; /* another speaker network's; then the checksum is wrong too */
    write_bytes(voice, data, bytes);
    RUN(place, &result, &plain, "label", "--voice", voice, in);
    assert_refused(&result, voice, NULL);
    free(data);
}

/* Seconds of speech that `enroll` says it heard. */
static double seconds_enrolled(const struct place *place, const char *in, bool stereo) {
    char voice[NAME_BYTES];
    struct result result;
    RUN(place, &result, &plain, "enroll", "-o", name_in(place, "heard.voice", voice),
        stereo ? "--agent=left" : "--", in);
    assert_done(&result);
    const char *said = strstr(result.out, ".voice: ");
    assert_non_null(said);
    return strtod(said + strlen(".voice: "), NULL);
}

/* A recording that ends in the middle of a word is heard to its end, whatever the channels. */
static void test_enroll_hears_the_end(void **state) {
    const struct place *place = *state;
    char mono[NAME_BYTES], stereo[NAME_BYTES];
    struct call call = recorded_call();
    int end = call.frames;
    while (end > 0 && fabsf(call.agent[end - 1]) < 0.05F) {
        end--;
    }
    memset(call.customer, 0, sizeof *call.customer * (size_t)call.frames);
    call.frames = end;
    write_call(name_in(place, "mono.wav", mono), &call, wav16, 1);
    write_call(name_in(place, "stereo.wav", stereo), &call, wav16, 2);
    double alone = seconds_enrolled(place, mono, false),
           beside = seconds_enrolled(place, stereo, true);
    if (fabs(alone - beside) > 0.2) {
        fail_msg("%.1f s of speech in one channel, %.1f in two", alone, beside);
    }
    free_call(&call);
}

#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, make_place, remove_place)

/* test-tool [PATTERN]: the tests whose names fit it, or all. */
int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sha256_vectors),
        cmocka_unit_test(test_json_checker_can_fail),
        cmocka_unit_test(test_json_string_any_bytes),
        IN_PLACE(test_formats),
        IN_PLACE(test_g711_codes),
        IN_PLACE(test_sides_and_layout),
        IN_PLACE(test_shortest),
        IN_PLACE(test_first_samples),
        IN_PLACE(test_report),
        IN_PLACE(test_report_segments),
        IN_PLACE(test_consent_by_key),
        IN_PLACE(test_consent_given),
        IN_PLACE(test_consent_usage),
        IN_PLACE(test_altered),
        IN_PLACE(test_altered_usage),
        IN_PLACE(test_altered_is_not_erased),
        IN_PLACE(test_metrics),
        IN_PLACE(test_labels),
        IN_PLACE(test_pipes),
        IN_PLACE(test_redirected_files),
        IN_PLACE(test_streamed_headers),
        IN_PLACE(test_stream_ends),
        IN_PLACE(test_reader_goes_away),
        IN_PLACE(test_no_recording),
        IN_PLACE(test_wrong_layout),
        IN_PLACE(test_same_channels),
        IN_PLACE(test_agent_not_named),
        IN_PLACE(test_truncated),
        IN_PLACE(test_input_changes),
        IN_PLACE(test_last_page_missing),
        IN_PLACE(test_damaged_inside),
        IN_PLACE(test_wrong_output),
        IN_PLACE(test_same_file),
        IN_PLACE(test_report_unwritable),
        IN_PLACE(test_unwritable_folder),
        IN_PLACE(test_disk_full),
        IN_PLACE(test_signals),
        IN_PLACE(test_usage),
        IN_PLACE(test_verify),
        IN_PLACE(test_erase_then_verify),
        IN_PLACE(test_constant_memory),
        IN_PLACE(test_mixed),
        IN_PLACE(test_voice_files),
        IN_PLACE(test_enroll_hears_the_end),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests_name("tool", tests, NULL, NULL);
}
