#include "call_folder.h"

#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "labels.h"

enum { PATH_BYTES = 4096, REASON_BYTES = 256 };

static bool fail(char *error, const char *path, const char *why) {
    snprintf(error, RECIPE_ERROR_MAX, "%.300s: %.180s", path, why);
    return false;
}

static bool join(char *to, const char *folder, const char *name, char *error) {
    int length = snprintf(to, PATH_BYTES, "%s/%s", folder, name);
    return (length >= 0 && length < PATH_BYTES) || fail(error, folder, "the path is too long");
}

/* One channel (from 1) of a file, which has to be as long as the planes that are there already. */
static bool read_plane(const char *folder, const char *name, int channel, struct render *r,
                       float **plane, char *error) {
    char path[PATH_BYTES];
    char reason[REASON_BYTES];
    struct sound sound;
    if (!join(path, folder, name, error)) {
        return false;
    }
    if (!sound_load(path, (struct sound_cut){.to_s = -1.0, .channel = channel}, r->rate, &sound,
                    reason, sizeof reason)) {
        return fail(error, path, reason);
    }
    *plane = sound.x;
    if (r->n == 0) {
        r->n = sound.n;
    }
    return sound.n == r->n ||
           fail(error, path, "is not as long as the call's other files: cut or pad it");
}

/* Of the recording, which has one channel a party, or just one. */
static bool read_rate(const char *folder, const char *name, int channels, struct render *r,
                      char *error) {
    char path[PATH_BYTES];
    SF_INFO info = {0};
    if (!join(path, folder, name, error)) {
        return false;
    }
    SNDFILE *file = sf_open(path, SFM_READ, &info);
    if (file == NULL) {
        return fail(error, path, sf_strerror(NULL));
    }
    sf_close(file);
    if (info.channels != channels) {
        return fail(error, path,
                    channels == 2 ? "needs two channels, one a party"
                                  : "needs one channel with both parties in it");
    }
    if (info.samplerate % 100 != 0) {
        return fail(error, path, "the rate has to be a multiple of 100 Hz: convert it to 16000");
    }
    r->rate = info.samplerate;
    return true;
}

/* The whole file as a string; NULL if it is not there. */
static char *read_text(const char *path) {
    FILE *file = fopen(path, "r");
    char *text = NULL;
    if (file == NULL) {
        return NULL;
    }
    if (fseek(file, 0, SEEK_END) == 0) {
        long size = ftell(file);
        rewind(file);
        text = size >= 0 ? calloc((size_t)size + 1, 1) : NULL;
        if (text != NULL && fread(text, 1, (size_t)size, file) != (size_t)size) {
            free(text);
            text = NULL;
        }
    }
    fclose(file);
    return text;
}

static bool read_labels(const char *folder, struct render *r, char *error) {
    char path[PATH_BYTES];
    if (!join(path, folder, "ref.rttm", error)) {
        return false;
    }
    r->rttm = read_text(path);
    if (r->rttm == NULL) {
        r->rttm = labels_rttm("call", r->agent, r->customer, r->n, r->rate);
    }
    return r->rttm != NULL || fail(error, path, "out of memory");
}

/* Cosine of the angle between two planes. */
static double likeness(const float *x, const float *y, size_t n) {
    double xx = 0.0;
    double yy = 0.0;
    double xy = 0.0;
    for (size_t i = 0; i < n; i++) {
        xx += (double)x[i] * (double)x[i];
        yy += (double)y[i] * (double)y[i];
        xy += (double)x[i] * (double)y[i];
    }
    return xx > 0.0 && yy > 0.0 ? xy / sqrt(xx * yy) : 0.0;
}

static void name_legs(struct render *r) {
    r->left = r->agent_leg;
    r->right = r->customer_leg;
    if (likeness(r->agent, r->right, r->n) > likeness(r->agent, r->left, r->n)) {
        float *other = r->agent_leg;
        r->agent_leg = r->customer_leg;
        r->customer_leg = other;
    }
}

static bool read_stereo(const char *folder, struct render *r, char *error) {
    return read_rate(folder, "legs.wav", 2, r, error) &&
           read_plane(folder, "legs.wav", 1, r, &r->agent_leg, error) &&
           read_plane(folder, "legs.wav", 2, r, &r->customer_leg, error) &&
           read_plane(folder, "agent.wav", 1, r, &r->agent, error) &&
           read_plane(folder, "customer.wav", 1, r, &r->customer, error) &&
           read_plane(folder, "leak.wav", 1, r, &r->leak, error) && read_labels(folder, r, error);
}

/* As long as it is. */
static bool read_enrolment(const char *folder, struct render *r, char *error) {
    struct render alone = {.rate = r->rate};
    bool good = read_plane(folder, "enrol.wav", 1, &alone, &r->enrol, error);
    r->enrol_n = alone.n;
    return good;
}

static bool read_mixed(const char *folder, struct render *r, char *error) {
    return read_rate(folder, "mixed.wav", 1, r, error) &&
           read_plane(folder, "mixed.wav", 1, r, &r->mixture, error) &&
           read_plane(folder, "agent.wav", 1, r, &r->agent, error) &&
           read_plane(folder, "customer.wav", 1, r, &r->customer, error) &&
           read_enrolment(folder, r, error) && read_labels(folder, r, error);
}

static bool holds(const char *folder, const char *name) {
    char path[PATH_BYTES];
    char error[RECIPE_ERROR_MAX];
    return join(path, folder, name, error) && access(path, F_OK) == 0;
}

bool call_folder_is_call(const char *folder) {
    return holds(folder, "legs.wav") || holds(folder, "mixed.wav");
}

static enum call_load finish(bool good, struct render *r) {
    if (!good) {
        render_free(r);
    }
    return good ? CALL_READY : CALL_FAILED;
}

enum call_load call_folder_read(const char *folder, struct render *r, bool *mixed, char *error) {
    *r = (struct render){0};
    *mixed = !holds(folder, "legs.wav");
    if (*mixed) {
        return finish(read_mixed(folder, r, error), r);
    }
    bool good = read_stereo(folder, r, error);
    if (!good || memcmp(r->agent_leg, r->customer_leg, r->n * sizeof *r->agent_leg) != 0) {
        if (good) {
            name_legs(r);
        }
        return finish(good, r);
    }
    render_free(r);
    *mixed = holds(folder, "mixed.wav") && holds(folder, "enrol.wav");
    if (*mixed) {
        return finish(read_mixed(folder, r, error), r);
    }
    snprintf(error, RECIPE_ERROR_MAX, "%.300s: left out: both channels hold the same sound",
             folder);
    return CALL_SKIPPED;
}
