#define _POSIX_C_SOURCE 200809L
#include "sound_in.h"

#include "complain.h"
#include "complete.h"
#include "hush.h"
#include "paths.h"
#include "wavpipe.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { LOWEST_RATE = 8000, HIGHEST_RATE = 48000 };

static bool complain_of_read(const struct sound_in *in) {
    if (in->io.error == ECANCELED) {
        return complain(in->name, "interrupted; nothing was kept");
    }
    return complain(in->name, "cannot be read: %s; copy it again, or from a backup",
                    strerror(in->io.error));
}

static bool check_file(struct sound_in *in) {
    if (S_ISDIR(in->before.st_mode)) {
        return complain(in->name, "is a folder; name a recording");
    }
    if (!in->io.seekable) {
        return true;
    }
    if (in->before.st_size == 0) {
        return complain(in->name, "empty file: no audio in it");
    }
    struct complete found;
    const char *reason = complete_check(in->io.fd, &found);
    in->io.error = errno;
    in->io.head = found.head;
    in->counted = found.frames;
    if (in->io.error != 0) {
        return complain_of_read(in);
    }
    return reason == NULL || complain(in->name, "%s", reason);
}

static bool check_layout(const struct sound_in *in) {
    if (in->info.channels > 2) {
        return complain(in->name, "%d channels; give one or two, as a call has two parties",
                        in->info.channels);
    }
    if (in->info.samplerate < LOWEST_RATE || in->info.samplerate > HIGHEST_RATE) {
        return complain(in->name, "%d Hz; resample it to %d..%d Hz first", in->info.samplerate,
                        LOWEST_RATE, HIGHEST_RATE);
    }
    return true;
}

/* libsndfile's count of what says nothing of its length is the largest number, or a guess. */
static void open_file(struct sound_in *in, SF_INFO *info) {
    int saved = hush_begin();
    struct samples lead;
    lead.wide = true;
    in->file = fdio_open(&in->io, SFM_READ, info);
    if (in->file != NULL && info->channels <= 2) {
        info->frames -= samples_read(in->file, info->channels, &lead, in->io.head.lead);
    }
    hush_end(saved);
    if (in->counted >= 0 && info->frames > in->counted) {
        info->frames = in->counted;
    }
}

static bool open_sound(struct sound_in *in) {
    if (!in->io.seekable) {
        const char *reason = wavpipe_read_header(&in->io, &in->info);
        if (in->io.error != 0) {
            return complain_of_read(in);
        }
        if (reason != NULL) {
            return complain(in->name, "%s", reason);
        }
    }
    open_file(in, &in->info);
    if (in->io.error != 0) {
        return complain_of_read(in);
    }
    if (in->file == NULL && sf_error(NULL) == SF_ERR_UNRECOGNISED_FORMAT) {
        return complain(in->name, "not a recording; give WAV, FLAC, Ogg, MP3, AU or SPHERE");
    }
    if (in->file == NULL) {
        return complain(in->name, "cannot be read as audio: %s", sf_strerror(NULL));
    }
    if (in->info.frames < in->counted) {
        return complain(in->name, "only a part of it would be read; convert it to WAV first");
    }
    if (in->info.frames == SF_COUNT_MAX) {
        return complain(in->name, "does not say how long it is; convert it to WAV first");
    }
    in->frames = in->io.length == FDIO_UNKNOWN && !in->io.seekable ? -1 : in->info.frames;
    return check_layout(in);
}

bool sound_in_open(struct sound_in *in, const char *name) {
    memset(in, 0, sizeof *in);
    in->counted = -1;
    in->name = name;
    int fd = path_is_pipe(name) ? dup(STDIN_FILENO) : open(name, O_RDONLY);
    if (fd < 0 || fstat(fd, &in->before) != 0) {
        complain(name, "cannot be opened: %s", strerror(errno));
        close(fd);
        return false;
    }
    fdio_init(&in->io, fd, S_ISREG(in->before.st_mode));
    if (!check_file(in) || !open_sound(in)) {
        sound_in_close(in);
        return false;
    }
    return true;
}

