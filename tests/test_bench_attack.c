/* The attackers' figures: known words, scores and answers in, known figures out. */
#include "test_bench.h"

#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attack.h"
#include "equal_error.h"
#include "quality.h"
#include "report_attack.h"
#include "words.h"
#include "worst.h"

#define WORDS_MIXED_RECIPE "data/words/words-mixed-it.call"

static void assert_words(const char *text, const char *const *wanted, size_t count) {
    struct words words = {0};
    assert_true(words_add(&words, text, 10.0, 10.0 + (double)count));
    assert_int_equal(words.count, count);
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(words.word[i].text, wanted[i]);
        assert_within(words.word[i].from_s, 9.999 + (double)i, 10.001 + (double)i);
    }
    words_free(&words);
}

static void test_words_are_made_alike(void **state) {
    (void)state;
    static const char *const number[] = {"call", "four", "two", "zero", "now"};
    static const char *const name[] = {"dont", "x", "ray"};
    assert_words(" Call: 4-2, Oh now.", number, 5);
    assert_words("Don\xe2\x80\x99t X-ray!", name, 3);
    assert_words(" ... ", NULL, 0);
}

static size_t hits_of(const char *heard_text, double at_s) {
    struct words said = {0};
    struct words heard = {0};
    size_t hits = 99;
    assert_true(words_add(&said, "my number is five five nine", 4.0, 10.0));
    assert_true(words_add(&heard, heard_text, at_s, at_s + 6.0));
    assert_true(words_hits(&said, &heard, 0.5, &hits));
    words_free(&said);
    words_free(&heard);
    return hits;
}

/* In order, each once, and at its time. */
static void test_hits(void **state) {
    (void)state;
    assert_int_equal(hits_of("my number is five five nine", 4.0), 6);
    assert_int_equal(hits_of("my number is 559", 4.0), 6);
    assert_int_equal(hits_of("by lumber is five nine nine", 4.0), 3);
    assert_int_equal(hits_of("nine five number my", 4.0), 1);
    assert_int_equal(hits_of("five five five five five five", 4.0), 2);
    assert_int_equal(hits_of("my number is five five nine", 20.0), 0);
    assert_int_equal(hits_of("", 4.0), 0);
}

static void test_equal_error(void **state) {
    (void)state;
    const double low[] = {0.1, 0.2, 0.3, 0.4};
    const double high[] = {0.6, 0.7, 0.8, 0.9};
    const double apart[] = {0.1, 0.65, 0.8, 0.9};
    const double same[] = {0.5, 0.5, 0.5};
    assert_within(equal_error_percent(high, 4, low, 4), 0.0, 0.0);
    assert_within(equal_error_percent(low, 4, high, 4), 100.0, 100.0);
    assert_within(equal_error_percent(apart, 4, low, 4), 24.9, 25.1);
    assert_within(equal_error_percent(low, 4, low, 4), 49.9, 50.1);
    assert_within(equal_error_percent(same, 3, same, 2), 49.9, 50.1);
    assert_true(isnan(equal_error_percent(high, 0, low, 4)));
}

/* What a system left: the input, every sample times `gain`. */
static struct outcome scaled(const struct bench_call *call, float gain) {
    struct outcome outcome = {.n = call->sound.n};
    outcome.output = malloc(outcome.n * sizeof *outcome.output);
    assert_non_null(outcome.output);
    for (size_t i = 0; i < outcome.n; i++) {
        outcome.output[i] = gain * call->input[i];
    }
    return outcome;
}

/* Peers that answer as the test wants; SOLO_PEERS names the folder while it runs. */
struct peers {
    char folder[PATH_BYTES];
    char *before;
};

static void use_peer(struct peers *peers, const char *name, const char *script) {
    const char *before = getenv("SOLO_PEERS");
    peers->before = before != NULL ? strdup(before) : NULL;
    make_folder(peers->folder);
    write_peer(peers->folder, name, script);
    setenv("SOLO_PEERS", peers->folder, 1);
}

