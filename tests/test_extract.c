/* The agent out of a mixture: real voices that speak at once. */
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/extract/extract.h"
#include "../lib/memory.h"
#include "activity.h"
#include "figures.h"
#include "recipe.h"
#include "render.h"

enum { RATE = 8000, HOP = RATE / 100, PAUSE_HOPS = 20 };

/* The hops of a stem in which its party speaks, joined: longer pauses left out. */
static size_t speech_of(const float *stem, size_t n, float *speech) {
    size_t hops = n / HOP, kept = 0;
    bool *active = calloc(hops, sizeof(*active));
    assert_true(activity_mask(stem, n, RATE, active));
    for (size_t h = 0, since = PAUSE_HOPS; h < hops; h++)
        if ((since = active[h] ? 0 : since + 1) < PAUSE_HOPS)
            memcpy(speech + HOP * kept++, stem + h * HOP, sizeof(float) * HOP);
    free(active);
    return kept;
}

struct stage {
    void *memory;
    struct cells cells;
    struct extract extract;
};

static void stage_open(struct stage *stage) {
    struct arena arena = {NULL, 0};
    assert_true(cells_make(&stage->cells, RATE));
    extract_layout(&stage->extract, &arena, &stage->cells);
    stage->memory = calloc(1, arena.used + ARENA_ALIGN);
    arena = (struct arena){memory_align(stage->memory), 0};
    extract_layout(&stage->extract, &arena, &stage->cells);
    extract_start(&stage->extract, &stage->cells);
}

static void stage_close(struct stage *stage) {
    free(stage->memory);
    cells_free(&stage->cells);
}

static void learn(struct stage *stage, int party, const float *speech, size_t hops) {
    for (size_t h = 0; h + CELLS_HOPS <= hops; h += CELLS_STEP)
        extract_learn(&stage->extract, party, speech + h * HOP);
}

/* The agent's part of a mixture of so many hops, as the stage finds it. */
static void take_out(struct stage *stage, const float *mixture, size_t hops, float *out) {
    for (int64_t h = CELLS_HOPS; h + CELLS_HOPS < (int64_t)hops; h++) {
        int64_t first = extract_first_frame(h);
        for (int64_t f = first; f < first + EXTRACT_FRAMES; f++)
            if (!extract_has(&stage->extract, f))
                extract_frame(&stage->extract, f, mixture + extract_frame_start(f) * HOP);
        extract_hop(&stage->extract, h, out + h * HOP);
    }
}

static float power_of(const float *x, size_t n) {
    float power = 0.0f;
    for (size_t i = 0; i < n; i++)
        power += x[i] * x[i];
    return power;
}

/* Another telephone: the treble comes through louder. */
static void brighten(float *x, size_t n) {
    for (size_t i = n; i-- > 1;)
        x[i] -= 0.8f * x[i - 1];
}

/* Two thirds of both voices alone teach the stage; then they speak at once, equally loud, over one
 * kind of telephone or over two. At least so many dB of the customer go, and SI-SDR
 * gains so many. */
static void assert_taken_apart(const char *name, bool two_lines, double least, double gain_least) {
    const struct render *render = scene_named(name)->render;
    struct stage stage = {0};
    float *own = calloc(render->n, sizeof(float)), *other = calloc(render->n, sizeof(float));
    size_t hops = speech_of(render->agent, render->n, own);
    size_t others = speech_of(render->customer, render->n, other);
    if (two_lines)
        brighten(other, others * HOP);
    stage_open(&stage);
    assert_false(extract_ready(&stage.extract));
    learn(&stage, VOICE_AGENT, own, hops * 2 / 3);
    learn(&stage, VOICE_OTHER, other, others * 2 / 3);
    assert_true(extract_ready(&stage.extract));

    const float *a = own + hops * 2 / 3 * HOP, *c = other + others * 2 / 3 * HOP;
    size_t rest = hops / 3 < others / 3 ? hops / 3 : others / 3, n = rest * HOP;
    float *mixture = calloc(n, sizeof(float)), *out = calloc(n, sizeof(float));
    float *customer = calloc(n, sizeof(float)), gain = sqrtf(power_of(a, n) / power_of(c, n));
    for (size_t i = 0; i < n; i++) {
        customer[i] = gain * c[i];
        mixture[i] = a[i] + customer[i];
    }
    take_out(&stage, mixture, rest, out);
    struct figures figures;
    struct figures_input in = {.agent_stem = a,
                               .customer = customer,
                               .input = mixture,
                               .output = out,
                               .n = n,
                               .rate = RATE};
    assert_int_equal(figures_compute(&in, &figures), 0);
    if (!(figures.overlap_removal_db >= least && figures.overlap_si_sdr_gain_db >= gain_least))
        fail_msg("%s: %.1f dB taken out, SI-SDR gain %.1f dB", name, figures.overlap_removal_db,
                 figures.overlap_si_sdr_gain_db);
    free(own);
    free(other);
    free(mixture);
    free(out);
    free(customer);
    stage_close(&stage);
}

static void test_two_voices_are_taken_apart(void **state) {
    (void)state;
    assert_taken_apart("mixed-it", false, 4.0, -1.5);
    assert_taken_apart("mixed-fr-soft-agent", false, 7.0, 1.0);
    assert_taken_apart("mixed-it", true, 7.0, 1.5);
    assert_taken_apart("mixed-fr-soft-agent", true, 9.0, 3.0);
    assert_taken_apart("mixed-en-loud-agent", true, 8.0, 4.0);
}

/* What the same spectra explain alone is left as it is, and what they cannot be is taken out. */
static void test_one_voice_alone(void **state) {
    const struct render *render = scene_named("mixed-it")->render;
    struct stage stage = {0};
    float *voice[2], *out = calloc(render->n, sizeof(float));
    size_t hops[2];
    (void)state;
    stage_open(&stage);
    for (int p = 0; p < VOICES; p++) {
        voice[p] = calloc(render->n, sizeof(float));
        hops[p] =
            speech_of(p == VOICE_AGENT ? render->agent : render->customer, render->n, voice[p]);
        learn(&stage, p, voice[p], hops[p] * 2 / 3);
    }
    for (int p = 0; p < VOICES; p++) {
        const float *rest = voice[p] + hops[p] * 2 / 3 * HOP;
        size_t n = hops[p] / 3;
        memset(out, 0, sizeof(float) * render->n);
        memset(stage.extract.made_frame, 0, sizeof(stage.extract.made_frame));
        take_out(&stage, rest, n, out);
        float left = 10.0f * log10f(power_of(out, n * HOP) / power_of(rest, n * HOP));
        if (p == VOICE_AGENT ? left < -3.0f : left > -5.0f)
            fail_msg("%s alone: %.1f dB are left", p == VOICE_AGENT ? "agent" : "customer",
                     (double)left);
        free(voice[p]);
    }
    free(out);
    stage_close(&stage);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_two_voices_are_taken_apart),
    cmocka_unit_test(test_one_voice_alone),
};
const struct group extract_group = {"extract", tests, COUNT_OF(tests)};
