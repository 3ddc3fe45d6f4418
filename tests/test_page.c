/* `solotrack report`: what a reader of the page relies on. A call of recorded voices, erased by the
 * tool; the page is read as text. */
#define _POSIX_C_SOURCE 200809L
#include "archive.h"
#include "rendered.h"

#include "page_audio.h"
#include "page_html.h"

#include <math.h>
#include <poll.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_STRETCHES = 1000 };

/* ------------------------------------------------------------------ calls and pages */

static char *read_page(const struct archive *archive, const char *name) {
    char path[PATH_BYTES];
    struct stat status;
    FILE *file = fopen(path_in(archive, name, path), "rb");
    assert_non_null(file);
    assert_int_equal(fstat(fileno(file), &status), 0);
    char *page = malloc((size_t)status.st_size + 1);
    assert_non_null(page);
    page[fread(page, 1, (size_t)status.st_size, file)] = '\0';
    fclose(file);
    assert_int_equal(strlen(page), status.st_size);
    return page;
}

/* A stereo call, erased, and its page. */
static char *make_page(const struct archive *archive) {
    struct result result;
    render_in(archive, "it-softphone");
    RUN(archive, &result, "erase", "--agent", "right", "legs.wav", "out.wav");
    assert_status(&result, 0);
    RUN(archive, &result, "report", "--agent", "right", "--metrics", "agent", "-o", "page.html",
        "legs.wav", "out.wav");
    assert_status(&result, 0);
    assert_string_equal(result.error, "");
    return read_page(archive, "page.html");
}

/* ------------------------------------------------------------------ lanes */

struct stretches {
    double from[MOST_STRETCHES], to[MOST_STRETCHES];
    int count;
};

static void lane_of(const char *page, const char *name, struct stretches *lane) {
    char start[64];
    int length = snprintf(start, sizeof start, "<title>%s ", name);
    lane->count = 0;
    for (const char *at = page; (at = strstr(at, start)) != NULL; at += length) {
        assert_true(lane->count < MOST_STRETCHES);
        int i = lane->count++;
        assert_int_equal(sscanf(at + length, "%lf s to %lf s<", &lane->from[i], &lane->to[i]), 2);
    }
}

static void rttm_of(const char *text, const char *name, struct stretches *lane) {
    char who[16];
    double from, seconds;
    lane->count = 0;
    for (const char *at = text; at != NULL && *at != '\0';) {
        assert_int_equal(sscanf(at, "SPEAKER %*s 1 %lf %lf <NA> <NA> %15s", &from, &seconds, who),
                         3);
        if (strcmp(who, name) == 0) {
            assert_true(lane->count < MOST_STRETCHES);
            lane->from[lane->count] = from;
            lane->to[lane->count++] = from + seconds;
        }
        at = strchr(at, '\n');
        at = at != NULL ? at + 1 : NULL;
    }
}

static void assert_alike(const struct stretches *a, const struct stretches *b) {
    assert_int_equal(a->count, b->count);
    assert_true(a->count > 3);
    for (int i = 0; i < a->count; i++) {
        assert_true(fabs(a->from[i] - b->from[i]) < 0.002);
        assert_true(fabs(a->to[i] - b->to[i]) < 0.002);
    }
}

static double common(const struct stretches *a, const struct stretches *b) {
    double sum = 0.0;
    for (int i = 0; i < a->count; i++) {
        for (int j = 0; j < b->count; j++) {
            double from = fmax(a->from[i], b->from[j]), to = fmin(a->to[i], b->to[j]);
            sum += fmax(to - from, 0.0);
        }
    }
    return sum;
}

static short *samples_of(const struct archive *archive, const char *name, long *frames) {
    char path[PATH_BYTES];
    SF_INFO info = {0};
    SNDFILE *file = sf_open(path_in(archive, name, path), SFM_READ, &info);
    assert_non_null(file);
    assert_int_equal(info.channels, 1);
    short *samples = malloc((size_t)info.frames * sizeof *samples);
    assert_non_null(samples);
    *frames = (long)sf_readf_short(file, samples, info.frames);
    assert_int_equal(*frames, info.frames);
    sf_close(file);
    return samples;
}

