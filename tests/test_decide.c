/* Who passes in a mixed call, given what the networks answer hop by hop: the answers are made here,
 * so that they are sure, or unsure, where a test wants them to be. */
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/attribute/mixed.h"
#include "../lib/memory.h"

enum { HOPS = 600, LOOKAHEAD = 50, LOUD_DB = -20, QUIET_DB = -70 };
static const struct who silence = {1.0f, 0.0f, 0.0f, 0.0f}, agent = {0.0f, 1.0f, 0.0f, 0.0f},
                        customer = {0.0f, 0.0f, 1.0f, 0.0f}, likely = {0.0f, 0.79f, 0.19f, 0.02f},
                        doubtful = {0.0f, 0.35f, 0.55f, 0.1f};

/* Voices of a call that has been heard for a while. */
static const struct mixed_voices told = {.named = true,
                                         .windows = 200,
                                         .agent = 50,
                                         .other = 50,
                                         .enrolled = 0.8f,
                                         .stranger = 0.1f,
                                         .alike = 0.1f,
                                         .gain = 2.0f,
                                         .whole = 0.4f};

/* What is said in each hop, and what the vad network says of it. */
struct talk {
    struct who who[HOPS];
    float speech[HOPS], level_db[HOPS];
    bool lost[HOPS];
    struct mixed_voices voices;
};

static struct talk *talk_new(void) {
    struct talk *talk = calloc(1, sizeof(*talk));
    assert_non_null(talk);
    talk->voices = (struct mixed_voices){.named = true, .windows = 4, .whole = 0.7f};
    for (int h = 0; h < HOPS; h++) {
        talk->who[h] = silence;
        talk->level_db[h] = QUIET_DB;
    }
    return talk;
}

static void say(struct talk *talk, int from, int to, struct who who) {
    for (int h = from; h < to; h++) {
        talk->who[h] = who;
        talk->speech[h] = 1.0f;
        talk->level_db[h] = LOUD_DB;
    }
}

static void hear(struct mixed *mixed, const struct talk *talk) {
    struct mixed_answer answer = {{silence, silence}, {silence, silence}};
    float speech[MIXED_HALVES] = {0};
    int64_t frame = mixed->count - MIXED_HALVES;
    for (int half = 0; half < MIXED_HALVES; half++) {
        int64_t soon = frame + half - MIXED_HALVES * MIXED_SOON;
        int64_t late = frame + half - MIXED_HALVES * MIXED_LATE;
        if (soon >= 0) {
            answer.soon[half] = talk->who[soon];
            speech[half] = talk->speech[soon];
        }
        if (late >= 0)
            answer.late[half] = talk->who[late];
    }
    mixed_hear(mixed, speech, &answer);
}

/* What is decided on every hop but the last LOOKAHEAD. */
struct decided {
    bool pass[HOPS], overlap[HOPS], stranger[HOPS];
    float judged[HOPS];
};

static struct decided decide(const struct talk *talk, int policy) {
    struct decided decided = {{false}, {false}, {false}, {0.0f}};
    struct mixed mixed = {0};
    struct arena arena = {NULL, 0};
    mixed_layout(&mixed, &arena, LOOKAHEAD);
    void *memory = calloc(1, arena.used + ARENA_ALIGN);
    arena = (struct arena){memory_align(memory), 0};
    mixed_layout(&mixed, &arena, LOOKAHEAD);
    mixed_start(&mixed, LOOKAHEAD);
    mixed_know(&mixed, &talk->voices);
    for (int h = 0; h < HOPS; h++) {
        mixed_take(&mixed, talk->level_db[h], talk->lost[h]);
        if (h % MIXED_HALVES == MIXED_HALVES - 1)
            hear(&mixed, talk);
        if (h < LOOKAHEAD)
            continue;
        struct verdict verdict = mixed_decide(&mixed, policy);
        decided.pass[h - LOOKAHEAD] = verdict.pass;
        decided.overlap[h - LOOKAHEAD] = verdict.overlap;
        decided.judged[h - LOOKAHEAD] = verdict.judged;
        decided.stranger[h - LOOKAHEAD] = mixed_stranger(&mixed, policy);
    }
    free(memory);
    return decided;
}

static int count(const bool *hop, int from, int to) {
    int hops = 0;
    for (int h = from; h < to; h++)
        hops += hop[h];
    return hops;
}

/* Hops in which the leg passes, from..to. */
static int passed(const struct talk *talk, int policy, int from, int to) {
    return count(decide(talk, policy).pass, from, to);
}

/* Hops in which a stranger is heard, from..to. */
static int strangers(const struct talk *talk, int policy, int from, int to) {
    return count(decide(talk, policy).stranger, from, to);
}

