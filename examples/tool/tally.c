#define _POSIX_C_SOURCE 200809L
#include "tally.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const double redraw_seconds = 0.2;

static double seconds_since(const struct timespec *begun) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - begun->tv_sec) + 1e-9 * (double)(now.tv_nsec - begun->tv_nsec);
}

bool tally_is_seen(void) {
    return isatty(STDERR_FILENO) == 1;
}

void tally_begin(struct tally *tally, long calls) {
    memset(tally, 0, sizeof *tally);
    tally->calls = calls;
    tally->shown = tally_is_seen();
    clock_gettime(CLOCK_MONOTONIC, &tally->begun);
}

void tally_done(struct tally *tally, double audio_seconds) {
    tally->done++;
    tally->audio += audio_seconds;
}

void tally_failed(struct tally *tally, const char *call) {
    if (tally->failed < TALLY_NAMES) {
        tally->named[tally->failed] = strdup(call);
    }
    tally->failed++;
}

static void show_left(double seconds) {
    if (seconds < 120.0) {
        fprintf(stderr, "  %.0f s left   ", seconds);
    } else if (seconds < 7200.0) {
        fprintf(stderr, "  %.0f min left   ", seconds / 60.0);
    } else {
        fprintf(stderr, "  %.1f h left   ", seconds / 3600.0);
    }
}

void tally_show(struct tally *tally) {
    double passed = tally->shown ? seconds_since(&tally->begun) : 0.0;
    if (!tally->shown || passed < tally->drawn + redraw_seconds) {
        return;
    }
    tally->drawn = passed;
    long worked = tally->done + tally->failed;
    long seen = worked + tally->done_before + tally->skipped;
    double rate = (double)worked / passed;
    fprintf(stderr, "\r%ld of %ld calls, %ld failed  %.1f calls/s  %.0fx real time", seen,
            tally->calls, tally->failed, rate, tally->audio / passed);
    if (rate > 0.0) {
        show_left((double)(tally->calls - seen) / rate);
    }
}

static void print_name(FILE *stream, const char *name) {
    fputs("    ", stream);
    for (; *name != '\0'; name++) {
        fputc(iscntrl((unsigned char)*name) ? '?' : *name, stream);
    }
    fputc('\n', stream);
}

bool tally_end(struct tally *tally, FILE *stream) {
    double passed = seconds_since(&tally->begun);
    if (tally->shown && tally->drawn > 0.0) {
        fprintf(stderr, "\r%79s\r", "");
    }
    fprintf(stream, "  %-14s %9ld  %.2f h of audio, %.0fx real time\n", "done", tally->done,
            tally->audio / 3600.0, passed > 0.0 ? tally->audio / passed : 0.0);
    fprintf(stream, "  %-14s %9ld\n", "done before", tally->done_before);
    fprintf(stream, "  %-14s %9ld\n", "skipped", tally->skipped);
    fprintf(stream, "  %-14s %9ld\n", "failed", tally->failed);
    for (long i = 0; i < tally->failed && i < TALLY_NAMES; i++) {
        print_name(stream, tally->named[i] != NULL ? tally->named[i] : "?");
        free(tally->named[i]);
    }
    if (tally->failed > TALLY_NAMES) {
        fprintf(stream, "    and %ld more\n", tally->failed - TALLY_NAMES);
    }
    return fflush(stream) == 0 && ferror(stream) == 0;
}
