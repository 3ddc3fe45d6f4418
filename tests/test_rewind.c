/* A recording is heard twice: what the first pass learnt, and nothing else, is there in the second.
 */
#include "support.h"

#include <stdlib.h>
#include <string.h>

#include "../lib/leak/leak.h"
#include "../lib/memory.h"
#include "figures.h"
#include "render.h"

static struct take take_rewound(const struct scene *scene, size_t heard) {
    solo_config config = config_of(scene->rate, scene->agent);
    struct take take = take_empty(&config, scene->legs.n);
    solo_call *call = call_of(&config);
    feed(call, scene->legs, 0, heard, take.x);
    assert_int_equal(solo_call_rewind(call), SOLO_OK);
    feed(call, scene->legs, 0, scene->legs.n, take.x);
    assert_int_equal(drain(call, take.x + scene->legs.n, take.latency + 1), take.latency);
    solo_call_destroy(call);
    return take;
}

static struct figures measure(const struct scene *scene, struct take take) {
    struct figures figures;
    float *output = malloc((scene->legs.n + 1) * sizeof(*output));
    assert_non_null(output);
    for (size_t i = 0; i < scene->legs.n; i++)
        output[i] = (float)take.x[take.latency + i] / 32768.0f;
    struct figures_input in = {.agent_stem = scene->render->agent,
                               .customer = scene->render->leak,
                               .input = scene->render->agent_leg,
                               .output = output,
                               .n = scene->legs.n,
                               .rate = scene->rate};
    assert_int_equal(figures_compute(&in, &figures), 0);
    free(output);
    return figures;
}

/* Both talk from the first second on: a single pass has to erase the agent's words there. */
static void test_first_words_are_kept(void **state) {
    const struct scene *scene = scene_named("it-es-double-talk");
    solo_config config = config_of(scene->rate, scene->agent);
    struct take once = take_whole(&config, scene->legs);
    struct take twice = take_rewound(scene, scene->legs.n);
    struct figures before = measure(scene, once), after = measure(scene, twice);
    (void)state;
    if (!(after.overlap_removal_db >= before.overlap_removal_db - 1.0))
        fail_msg("overlap removal fell from %.1f to %.1f dB", before.overlap_removal_db,
                 after.overlap_removal_db);
    if (!(after.interjections_kept_percent >= 97.0))
        fail_msg("%.1f %% of the interjections kept, %.1f %% in a single pass",
                 after.interjections_kept_percent, before.interjections_kept_percent);
    if (!(after.overlap_si_sdr_gain_db >= before.overlap_si_sdr_gain_db + 3.0))
        fail_msg("overlap SI-SDR gain %.1f dB, %.1f in a single pass", after.overlap_si_sdr_gain_db,
                 before.overlap_si_sdr_gain_db);
    take_free(once);
    take_free(twice);
}

/* A clock that runs away is where it was at the start again. */
static void test_drift_goes_back(void **state) {
    const struct scene *scene = scene_named("fr-drift");
    struct take twice = take_rewound(scene, scene->legs.n);
    struct figures after = measure(scene, twice);
    (void)state;
    if (!(after.customer_only_removal_db >= 50.0 && after.overlap_removal_db >= 26.0 &&
          after.interjections_kept_percent >= 90.0))
        fail_msg("removal %.1f dB, in overlap %.1f dB; %.1f %% of the interjections kept",
                 after.customer_only_removal_db, after.overlap_removal_db,
                 after.interjections_kept_percent);
    take_free(twice);
}

/* A leak that came later than anything that is looked for, when the call began, is not read from
 * where no samples are kept. */