/* The agent passes up to 20 ms before the customer, and from 50 ms after him at the latest. */
static void test_passes_up_to_the_customer(void **state) {
    enum { FROM = 100, CHANGE = 300, BACK = 400, END = 540, NEAR = 2, SOON = 5 };
    struct talk *talk = talk_new();
    (void)state;
    say(talk, FROM, CHANGE, agent);
    say(talk, CHANGE, BACK, customer);
    say(talk, BACK, END, agent);
    for (int policy = SOLO_PRIVACY; policy <= SOLO_FIDELITY; policy++) {
        assert_int_equal(passed(talk, policy, FROM, CHANGE - NEAR), CHANGE - NEAR - FROM);
        assert_int_equal(passed(talk, policy, CHANGE - NEAR, BACK + NEAR), 0);
        assert_int_equal(passed(talk, policy, BACK + SOON, END), END - BACK - SOON);
    }
    free(talk);
}

/* Somebody who is hardly the agent does not pass for having spoken right after him. */
static void test_doubtful_after_the_agent(void **state) {
    enum { FROM = 100, CHANGE = 300, END = 500, EDGE = 5 };
    struct talk *talk = talk_new();
    (void)state;
    talk->voices = told;
    say(talk, FROM, CHANGE, agent);
    say(talk, CHANGE, END, doubtful);
    assert_int_equal(passed(talk, SOLO_PRIVACY, CHANGE + EDGE, END), 0);
    free(talk);
}

/* His speech passes on both sides of a short pause; silence before and after it does not. */
static void test_silence_is_nobody(void **state) {
    enum { FROM = 200, PAUSE = 300, AGAIN = 308, END = 400, BEFORE = 20, AFTER = 30 };
    struct talk *talk = talk_new();
    (void)state;
    say(talk, FROM, PAUSE, agent);
    say(talk, AGAIN, END, agent);
    assert_int_equal(passed(talk, SOLO_PRIVACY, 0, FROM - BEFORE), 0);
    assert_int_equal(passed(talk, SOLO_PRIVACY, FROM, PAUSE), PAUSE - FROM);
    assert_int_equal(passed(talk, SOLO_PRIVACY, AGAIN, END), END - AGAIN);
    assert_int_equal(passed(talk, SOLO_PRIVACY, END + AFTER, HOPS - LOOKAHEAD), 0);
    /* Whatever one network makes of it: the other heard no speech. */
    memset(talk->speech, 0, sizeof(talk->speech));
    assert_int_equal(passed(talk, SOLO_FIDELITY, 0, HOPS - LOOKAHEAD), 0);
    free(talk);
}

/* What is no speech, between his words: his pause if it is much quieter than he is, or else a tone,
 * whatever the other networks make of it. */
static void test_tones_are_no_pauses(void **state) {
    enum { FROM = 100, TONE = 300, AGAIN = 308, END = 500 };
    struct talk *talk = talk_new();
    (void)state;
    talk->voices = told;
    say(talk, FROM, END, agent);
    memset(talk->speech + TONE, 0, sizeof(*talk->speech) * (AGAIN - TONE));
    assert_int_equal(passed(talk, SOLO_FIDELITY, TONE, AGAIN), 0);
    for (int h = TONE; h < AGAIN; h++)
        talk->level_db[h] = QUIET_DB;
    assert_int_equal(passed(talk, SOLO_PRIVACY, TONE, AGAIN), AGAIN - TONE);
    free(talk);
}

/* Among the customer's speech a short word must be the likelier beside it: by policy, more of it
 * passes. */
static void test_short_words_by_policy(void **state) {
    enum { AT = 300, SHORTEST = 15, LONGEST = 18 };
    struct talk *talk = talk_new();
    (void)state;
    talk->voices = told;
    for (int word = SHORTEST; word <= LONGEST; word++) {
        int heard[POLICIES];
        say(talk, 0, HOPS, customer);
        say(talk, AT, AT + word, agent);
        for (int policy = SOLO_PRIVACY; policy <= SOLO_FIDELITY; policy++)
            heard[policy] = passed(talk, policy, AT, AT + word);
        if (!(0 < heard[0] && heard[0] < heard[1] && heard[1] < heard[2]))
            fail_msg("a word of %d hops: %d, %d, %d of them pass", word, heard[0], heard[1],
                     heard[2]);
    }
    free(talk);
}

/* Whether hops where it is so likely that both speak, and else that the agent or the customer does,
 * are told as overlap: under privacy, balanced, fidelity. */
