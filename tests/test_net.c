/* The networks in C against what PyTorch answered when they were exported (training/export), in
 * every form that this CPU runs. */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/attribute/mixed_network.h"
#include "../lib/attribute/passage.h"
#include "../lib/engine.h"
#include "../lib/speaker/speaker.h"
#include "../lib/vad/network.h"

enum {
    RATE = 8000,
    HOP = RATE / 100,
    SAMPLES = 4 * RATE,
    HOPS = SAMPLES / HOP,
    FRAMES = HOPS / 2,
    HEARD = 6 * FEATURES,
    ROW_MAX = 64,
    ROWS_MAX = 512,
    PROFILE_FRAMES = 60
};

struct golden {
    int rows, columns;
    float value[ROWS_MAX][ROW_MAX];
};

/* The numbers of a golden file, a row a line. */
static void read_golden(const char *name, struct golden *golden) {
    char path[1024], line[4096];
    const char *data = getenv("SOLO_DATA");
    snprintf(path, sizeof(path), "%s/../training/export/%s_golden.txt", data ? data : "data", name);
    FILE *file = fopen(path, "r");
    if (!file)
        fail_msg("cannot read %s", path);
    *golden = (struct golden){0};
    while (fgets(line, sizeof(line), file)) {
        char *at = line, *end;
        if (line[0] == '#')
            continue;
        assert_in_range(golden->rows, 0, ROWS_MAX - 1);
        golden->columns = 0;
        for (float v = strtof(at, &end); end != at; v = strtof(at = end, &end)) {
            assert_in_range(golden->columns, 0, ROW_MAX - 1);
            golden->value[golden->rows][golden->columns++] = v;
        }
        golden->rows++;
    }
    fclose(file);
}

/* golden_input() of training/export.py: a buzz of wandering pitch in bursts, over noise. */
static void golden_input(float *out) {
    uint32_t state = 12345;
    int phase = 0;
    for (int n = 0; n < SAMPLES; n++) {
        state = state * 1664525u + 1013904223u;
        int noise = (int)(state >> 16) - 32768, period = 50 + n / 400 % 30, loud = n / 2400 % 3;
        phase = phase + 1 >= period ? 0 : phase + 1;
        /* Python's division and shift round downwards. */
        int buzz = loud ? (int)floor(12000.0 * (period - 2 * phase) / period) : 0;
        int sum = (int)floor(buzz * loud / 2.0) + (int)floor(noise / (double)(1 << (8 - 2 * loud)));
        sum = sum > 32767 ? 32767 : sum < -32768 ? -32768 : sum;
        out[n] = (float)sum / 32768.0f;
    }
}

static float heard[HOPS][FEATURES];

static void prepare_features(void) {
    static float input[SAMPLES];
    float past[FEATURE_POINTS] = {0};
    struct features features = {.past = past};
    golden_input(input);
    for (int hop = 0; hop < HOPS; hop++)
        features_hop(&features, engine_front(engine(), RATE), input + hop * HOP, heard[hop]);
}

/* Six rows of features for frame u. */
static void window_of(int frame, struct quantised *out) {
    float rows[6][FEATURES];
    for (int i = 0; i < 6; i++)
        for (int f = 0; f < FEATURES; f++)
            rows[i][f] = 2 * frame - 4 + i < 0 ? FEATURE_SILENCE : heard[2 * frame - 4 + i][f];
    quantise(rows[0], HEARD, out);
}

static void assert_near(const char *what, const char *form, double found, double wanted,
                        double tolerance) {
    if (!(fabs(found - wanted) <= tolerance))
        fail_msg("%s, %s: %.7f instead of %.7f", form, what, found, wanted);
}

static void features_are_those_of_training(void **state) {
    static struct golden golden;
    (void)state;
    prepare_features();
    read_golden("features", &golden);
    assert_int_equal(golden.rows, HOPS / 50);
    assert_int_equal(golden.columns, FEATURES);
    for (int r = 0; r < golden.rows; r++)
        for (int f = 0; f < FEATURES; f++)
            assert_near("feature", "all", heard[50 * r][f], golden.value[r][f], 3e-4);
}

/* However faint: what the front end hears is never taken for a fault. */
static void features_hold_their_frames_power(void **state) {
    static float input[SAMPLES];
    float past[FEATURE_POINTS] = {0}, row[FEATURES];
    struct features features = {.past = past};
    (void)state;
    golden_input(input);
    for (int hop = 0; hop < HOPS; hop++) {
        const struct front_end *front = engine_front(engine(), RATE);
        float *samples = input + hop * HOP, faint = powf(10.0f, -(float)(hop % 40));
        for (int n = 0; n < HOP; n++)
            samples[n] *= faint;
        features_hop(&features, front, samples, row);
        assert_true(features_are_whole(&features, front, row));
        row[hop % FEATURES] += 1.0f;
        assert_false(faint > 1e-2f && features_are_whole(&features, front, row));
        row[hop % FEATURES] = -1e30f;
        assert_false(features_are_whole(&features, front, row));
    }
}

