#define _POSIX_C_SOURCE 200809L
#include "sound_out.h"

#include "complain.h"
#include "paths.h"
#include "wavpipe.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* Most bytes of samples in a plain WAV file: its sizes are 32 bits, and the header needs room. */
#define WAV_BYTES (INT64_C(0xFFFFFFFF) - 4096)

static int wav_subtype(int subtype) {
    switch (subtype) {
    case SF_FORMAT_PCM_U8:
    case SF_FORMAT_PCM_24:
    case SF_FORMAT_PCM_32:
    case SF_FORMAT_FLOAT:
    case SF_FORMAT_DOUBLE:
    case SF_FORMAT_ULAW:
    case SF_FORMAT_ALAW:
        return subtype;
    case SF_FORMAT_PCM_S8: /* 8 bits are unsigned in WAV */
        return SF_FORMAT_PCM_U8;
    default:
        return SF_FORMAT_PCM_16;
    }
}

static int flac_subtype(int subtype) {
    switch (subtype) {
    case SF_FORMAT_PCM_S8:
    case SF_FORMAT_PCM_U8:
        return SF_FORMAT_PCM_S8;
    case SF_FORMAT_PCM_24:
    case SF_FORMAT_PCM_32:
    case SF_FORMAT_FLOAT:
    case SF_FORMAT_DOUBLE:
        return SF_FORMAT_PCM_24; /* the most FLAC holds */
    default:
        return SF_FORMAT_PCM_16;
    }
}

static bool opus_takes(int rate) {
    return rate == 8000 || rate == 12000 || rate == 16000 || rate == 24000 || rate == 48000;
}

/* The libsndfile format for the name, or 0 after complaining. */
static int choose_format(const char *name, const struct sound_in *in) {
    int subtype = in->info.format & SF_FORMAT_SUBMASK;
    const char *extension = path_is_pipe(name) ? ".wav" : path_extension(name);
    if (strcasecmp(extension, ".wav") == 0) {
        return SF_FORMAT_WAV | wav_subtype(subtype);
    }
    if (strcasecmp(extension, ".flac") == 0) {
        return SF_FORMAT_FLAC | flac_subtype(subtype);
    }
    if (strcasecmp(extension, ".opus") != 0 && strcasecmp(extension, ".ogg") != 0) {
        complain(name, "unknown extension; write .wav, .flac, .opus or .ogg");
        return 0;
    }
    if (!opus_takes(in->info.samplerate)) {
        complain(name, "Opus does not take %d Hz; write .wav or .flac", in->info.samplerate);
        return 0;
    }
    return SF_FORMAT_OGG | SF_FORMAT_OPUS;
}

static bool complain_of_write(const struct sound_out *out) {
    if (out->io.error == ECANCELED) {
        return complain(out->name, "interrupted; nothing was kept");
    }
    const char *reason = out->io.error != 0 ? strerror(out->io.error) : sf_strerror(out->file);
    return complain(out->name, "cannot be written: %s; %s", reason,
                    out->io.seekable ? "nothing was kept" : "the stream is cut short");
}

/* A WAV file that may outgrow 4 GiB is RF64 (EBU Tech 3306). */
static bool needs_rf64(const struct sound_in *in, int channels) {
    enum { LARGEST_SAMPLE = 8 };
    return in->frames < 0 || in->frames > WAV_BYTES / (channels * LARGEST_SAMPLE);
}

static bool open_pipe(struct sound_out *out, const struct sound_in *in) {
    int fd = dup(STDOUT_FILENO);
    if (fd < 0) {
        return complain(out->name, "standard output is closed: %s", strerror(errno));
    }
    fdio_init(&out->io, fd, false);
    out->frames_told = in->frames;
    return wavpipe_write_header(&out->io, &out->info, in->frames) || complain_of_write(out);
}

static bool open_file(struct sound_out *out, const struct sound_in *in) {
    if (!tempfile_open(&out->temp, out->name)) {
        return false;
    }
    fdio_init(&out->io, out->temp.fd, true);
    if ((out->info.format & SF_FORMAT_TYPEMASK) == SF_FORMAT_WAV &&
        needs_rf64(in, out->info.channels)) {
        out->info.format = SF_FORMAT_RF64 | (out->info.format & SF_FORMAT_SUBMASK);
    }
    return true;
}

