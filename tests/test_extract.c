/* The agent out of a mixture: real voices that speak at once. */
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/extract/extract.h"
#include "../lib/follower.h"
#include "../lib/memory.h"
#include "activity.h"
#include "figures.h"
#include "recipe.h"
#include "render.h"

#define PI 3.14159265358979323846
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
    extract_start(&stage->extract, &stage->cells, kernels_best());
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
    assert_taken_apart("mixed-it", false, 4.5, -1.2);
    assert_taken_apart("mixed-fr-soft-agent", false, 8.5, 2.0);
    assert_taken_apart("mixed-it", true, 7.5, 1.8);
    assert_taken_apart("mixed-fr-soft-agent", true, 10.0, 3.6);
    assert_taken_apart("mixed-en-loud-agent", true, 9.0, 4.8);
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

/* Both parties of a call as one leg: stretches of either, or of both, one after the other. */
struct line {
    float *own, *other; /* what is left of their speech */
    size_t owns, others;
    float *agent, *customer; /* what each says on the line */
    size_t n;
};

static struct line line_of(const char *name, size_t seconds) {
    const struct render *render = scene_named(name)->render;
    struct line line = {.own = calloc(render->n, sizeof(float)),
                        .other = calloc(render->n, sizeof(float)),
                        .agent = calloc(seconds * RATE, sizeof(float)),
                        .customer = calloc(seconds * RATE, sizeof(float))};
    line.owns = speech_of(render->agent, render->n, line.own) * HOP;
    line.others = speech_of(render->customer, render->n, line.other) * HOP;
    brighten(line.other, line.others);
    float gain = sqrtf(power_of(line.own, line.owns) / (float)line.owns /
                       (power_of(line.other, line.others) / (float)line.others));
    for (size_t i = 0; i < line.others; i++)
        line.other[i] *= gain;
    return line;
}

/* The next seconds: the speech of either is used from its beginning, and over and over. */
static void speak(struct line *line, bool agent, bool customer, size_t seconds) {
    for (size_t i = line->n; i < line->n + seconds * RATE; i++) {
        line->agent[i] = agent ? line->own[i % line->owns] : 0.0f;
        line->customer[i] = customer ? line->other[i % line->others] : 0.0f;
    }
    line->n += seconds * RATE;
}

/* The line as a call hears it whose agent is the first speaker, the second time that it does. */
static float *heard_twice(const struct line *line, int overlap) {
    solo_config config;
    float *x = calloc(2 * line->n, sizeof(float)), *out = calloc(2 * line->n, sizeof(float));
    assert_int_equal(solo_config_init(&config, SOLO_INPUT_MIXED, RATE), SOLO_OK);
    config.agent = SOLO_AGENT_FIRST_SPEAKER;
    config.overlap = overlap;
    for (size_t i = 0; i < line->n; i++)
        x[i] = line->agent[i] + line->customer[i];
    solo_call *call = call_of(&config);
    size_t latency = (size_t)solo_call_latency(call);
    assert_int_equal(solo_call_process_f32(call, x, NULL, out, line->n), line->n);
    assert_int_equal(solo_call_rewind(call), SOLO_OK);
    assert_int_equal(solo_call_process_f32(call, x, NULL, out, line->n), line->n);
    assert_int_equal(solo_call_flush_f32(call, out + line->n, line->n), latency);
    memmove(out, out + latency, sizeof(float) * line->n);
    solo_call_destroy(call);
    free(x);
    return out;
}

static void line_free(struct line *line) {
    free(line->own);
    free(line->other);
    free(line->agent);
    free(line->customer);
}

static double share_heard(const float *out, size_t from_s, size_t to_s) {
    size_t heard = 0;
    for (size_t i = from_s * RATE; i < to_s * RATE; i++)
        heard += out[i] < 0.0f || out[i] > 0.0f;
    return (double)heard / (double)((to_s - from_s) * RATE);
}

/* Who says two seconds before the other begins is not the first speaker yet: the other one is. */
static void test_first_for_three_seconds(void **state) {
    struct line line = line_of("mixed-it", 34);
    (void)state;
    speak(&line, false, true, 2);
    speak(&line, true, false, 12);
    speak(&line, false, true, 8);
    speak(&line, true, false, 12);
    float *out = heard_twice(&line, SOLO_OVERLAP_MUTE);
    double before = share_heard(out, 0, 2), agent = share_heard(out, 2, 14);
    double customer = share_heard(out, 15, 21), again = share_heard(out, 23, 34);
    if (!(before < 0.1 && agent > 0.7 && customer < 0.1 && again > 0.7))
        fail_msg("heard: %.2f of the customer, %.2f of the agent, %.2f and %.2f later", before,
                 agent, customer, again);
    free(out);
    line_free(&line);
}

/* How much of either voice has been heard is known by the end: a second of speech is five windows.
 */
static void test_voices_are_counted(void **state) {
    const struct front_end *front = engine_front(engine(), RATE);
    struct line line = line_of("mixed-it", 24);
    struct follower follower = {0};
    struct arena arena = {NULL, 0};
    struct heard heard;
    (void)state;
    speak(&line, true, false, 12);
    speak(&line, false, true, 12);
    follower_layout(&follower, &arena, front);
    void *memory = calloc(1, arena.used + ARENA_ALIGN);
    arena = (struct arena){memory_align(memory), 0};
    follower_layout(&follower, &arena, front);
    follower_start(&follower, engine(), front, NULL);
    for (size_t i = 0; i + HOP <= line.n; i++)
        line.agent[i] += line.customer[i];
    for (size_t at = 0; at + HOP <= line.n; at += HOP)
        follower_hop(&follower, line.agent + at, &heard);
    const struct mixed_voices *voices = &follower.voices;
    assert_true(voices->named);
    assert_in_range(voices->agent, 30, 60);
    assert_in_range(voices->other, 30, 60);
    assert_true(voices->enrolled > voices->stranger + 0.2f);
    assert_true(voices->alike < 0.55f);
    free(memory);
    line_free(&line);
}