static void speech_is_as_likely_as_in_training(void **state) {
    static struct golden golden;
    const struct kernels *form;
    (void)state;
    prepare_features();
    read_golden("vad", &golden);
    assert_int_equal(golden.rows, HOPS);
    for (int i = 0; (form = kernels_at(i)) != NULL; i++) {
        struct vad_network vad;
        vad_network_start(&vad);
        for (int hop = 0; hop < HOPS; hop++)
            assert_near("speech", form->name, vad_network_hop(&vad, form, heard[hop]),
                        golden.value[hop][0], 2e-4);
    }
}

/* What the speaker network makes of the golden input. */
struct heard_voice {
    float hidden[FRAMES][SPEAKER_HIDDEN];
    float cosine_of[FRAMES][SPEAKER_WINDOWS][EMBEDDING]; /* embeddings of the running windows */
    float whole[EMBEDDING];
    float profile[MIXED_PROFILES][EMBEDDING];
};

static void listen(const struct kernels *form, struct heard_voice *voice) {
    struct speaker speaker;
    struct speaker_sums whole = {0}, part = {0};
    struct quantised in;
    struct arena arena = {0};
    memset(&speaker, 0, sizeof(speaker));
    speaker_layout(&speaker, &arena);
    arena.base = aligned_alloc(ARENA_ALIGN, arena.used);
    assert_non_null(arena.base);
    memset(arena.base, 0, arena.used);
    arena.used = 0;
    speaker_layout(&speaker, &arena);
    for (int u = 0; u < FRAMES; u++) {
        window_of(u, &in);
        speaker_frame(&speaker, form, &in, voice->hidden[u]);
        for (int w = 0; w < SPEAKER_WINDOWS; w++)
            speaker_embed(&speaker, form, w, voice->cosine_of[u][w]);
        speaker_add(&speaker, &whole);
        speaker_add(&speaker, &part);
        if ((u + 1) % PROFILE_FRAMES == 0 && u < MIXED_PROFILES * PROFILE_FRAMES) {
            speaker_embed_sums(&part, form, voice->profile[u / PROFILE_FRAMES]);
            memset(&part, 0, sizeof(part));
        }
    }
    speaker_embed_sums(&whole, form, voice->whole);
    free(arena.base);
}

static struct heard_voice voice, plain_voice;

static void voices_are_those_of_training(void **state) {
    static struct golden golden;
    const struct kernels *form;
    (void)state;
    prepare_features();
    read_golden("speaker", &golden);
    assert_int_equal(golden.rows, EMBEDDING);
    listen(kernels_at(0), &plain_voice);
    for (int i = 0; (form = kernels_at(i)) != NULL; i++) {
        listen(form, &voice);
        for (int e = 0; e < EMBEDDING; e++)
            assert_near("embedding", form->name, voice.whole[e], golden.value[e][0], 1e-3);
        assert_memory_equal(&voice, &plain_voice, sizeof(voice));
    }
}

static void assert_who(const char *form, const struct who *who, const float *wanted) {
    const float found[4] = {who->neither, who->agent, who->customer, who->both};
    for (int c = 0; c < 4; c++)
        assert_near("who", form, found[c], wanted[c], 2e-2);
}

static void follow(const struct kernels *form, const struct golden *golden) {
    struct mixed_network network;
    struct arena arena = {0};
    memset(&network, 0, sizeof(network));
    mixed_network_layout(&network, &arena);
    arena.base = aligned_alloc(ARENA_ALIGN, arena.used);
    assert_non_null(arena.base);
    memset(arena.base, 0, arena.used);
    arena.used = 0;
    mixed_network_layout(&network, &arena);
    for (int p = 0; p < MIXED_PROFILES; p++)
        mixed_network_profile(&network, form, p, voice.profile[p]);
    for (int u = 0; u < FRAMES; u++) {
        struct quantised in;
        struct mixed_answer answer;
        float cosine[MIXED_COSINES];
        for (int c = 0; c < MIXED_COSINES; c++)
            cosine[c] =
                likeness(voice.cosine_of[u][c / MIXED_PROFILES], voice.profile[c % MIXED_PROFILES]);
        window_of(u, &in);
        mixed_network_frame(&network, form, &in, voice.hidden[u], cosine, &answer);
        for (int half = 0; half < MIXED_HALVES; half++) {
            assert_who(form->name, &answer.soon[half], golden->value[u] + 4 * half);
            assert_who(form->name, &answer.late[half], golden->value[u] + 8 + 4 * half);
        }
    }
    free(arena.base);
}

