/* The tool stopped in the middle of a call. */
#include "calls.h"
#include "groups.h"
#include "run.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

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

/* A report that is not finished is not left behind either. The signal waits for the program, so
 * that it comes before the end. */
static void test_verify_is_stopped(void **state) {
    const struct place *place = *state;
    char in[NAME_BYTES], out[NAME_BYTES], report[NAME_BYTES];
    struct result result;
    int status;
    make_file(name_in(place, "in.wav", in), 8000, wav16, 2);
    RUN(place, &result, &plain, "erase", "--agent", "left", in, name_in(place, "out.wav", out));
    assert_done(&result);
    int files = count_files(place);
    name_in(place, "report.json", report);
    pid_t pid = fork();
    if (pid == 0) {
        char verify[] = "verify", agent[] = "--agent", left[] = "left", to[] = "--report";
        char *argv[] = {getenv("SOLO_TOOL"), verify, agent, left, to, report, in, out, NULL};
        sigset_t set;
        sigemptyset(&set);
        sigaddset(&set, SIGTERM);
        sigprocmask(SIG_BLOCK, &set, NULL);
        raise(SIGTERM);
        execv(argv[0], argv);
        _exit(99);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(decode(status), -SIGTERM);
    assert_int_equal(count_files(place), files);
}

static const struct CMUnitTest tests[] = {
    IN_PLACE(test_signals),
    IN_PLACE(test_verify_is_stopped),
};

const struct group tool_signals_group = GROUP("tool: signals", tests);