/* How much of a stem is in the output, as a share of the stem (least squares). */
static double part_of(const float *out, const float *stem, size_t from, size_t to) {
    double along = 0.0, power = 1e-12;
    for (size_t i = from; i < to; i++) {
        along += (double)out[i] * (double)stem[i];
        power += (double)stem[i] * (double)stem[i];
    }
    return along / power;
}

/* The share of hops that pass as they came. */
static double share_untouched(const struct line *line, const float *out, size_t from, size_t to) {
    size_t untouched = 0;
    for (size_t at = from; at < to; at += HOP) {
        float wrong = 0.0f;
        for (size_t i = at; i < at + HOP; i++)
            wrong = fmaxf(wrong, fabsf(out[i] - line->agent[i] - line->customer[i]));
        untouched += wrong < 1e-4f;
    }
    return (double)(untouched * HOP) / (double)(to - from);
}

/* A whole call that learns both voices by itself: where both speak, more of the agent passes, and
 * hardly anything with both in it. */
static void test_call_takes_the_agent_out(void **state) {
    enum { ALONE = 24, BOTH = 10 };
    struct line line = line_of("mixed-it", 2 * ALONE + BOTH);
    (void)state;
    speak(&line, true, false, ALONE);
    speak(&line, false, true, ALONE);
    speak(&line, true, true, BOTH);
    float *out = heard_twice(&line, SOLO_OVERLAP_EXTRACT);
    size_t from = 2 * ALONE * RATE + RATE / 2, to = line.n - RATE / 2;
    double agent = part_of(out, line.agent, from, to);
    double customer = part_of(out, line.customer, from, to);
    if (!(agent > 0.2 && agent > 1.5 * customer))
        fail_msg("%.2f of the agent and %.2f of the customer pass together", agent, customer);
    double untouched = share_untouched(&line, out, from, to);
    if (untouched > 0.1)
        fail_msg("%.2f of what both say passes as it came", untouched);
    free(out);
    line_free(&line);
}

/* Hops of a second hearing that were taken out of the mixture next to a key. */
static int unmixed_beside_keys(const float *x, size_t n) {
    enum { REACH = CELLS_HOPS - CELLS_STEP }; /* that a hop's frames have either way */
    solo_config config;
    solo_event event;
    assert_int_equal(solo_config_init(&config, SOLO_INPUT_MIXED, RATE), SOLO_OK);
    config.agent = SOLO_AGENT_FIRST_SPEAKER;
    config.overlap = SOLO_OVERLAP_EXTRACT;
    config.consent = SOLO_CONSENT_NONE;
    solo_call *call = call_of(&config);
    uint32_t *flags = calloc(n / HOP, sizeof(*flags));
    float out[HOP];
    int keys = 0, beside = 0;
    for (int pass = 0; pass < 2; pass++) {
        assert_int_equal(solo_call_rewind(call), SOLO_OK);
        for (size_t at = 0; at + HOP <= n; at += HOP) {
            assert_int_equal(solo_call_process_f32(call, x + at, NULL, out, HOP), HOP);
            while (solo_call_next_event(call, &event) == 1)
                for (uint64_t h = event.from / HOP; h < event.to / HOP; h++)
                    flags[h] = event.flags;
        }
    }
    for (size_t h = REACH; h + REACH < n / HOP; h++) {
        bool key = false;
        for (size_t u = h - REACH; u <= h + REACH; u++)
            key = key || flags[u] & SOLO_F_KEY;
        keys += (flags[h] & SOLO_F_KEY) != 0;
        beside += key && flags[h] & SOLO_F_LEAK;
    }
    assert_true(keys > 100);
    free(flags);
    solo_call_destroy(call);
    return beside;
}

/* Keys of the telephone under both voices are erased where consent is looked for, and no frame of
 * 60 ms may spread them. */
static void test_keys_are_not_spread(void **state) {
    enum { ALONE = 24, BOTH = 12, EVERY = 3 * RATE / 10, KEY = 8 * HOP };
    struct line line = line_of("mixed-it", 2 * ALONE + BOTH);
    (void)state;
    speak(&line, true, false, ALONE);
    speak(&line, false, true, ALONE);
    speak(&line, true, true, BOTH);
    float *x = calloc(line.n, sizeof(float));
    for (size_t i = 0; i < line.n; i++)
        x[i] = line.agent[i] + line.customer[i];
    for (size_t at = 2 * ALONE * RATE; at + EVERY <= line.n; at += EVERY)
        for (int i = 0; i < KEY; i++)
            x[at + (size_t)i] += (float)(0.15 * (sin(2.0 * PI * 852.0 * i / RATE) +
                                                 sin(2.0 * PI * 1336.0 * i / RATE)));
    assert_int_equal(unmixed_beside_keys(x, line.n), 0);
    free(x);
    line_free(&line);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_two_voices_are_taken_apart), cmocka_unit_test(test_one_voice_alone),
    cmocka_unit_test(test_first_for_three_seconds),    cmocka_unit_test(test_voices_are_counted),
    cmocka_unit_test(test_call_takes_the_agent_out),   cmocka_unit_test(test_keys_are_not_spread),
};
const struct group extract_group = {"extract", tests, COUNT_OF(tests)};