/* A recording that is still being written, or is replaced in place, is not the one that was
 * checked. */
static bool unchanged(const struct sound_in *in) {
    struct stat now;
    return !in->io.seekable || (fstat(in->io.fd, &now) == 0 && now.st_size == in->before.st_size &&
                                now.st_mtim.tv_sec == in->before.st_mtim.tv_sec &&
                                now.st_mtim.tv_nsec == in->before.st_mtim.tv_nsec);
}

static bool complain_of_change(const struct sound_in *in) {
    return complain(in->name, "changed while it was read; wait until it is whole");
}

static bool check_end(struct sound_in *in) {
    if (!unchanged(in)) {
        return complain_of_change(in);
    }
    if (in->frames >= 0 && in->frames_read < in->frames) {
        double rate = in->info.samplerate;
        return complain(in->name, "truncated or damaged: ends after %.2f of %.2f s; copy it again",
                        (double)in->frames_read / rate, (double)in->frames / rate);
    }
    if (in->frames >= 0 && in->frames_read > in->frames) {
        return complain(in->name,
                        "damaged: more comes out of it than its frames hold; convert it to "
                        "WAV first");
    }
    const char *reason = in->io.seekable ? NULL : wavpipe_drain(&in->io);
    if (in->io.error != 0) {
        return complain_of_read(in);
    }
    return reason == NULL || complain(in->name, "%s", reason);
}

static int read_block(struct sound_in *in, struct samples *to, int frames) {
    if ((in->info.format & SF_FORMAT_TYPEMASK) != FORMAT_MPEG) {
        return (int)samples_read(in->file, in->info.channels, to, frames);
    }
    int saved = hush_begin();
    int got = (int)samples_read(in->file, in->info.channels, to, frames);
    hush_end(saved);
    return got;
}

int sound_in_read(struct sound_in *in, struct samples *to, int frames) {
    to->wide = samples_need_float(in->info.format);
    int got = read_block(in, to, frames);
    if (in->io.error != 0) {
        complain_of_read(in);
        return -1;
    }
    if (sf_error(in->file) != SF_ERR_NO_ERROR) {
        complain(in->name, "damaged: %s; copy it again or repair it", sf_strerror(in->file));
        return -1;
    }
    in->frames_read += got;
    if (got == 0 && !check_end(in)) {
        return -1;
    }
    return got;
}

static bool same_recording(const SF_INFO *a, const SF_INFO *b) {
    return a->channels == b->channels && a->samplerate == b->samplerate && a->format == b->format &&
           a->frames == b->frames;
}

/* Opened anew: not every decoder gives the same samples after a seek. A recording of another layout
 * would be more than the caller has room for. */
bool sound_in_rewind(struct sound_in *in) {
    SF_INFO info = {0};
    sf_close(in->file);
    in->file = NULL;
    in->frames_read = 0;
    if (lseek(in->io.fd, 0, SEEK_SET) == 0) {
        open_file(in, &info);
    }
    if (in->io.error != 0) {
        return complain_of_read(in);
    }
    if (!unchanged(in) || (in->file != NULL && !same_recording(&info, &in->info))) {
        return complain_of_change(in);
    }
    return in->file != NULL || complain(in->name, "cannot be read again: %s", sf_strerror(NULL));
}

bool sound_in_is_altered(const struct sound_in *in) {
    const char *comment = sf_get_string(in->file, SF_STR_COMMENT);
    return comment != NULL && strstr(comment, SOUND_ALTERED_MARK) != NULL;
}

bool sound_in_hash(struct sound_in *in, char hex[SHA256_HEX_BYTES]) {
    if (!in->io.seekable) {
        sha256_finish(&in->io.hash, hex);
        return true;
    }
    in->io.error = sha256_of_fd(in->io.fd, hex);
    return in->io.error == 0 || complain_of_read(in);
}

void sound_in_close(struct sound_in *in) {
    if (in->file != NULL) {
        sf_close(in->file);
    }
    close(in->io.fd);
}
