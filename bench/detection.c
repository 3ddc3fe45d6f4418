#include "detection.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "activity.h"
#include "codec.h"
#include "legs.h"

enum { RATE = 8000, FRAME = RATE / DETECTOR_FRAMES_PER_S, FRAME_MS = 10, SHIFT_MAX = 8 };
enum { PAUSE_FRAMES = 50, ONSET_MAX_FRAMES = 50, ONSET_SOON_FRAMES = 4, FALSE_ALARM_PERCENT = 5 };

const char *detection_set_title(enum detection_set set) {
    static const char *const title[DETECTION_SETS] = {[DETECTION_QUIET] = "line noise only",
                                                      [DETECTION_NOISE_20] = "noise 20 dB",
                                                      [DETECTION_NOISE_10] = "noise 10 dB"};
    return title[set];
}

static bool make_room(struct detection *d, size_t frames) {
    size_t all = d->frames + frames;
    bool *active = realloc(d->active, all * sizeof *active + 1);
    if (active == NULL) {
        return false;
    }
    d->active = active;
    for (int set = 0; set < DETECTION_SETS; set++) {
        int16_t *leg = realloc(d->leg[set], all * FRAME * sizeof *leg + 1);
        if (leg == NULL) {
            return false;
        }
        d->leg[set] = leg;
    }
    return true;
}

static double active_power(const float *stem, const bool *active, size_t frames) {
    double sum = 0.0;
    size_t count = 0;
    for (size_t f = 0; f < frames; f++) {
        if (active[f]) {
            sum += mean_square(stem + f * FRAME, FRAME);
            count++;
        }
    }
    return count > 0 ? sum / (double)count : 0.0;
}

/* Level of the noise in a set, dBov. */
static double noise_level(enum detection_set set, double voice_db) {
    return set == DETECTION_QUIET ? -64.0 : voice_db - (set == DETECTION_NOISE_20 ? 20.0 : 10.0);
}

static bool add_leg(struct detection *d, const float *stem, size_t frames, const char *call,
                    const char *party) {
    char name[RECIPE_TEXT_MAX + 16];
    size_t n = frames * FRAME;
    float *leg = malloc(n * sizeof *leg + 1);
    bool good =
        leg != NULL && make_room(d, frames) && activity_mask(stem, n, RATE, d->active + d->frames);
    snprintf(name, sizeof name, "%s %s", call, party);
    double voice = good ? active_power(stem, d->active + d->frames, frames) : 0.0;
    for (int set = 0; good && voice > 0.0 && set < DETECTION_SETS; set++) {
        struct sound_random random =
            sound_random_start(name, detection_set_title((enum detection_set)set));
        sound_noise(leg, n, RATE, noise_level((enum detection_set)set, power_db(voice)), true,
                    &random);
        for (size_t i = 0; i < n; i++) {
            leg[i] += stem[i];
        }
        good = codec_round_trip(CODEC_ULAW, leg, n, RATE);
        legs_convert(d->leg[set] + d->frames * FRAME, leg, n);
    }
    free(leg);
    if (good && voice > 0.0) {
        d->frames += frames;
        d->legs++;
    }
    return good;
}

bool detection_add(struct detection *detection, const struct bench_call *call) {
    const struct render *r = &call->sound;
    size_t frames = r->n / FRAME;
    if (call->other == NULL || r->rate != RATE) {
        return true;
    }
    return add_leg(detection, r->agent, frames, call->facts.name, "agent") &&
           add_leg(detection, r->customer, frames, call->facts.name, "customer");
}

double detection_area(const float *score, const size_t *order, size_t n, const bool *active,
                      long shift) {
    double in_order = 0.0;
    double below = 0.0; /* frames without speech that scored less */
    double speech = 0.0;
    for (size_t i = 0; i < n;) {
        double here[2] = {0.0, 0.0};
        float value = score[order[i]];
        for (; i < n && score[order[i]] <= value; i++) {
            long truth = (long)order[i] - shift;
            if (truth >= 0 && truth < (long)n) {
                here[active[truth]] += 1.0;
            }
        }
        in_order += here[1] * (below + 0.5 * here[0]);
        below += here[0];
        speech += here[1];
    }
    return speech > 0.0 && below > 0.0 ? in_order / (speech * below) : (double)NAN;
}

/* A score and the frame it is of: sorted together, since qsort() has no place for an array. */
struct scored {
    float score;
    size_t frame;
};

static int ascending(const void *a, const void *b) {
    float x = ((const struct scored *)a)->score;
    float y = ((const struct scored *)b)->score;
    return (x > y) - (x < y);
}

static bool sort(const float *score, size_t n, size_t *order) {
    struct scored *scored = malloc((n + 1) * sizeof *scored);
    if (scored == NULL) {
        return false;
    }
    for (size_t f = 0; f < n; f++) {
        scored[f] = (struct scored){score[f], f};
    }
    qsort(scored, n, sizeof *scored, ascending);
    for (size_t f = 0; f < n; f++) {
        order[f] = scored[f].frame;
    }
    free(scored);
    return true;
}

