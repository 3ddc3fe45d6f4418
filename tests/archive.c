#define _GNU_SOURCE /* wait4(), environ */
#include "archive.h"

#include <fcntl.h>
#include <ftw.h>
#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ARGS = 32, DEADLINE_SECONDS = 240, NOBODY = 65534 };

int archive_make(void **state) {
    const char *base = getenv("SOLO_TMP");
    struct archive *archive = calloc(1, sizeof *archive);
    assert_non_null(archive);
    alarm(DEADLINE_SECONDS); /* a tool that hangs fails */
    snprintf(archive->folder, sizeof archive->folder, "%s/archive-XXXXXX",
             base != NULL ? base : "/tmp");
    if (mkdtemp(archive->folder) == NULL) {
        free(archive);
        return -1;
    }
    *state = archive;
    return 0;
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *at) {
    (void)status;
    (void)kind;
    (void)at;
    return remove(path);
}

int archive_remove(void **state) {
    struct archive *archive = *state;
    nftw(archive->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(archive);
    return 0;
}

char *path_in(const struct archive *archive, const char *name, char path[PATH_BYTES]) {
    snprintf(path, PATH_BYTES, "%s/%s", archive->folder, name);
    return path;
}

/* ------------------------------------------------------------------ running the tool */

static void become(const struct archive *archive, bool as_nobody, char **argv) {
    int in = open("/dev/null", O_RDONLY);
    int out = -1, error = -1, program = open(argv[0], O_RDONLY | O_CLOEXEC);
    if (chdir(archive->folder) == 0) {
        out = open("said.out", O_WRONLY | O_CREAT | O_TRUNC, 0600);
        error = open("said.err", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    }
    if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(error, 2) < 0) {
        _exit(97);
    }
    if (as_nobody && geteuid() == 0 && (setgid(NOBODY) != 0 || setuid(NOBODY) != 0)) {
        _exit(98);
    }
    fexecve(program, argv, environ); /* nobody may not reach its path */
    _exit(99);
}

pid_t start_in(const struct archive *archive, bool as_nobody, const char *const *args) {
    char *argv[ARGS] = {getenv("SOLO_TOOL")};
    assert_non_null(argv[0]);
    for (int i = 0; args[i] != NULL; i++) {
        assert_true(i + 2 < ARGS);
        argv[i + 1] = (char *)(uintptr_t)args[i];
    }
    pid_t pid = fork();
    if (pid == 0) {
        become(archive, as_nobody, argv);
    }
    assert_true(pid > 0);
    return pid;
}

/* A process that was killed early has not even begun to say anything. */
static void take_said(const struct archive *archive, const char *name, char text[OUTPUT_BYTES]) {
    char path[PATH_BYTES];
    text[0] = '\0';
    if (is_there(archive, name)) {
        read_text(archive, name, text);
        unlink(path_in(archive, name, path));
    }
}

void wait_for(const struct archive *archive, pid_t pid, struct result *result) {
    struct rusage usage;
    int status = 0;
    assert_int_equal(wait4(pid, &status, 0, &usage), pid);
    result->peak_kb = usage.ru_maxrss;
    result->status = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    take_said(archive, "said.out", result->out);
    take_said(archive, "said.err", result->error);
}

void run_in(const struct archive *archive, struct result *result, bool as_nobody,
            const char *const *args) {
    wait_for(archive, start_in(archive, as_nobody, args), result);
}

void assert_status(const struct result *result, int status) {
    if (result->status != status) {
        fail_msg("status %d, wanted %d; it said: %s%s", result->status, status, result->out,
                 result->error);
    }
}

void assert_says(const char *text, const char *part) {
    if (strstr(text, part) == NULL) {
        fail_msg("'%s' is not in: %s", part, text);
    }
}

/* ------------------------------------------------------------------ files */

void make_folders(const struct archive *archive, const char *name) {
    char path[PATH_BYTES];
    path_in(archive, name, path);
    for (char *slash = path + strlen(archive->folder) + 1; (slash = strchr(slash, '/')) != NULL;) {
        *slash = '\0';
        mkdir(path, 0777);
        *slash++ = '/';
    }
    mkdir(path, 0777);
}

static void make_parents(const struct archive *archive, const char *name) {
    char folder[PATH_BYTES];
    snprintf(folder, sizeof folder, "%s", name);
    char *slash = strrchr(folder, '/');
    if (slash != NULL) {
        *slash = '\0';
        make_folders(archive, folder);
    }
}

/* A buzz of ten harmonics whose pitch and loudness wander as those of syllables do. */
static void speak(float *leg, double from, double to, double pitch, unsigned seed) {
    const double pi = 3.14159265358979323846;
    double phase = 0.1 * seed;
    for (int i = (int)(from * CALL_RATE); i < (int)(to * CALL_RATE); i++) {
        double t = (double)i / CALL_RATE - from, sum = 0.0;
        double loud = 0.1 + 0.9 * pow(sin(pi * t / (0.16 + 0.01 * (seed % 5))), 2.0);
        phase += pitch * (1.0 + 0.12 * sin(2.0 * pi * 1.3 * t + seed)) / CALL_RATE;
        for (int k = 1; k <= 10; k++) {
            sum += sin(2.0 * pi * k * phase) / (1.0 + fabs(k - 3.0 - 2.0 * sin(9.0 * t)));
        }
        leg[2 * i] += (float)(0.12 * loud * sum);
    }
}

static int format_of(const char *name) {
    const char *dot = strrchr(name, '.');
    if (dot != NULL && strcmp(dot, ".flac") == 0) {
        return SF_FORMAT_FLAC | SF_FORMAT_PCM_16;
    }
    if (dot != NULL && strcmp(dot, ".au") == 0) {
        return SF_FORMAT_AU | SF_FORMAT_PCM_16;
    }
    return SF_FORMAT_WAV | SF_FORMAT_PCM_16;
}

static void write_frames(const struct archive *archive, const char *name, const float *legs,
                         int frames) {
    char path[PATH_BYTES];
    SF_INFO info = {.samplerate = CALL_RATE, .channels = 2, .format = format_of(name)};
    make_parents(archive, name);
    SNDFILE *file = sf_open(path_in(archive, name, path), SFM_WRITE, &info);
    assert_non_null(file);
    assert_int_equal(sf_writef_float(file, legs, frames), frames);
    assert_int_equal(sf_close(file), 0);
}

static float *speak_call(double seconds, unsigned seed) {
    float *legs = calloc((size_t)(seconds * CALL_RATE + 1) * 2, sizeof *legs);
    assert_non_null(legs);
    for (double at = 0.0; at + 2.0 <= seconds + 1e-9; at += 2.0) {
        speak(legs, at + 0.2, at + 0.9, 118.0, seed);
        speak(legs + 1, at + 1.2, at + 1.8, 205.0, seed + 1);
    }
    return legs;
}

void write_call(const struct archive *archive, const char *name, double seconds, unsigned seed) {
    float *legs = speak_call(seconds, seed);
    write_frames(archive, name, legs, (int)(seconds * CALL_RATE));
    free(legs);
}

void write_calls(const struct archive *archive, const char *folder, int count) {
    char name[PATH_BYTES];
    for (int i = 0; i < count; i++) {
        snprintf(name, sizeof name, "%s/%d/call-%d.wav", folder, i % 3, i);
        write_call(archive, name, 2.0, (unsigned)i);
    }
}

void write_hopeless_call(const struct archive *archive, const char *name) {
    enum { SECONDS = 8, FRAMES = SECONDS * CALL_RATE, LATE = 200 };
    float *legs = calloc((size_t)2 * FRAMES, sizeof *legs);
    assert_non_null(legs);
    speak(legs, 0.1, 7.9, 118.0, 1);
    speak(legs + 1, 0.1, 7.9, 205.0, 2);
    for (int i = LATE; i < FRAMES; i++) {
        float leak = 4.0F * legs[2 * (i - LATE) + 1];
        legs[2 * i] = 0.3F * legs[2 * i] + fminf(fmaxf(leak, -0.2F), 0.2F);
    }
    write_frames(archive, name, legs, FRAMES);
    free(legs);
}

void write_text(const struct archive *archive, const char *name, const char *text) {
    char path[PATH_BYTES];
    make_parents(archive, name);
    FILE *file = fopen(path_in(archive, name, path), "wb");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

void write_claim(const struct archive *archive, const char *folder, const char *path) {
    enum { KEY_DIGITS = 32 };
    char hex[SHA256_HEX_BYTES], name[PATH_BYTES];
    struct sha256 hash;
    sha256_init(&hash);
    sha256_add(&hash, path, strlen(path));
    sha256_finish(&hash, hex);
    snprintf(name, sizeof name, "%s/.solotrack/claim-%.*s", folder, KEY_DIGITS, hex);
    write_text(archive, name, "");
}

void read_text(const struct archive *archive, const char *name, char text[OUTPUT_BYTES]) {
    char path[PATH_BYTES];
    FILE *file = fopen(path_in(archive, name, path), "rb");
    assert_non_null(file);
    text[fread(text, 1, OUTPUT_BYTES - 1, file)] = '\0';
    fclose(file);
}

bool is_there(const struct archive *archive, const char *name) {
    char path[PATH_BYTES];
    struct stat status;
    return lstat(path_in(archive, name, path), &status) == 0;
}

void hash_of(const struct archive *archive, const char *name, char hex[SHA256_HEX_BYTES]) {
    char path[PATH_BYTES];
    int fd = open(path_in(archive, name, path), O_RDONLY);
    assert_true(fd >= 0);
    assert_int_equal(sha256_of_fd(fd, hex), 0);
    close(fd);
}

static int count_below(const char *folder, const char *ending) {
    char command[2 * PATH_BYTES], line[64] = "";
    snprintf(command, sizeof command,
             "find '%s' -name .solotrack -prune -o -type f -name '*%s' -print | wc -l", folder,
             ending);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    assert_non_null(fgets(line, sizeof line, pipe));
    pclose(pipe);
    return atoi(line);
}

int count_files(const struct archive *archive, const char *folder, const char *ending) {
    char path[PATH_BYTES];
    return count_below(path_in(archive, folder, path), ending);
}

void json_field(const char *text, const char *key, char value[PATH_BYTES]) {
    char quoted[64];
    snprintf(quoted, sizeof quoted, "\"%s\": \"", key);
    const char *at = strstr(text, quoted);
    at = at != NULL ? at + strlen(quoted) : "";
    snprintf(value, PATH_BYTES, "%.*s", (int)strcspn(at, "\""), at);
}

long frames_of(const struct archive *archive, const char *name) {
    char path[PATH_BYTES];
    float block[2 * CALL_RATE];
    SF_INFO info = {0};
    long frames = 0;
    SNDFILE *file = sf_open(path_in(archive, name, path), SFM_READ, &info);
    if (file == NULL) {
        fail_msg("%s: %s", name, sf_strerror(NULL));
    }
    for (sf_count_t got; (got = sf_readf_float(file, block, CALL_RATE)) > 0;) {
        frames += (long)got;
    }
    assert_int_equal(frames, info.frames);
    sf_close(file);
    return frames;
}