static void drop_peers(struct peers *peers) {
    if (peers->before != NULL) {
        setenv("SOLO_PEERS", peers->before, 1);
    } else {
        unsetenv("SOLO_PEERS");
    }
    free(peers->before);
    remove_folder(peers->folder);
}

static struct attack attack_of(const struct bench_call *call) {
    struct attack attack = {.system = {&system_nothing, &system_mute}, .systems = 2};
    struct outcome outcome[SYSTEMS_MAX] = {scaled(call, 1.0f), scaled(call, 0.0f)};
    assert_true(attack_add(&attack, call, outcome));
    outcome_free(&outcome[0]);
    outcome_free(&outcome[1]);
    return attack;
}

static void assert_tabled(const struct attack *attack, const char *head, const char *row) {
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    assert_non_null(file);
    assert_true(report_attack(attack, false, file));
    assert_int_equal(fclose(file), 0);
    assert_non_null(strstr(text, head));
    assert_non_null(strstr(text, row));
    free(text);
}

/* The recogniser hears three words in the first turn of his stem, one of them in his leg. */
static void test_words_left(void **state) {
    (void)state;
    struct peers peers;
    struct bench_call call;
    char script[256];
    load(WORDS_MIXED_RECIPE, &call);
    struct attack attack = attack_of(&call);
    size_t turns = attack.words.call[0].turns;
    assert_in_range(turns, 5, 12);
    snprintf(script, sizeof script,
             "cat >/dev/null; echo '0 1.0 1.3 please'; echo '0 1.3 1.6 press'; echo '0 2 2.3 one'; "
             "echo '%zu 1.4 1.7 Press'; echo '%zu 9 9.1 press'; echo done",
             turns + 1, 3 * (turns + 1)); /* an empty clip after each source's */
    use_peer(&peers, RECOGNISER_PROGRAM, script);
    assert_true(attack_words_measure(&attack.words));
    struct words_summary leg = attack_words_summary(&attack.words, true, SOURCE_LEG);
    struct words_summary left = attack_words_summary(&attack.words, true, SOURCE_SYSTEM);
    assert_int_equal(leg.calls, 1);
    assert_int_equal(leg.said, leg.known + 3);
    assert_int_equal(leg.known, 26);
    assert_int_equal(leg.hits, 1);
    assert_int_equal(left.hits, 0);
    assert_true(isnan(leg.agent_kept_median));
    assert_within(left.agent_kept_median, 100.0, 100.0);
    assert_within(attack_words_summary(&attack.words, true, SOURCE_SYSTEM + 1).agent_kept_worst,
                  0.0, 0.0);
    assert_within(leg.recovered_percent, 100.0 / 29.0 - 0.01, 100.0 / 29.0 + 0.01);
    assert_within(leg.per_minute_worst * attack.words.call[0].spoken_s, 59.9, 60.1);
    assert_int_equal(attack_words_summary(&attack.words, false, SOURCE_LEG).calls, 0);
    assert_tabled(&attack, "29 words, 26 of them known", "\ncustomer's own leg (most)");
    drop_peers(&peers);
    attack_free(&attack);
    call_free(&call);
}

/* An answer that breaks off is none. */
static void test_broken_recogniser_is_told(void **state) {
    (void)state;
    struct peers peers;
    struct bench_call call;
    const char *failed = NULL;
    const char *folder = voices();
    load(WORDS_MIXED_RECIPE, &call);
    struct attack attack = attack_of(&call);
    use_peer(&peers, RECOGNISER_PROGRAM, "cat >/dev/null; echo '0 1.0 1.3 please'");
    assert_false(attack_measure(&attack, &folder, 1, &failed));
    assert_string_equal(failed, RECOGNISER_TITLE);
    drop_peers(&peers);
    attack_free(&attack);
    call_free(&call);
}

