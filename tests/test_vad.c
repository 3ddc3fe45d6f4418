/* solo_vad on recorded voices: both parties' legs of the calls of data/, noise and codec included,
 * against who truly speaks there. */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "activity.h"
#include "recipe.h"
#include "render.h"

enum { BINS = 1000, LATE = 4 };

/* How often each probability was given, to frames with and without speech. */
struct tally {
    double speech[BINS], none[BINS];
};

/* Area under the receiver operating characteristic: the share of pairs that are in order. */
static double area(const struct tally *tally) {
    double above = 0.0, in_order = 0.0, pairs[2] = {0};
    for (int b = BINS - 1; b >= 0; b--) {
        in_order += tally->none[b] * (above + 0.5 * tally->speech[b]);
        above += tally->speech[b];
        pairs[0] += tally->speech[b];
        pairs[1] += tally->none[b];
    }
    return in_order / (pairs[0] * pairs[1]);
}

static solo_vad *vad_of(int rate) {
    int error = 1;
    solo_vad *vad = solo_vad_create(engine(), rate, &error);
    assert_int_equal(error, SOLO_OK);
    assert_non_null(vad);
    return vad;
}

/* Probabilities for n samples in chunks, on the samples' own time line. */
static float *listen(const int16_t *pcm, size_t n, int rate, size_t chunk, size_t *frames) {
    solo_vad *vad = vad_of(rate);
    size_t hop = (size_t)rate / 100, count = 0;
    float *p = calloc(n / hop + 2, sizeof(*p));
    assert_non_null(p);
    assert_int_equal(solo_vad_latency(vad), LATE * (int)hop);
    for (size_t at = 0; at < n; at += chunk) {
        size_t step = n - at < chunk ? n - at : chunk;
        int got = solo_vad_process_s16(vad, pcm + at, step, p + count, step / hop + 1);
        assert_in_range(got, 0, step / hop + 1);
        count += (size_t)got;
    }
    solo_vad_destroy(vad);
    assert_int_equal(count, n / hop);
    memmove(p, p + LATE, (count - LATE) * sizeof(*p));
    *frames = count - LATE;
    return p;
}

static void add(struct tally *tally, const int16_t *leg, const float *stem, size_t n, int rate) {
    size_t frames;
    bool *active = calloc(activity_frame_count(n, rate) + 1, sizeof(*active));
    float *p = listen(leg, n, rate, n, &frames);
    assert_non_null(active);
    assert_true(activity_mask(stem, n, rate, active));
    for (size_t f = 0; f < frames; f++) {
        int bin = (int)(p[f] * (BINS - 1));
        assert_in_range(bin, 0, BINS - 1);
        (active[f] ? tally->speech : tally->none)[bin] += 1.0;
    }
    free(p);
    free(active);
}

static void speech_is_told_from_its_pauses(void **state) {
    static struct tally narrow, wide;
    (void)state;
    memset(&narrow, 0, sizeof(narrow));
    memset(&wide, 0, sizeof(wide));
    for (size_t i = 0; i < scene_count(); i++) {
        const struct scene *scene = scene_at(i);
        const struct recipe *recipe = scene->recipe;
        if (recipe->mixed || recipe->music_count > 0 || recipe->loss[PARTY_CUSTOMER].percent > 0.0)
            continue;
        const int16_t *leg = scene->agent == SOLO_AGENT_LEG_A ? scene->legs.b : scene->legs.a;
        if (recipe->duplicate == DUPLICATE_NONE)
            add(scene->rate == 16000 ? &wide : &narrow, leg, scene->render->customer, scene->legs.n,
                scene->rate);
    }
    printf("             area under the curve: %.3f at 8000 Hz, %.3f at 16000 Hz\n", area(&narrow),
           area(&wide));
    assert_true(area(&narrow) > 0.97);
    assert_true(area(&wide) > 0.97);
}

/* Where a voice begins after a pause of half a second, it is found within 40 ms, more often than
 * not. */
static void a_beginning_is_found_at_once(void **state) {
    enum { PAUSE = 50, SOON = 4 };
    const struct scene *scene = scene_named("it-handset");
    size_t frames, begins = 0, found = 0, quiet = 0, n = scene->legs.n;
    bool *active = calloc(activity_frame_count(n, scene->rate) + 1, sizeof(*active));
    float *p = listen(scene->legs.b, n, scene->rate, n, &frames);
    (void)state;
    assert_non_null(active);
    assert_true(activity_mask(scene->render->customer, n, scene->rate, active));
    for (size_t f = 0; f + SOON < frames; f++) {
        if (active[f] && quiet >= PAUSE) {
            begins++;
            for (size_t s = 0; s <= SOON; s++)
                if (p[f + s] > 0.5f) {
                    found++;
                    break;
                }
        }
        quiet = active[f] ? 0 : quiet + 1;
    }
    printf("             %zu of %zu beginnings within 40 ms\n", found, begins);
    assert_true(begins >= 4);
    assert_true(found * 2 > begins);
    free(p);
    free(active);
}

