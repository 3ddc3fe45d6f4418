/* The calls of data/ together: what each claims to hold, and what all of them have to cover. */
#include "corpus.h"
#include "groups.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "activity.h"

/* Fills gaps of up to `gap` frames between active frames. */
static void bridge(bool *active, size_t frames, size_t gap) {
    size_t last = frames;
    for (size_t f = 0; f < frames; f++) {
        if (!active[f]) {
            continue;
        }
        for (size_t i = f; last < f && f - last - 1 <= gap && i-- > last;) {
            active[i] = true;
        }
        last = f;
    }
}

static int count_overlaps(const bool *a, const bool *b, size_t frames) {
    int count = 0;
    size_t run = 0;
    for (size_t f = 0; f < frames; f++) {
        run = a[f] && b[f] ? run + 1 : 0;
        count += run == 100;
    }
    return count;
}

/* Runs of `word` of 150 ms to 1 s that lie wholly within `host`. */
static int count_interjections(const bool *word, const bool *host, size_t frames) {
    int count = 0;
    size_t run = 0;
    bool within = true;
    for (size_t f = 0; f < frames; f++) {
        if (word[f]) {
            within = (run == 0 || within) && host[f];
            run++;
            continue;
        }
        count += run >= 15 && run <= 100 && within;
        run = 0;
    }
    return count;
}

static void test_claims(void **state) {
    enum { WORD_GAP = 15, SPEECH_GAP = 30 };
    const struct corpus *corpus = corpus_of(state);
    int bad = 0;
    for (size_t c = 0; c < corpus->count; c++) {
        const struct recipe *recipe = corpus->recipe[c];
        const struct render *r = &corpus->render[c];
        size_t frames = activity_frame_count(r->n, r->rate);
        bool *agent = calloc(4 * frames, sizeof *agent);
        bool *customer = agent + frames;
        bool *agent_word = customer + frames;
        bool *customer_word = agent_word + frames;
        assert_true(activity_mask(r->agent, r->n, r->rate, agent));
        assert_true(activity_mask(r->customer, r->n, r->rate, customer));
        memcpy(agent_word, agent, 2 * frames);
        bridge(agent, frames, SPEECH_GAP);
        bridge(customer, frames, SPEECH_GAP);
        bridge(agent_word, frames, WORD_GAP);
        bridge(customer_word, frames, WORD_GAP);
        int overlaps = count_overlaps(agent, customer, frames);
        int words = count_interjections(agent_word, customer, frames) +
                    count_interjections(customer_word, agent, frames);
        free(agent);
        if (overlaps < recipe->claimed_overlaps || words < recipe->claimed_interjections) {
            print_error("%s: %d overlaps (claimed %d), %d interjections (claimed %d)\n",
                        recipe->name, overlaps, recipe->claimed_overlaps, words,
                        recipe->claimed_interjections);
            bad++;
        }
    }
    assert_int_equal(bad, 0);
}

static bool has_leak(const struct corpus *corpus, double gain_db, double delay_ms) {
    for (size_t c = 0; c < corpus->count; c++) {
        for (size_t p = 0; p < corpus->recipe[c]->path_count; p++) {
            const struct leak_path *path = &corpus->recipe[c]->path[p];
            if ((isnan(gain_db) || path->gain_db == gain_db) &&
                (isnan(delay_ms) || path->delay_ms == delay_ms)) {
                return true;
            }
        }
    }
    return false;
}

static void test_coverage_of_leaks(void **state) {
    const struct corpus *corpus = corpus_of(state);
    const double gains[] = {-6.0, -12.0, -20.0, -30.0};
    const double delays[] = {3.0, 40.0, 80.0, 120.0, 150.0, 180.0, 260.0, 400.0};
    for (size_t i = 0; i < sizeof gains / sizeof gains[0]; i++) {
        assert_true(has_leak(corpus, gains[i], NAN));
    }
    for (size_t i = 0; i < sizeof delays / sizeof delays[0]; i++) {
        assert_true(has_leak(corpus, NAN, delays[i]));
    }
    int easy = 0;
    for (size_t c = 0; c < corpus->count; c++) {
        const struct recipe *recipe = corpus->recipe[c];
        const struct leak_path *path = &recipe->path[0];
        easy += recipe->path_count == 1 && path->gain_db >= -20.0 && path->delay_ms <= 150.0 &&
                path->drift_ppm == 0.0 && !path->saturates && !recipe->jumps;
    }
    assert_true(easy >= 4);
}

static void test_coverage_of_voices(void **state) {
    const struct corpus *corpus = corpus_of(state);
    static const char *const languages[] = {"en", "es", "fr", "it", "ru"};
    int calls[5] = {0};
    bool gender[PARTY_COUNT][2] = {{false}};
    int stereo = 0;
    int mixed = 0;
    for (size_t c = 0; c < corpus->count; c++) {
        const struct recipe *recipe = corpus->recipe[c];
        double length_s = recipe->length_s;
        assert_true(length_s >= 25.0 && length_s <= 70.0);
        mixed += recipe->mixed;
        stereo += !recipe->mixed;
        for (int p = 0; p < PARTY_COUNT; p++) {
            gender[p][recipe->voice[p].male] = true;
        }
        for (int l = 0; l < 5; l++) {
            calls[l] += strcmp(recipe->voice[PARTY_AGENT].language, languages[l]) == 0;
        }
    }
    assert_true(stereo >= 12 && mixed >= 3);
    for (int l = 0; l < 5; l++) {
        assert_true(calls[l] > 0);
    }
    for (int p = 0; p < PARTY_COUNT; p++) {
        assert_true(gender[p][0] && gender[p][1]);
    }
}

/* The packages name language and gender in their folders. Allison speaks two of them: two parties
 * of a call must be two people. */
static void test_voices_are_what_they_claim(void **state) {
    const struct corpus *corpus = corpus_of(state);
    for (size_t c = 0; c < corpus->count; c++) {
        const struct recipe *recipe = corpus->recipe[c];
        for (int p = 0; p < PARTY_COUNT; p++) {
            const struct recipe_voice *voice = &recipe->voice[p];
            const char *person = strrchr(voice->folder, '/');
            if (person != NULL && strlen(person) > 7 && person[3] == '_' && person[6] == '_') {
                assert_int_equal(strncmp(person + 1, voice->language, 2), 0);
                assert_int_equal(person[7] == 'm', (int)voice->male);
            }
        }
        const char *agent = recipe->voice[PARTY_AGENT].folder;
        const char *customer = recipe->voice[PARTY_CUSTOMER].folder;
        assert_string_not_equal(agent, customer);
        assert_false(strstr(agent, "Allison") != NULL && strstr(customer, "Allison") != NULL);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_claims),
    cmocka_unit_test(test_coverage_of_leaks),
    cmocka_unit_test(test_coverage_of_voices),
    cmocka_unit_test(test_voices_are_what_they_claim),
};

const struct group data_claims_group = GROUP("data: claims", tests);
