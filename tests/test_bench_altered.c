/* The figures of an altered customer: known likenesses in, known error rates out. */
#include "test_bench.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "altered.h"
#include "attack_voices.h"

enum { PERSONS = 4, EACH = 1 + ALTERED_SEEDS, CLIPS = PERSONS * (EACH + 2 + ALTERED_TURNS) };

/* The clip says that it is of this voice; 0 to PERSONS - 1 are people. */
static void say(struct altered *altered, size_t clip, size_t voice) {
    altered->embedding[clip * VOICE_SIZE + voice] = 1.0f;
}

/* People who are known as they speak; altered, all have one voice, and one by seed or when turned
 * back, if so asked. */
static void make(struct altered *altered, bool by_seed, bool by_turn) {
    *altered = (struct altered){.persons = PERSONS, .pieces = PERSONS};
    altered->person = calloc(PERSONS, sizeof *altered->person);
    altered->piece = calloc(PERSONS, sizeof *altered->piece);
    altered->embedding = calloc((size_t)CLIPS * VOICE_SIZE, sizeof *altered->embedding);
    assert_true(altered->person && altered->piece && altered->embedding);
    for (size_t p = 0, clip = 0; p < PERSONS; p++) {
        struct altered_person *person = &altered->person[p];
        struct altered_piece *piece = &altered->piece[p];
        say(altered, person->enrol = clip++, p);
        for (size_t s = 0; s < ALTERED_SEEDS; s++) {
            person->enrol_altered[s] = clip;
            say(altered, clip++, by_seed && s == 1 ? PERSONS + 1 + p : PERSONS);
        }
        piece->person = p;
        say(altered, piece->plain = clip++, p);
        say(altered, piece->altered = clip++, by_seed ? PERSONS + 1 + p : PERSONS);
        piece->turned = clip;
        for (size_t t = 0; t < ALTERED_TURNS; t++) {
            say(altered, clip++, by_turn && t == 7 ? p : PERSONS);
        }
    }
}

/* The figure of the line that begins so. */
static double line_of(const char *text, const char *title) {
    const char *at = strstr(text, title);
    assert_non_null(at);
    return strtod(at + strlen(title), NULL);
}

static char *print(const struct altered *altered) {
    char *text = NULL;
    size_t bytes = 0;
    FILE *file = open_memstream(&text, &bytes);
    assert_non_null(file);
    assert_true(altered_print_voices(altered, false, file));
    altered_print_words(altered, file);
    assert_int_equal(fclose(file), 0);
    return text;
}

static void test_error_rates(void **state) {
    (void)state;
    for (int i = 0; i < 4; i++) {
        struct altered altered;
        make(&altered, i & 1, i & 2);
        altered.said = 40;
        altered.wrong = 10;
        char *text = print(&altered);
        assert_within(line_of(text, "as he speaks "), -0.01, 0.01);
        assert_within(line_of(text, "\naltered "), 49.9, 50.1);
        assert_within(line_of(text, "and the enrolments too, 3 seeds "), i & 1 ? -0.01 : 49.9,
                      i & 1 ? 0.01 : 50.1);
        assert_within(line_of(text, "turned back by 20 guesses "), i & 2 ? -0.01 : 49.9,
                      i & 2 ? 0.01 : 50.1);
        assert_non_null(strstr(text, "4 + 12"));
        assert_non_null(strstr(text, "25.0 % of the 40 words"));
        free(text);
        altered_free(&altered);
    }
}

/* What is not turned back is no trial. */
static void test_trials_are_counted(void **state) {
    (void)state;
    struct altered altered;
    make(&altered, false, true);
    altered.piece[3].turned = SIZE_MAX;
    char *text = print(&altered);
    assert_non_null(strstr(strstr(text, "turned back"), "3 + 9"));
    free(text);
    altered_free(&altered);
}

/* A recording becomes an enrolment, its altered copies, and pieces that are no copies. */
static void test_clips(void **state) {
    (void)state;
    enum { SECONDS = 12, RATE = 8000 };
    struct altered altered = {0};
    char folder[PATH_BYTES];
    char path[2 * PATH_BYTES];
    struct bench_call call;
    load(BENCH_RECIPE, &call);
    make_folder(folder);
    write_wav(folder, "him.wav", 1, RATE, call.customer + 8 * RATE, call.customer + 8 * RATE,
              SECONDS * RATE);
    snprintf(path, sizeof path, "%s/him.wav", folder);
    char *files[] = {path};
    assert_true(altered_add(&altered, "him", files, 1, true));
    assert_int_equal(altered.persons, 1);
    assert_int_equal(altered.pieces, 1); /* half of it, 6 s, and 1 s is no piece */
    const struct altered_piece *piece = &altered.piece[0];
    const struct clip *clip = altered.voices.clip;
    assert_int_equal(clip[piece->plain].n, 5 * RATE);
    assert_int_equal(clip[piece->altered].n, 5 * RATE);
    assert_memory_not_equal(clip[piece->plain].x, clip[piece->altered].x, 5 * RATE);
    assert_false(clip_is_silent(&clip[piece->altered]));
    assert_memory_not_equal(clip[altered.person[0].enrol_altered[0]].x,
                            clip[altered.person[0].enrol_altered[1]].x, 5 * RATE);
    assert_int_equal(altered.words.count, 2);
    altered_free(&altered);
    remove_folder(folder);
    call_free(&call);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_error_rates),
    cmocka_unit_test(test_trials_are_counted),
    cmocka_unit_test(test_clips),
};

const struct group bench_altered_group = GROUP("bench: altered", tests);