/* The lanes are the labels, and where the page says erased the output is silent. */
static void test_lanes(void **state) {
    const struct archive *archive = *state;
    static struct stretches agent, customer, overlap, erased, labels;
    struct result result;
    char *page = make_page(archive);
    RUN(archive, &result, "label", "--agent", "right", "legs.wav");
    assert_status(&result, 0);
    lane_of(page, "agent", &agent);
    rttm_of(result.out, "agent", &labels);
    assert_alike(&agent, &labels);
    lane_of(page, "customer", &customer);
    rttm_of(result.out, "customer", &labels);
    assert_alike(&customer, &labels);
    lane_of(page, "overlap", &overlap);
    assert_true(overlap.count > 0);
    double both = common(&agent, &customer);
    assert_true(fabs(common(&overlap, &overlap) - both) < 0.002 * (overlap.count + 1));

    long frames;
    short *out = samples_of(archive, "out.wav", &frames);
    lane_of(page, "erased", &erased);
    assert_true(erased.count > 3);
    for (int i = 0; i < erased.count; i++) {
        for (long k = lround(erased.from[i] * 8000.0); k < lround(erased.to[i] * 8000.0); k++) {
            assert_int_equal(out[k], 0);
        }
    }
    free(out);
    free(page);
}

/* ------------------------------------------------------------------ figures and hashes */

/* Every line that verify prints is a row, with the same words. */
static void assert_figures(const char *page, const char *figures) {
    char what[64], value[128], row[256];
    int rows = 0;
    for (const char *line = figures; *line != '\0'; line = strchr(line, '\n') + 1, rows++) {
        assert_int_equal(sscanf(line, "  %28[^\n]%127[^\n]", what, value), 2);
        for (size_t end = strlen(what); end > 0 && what[end - 1] == ' '; end--) {
            what[end - 1] = '\0';
        }
        const char *word = what + strspn(what, " ");
        snprintf(row, sizeof row, "%s</th><td class=\"num\">%s</td>", word,
                 value + strspn(value, " "));
        assert_says(page, row);
    }
    assert_true(rows >= 5);
}

static void sha256sum(const struct archive *archive, const char *name, char hex[65]) {
    char command[2 * PATH_BYTES];
    snprintf(command, sizeof command, "sha256sum '%s/%s'", archive->folder, name);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    assert_int_equal(fread(hex, 1, 64, pipe), 64);
    hex[64] = '\0';
    pclose(pipe);
}

static void test_figures(void **state) {
    const struct archive *archive = *state;
    struct result result;
    char hex[65];
    char *page = make_page(archive);
    RUN(archive, &result, "verify", "--agent", "right", "legs.wav", "out.wav");
    assert_status(&result, 0);
    assert_figures(page, result.out);
    sha256sum(archive, "legs.wav", hex);
    assert_says(page, hex);
    sha256sum(archive, "out.wav", hex);
    assert_says(page, hex);
    assert_says(page, "<tr><th scope=\"row\">policy</th><td class=\"num\">privacy</td></tr>");
    assert_says(page, "none, no voice given");
    assert_says(page, " syllables a second</td>");
    free(page);
}

/* A mixed call: the model is the one that the sidecar names. */
static void test_mixed(void **state) {
    const struct archive *archive = *state;
    struct result result;
    char text[OUTPUT_BYTES], model[PATH_BYTES];
    render_in(archive, "mixed-it");
    RUN(archive, &result, "enroll", "-o", "a.voice", "enrol.wav");
    assert_status(&result, 0);
    RUN(archive, &result, "erase", "--voice", "a.voice", "--sidecar", "mixed.wav", "out.flac");
    assert_status(&result, 0);
    RUN(archive, &result, "report", "--voice", "a.voice", "--policy", "privacy", "-o", "page.html",
        "mixed.wav", "out.flac");
    assert_status(&result, 0);
    char *page = read_page(archive, "page.html");
    read_text(archive, "out.flac.solotrack.json", text);
    json_field(text, "model", model);
    assert_int_equal(strlen(model), 16);
    assert_says(page, model);
    RUN(archive, &result, "verify", "--voice", "a.voice", "mixed.wav", "out.flac");
    assert_status(&result, 0);
    assert_figures(page, result.out);
    free(page);
}

