/* Prepares the calls of the Asterisk test, and judges what was recorded of them.
 *
 *     solo-judge split FOLDER             FOLDER/agent.raw and customer.raw, as they go over the
 * line solo-judge call FOLDER RECORDING    the figures of a whole recording, held to the bars
 *     solo-judge part FOLDER RECORDING    the same of one that was cut short
 *     solo-judge erased FOLDER RECORDING  held to the customer's bars alone: frames came late
 *     solo-judge both FOLDER RECORDING    the customer, who consents, is in it, and the agent kept
 *
 * FOLDER is what solo-render made. Exit status: 0 the bars are met, 1 they are not, 2 usage. */
#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "call_folder.h"
#include "figures.h"

enum {
    PATH_BYTES = 4096,
    LATEST_S = 3, /* a call is answered within so long */
    LEAD_MS = 100 /* silence put before a recording: it may begin within the first frame */
};

/* The bars: dB, %, %. */
#define REMOVAL_DB   40.0
#define ZERO_PERCENT 95.0
#define KEPT_PERCENT 99.0
/* Where he consents: he is louder in the file than his leak, and no gap is left; sums with him
 * count as a little less of the agent, and twice, for the 1.2 s in which the leak of what was said
 * without consent may still come, the agent's leg is decided on as without it. */
#define BOTH_REMOVAL_DB   -6.0
#define BOTH_ZERO_PERCENT 10.0
#define BOTH_KEPT_PERCENT 75.0

static int fail(const char *path, const char *why) {
    fprintf(stderr, "solo-judge: %s: %s\n", path, why);
    return 1;
}

/* One channel as raw samples: in the codec of the recording, which libsndfile undoes and redoes
 * without loss, or 16 bits. */
static int write_raw(const char *folder, const char *name, const float *plane,
                     const struct render *r, int subtype) {
    char path[PATH_BYTES];
    SF_INFO info = {
        .samplerate = r->rate, .channels = 1, .format = SF_FORMAT_RAW | subtype | SF_ENDIAN_CPU};
    snprintf(path, sizeof path, "%s/%s", folder, name);
    SNDFILE *file = sf_open(path, SFM_WRITE, &info);
    if (file == NULL) {
        return fail(path, sf_strerror(NULL));
    }
    sf_count_t put = sf_write_float(file, plane, (sf_count_t)r->n);
    return sf_close(file) == 0 && put == (sf_count_t)r->n ? 0 : fail(path, "cannot be written");
}

static int subtype_of(const char *folder) {
    char path[PATH_BYTES];
    SF_INFO info = {0};
    snprintf(path, sizeof path, "%s/legs.wav", folder);
    SNDFILE *file = sf_open(path, SFM_READ, &info);
    sf_close(file);
    return info.format & SF_FORMAT_SUBMASK;
}

static int split(const char *folder, const struct render *r) {
    int subtype = subtype_of(folder);
    return write_raw(folder, "agent.raw", r->agent_leg, r, subtype) |
           write_raw(folder, "customer.raw", r->customer_leg, r, subtype);
}

/* A recording behind LEAD_MS of silence; NULL after complaining. */
static float *load(const char *path, int rate, size_t *n) {
    SF_INFO info = {0};
    SNDFILE *file = sf_open(path, SFM_READ, &info);
    float *x = NULL;
    if (file == NULL) {
        fail(path, sf_strerror(NULL));
        return NULL;
    }
    if (info.channels != 1 || info.samplerate != rate) {
        fail(path, "has not one channel at the call's rate");
    } else {
        size_t lead = (size_t)(rate * LEAD_MS / 1000);
        x = calloc((size_t)info.frames + lead + 1, sizeof *x);
        *n = x != NULL ? lead + (size_t)sf_read_float(file, x + lead, info.frames) : 0;
    }
    sf_close(file);
    return x;
}

/* Mean magnitude in windows of a millisecond. */
static float *envelope(const float *x, size_t n, int rate, size_t *count) {
    size_t window = (size_t)rate / 1000;
    *count = n / window;
    float *e = calloc(*count + 1, sizeof *e);
    for (size_t i = 0; e != NULL && i < *count * window; i++) {
        e[i / window] += fabsf(x[i]);
    }
    return e;
}

