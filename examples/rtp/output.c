#define _POSIX_C_SOURCE 200809L
#include "output.h"

#include "syncfolder.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
static bool
fail(struct output *out, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    if (out->why[0] == '\0') {
        vsnprintf(out->why, sizeof out->why, format, arguments);
    }
    va_end(arguments);
    return false;
}

static bool fail_to_open(struct output *out) {
    return fail(out, "cannot be written: %s; name a folder that exists and is writable",
                strerror(errno));
}

static bool fail_to_write(struct output *out) {
    return fail(out, "cannot be written: %s; nothing was kept",
                out->io.error != 0 ? strerror(out->io.error) : "the disk is full, or fails");
}

static bool check_name(struct output *out, const char *in_name, int in) {
    struct stat old, capture;
    if (fstat(in, &capture) != 0) {
        return fail(out, "may be the same file as %s, which cannot be looked at: %s", in_name,
                    strerror(errno));
    }
    if (stat(out->name, &old) != 0) {
        return errno == ENOENT || fail_to_open(out);
    }
    if (!S_ISREG(old.st_mode)) {
        return fail(out, "is not a regular file; name a file to write");
    }
    if (old.st_dev == capture.st_dev && old.st_ino == capture.st_ino) {
        return fail(out, "is the same file as %s; name another", in_name);
    }
    return true;
}

bool output_open(struct output *out, const char *name, int rate, const char *in_name, int in) {
    SF_INFO info = {.samplerate = rate, .channels = 1, .format = SF_FORMAT_WAV | SF_FORMAT_PCM_16};
    *out = (struct output){.name = name};
    int length = snprintf(out->part, sizeof out->part, "%s.part-XXXXXX", name);
    if (length < 0 || (size_t)length >= sizeof out->part) {
        return fail(out, "%s; use a shorter name", strerror(ENAMETOOLONG));
    }
    int fd = check_name(out, in_name, in) ? mkstemp(out->part) : -1;
    if (fd < 0) {
        return fail_to_open(out);
    }
    out->file = sound_fd_open(&out->io, fd, &info);
    if (out->file == NULL) {
        fail_to_write(out);
        output_discard(out);
        return false;
    }
    return true;
}

bool output_write(struct output *out, const int16_t *pcm, size_t n) {
    out->samples += (int64_t)n;
    if (out->samples > OUTPUT_SAMPLES_MOST) {
        return fail(out, "would outgrow the 4 GiB of a WAV file; nothing was kept: give the "
                         "capture in parts, of three days at most");
    }
    return sf_write_short(out->file, pcm, (sf_count_t)n) == (sf_count_t)n || fail_to_write(out);
}

bool output_finish(struct output *out) {
    mode_t mask = umask(0);
    umask(mask);
    if (sf_close(out->file) != 0 || out->io.error != 0) {
        fail_to_write(out);
    }
    out->file = NULL;
    if (fchmod(out->io.fd, 0666 & ~mask) != 0 || fsync(out->io.fd) != 0) {
        out->io.error = errno;
        fail_to_write(out);
    }
    if (close(out->io.fd) != 0) {
        out->io.error = errno;
        fail_to_write(out);
    }
    out->io.fd = -1;
    return out->why[0] == '\0';
}

bool output_place(struct output *out) {
    if (rename(out->part, out->name) != 0) {
        return fail(out, "cannot be put in place: %s; nothing was kept", strerror(errno));
    }
    sync_folder_of(out->name);
    return true;
}

void output_discard(struct output *out) {
    if (out->file != NULL) {
        sf_close(out->file);
    }
    if (out->io.fd >= 0) {
        close(out->io.fd);
    }
    unlink(out->part);
}