static void assert_overlap(float both, bool with_agent, const bool expected[POLICIES]) {
    enum { EDGE = 5 };
    struct talk *talk = talk_new();
    float alone = 1.0f - both;
    talk->voices = told;
    say(talk, 0, HOPS,
        (struct who){0.0f, with_agent ? alone : 0.0f, with_agent ? 0.0f : alone, both});
    for (int policy = SOLO_PRIVACY; policy <= SOLO_FIDELITY; policy++) {
        struct decided decided = decide(talk, policy);
        int hops = count(decided.overlap, EDGE, HOPS - LOOKAHEAD - EDGE);
        int of = HOPS - LOOKAHEAD - 2 * EDGE;
        if (hops != (expected[policy] ? of : 0))
            fail_msg("both %.2f, policy %d: %d hops of %d are overlap", (double)both, policy, hops,
                     of);
    }
    free(talk);
}

/* Fidelity looks for the agent behind the customer where he may hardly be, and privacy for the
 * customer behind the agent. */
static void test_overlap_by_policy(void **state) {
    (void)state;
    assert_overlap(0.35f, false, (const bool[]){false, false, false});
    assert_overlap(0.45f, false, (const bool[]){false, false, true});
    assert_overlap(0.55f, false, (const bool[]){false, true, true});
    assert_overlap(0.65f, false, (const bool[]){true, true, true});
    assert_overlap(0.15f, true, (const bool[]){false, false, false});
    assert_overlap(0.25f, true, (const bool[]){true, false, false});
    assert_overlap(0.35f, true, (const bool[]){true, true, false});
}

/* A voice of which `own` is the agent's, in all hops. */
static void waver(struct talk *talk, int percent) {
    float own = (float)percent / 100.0f;
    say(talk, 0, HOPS, (struct who){0.0f, own, 0.9f * (1.0f - own), 0.1f * (1.0f - own)});
}

/* Until 8 s of speech have told the voices, the passage network must be surer by 0.12. */
static void test_begun_calls_must_be_surer(void **state) {
    enum { AT = 300 };
    static const float least[POLICIES] = {0.75f, 0.62f, 0.5f}, more = 0.12f;
    int between[POLICIES] = {0}, surer[POLICIES] = {0};
    struct talk *talk = talk_new();
    (void)state;
    for (int percent = 60; percent < 100; percent += 2) {
        waver(talk, percent);
        for (int policy = SOLO_PRIVACY; policy <= SOLO_FIDELITY; policy++) {
            struct decided decided = decide(talk, policy);
            float judged = decided.judged[AT];
            between[policy] += judged > least[policy] && judged <= least[policy] + more;
            surer[policy] += judged > least[policy] + more;
            assert_true(decided.pass[AT] == (judged > least[policy] + more));
        }
    }
    for (int policy = SOLO_PRIVACY; policy <= SOLO_FIDELITY; policy++)
        assert_true(between[policy] > 0 && surer[policy] > 0);
    free(talk);
}

/* How many judgements lie between what is asked for and what losses in from..to ask for beside it:
 * these do not pass, and surer ones do. */
static int refused_for_losses(int from, int to, int policy, float least) {
    enum { AT = 300 };
    static const float usual[POLICIES] = {0.75f, 0.62f, 0.5f};
    const float rounding = 1e-4f;
    int refused = 0, surer = 0;
    struct talk *talk = talk_new();
    talk->voices = told;
    for (int h = AT + from; h < AT + to; h++)
        talk->lost[h] = true;
    for (int percent = 60; percent < 100; percent++) {
        waver(talk, percent);
        struct decided decided = decide(talk, policy);
        float judged = decided.judged[AT];
        if (fabsf(judged - least) < rounding)
            continue;
        assert_true(decided.pass[AT] == (judged > least));
        refused += judged > usual[policy] && judged < least;
        surer += judged > least;
    }
    assert_true(surer > 0);
    free(talk);
    return refused;
}

/* Each 10 ms that were lost from 0.5 s before a hop to 0.2 s after it ask for 0.02 more, up to 0.2
 * (0.01 where the policy is balanced): somebody else begins like the agent after a gap. */
static void test_losses_must_be_surer(void **state) {
    (void)state;
    assert_int_equal(refused_for_losses(-300, -50, SOLO_PRIVACY, 0.75f), 0);
    assert_int_equal(refused_for_losses(21, 300, SOLO_PRIVACY, 0.75f), 0);
    assert_true(refused_for_losses(-52, -45, SOLO_PRIVACY, 0.85f) > 0);
    assert_true(refused_for_losses(15, 25, SOLO_PRIVACY, 0.87f) > 0);
    assert_true(refused_for_losses(-45, -2, SOLO_PRIVACY, 0.95f) > 0);
    assert_true(refused_for_losses(-45, -35, SOLO_BALANCED, 0.72f) > 0);
    assert_int_equal(refused_for_losses(-45, -2, SOLO_FIDELITY, 0.5f), 0);
}