/* Whose customer speaks another language has no words for a recogniser of English. */
static void test_other_languages_are_left_out(void **state) {
    (void)state;
    struct bench_call call;
    load(BENCH_MIXED_RECIPE, &call);
    struct attack attack = attack_of(&call);
    assert_int_equal(attack.words.calls, 0);
    assert_true(attack.voices.tests > 0);
    attack_free(&attack);
    call_free(&call);
}

static void set_embedding(struct attack_voices *attack, size_t clip, double x, double y) {
    float *to = attack->embedding + clip * VOICE_SIZE;
    memset(to, 0, VOICE_SIZE * sizeof *to);
    to[0] = (float)x;
    to[1] = (float)y;
}

/* Three voices; the pieces of the mixture are the customer's, what the second system leaves is
 * silence. */
static void test_voices(void **state) {
    (void)state;
    struct bench_call call[2];
    struct attack attack = {.system = {&system_nothing, &system_solotrack}, .systems = 2};
    static const char *const recipe[] = {BENCH_MIXED_RECIPE, WORDS_MIXED_RECIPE};
    for (size_t i = 0; i < 2; i++) {
        load(recipe[i], &call[i]);
        struct outcome outcome[SYSTEMS_MAX] = {scaled(&call[i], 1.0f), scaled(&call[i], 0.0f)};
        assert_true(attack_add(&attack, &call[i], outcome));
        outcome_free(&outcome[0]);
        outcome_free(&outcome[1]);
    }
    struct attack_voices *voices = &attack.voices;
    assert_int_equal(voices->voices, 3); /* Carlo is the agent of both */
    voices->embedding = calloc(voices->clips.count * VOICE_SIZE, sizeof *voices->embedding);
    assert_non_null(voices->embedding);
    for (size_t i = 0; i < voices->tests; i++) {
        const struct voice_test *test = &voices->test[i];
        set_embedding(voices, test->clip, test->customer == 1 ? 1.0 : 0.0,
                      test->customer == 1 ? 0.0 : 1.0);
    }
    /* The enrolments lie on the clips of the first tests of each. */
    for (size_t i = voices->tests; i-- > 0;) {
        voices->voice[voices->test[i].customer].clip = voices->test[i].clip;
    }
    struct voices_summary mixture = attack_voices_summary(voices, true, SOURCE_SYSTEM, VOICE_ALONE);
    struct voices_summary silence =
        attack_voices_summary(voices, true, SOURCE_SYSTEM + 1, VOICE_ALONE);
    assert_in_range(mixture.tests, 4, 20);
    assert_int_equal(mixture.targets, mixture.tests);
    assert_int_equal(mixture.impostors, mixture.tests); /* the agent's voice is none */
    assert_int_equal(mixture.silent, 0);
    assert_within(mixture.equal_error_percent, 0.0, 0.0);
    assert_int_equal(silence.silent, silence.tests);
    assert_int_equal(silence.targets, 0);
    assert_true(isnan(silence.scored_percent));
    assert_within(silence.equal_error_percent, 50.0, 50.0);
    attack_free(&attack);
    call_free(&call[0]);
    call_free(&call[1]);
}

/* Enrolled with prompts that no call holds; the attacker is given every piece and every voice. */
static void test_enrolment(void **state) {
    (void)state;
    struct peers peers;
    struct bench_call call;
    const char *folder = voices();
    load(BENCH_RECIPE, &call);
    char script[64];
    struct attack attack = attack_of(&call);
    size_t pieces = attack.voices.clips.count;
    snprintf(script, sizeof script, "cat >/dev/null; head -c %zu /dev/zero",
             (pieces + 2) * VOICE_SIZE * sizeof(float));
    use_peer(&peers, ATTACKER_PROGRAM, script);
    assert_true(attack_voices_measure(&attack.voices, &folder, 1));
    assert_int_equal(attack.voices.clips.count, pieces + 2);
    for (size_t v = 0; v < 2; v++) {
        const struct clip *clip = &attack.voices.clips.clip[attack.voices.voice[v].clip];
        assert_int_equal(clip->n, 60 * clip->rate);
        assert_false(clip_is_silent(clip));
    }
    drop_peers(&peers);
    attack_free(&attack);
    call_free(&call);
}