bool sound_out_open(struct sound_out *out, const char *name, const struct sound_in *in,
                    int channels) {
    memset(out, 0, sizeof *out);
    out->name = name;
    out->io.fd = -1;
    out->info.samplerate = in->info.samplerate;
    out->info.channels = channels;
    out->info.format = choose_format(name, in);
    if (out->info.format == 0) {
        return false;
    }
    bool opened = path_is_pipe(name) ? open_pipe(out, in) : open_file(out, in);
    if (!opened) {
        return false;
    }
    out->file = fdio_open(&out->io, SFM_WRITE, &out->info);
    if (out->file == NULL) {
        return complain_of_write(out);
    }
    sf_command(out->file, SFC_RF64_AUTO_DOWNGRADE, NULL, SF_TRUE); /* small enough: plain WAV */
    return true;
}

/* Before the first sample: then it stands in the header, and the samples stay where they are read
 * from. */
bool sound_out_name(struct sound_out *out, const char *id, bool altered) {
    char comment[96];
    snprintf(comment, sizeof comment, "solotrack id=%s%s", id, altered ? SOUND_ALTERED_MARK : "");
    return !out->io.seekable || sf_set_string(out->file, SF_STR_COMMENT, comment) == 0 ||
           complain(out->name, "its id cannot be written into it: %s; nothing was kept",
                    sf_strerror(out->file));
}

bool sound_out_write(struct sound_out *out, struct samples *from, int frames) {
    sf_count_t put = samples_write(out->file, out->info.format, from, out->info.channels, frames);
    out->frames_written += put;
    return (put == frames && out->io.error == 0) || complain_of_write(out);
}

static bool hash(struct sound_out *out) {
    if (!out->io.seekable) {
        sha256_finish(&out->io.hash, out->sha256);
    } else if (out->io.error == 0) {
        out->io.error = sha256_of_fd(out->io.fd, out->sha256);
    }
    return out->io.error == 0 || complain_of_write(out);
}

/* Where an encoder finds no memory, libsndfile may write nothing and say that all is well. */
static bool check_whole(struct sound_out *out) {
    SF_INFO info = {0};
    if (!out->io.seekable || out->io.error != 0) {
        return true; /* hash() tells of an error */
    }
    bool back = lseek(out->io.fd, 0, SEEK_SET) == 0;
    SNDFILE *file = back ? fdio_open(&out->io, SFM_READ, &info) : NULL;
    int64_t frames = file != NULL ? info.frames : 0;
    sf_close(file);
    return out->io.error != 0 || frames == out->frames_written ||
           complain(out->name, "holds %lld of %lld samples when it is read back; nothing was kept",
                    (long long)frames, (long long)out->frames_written);
}

static bool pad_pipe(struct sound_out *out) {
    return out->io.seekable || out->frames_written != out->frames_told ||
           wavpipe_write_pad(&out->io, &out->info, out->frames_told) || complain_of_write(out);
}

static bool close_pipe(struct sound_out *out) {
    int fd = out->io.fd;
    if (out->io.seekable) {
        return true;
    }
    out->io.fd = -1;
    out->io.error = close(fd) == 0 ? 0 : errno;
    return out->io.error == 0 || complain_of_write(out);
}

bool sound_out_finish(struct sound_out *out) {
    int container = out->info.format & SF_FORMAT_TYPEMASK;
    if (out->frames_written == 0 && (container == SF_FORMAT_FLAC || container == SF_FORMAT_OGG)) {
        return complain(out->name, "a recording of no samples cannot be %s; write .wav",
                        container == SF_FORMAT_FLAC ? "FLAC" : "Opus");
    }
    bool closed = sf_close(out->file) == 0;
    out->file = NULL;
    if (out->io.error == 0 && !closed) {
        out->io.error = EIO;
    }
    return check_whole(out) && pad_pipe(out) && hash(out) && close_pipe(out) &&
           tempfile_sync(&out->temp);
}

bool sound_out_place(struct sound_out *out) {
    return tempfile_place(&out->temp);
}

void sound_out_close(struct sound_out *out) {
    if (out->file != NULL) {
        sf_close(out->file);
    }
    if (out->temp.placed) {
        tempfile_close(&out->temp);
    } else {
        tempfile_discard(&out->temp);
    }
    if (out->io.fd >= 0 && !out->io.seekable) {
        close(out->io.fd);
    }
}