static void who_speaks_is_as_in_training(void **state) {
    static struct golden golden;
    const struct kernels *form;
    (void)state;
    prepare_features();
    read_golden("activity", &golden);
    assert_int_equal(golden.rows, FRAMES);
    for (int i = 0; (form = kernels_at(i)) != NULL; i++) {
        listen(form, &voice);
        follow(form, &golden);
    }
}

/* Input i of row r of the golden file is (37 (52 r + i) mod 101) / 100, as in training/export.py.
 */
static void passages_are_as_likely_as_in_training(void **state) {
    static struct golden golden;
    (void)state;
    read_golden("passage", &golden);
    assert_in_range(golden.rows, 1, ROWS_MAX);
    for (int r = 0; r < golden.rows; r++) {
        float input[PASSAGE_INPUTS];
        for (int i = 0; i < PASSAGE_INPUTS; i++)
            input[i] = (float)((PASSAGE_INPUTS * r + i) * 37 % 101) / 100.0f;
        assert_near("passage", "all", passage_answer(input), golden.value[r][0], 1e-5);
    }
}

/* Lengths that no vector divides, at the ends of what is allowed. */
static void every_kernel_gives_the_same_product(void **state) {
    static int8_t weight[5 * KERNEL_COLUMNS_MAX];
    static int16_t x[KERNEL_COLUMNS_MAX];
    const struct kernels *form;
    uint32_t random = 1;
    int32_t wanted[5], found[5];
    (void)state;
    for (int columns = 1; columns <= KERNEL_COLUMNS_MAX; columns += columns < 70 ? 1 : 53) {
        for (int k = 0; k < 5 * columns; k++)
            weight[k] = (int8_t)(k % 7 == 0 ? -127 : (int)(random_next(&random) % 255) - 127);
        for (int k = 0; k < columns; k++)
            x[k] = (int16_t)(k % 3 == 0 ? -KERNEL_INPUT_MAX
                                        : (int)(random_next(&random) % (2 * KERNEL_INPUT_MAX + 1)) -
                                              KERNEL_INPUT_MAX);
        for (int r = 0; r < 5; r++) {
            int64_t sum = 0;
            for (int k = 0; k < columns; k++)
                sum += (int64_t)weight[r * columns + k] * x[k];
            wanted[r] = (int32_t)sum;
        }
        for (int i = 0; (form = kernels_at(i)) != NULL; i++) {
            form->dot_int8(weight, x, 5, columns, found);
            assert_memory_equal(found, wanted, sizeof(found));
        }
    }
}

/* The sums of floats differ by the order in which they are made, and by nothing else. */
static void every_kernel_gives_nearly_the_same_sum(void **state) {
    enum { ROWS = 3, COLUMNS = 300 };
    float weight[ROWS * COLUMNS], x[COLUMNS], found[ROWS];
    const struct kernels *form;
    uint32_t random = 1;
    (void)state;
    for (int k = 0; k < ROWS * COLUMNS; k++)
        weight[k] = (float)(random_next(&random) % 2001) / 1000.0f - 1.0f;
    for (int k = 0; k < COLUMNS; k++)
        x[k] = (float)(random_next(&random) % 2001) / 1000.0f - 1.0f;
    for (int columns = 1; columns <= COLUMNS; columns++)
        for (int i = 0; (form = kernels_at(i)) != NULL; i++) {
            form->dot_float(weight, x, ROWS, columns, found);
            for (int r = 0; r < ROWS; r++) {
                double wanted = 0.0;
                for (int k = 0; k < columns; k++)
                    wanted += (double)weight[r * columns + k] * (double)x[k];
                assert_true(fabs((double)found[r] - wanted) < 1e-4);
            }
        }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_kernel_gives_the_same_product),
    cmocka_unit_test(every_kernel_gives_nearly_the_same_sum),
    cmocka_unit_test(features_are_those_of_training),
    cmocka_unit_test(features_hold_their_frames_power),
    cmocka_unit_test(speech_is_as_likely_as_in_training),
    cmocka_unit_test(voices_are_those_of_training),
    cmocka_unit_test(who_speaks_is_as_in_training),
    cmocka_unit_test(passages_are_as_likely_as_in_training),
};
const struct group net_group = {"net", tests, COUNT_OF(tests)};