/* The figures get to the score of the right system. */
static void test_quality(void **state) {
    (void)state;
    struct peers peers;
    struct result result = {0};
    struct results results = {.call = &result, .calls = 1};
    struct quality quality = {0};
    struct bench_call call;
    load(BENCH_RECIPE, &call);
    struct outcome outcome[3] = {scaled(&call, 1.0f), {0}, scaled(&call, 0.5f)};
    assert_true(quality_add(&quality, &call, 0, outcome, 3));
    assert_int_equal(quality.pairs, 2);
    assert_int_equal(quality.clips.clip[0].n, quality.clips.clip[3].n);
    assert_in_range(quality.clips.clip[0].n, 10 * call.facts.rate, 40 * call.facts.rate);
    /* 1, 2, 3 and 4 as floats */
    use_peer(
        &peers, QUALITY_PROGRAM,
        "cat >/dev/null; printf '\\0\\0\\200\\077\\0\\0\\0\\100\\0\\0\\100\\100\\0\\0\\200\\100'");
    assert_true(quality_measure(&quality, &results));
    assert_within(result.score[0].agent_pesq, 1.0, 1.0);
    assert_within(result.score[0].agent_stoi, 2.0, 2.0);
    assert_within(result.score[2].agent_pesq, 3.0, 3.0);
    assert_within(result.score[2].agent_stoi, 4.0, 4.0);
    drop_peers(&peers);
    quality_free(&quality);
    outcome_free(&outcome[0]);
    outcome_free(&outcome[2]);
    call_free(&call);
}

/* The clip is as loud as the figure, and the loudest of all calls is kept. */
static void test_worst_second(void **state) {
    (void)state;
    char folder[PATH_BYTES];
    char path[2 * PATH_BYTES];
    struct bench_call call;
    struct worst worst = {0};
    float second[8000];
    double power = 0.0;
    SF_INFO info = {0};
    load(BENCH_RECIPE, &call);
    struct score score = measure(&system_mute, &call);
    struct outcome loud = scaled(&call, 1.0f);
    struct outcome soft = scaled(&call, 0.1f);
    assert_true(worst_add(&worst, &call, &loud));
    assert_true(worst_add(&worst, &call, &soft));
    make_folder(folder);
    snprintf(path, sizeof path, "%s/worst.wav", folder);
    assert_true(worst_write(&worst, path));
    SNDFILE *file = sf_open(path, SFM_READ, &info);
    assert_non_null(file);
    assert_int_equal(info.samplerate, 8000);
    assert_int_equal(sf_read_float(file, second, 8000), 8000);
    sf_close(file);
    for (size_t i = 0; i < 8000; i++) {
        power += (double)second[i] * (double)second[i] / 8000.0;
    }
    assert_within(10.0 * log10(power), score.figures.loudest_second_dbfs - 0.01,
                  score.figures.loudest_second_dbfs + 0.01);
    assert_false(worst_write(&worst, "/nonexistent/worst.wav"));
    worst_free(&worst);
    outcome_free(&loud);
    outcome_free(&soft);
    remove_folder(folder);
    call_free(&call);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_words_are_made_alike),
    cmocka_unit_test(test_hits),
    cmocka_unit_test(test_equal_error),
    cmocka_unit_test(test_words_left),
    cmocka_unit_test(test_broken_recogniser_is_told),
    cmocka_unit_test(test_other_languages_are_left_out),
    cmocka_unit_test(test_voices),
    cmocka_unit_test(test_enrolment),
    cmocka_unit_test(test_quality),
    cmocka_unit_test(test_worst_second),
};

const struct group bench_attack_group = GROUP("bench: attack", tests);