static void chunks_change_nothing(void **state) {
    static const size_t chunks[] = {1, 79, 160, 1000};
    const struct scene *scene = scene_named("it-handset");
    size_t n = 20011, frames, count;
    float *whole = listen(scene->legs.b, n, 8000, n, &frames);
    (void)state;
    for (size_t i = 0; i < COUNT_OF(chunks); i++) {
        float *p = listen(scene->legs.b, n, 8000, chunks[i], &count);
        assert_int_equal(count, frames);
        assert_memory_equal(p, whole, frames * sizeof(*p));
        free(p);
    }
    free(whole);
}

static void reset_begins_anew(void **state) {
    const struct scene *scene = scene_named("it-handset");
    float first[100], again[100];
    solo_vad *vad = vad_of(8000);
    (void)state;
    assert_int_equal(solo_vad_process_s16(vad, scene->legs.b + 60000, 8000, first, 100), 100);
    assert_int_equal(solo_vad_process_s16(vad, scene->legs.b, 37, again, 100), 0);
    assert_int_equal(solo_vad_reset(vad), SOLO_OK);
    assert_int_equal(solo_vad_process_s16(vad, scene->legs.b + 60000, 8000, again, 100), 100);
    assert_memory_equal(first, again, sizeof(first));
    solo_vad_destroy(vad);
}

static void wiped_memory_is_empty(void **state) {
    const struct scene *scene = scene_named("it-handset");
    size_t bytes = solo_vad_get_size(engine(), 16000), left = 0;
    char *memory = calloc(1, bytes);
    float p[50];
    solo_vad *vad = NULL;
    (void)state;
    assert_non_null(memory);
    assert_int_equal(solo_vad_init(memory, bytes, engine(), 16000, &vad), SOLO_OK);
    assert_int_equal(solo_vad_process_s16(vad, scene->legs.b, 8000, p, 50), 50);
    solo_vad_wipe(vad);
    for (size_t i = 0; i < bytes; i++)
        left += memory[i] != 0;
    assert_int_equal(left, 0);
    assert_int_equal(solo_vad_reset(vad), SOLO_E_ARG);
    assert_int_equal(solo_vad_process_s16(vad, scene->legs.b, 80, p, 50), SOLO_E_ARG);
    solo_vad_wipe(vad);
    free(memory);
}

static void what_is_wrong_is_refused(void **state) {
    int16_t pcm[160] = {0};
    float p[2];
    char memory[64];
    int error = 0;
    solo_vad *vad;
    (void)state;
    assert_null(solo_vad_create(NULL, 8000, &error));
    assert_int_equal(error, SOLO_E_ARG);
    assert_null(solo_vad_create(engine(), 44100, &error));
    assert_int_equal(error, SOLO_E_RATE);
    assert_int_equal(solo_vad_get_size(engine(), 11025), 0);
    assert_int_equal(solo_vad_init(memory, sizeof(memory), engine(), 8000, &vad), SOLO_E_NOMEM);
    assert_int_equal(solo_vad_init(NULL, 100000, engine(), 8000, &vad), SOLO_E_ARG);
    assert_int_equal(solo_vad_latency(NULL), SOLO_E_ARG);
    assert_int_equal(solo_vad_reset(NULL), SOLO_E_ARG);
    solo_vad_destroy(NULL);
    solo_vad_wipe(NULL);
    vad = vad_of(8000);
    assert_int_equal(solo_vad_process_s16(vad, NULL, 80, p, 2), SOLO_E_ARG);
    assert_int_equal(solo_vad_process_s16(vad, pcm, 160, p, 1), SOLO_E_ARG);
    assert_int_equal(solo_vad_process_s16(vad, pcm, 160, NULL, 2), SOLO_E_ARG);
    assert_int_equal(solo_vad_process_s16(vad, pcm, 0, NULL, 0), 0);
    assert_int_equal(solo_vad_process_s16(vad, pcm, 160, p, 2), 2);
    solo_vad_destroy(vad);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(speech_is_told_from_its_pauses),
    cmocka_unit_test(a_beginning_is_found_at_once),
    cmocka_unit_test(chunks_change_nothing),
    cmocka_unit_test(reset_begins_anew),
    cmocka_unit_test(wiped_memory_is_empty),
    cmocka_unit_test(what_is_wrong_is_refused),
};
const struct group vad_group = {"vad", tests, COUNT_OF(tests)};
