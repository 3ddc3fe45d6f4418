#define _XOPEN_SOURCE 700
#include "sink.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool fail(struct sink *sink, const char *doing, const char *why) {
    if (!sink->failed) {
        snprintf(sink->reason, sizeof sink->reason, "%s: %s", doing, why);
    }
    sink->failed = true;
    return false;
}

static int sndfile_format(enum sink_format format) {
    switch (format) {
    case SINK_ULAW:
        return SF_FORMAT_WAV | SF_FORMAT_ULAW;
    case SINK_FLAC:
        return SF_FORMAT_FLAC | SF_FORMAT_PCM_16;
    default:
        return SF_FORMAT_WAV | SF_FORMAT_PCM_16;
    }
}

/* WAV counts its bytes in 32 bits. */
static int64_t most_samples(enum sink_format format) {
    static const int64_t bytes = UINT32_MAX - 1024; /* less than any header takes */
    return format == SINK_FLAC ? INT64_MAX : format == SINK_ULAW ? bytes : bytes / 2;
}

/* folder/call.wav and ID: folder/call.ID.part.wav */
static bool name_part(struct sink *sink, const char *path, const char *id) {
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    const char *dot = strrchr(name, '.');
    const char *end = dot != NULL && dot != name ? dot : name + strlen(name);
    int whole = snprintf(sink->path, sizeof sink->path, "%s", path);
    int length =
        snprintf(sink->part, sizeof sink->part, "%.*s.%s.part%s", (int)(end - path), path, id, end);
    return whole >= 0 && (size_t)whole < sizeof sink->path && length >= 0 &&
           (size_t)length < sizeof sink->part;
}

bool sink_open(struct sink *sink, const char *path, const char *id, enum sink_format format,
               int rate) {
    SF_INFO info = {.samplerate = rate, .channels = 1, .format = sndfile_format(format)};
    memset(sink, 0, sizeof *sink);
    sink->rate = rate;
    sink->format = format;
    sink->fd = -1;
    if (!name_part(sink, path, id)) {
        return fail(sink, "the file's name", strerror(ENAMETOOLONG));
    }
    sink->fd = open(sink->part, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    if (sink->fd < 0) {
        return fail(sink, "cannot make the file", strerror(errno));
    }
    sink->file = sound_fd_open(&sink->io, sink->fd, &info);
    if (sink->file == NULL) {
        fail(sink, "cannot make the file",
             sink->io.error != 0 ? strerror(sink->io.error) : sf_strerror(NULL));
        close(sink->fd);
        unlink(sink->part);
        return false;
    }
    return true;
}

bool sink_write(struct sink *sink, const int16_t *pcm, size_t n) {
    if (sink->failed) {
        return false;
    }
    if (sink->written + (int64_t)n > most_samples(sink->format)) {
        return fail(sink, "cannot write", "a WAV file holds 4 GiB; begin another recording");
    }
    sf_count_t put = sf_write_short(sink->file, pcm, (sf_count_t)n);
    sink->written += put;
    if (put == (sf_count_t)n && sink->written - sink->header_at >= sink->rate) {
        sf_command(sink->file, SFC_UPDATE_HEADER_NOW, NULL, 0);
        sink->header_at = sink->written;
    }
    if (sink->io.error != 0) {
        return fail(sink, "cannot write", strerror(sink->io.error));
    }
    return put == (sf_count_t)n || fail(sink, "cannot write", sf_strerror(sink->file));
}

/* A rename is on disk when its folder is, and a folder that was made for it when those above are.
 * Some file systems cannot sync a folder: no harm. */
static void sync_folders(const char *path) {
    char folder[PATH_MAX + 2];
    snprintf(folder, sizeof folder, "%s%s", path[0] == '/' ? "" : "./", path);
    for (char *slash; (slash = strrchr(folder, '/')) != NULL; *slash = '\0') {
        slash[1] = '\0';
        int fd = open(folder, O_RDONLY | O_CLOEXEC);
        if (fd >= 0) {
            fsync(fd);
            close(fd);
        }
    }
}

/* Gives the file the name it is to have, unless another file has it: that may be a recording.
 * rename() would replace it; it serves where the file system has no links. */
static bool take_name(struct sink *sink) {
    if (link(sink->part, sink->path) == 0) {
        if (unlink(sink->part) == 0) {
            return true;
        }
        fail(sink, "cannot rename it", strerror(errno));
        unlink(sink->path);
        return false;
    }
    if (errno == EEXIST || access(sink->path, F_OK) == 0) {
        return fail(sink, "cannot rename it", "there is a file of that name");
    }
    return rename(sink->part, sink->path) == 0 || fail(sink, "cannot rename it", strerror(errno));
}

bool sink_finish(struct sink *sink) {
    if (sf_close(sink->file) != 0 || sink->io.error != 0) {
        fail(sink, "cannot end the file",
             sink->io.error != 0 ? strerror(sink->io.error) : "the disk is full, or fails");
    }
    sink->file = NULL;
    if (fsync(sink->fd) != 0) {
        fail(sink, "cannot bring it to disk", strerror(errno));
    }
    if (close(sink->fd) != 0) {
        fail(sink, "cannot bring it to disk", strerror(errno));
    }
    sink->fd = -1;
    if (sink->failed) {
        return false;
    }
    if (!take_name(sink)) {
        return false;
    }
    sync_folders(sink->path);
    sink->part[0] = '\0';
    return true;
}

void sink_discard(struct sink *sink) {
    sf_close(sink->file);
    close(sink->fd);
    unlink(sink->part);
}

const char *sink_name(const struct sink *sink) {
    return sink->part[0] != '\0' ? sink->part : sink->path;
}