/* ------------------------------------------------------------------ what is embedded */

/* The bytes of the data URI that `start` begins at or after `at`; NULL when there is none. */
static unsigned char *embedded(const char **at, const char *start, size_t *bytes) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *from = strstr(*at, start);
    if (from == NULL) {
        return NULL;
    }
    from += strlen(start);
    size_t length = strcspn(from, "\"");
    unsigned char *data = malloc(length + 1);
    assert_non_null(data);
    unsigned bits = 0;
    *bytes = 0;
    for (size_t i = 0; i < length && from[i] != '='; i++) {
        const char *digit = strchr(digits, from[i]);
        assert_non_null(digit);
        bits = bits << 6 | (unsigned)(digit - digits);
        if (i % 4 > 0) {
            data[(*bytes)++] = (unsigned char)(bits >> (6 - 2 * (i % 4)));
        }
    }
    *at = from + length;
    return data;
}

/* One sound, the output's; the pictures hold too little for another. */
static void test_embedded(void **state) {
    const struct archive *archive = *state;
    char path[PATH_BYTES];
    char *page = make_page(archive);
    const char *at = page;
    size_t bytes;
    unsigned char *sound = embedded(&at, "data:audio/flac;base64,", &bytes);
    assert_non_null(sound);
    FILE *file = fopen(path_in(archive, "heard.flac", path), "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(sound, 1, bytes, file), bytes);
    assert_int_equal(fclose(file), 0);
    free(sound);
    assert_null(embedded(&at, "data:audio", &bytes));

    long frames, wanted;
    short *heard = samples_of(archive, "heard.flac", &frames);
    short *out = samples_of(archive, "out.wav", &wanted);
    assert_int_equal(frames, wanted);
    assert_memory_equal(heard, out, (size_t)frames * sizeof *out);
    free(heard);
    free(out);

    int pictures = 0;
    unsigned char *picture;
    at = page;
    while ((picture = embedded(&at, "data:image/png;base64,", &bytes)) != NULL) {
        int columns = picture[18] << 8 | picture[19], bands = picture[22] << 8 | picture[23];
        assert_memory_equal(picture + 12, "IHDR", 4);
        assert_true(columns <= (int)((double)frames / 8000.0 / 0.4));
        assert_true(bands <= 20);
        free(picture);
        pictures++;
    }
    assert_int_equal(pictures, 4); /* three tracks and the legend */
    free(page);
}

/* Nothing in the page asks for anything outside it. */
static void test_no_network(void **state) {
    static const char *const never[] = {"http:", "https:",  "<script", "<link",   "<iframe",
                                        "url(",  "@import", "srcset",  "<object", "<embed"};
    static const char *const fetches[] = {" src=\"", " href=\""};
    const struct archive *archive = *state;
    char *page = make_page(archive);
    for (size_t i = 0; i < sizeof never / sizeof *never; i++) {
        assert_null(strstr(page, never[i]));
    }
    for (size_t i = 0; i < 2; i++) {
        int found = 0;
        for (const char *at = page; (at = strstr(at, fetches[i])) != NULL; found++) {
            at += strlen(fetches[i]);
            assert_memory_equal(at, "data:", 5);
        }
        assert_true(found > 0);
    }
    assert_says(page, "default-src 'none'");
    assert_says(page, "prefers-color-scheme:dark");
    assert_says(page, "@media print");
    free(page);
}

static void test_names(void **state) {
    const struct archive *archive = *state;
    const char *original = "<b>a&\"c'\xFF.wav", *output = "<script>x\n.wav";
    char from[PATH_BYTES], to[PATH_BYTES];
    struct result result;
    render_in(archive, "it-softphone");
    assert_int_equal(rename(path_in(archive, "legs.wav", from), path_in(archive, original, to)), 0);
    RUN(archive, &result, "erase", "--agent", "right", original, output);
    assert_status(&result, 0);
    RUN(archive, &result, "report", "--agent", "right", "-o", "page.html", original, output);
    assert_status(&result, 0);
    char *page = read_page(archive, "page.html");
    assert_says(page, "&lt;b&gt;a&amp;&quot;c&#39;\xEF\xBF\xBD.wav");
    assert_says(page, "&lt;script&gt;x\xEF\xBF\xBD.wav");
    assert_null(strstr(page, "<script"));
    assert_null(strstr(page, "<b>"));
    free(page);
}

/* ------------------------------------------------------------------ refusals */

static void assert_refused(const struct archive *archive, const struct result *result,
                           const char *reason, int files) {
    assert_status(result, 1);
    assert_says(result->error, reason);
    assert_ptr_equal(strchr(result->error, '\n'), result->error + strlen(result->error) - 1);
    assert_int_equal(count_files(archive, ".", ""), files);
}

/* Files that do not belong together make no page, and one that is there stays. */
static void test_refused(void **state) {
    const struct archive *archive = *state;
    char text[OUTPUT_BYTES];
    struct result result;
    free(make_page(archive));
    write_call(archive, "short.wav", 2.0, 1);
    write_text(archive, "note.txt", "no recording, but longer than any header");
    write_text(archive, "page.html", "before");
    int files = count_files(archive, ".", "");
#define REPORT(...) RUN(archive, &result, "report", "-o", "page.html", __VA_ARGS__)
    REPORT("--agent", "right", "legs.wav", "short.wav");
    assert_refused(archive, &result, "not its output", files);
    REPORT("--agent", "right", "legs.wav", "note.txt");
    assert_refused(archive, &result, "note.txt: not a recording", files);
    REPORT("--agent", "right", "none.wav", "out.wav");
    assert_refused(archive, &result, "none.wav: cannot be opened", files);
    REPORT("legs.wav", "out.wav");
    assert_refused(archive, &result, "no agent named", files);
    REPORT("--agent", "right", "-", "out.wav");
    assert_refused(archive, &result, "name files", files);
    RUN(archive, &result, "report", "--agent", "right", "-o", "out.wav", "legs.wav", "out.wav");
    assert_refused(archive, &result, "is the same file as", files);
    RUN(archive, &result, "report", "--agent", "right", "-o", "nowhere/p.html", "legs.wav",
        "out.wav");
    assert_refused(archive, &result, "cannot be written", files);
    read_text(archive, "page.html", text);
    assert_string_equal(text, "before");
    RUN(archive, &result, "report", "--agent", "right", "legs.wav", "out.wav");
    assert_status(&result, 2);
    assert_says(result.error, "usage: solotrack report");
}

/* An output in which the customer is left: the page says so, has the figures, and does not carry
 * it. */
static void test_not_passed(void **state) {
    const struct archive *archive = *state;
    struct result result;
    write_hopeless_call(archive, "loud.wav");
    RUN(archive, &result, "report", "--agent", "left", "-o", "page.html", "loud.wav", "loud.wav");
    assert_refused(archive, &result, "channel is not silent", 2);
    char *page = read_page(archive, "page.html");
    RUN(archive, &result, "verify", "--agent", "left", "loud.wav", "loud.wav");
    assert_status(&result, 1);
    assert_figures(page, result.out);
    assert_says(page, "does not pass");
    assert_null(strstr(page, "The erased recording passes"));
    assert_null(strstr(page, "<audio"));
    assert_null(strstr(page, "data:audio"));
    free(page);
}

/* The left channel alone. */
static void write_customer(const struct archive *archive, const char *name, const char *to) {
    char path[PATH_BYTES];
    SF_INFO info = {0};
    SNDFILE *file = sf_open(path_in(archive, name, path), SFM_READ, &info);
    assert_non_null(file);
    sf_count_t frames = info.frames;
    short *samples = malloc((size_t)frames * 2 * sizeof *samples);
    assert_non_null(samples);
    assert_int_equal(sf_readf_short(file, samples, frames), frames);
    sf_close(file);
    for (sf_count_t i = 0; i < frames; i++) {
        samples[i] = samples[2 * i];
    }
    info.channels = 1;
    file = sf_open(path_in(archive, to, path), SFM_WRITE, &info);
    assert_non_null(file);
    assert_int_equal(sf_writef_short(file, samples, frames), frames);
    assert_int_equal(sf_close(file), 0);
    free(samples);
}

/* Until a temporary file is made in the folder. */
static void await_temporary(int watch) {
    char bytes[4096] __attribute__((aligned(8)));
    struct pollfd ready = {watch, POLLIN, 0};
    for (bool seen = false; !seen;) {
        assert_int_equal(poll(&ready, 1, 60000), 1);
        ssize_t got = read(watch, bytes, sizeof bytes);
        assert_true(got > 0);
        for (ssize_t at = 0; at < got;) {
            const struct inotify_event *event = (const void *)(bytes + at);
            seen = seen || strncmp(event->name, ".solotrack-", 11) == 0;
            at += (ssize_t)(sizeof *event + event->len);
        }
    }
}

/* An output that is replaced once it is open: what is judged is what the page would carry. */
static void test_replaced(void **state) {
    const struct archive *archive = *state;
    char from[PATH_BYTES], to[PATH_BYTES];
    struct result result;
    free(make_page(archive));
    assert_int_equal(unlink(path_in(archive, "page.html", from)), 0);
    assert_int_equal(rename(path_in(archive, "out.wav", from), path_in(archive, "next.wav", to)),
                     0);
    write_customer(archive, "legs.wav", "out.wav");
    int watch = inotify_init1(IN_CLOEXEC);
    assert_true(watch >= 0);
    assert_true(inotify_add_watch(watch, archive->folder, IN_CREATE) >= 0);
    pid_t pid =
        START(archive, "report", "--agent", "right", "-o", "page.html", "legs.wav", "out.wav");
    await_temporary(watch);
    assert_int_equal(rename(path_in(archive, "next.wav", from), path_in(archive, "out.wav", to)),
                     0);
    wait_for(archive, pid, &result);
    close(watch);
    assert_status(&result, 1);
    if (is_there(archive, "page.html")) {
        char *page = read_page(archive, "page.html");
        assert_null(strstr(page, "data:audio"));
        free(page);
    }
}

/* A disk that fills up at any point: no page, and nothing else is left. */
static void test_full_disk(void **state) {
    const struct archive *archive = *state;
    char command[3 * PATH_BYTES], path[PATH_BYTES];
    free(make_page(archive));
    assert_int_equal(unlink(path_in(archive, "page.html", path)), 0);
    int files = count_files(archive, ".", "");
    for (int blocks = 1; blocks <= 64; blocks *= 64) {
        snprintf(command, sizeof command,
                 "cd '%s' && ulimit -f %d && exec '%s' report --agent right -o page.html legs.wav "
                 "out.wav 2>/dev/null",
                 archive->folder, blocks, getenv("SOLO_TOOL"));
        int status = system(command);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 1);
        assert_int_equal(count_files(archive, ".", ""), files);
    }
}

