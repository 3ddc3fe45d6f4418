#include "kinds.h"

#include <math.h>
#include <stdlib.h>

#include "measure.h"
#include "systems.h"

enum kind { SPEECH, SILENCE, FADE };

static const char *const names[KINDS] = {"speech", "digital silence", "fade to nothing"};

/* What one pass is fed with, and how long each frame took at least. */
struct pass {
    const struct crowd_source *source;
    size_t frames; /* of a kind */
    float *a, *b, *out;
    double *least_us[KINDS];
};

/* The f-th frame of a kind. The fade goes from full scale to 1e-45, ten times on its way. */
static void make_frame(const struct pass *pass, enum kind kind, size_t f) {
    const struct legs *legs = &pass->source->legs;
    size_t n = legs->frame, at = f % legs->frames * n, fade = (pass->frames + 9) / 10;
    float level = kind == SILENCE ? 0.0F : 1.0F;
    if (kind == FADE) {
        level = (float)pow(10.0, -45.0 * (double)(f % fade) / (double)fade);
    }
    for (size_t i = 0; i < n; i++) {
        pass->a[i] = level * (float)legs->agent[at + i] / 32768.0F;
        pass->b[i] = level * (float)legs->customer[at + i] / 32768.0F;
    }
}

static void run(const struct pass *pass, solo_call *call) {
    for (int kind = 0; kind < KINDS; kind++) {
        for (size_t f = 0; f < pass->frames; f++) {
            make_frame(pass, (enum kind)kind, f);
            double from = measure_clock_s(CLOCK_THREAD_CPUTIME_ID);
            solo_call_process_f32(call, pass->a, pass->b, pass->out, pass->source->legs.frame);
            double took = 1e6 * (measure_clock_s(CLOCK_THREAD_CPUTIME_ID) - from);
            pass->least_us[kind][f] = fmin(pass->least_us[kind][f], took);
        }
    }
}

static bool take_memory(struct pass *pass) {
    size_t n = pass->source->legs.frame;
    pass->a = malloc(n * sizeof *pass->a);
    pass->b = malloc(n * sizeof *pass->b);
    pass->out = malloc(n * sizeof *pass->out);
    bool good = pass->a != NULL && pass->b != NULL && pass->out != NULL;
    for (int kind = 0; kind < KINDS; kind++) {
        pass->least_us[kind] = malloc(pass->frames * sizeof(double));
        good = good && pass->least_us[kind] != NULL;
        for (size_t f = 0; good && f < pass->frames; f++) {
            pass->least_us[kind][f] = (double)INFINITY;
        }
    }
    return good;
}

static void give_memory(struct pass *pass) {
    free(pass->a);
    free(pass->b);
    free(pass->out);
    for (int kind = 0; kind < KINDS; kind++) {
        free(pass->least_us[kind]);
    }
}

bool kinds_measure(const struct crowd_source *source, size_t seconds, size_t passes,
                   struct kind_time time[KINDS]) {
    struct pass pass = {.source = source, .frames = seconds * SYSTEM_FRAMES_PER_S};
    bool good = take_memory(&pass);
    for (size_t p = 0; good && p < passes; p++) {
        struct crowd_call live;
        good = crowd_call_open(source, &live);
        if (good) {
            run(&pass, live.call);
        }
        solo_call_destroy(live.call);
    }
    for (int kind = 0; good && kind < KINDS; kind++) {
        double *us = pass.least_us[kind];
        measure_sort(us, pass.frames);
        time[kind] =
            (struct kind_time){names[kind], measure_quantile(us, pass.frames, 0.5),
                               measure_quantile(us, pass.frames, 0.99), us[pass.frames - 1]};
    }
    give_memory(&pass);
    return good;
}