static void find_area(const struct detection *d, enum detection_set set, const float *score,
                      const size_t *order, struct detected *detected) {
    long reach = detected->detector->knows_its_delay ? 0 : SHIFT_MAX;
    detected->area[set] = (double)NAN;
    for (long shift = -reach; shift <= reach; shift++) {
        double area = detection_area(score, order, d->frames, d->active, shift);
        if (isnan(detected->area[set]) || area > detected->area[set]) {
            detected->area[set] = area;
            detected->shift_ms[set] = (int)shift * FRAME_MS;
        }
    }
}

/* Frames from the beginning at f to the first score above the threshold. */
static size_t onset_delay(const float *score, size_t n, size_t f, float above) {
    size_t delay = 0;
    while (delay < ONSET_MAX_FRAMES && f + delay < n && score[f + delay] <= above) {
        delay++;
    }
    return delay;
}

/* The score that no more than a share of the frames without speech is above. */
static float threshold(const struct detection *d, const float *score, const size_t *order) {
    size_t silent = 0;
    size_t above = 0;
    for (size_t f = 0; f < d->frames; f++) {
        silent += !d->active[f];
    }
    for (size_t i = d->frames; i-- > 0;) {
        above += !d->active[order[i]];
        if (100 * above > FALSE_ALARM_PERCENT * silent) {
            return score[order[i]];
        }
    }
    return -INFINITY;
}

/* Beginnings by delay: there are few delays, so counting them sorts them. */
static void find_onsets(struct detection *d, const float *score, float above,
                        struct detected *detected) {
    size_t count[ONSET_MAX_FRAMES + 1] = {0};
    size_t quiet = 0;
    size_t within = 0;
    d->onsets = 0;
    detected->onset_median_ms = (double)NAN;
    detected->onset_within_40_ms_percent = (double)NAN;
    for (size_t f = 0; f < d->frames; f++) {
        if (d->active[f] && quiet >= PAUSE_FRAMES) {
            size_t delay = onset_delay(score, d->frames, f, above);
            count[delay]++;
            within += delay <= ONSET_SOON_FRAMES;
            d->onsets++;
        }
        quiet = d->active[f] ? 0 : quiet + 1;
    }
    if (d->onsets == 0) {
        return;
    }
    size_t median = 0;
    for (size_t below = count[0]; 2 * below < d->onsets; below += count[median]) {
        median++;
    }
    detected->onset_median_ms =
        median < ONSET_MAX_FRAMES ? FRAME_MS * (double)median : (double)INFINITY;
    detected->onset_within_40_ms_percent = 100.0 * (double)within / (double)d->onsets;
}

static double processor_s(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* 1, or 0 when the detector fails, -1 when memory is out. `score` and `order` have room. */
static int measure_one(struct detection *d, float *score, size_t *order,
                       struct detected *detected) {
    const struct detector *detector = detected->detector;
    double audio_s = (double)d->frames / DETECTOR_FRAMES_PER_S;
    detected->rtf = (double)INFINITY;
    for (int set = 0; set < DETECTION_SETS; set++) {
        double start = processor_s();
        if (!detector->score(detector, d->leg[set], d->frames * FRAME, RATE, score)) {
            return 0;
        }
        detected->rtf = fmin(detected->rtf, (processor_s() - start) / audio_s);
        if (!sort(score, d->frames, order)) {
            return -1;
        }
        find_area(d, (enum detection_set)set, score, order, detected);
        if (set == DETECTION_QUIET) {
            find_onsets(d, score, threshold(d, score, order), detected);
        }
    }
    detected->rtf = detector->program == NULL ? detected->rtf : (double)NAN;
    return 1;
}

bool detection_measure(struct detection *detection, const char **failed) {
    size_t all = 0;
    const struct detector *const *detectors = detectors_all(&all);
    float *score = calloc(detection->frames + 1, sizeof *score);
    size_t *order = calloc(detection->frames + 1, sizeof *order);
    int state = score != NULL && order != NULL ? 1 : -1;
    *failed = NULL;
    for (size_t i = 0; detection->frames > 0 && state == 1 && i < all; i++) {
        if (detector_present(detectors[i])) {
            struct detected *detected = &detection->detected[detection->count++];
            *detected = (struct detected){.detector = detectors[i]};
            state = measure_one(detection, score, order, detected);
            *failed = state == 0 ? detectors[i]->title : NULL;
        }
    }
    free(score);
    free(order);
    return state == 1;
}

void detection_free(struct detection *detection) {
    for (int set = 0; set < DETECTION_SETS; set++) {
        free(detection->leg[set]);
    }
    free(detection->active);
    *detection = (struct detection){0};
}