/* What is too long for the page is named instead, and takes no more memory. */
static void test_too_long(void **state) {
    (void)state;
    struct page_audio audio;
    static struct samples noise;
    uint32_t seed = 1;
    long seconds = 0;
    assert_true(page_audio_begin(&audio, 48000));
    while (!audio.full) {
        noise.wide = false;
        for (int i = 0; i < 2 * BLOCK_FRAMES; i++) {
            seed = seed * 1664525U + 1013904223U;
            noise.at.s16[i] = (int16_t)(seed >> 16);
        }
        page_audio_add(&audio, &noise, 2 * BLOCK_FRAMES);
        assert_true(++seconds < 5000);
    }
    page_audio_end(&audio);
    assert_true(audio.room <= AUDIO_MOST_BYTES);
    char *text = NULL;
    size_t bytes = 0;
    FILE *stream = open_memstream(&text, &bytes);
    assert_non_null(stream);
    html_player(stream, &audio, "a&b.wav");
    fclose(stream);
    assert_says(text, "too long to be carried in this page");
    assert_says(text, "a&amp;b.wav");
    assert_null(strstr(text, "<audio"));
    free(text);
    page_audio_free(&audio);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, archive_make, archive_remove)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(test_lanes),      TEST(test_figures),
        TEST(test_mixed),      TEST(test_embedded),
        TEST(test_no_network), TEST(test_names),
        TEST(test_refused),    TEST(test_not_passed),
        TEST(test_full_disk),  cmocka_unit_test(test_too_long),
        TEST(test_replaced),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests_name("page", tests, NULL, NULL);
}