/* sum x(t + lag) y(t) */
static double correlate(const float *x, size_t n, const float *y, size_t m, size_t lag) {
    double sum = 0.0;
    for (size_t t = 0; t < m && t + lag < n; t++) {
        sum += (double)x[t + lag] * (double)y[t];
    }
    return sum;
}

static size_t best_lag(const float *x, size_t n, const float *y, size_t m, size_t from, size_t to) {
    size_t best = from;
    double most = -INFINITY;
    for (size_t lag = from; lag <= to; lag++) {
        double sum = correlate(x, n, y, m, lag);
        if (sum > most) {
            most = sum;
            best = lag;
        }
    }
    return best;
}

/* By how many samples the recording began before the call's sound. */
static size_t find_lag(const float *x, size_t n, const struct render *r) {
    size_t ms = (size_t)r->rate / 1000, count, wanted;
    float *have = envelope(x, n, r->rate, &count);
    float *want = envelope(r->agent, r->n, r->rate, &wanted);
    size_t lag = best_lag(have, count, want, wanted, 0, (size_t)LATEST_S * 1000) * ms;
    free(have);
    free(want);
    return best_lag(x, n, r->agent, r->n, lag > 5 * ms ? lag - 5 * ms : 0, lag + 5 * ms);
}

/* `mode`: call, part, erased or both. */
static int judge(const char *path, const struct render *r, const char *mode) {
    bool whole = strcmp(mode, "part") != 0, kept = strcmp(mode, "erased") != 0;
    size_t n = 0;
    struct figures f;
    float *x = load(path, r->rate, &n);
    if (x == NULL) {
        return 1;
    }
    size_t lag = find_lag(x, n, r), there = n > lag ? n - lag : 0;
    if (whole && there < r->n - (size_t)r->rate / 2) {
        fprintf(stderr, "solo-judge: %s: ends %.2f s before the call's sound\n", path,
                (double)(r->n - there) / r->rate);
        free(x);
        return 1;
    }
    struct figures_input in = {.agent_stem = r->agent,
                               .customer = r->leak,
                               .input = r->agent_leg,
                               .output = x + lag,
                               .n = there < r->n ? there : r->n,
                               .rate = r->rate};
    int status = figures_compute(&in, &f);
    free(x);
    if (status != 0) {
        return fail(path, "cannot be measured");
    }
    printf(
        "%.2f s, %+.3f s before the sound; customer alone (%.1f s) removal %.1f dB, digital zero "
        "%.1f %%; agent kept %.1f %%, SI-SDR %.1f dB\n",
        (double)n / r->rate - LEAD_MS / 1e3, (double)lag / r->rate - LEAD_MS / 1e3,
        f.customer_only_s, f.customer_only_removal_db, f.customer_only_zero_percent,
        f.agent_kept_percent, f.agent_si_sdr_db);
    if (strcmp(mode, "both") == 0) {
        bool both = f.customer_only_removal_db <= BOTH_REMOVAL_DB &&
                    f.customer_only_zero_percent <= BOTH_ZERO_PERCENT &&
                    f.agent_kept_percent >= BOTH_KEPT_PERCENT;
        return both ? 0 : fail(path, "one is missing");
    }
    bool met = f.customer_only_s > 1.0 && f.customer_only_removal_db >= REMOVAL_DB &&
               f.customer_only_zero_percent >= ZERO_PERCENT &&
               (!kept || f.agent_kept_percent >= KEPT_PERCENT);
    return met ? 0 : fail(path, "the bars are missed");
}

int main(int argc, char **argv) {
    struct render render;
    char error[RECIPE_ERROR_MAX];
    bool mixed;
    bool splits = argc == 3 && strcmp(argv[1], "split") == 0;
    bool judges = argc == 4 && (strcmp(argv[1], "call") == 0 || strcmp(argv[1], "part") == 0 ||
                                strcmp(argv[1], "erased") == 0 || strcmp(argv[1], "both") == 0);
    if (!splits && !judges) {
        fputs("usage: solo-judge split FOLDER | call|part|erased|both FOLDER RECORDING\n", stderr);
        return 2;
    }
    if (call_folder_read(argv[2], &render, &mixed, error) != CALL_READY) {
        return fail(argv[2], error);
    }
    int status = splits ? split(argv[2], &render) : judge(argv[3], &render, argv[1]);
    render_free(&render);
    return status;
}