/* Evidence that is never sure is somebody else's; how sure it must be is the policy's. */
static void test_unsure_evidence(void **state) {
    struct talk *talk = talk_new();
    (void)state;
    talk->voices = told;
    say(talk, 0, HOPS, likely);
    assert_int_equal(passed(talk, SOLO_PRIVACY, 0, HOPS - LOOKAHEAD), 0);
    assert_int_equal(passed(talk, SOLO_FIDELITY, 0, HOPS - LOOKAHEAD), HOPS - LOOKAHEAD);
    /* A moment of him is not him either. */
    say(talk, 0, HOPS, customer);
    say(talk, 300, 308, agent);
    assert_int_equal(passed(talk, SOLO_FIDELITY, 0, HOPS - LOOKAHEAD), 0);
    free(talk);
}

/* Voices that cannot be told: nothing passes, however sure the networks are. */
static void test_voices_must_be_told(void **state) {
    static const struct mixed_voices begun = {
        .named = true, .windows = 10, .agent = 10, .whole = 0.7f};
    struct mixed_voices wrong[10] = {{.named = false}, told, told, told, told, told, begun};
    struct talk *talk = talk_new();
    (void)state;
    wrong[1].agent = 1;
    wrong[2].enrolled = 0.3f; /* an enrolment of somebody else */
    wrong[3].enrolled = wrong[3].stranger = 0.8f;
    wrong[4].alike = 0.9f;
    wrong[5].gain = 0.4f; /* one voice */
    wrong[6].whole = 0.5f;
    wrong[7] = (struct mixed_voices){.named = true, .windows = 1, .whole = 0.5f};
    wrong[8] = (struct mixed_voices){.named = true}; /* not a word yet */
    wrong[9] = told;
    wrong[9].agent = wrong[9].other = 10; /* so few must say more */
    wrong[9].enrolled = 0.4f;
    say(talk, 0, HOPS, agent);
    for (int good = 0; good < 3; good++) {
        talk->voices = good == 2 ? begun : good == 1 ? told : talk->voices;
        assert_int_equal(passed(talk, SOLO_PRIVACY, 0, HOPS - LOOKAHEAD), HOPS - LOOKAHEAD);
    }
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        talk->voices = wrong[i];
        if (passed(talk, SOLO_PRIVACY, 0, HOPS - LOOKAHEAD) > 0)
            fail_msg("voices that cannot be told, case %zu: the leg passes", i);
    }
    free(talk);
}

/* On a leg of the agent's: somebody whose voice is neither his nor like it. */
static void test_strangers(void **state) {
    enum { FROM = 200, END = 400, EDGE = 6 };
    struct talk *talk = talk_new();
    (void)state;
    say(talk, FROM, END, customer);
    talk->voices.alike = talk->voices.stranger = 0.1f;
    for (int policy = SOLO_PRIVACY; policy <= SOLO_FIDELITY; policy++) {
        assert_int_equal(strangers(talk, policy, FROM, END), END - FROM);
        assert_int_equal(strangers(talk, policy, 0, FROM - EDGE), 0);
        assert_int_equal(strangers(talk, policy, END + EDGE, HOPS - LOOKAHEAD), 0);
    }
    talk->voices.alike = 0.6f;
    assert_int_equal(strangers(talk, SOLO_PRIVACY, 0, HOPS - LOOKAHEAD), 0);
    talk->voices.alike = 0.1f;
    talk->voices.stranger = 0.6f;
    assert_int_equal(strangers(talk, SOLO_PRIVACY, 0, HOPS - LOOKAHEAD), 0);
    talk->voices.stranger = 0.1f;
    say(talk, FROM, END, agent);
    assert_int_equal(strangers(talk, SOLO_PRIVACY, 0, HOPS - LOOKAHEAD), 0);
    free(talk);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_passes_up_to_the_customer),
    cmocka_unit_test(test_doubtful_after_the_agent),
    cmocka_unit_test(test_silence_is_nobody),
    cmocka_unit_test(test_tones_are_no_pauses),
    cmocka_unit_test(test_short_words_by_policy),
    cmocka_unit_test(test_overlap_by_policy),
    cmocka_unit_test(test_begun_calls_must_be_surer),
    cmocka_unit_test(test_losses_must_be_surer),
    cmocka_unit_test(test_unsure_evidence),
    cmocka_unit_test(test_voices_must_be_told),
    cmocka_unit_test(test_strangers),
};
const struct group decide_group = {"decide", tests, COUNT_OF(tests)};