static void test_drift_from_beyond_the_search(void **state) {
    const struct tables *tables = engine_tables(engine(), 8000);
    struct leak leak = {0};
    struct arena arena = {NULL, 0};
    (void)state;
    leak_layout(&leak, &arena, tables->dims, 32, 0);
    void *memory = calloc(1, arena.used + ARENA_ALIGN);
    arena = (struct arena){memory_align(memory), 0};
    leak_layout(&leak, &arena, tables->dims, 32, 0);
    struct leak before = leak;
    before.align.state = ALIGN_FOUND;
    before.align.blocks = 180000.0f; /* an hour */
    before.delay = leak.align.lags - 1;
    before.drift.pace = (struct pace){.on = true, .rate = -100e-6f * (float)tables->dims.block};
    leak_resume(&leak, &before, tables);
    assert_in_range(leak.delay, 0, leak.align.lags - 1);
    assert_true(leak.warp >= 0.0f && leak.warp <= (float)tables->dims.block);
    free(memory);
}

static void test_begins_at_zero(void **state) {
    const struct scene *scene = scene_named("it-handset");
    solo_config config = config_of(scene->rate, scene->agent);
    solo_call *call = call_of(&config);
    solo_stats stats = {.struct_size = sizeof(stats)};
    solo_event event;
    int16_t *out = samples_new(scene->legs.n);
    (void)state;
    feed(call, scene->legs, 0, scene->legs.n, out);
    solo_call_mask(call, 1);
    drain(call, out, scene->legs.n);
    assert_int_equal(solo_call_rewind(call), SOLO_OK);
    assert_int_equal(solo_call_stats(call, &stats), SOLO_OK);
    assert_true(stats.samples_in == 0 && stats.samples_out == 0 && stats.samples_erased == 0 &&
                stats.samples_customer == 0 && stats.events_dropped == 0);
    assert_int_not_equal(stats.leak_delay_ms, -1);
    assert_int_equal(solo_call_next_event(call, &event), 0);
    assert_int_equal(solo_call_push_s16(call, SOLO_LEG_A, scene->legs.a, 160), SOLO_OK);
    solo_call_destroy(call);
    free(out);
}

/* The same was heard: the same comes out, however it is cut; the mask is that of the config. */
static void test_depends_on_what_was_heard(void **state) {
    static const size_t chunks[] = {160, 1, 977};
    struct legs16 legs = cut(scene_named("it-handset"), 0.0, 6.0);
    solo_config config = config_of(8000, SOLO_AGENT_LEG_A);
    struct take takes[COUNT_OF(chunks)];
    (void)state;
    for (size_t i = 0; i < COUNT_OF(chunks); i++) {
        solo_call *call = call_of(&config);
        takes[i] = take_empty(&config, legs.n);
        feed(call, legs, 0, legs.n, takes[i].x);
        solo_call_mask(call, (int)(i & 1));
        assert_int_equal(solo_call_rewind(call), SOLO_OK);
        for (size_t at = 0; at < legs.n; at += chunks[i])
            feed(call, legs, at, at + chunks[i] < legs.n ? at + chunks[i] : legs.n,
                 takes[i].x + at);
        drain(call, takes[i].x + legs.n, takes[i].latency + 1);
        assert_same_take("after a rewind", takes[0], takes[i]);
        solo_call_destroy(call);
    }
    for (size_t i = 0; i < COUNT_OF(chunks); i++)
        take_free(takes[i]);
}

static void test_refused(void **state) {
    solo_config config = config_of(8000, SOLO_AGENT_LEG_A);
    solo_call *call = call_of(&config);
    (void)state;
    assert_int_equal(solo_call_rewind(NULL), SOLO_E_ARG);
    solo_call_wipe(call);
    assert_int_equal(solo_call_rewind(call), SOLO_E_ARG);
    solo_call_destroy(call);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_first_words_are_kept),         cmocka_unit_test(test_drift_goes_back),
    cmocka_unit_test(test_drift_from_beyond_the_search), cmocka_unit_test(test_begins_at_zero),
    cmocka_unit_test(test_depends_on_what_was_heard),    cmocka_unit_test(test_refused),
};
const struct group rewind_group = {"rewind", tests, COUNT_OF(tests)};
