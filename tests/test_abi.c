/* Programs that were compiled against an earlier or a later header: their structs are shorter or
 * longer than the library's. */
#include "support.h"

#include <stdlib.h>
#include <string.h>

enum { RATE = 8000, ROOM = 2048, GUARD = 0x5a, SIZED_MOST = 1024 };

/* The structs of the first version. Nothing may ever be put between their fields. */
struct first_config {
    size_t struct_size;
    int input, sample_rate, agent, policy, overlap, fill, output, lookahead_ms, tail_ms,
        max_delay_ms;
};
struct first_stats {
    size_t struct_size;
    uint64_t samples_in, samples_out, samples_agent, samples_customer, samples_overlap,
        samples_erased, samples_lost, samples_same_legs, events_dropped;
    float leak_db;
    int leak_delay_ms;
    float leak_drift_ppm, leak_reduction_db;
};
struct first_metrics {
    size_t struct_size;
    int valid;
    float talk_ratio, speech_s;
    int pauses;
    float pause_mean_s, syllables_per_s, pitch_hz, pitch_low_hz, pitch_high_hz, loudness_dbfs;
    int interruptions;
};
struct first_facts {
    size_t struct_size;
    int finished;
    float speech_s, quality;
    char model[17];
};
#define STAYS(kind, field)                                                                         \
    _Static_assert(offsetof(struct first_##kind, field) == offsetof(OF_##kind, field), #field)
#define OF_config  solo_config
#define OF_stats   solo_stats
#define OF_metrics solo_metrics
#define OF_facts   solo_voice_facts
STAYS(config, input);
STAYS(config, sample_rate);
STAYS(config, agent);
STAYS(config, policy);
STAYS(config, overlap);
STAYS(config, fill);
STAYS(config, output);
STAYS(config, lookahead_ms);
STAYS(config, tail_ms);
STAYS(config, max_delay_ms);
STAYS(stats, samples_in);
STAYS(stats, samples_same_legs);
STAYS(stats, events_dropped);
STAYS(stats, leak_db);
STAYS(stats, leak_delay_ms);
STAYS(stats, leak_drift_ppm);
STAYS(stats, leak_reduction_db);
STAYS(metrics, valid);
STAYS(metrics, pauses);
STAYS(metrics, pitch_hz);
STAYS(metrics, interruptions);
STAYS(facts, finished);
STAYS(facts, quality);
STAYS(facts, model);

/* A caller's memory: his struct, whichever its size, and what lies behind it. */
union memory {
    unsigned char bytes[ROOM];
    size_t struct_size;
    solo_config config;
    solo_stats stats;
    solo_metrics metrics;
    solo_voice_facts facts;
};

static void assert_all(const unsigned char *at, size_t n, unsigned char value) {
    for (size_t i = 0; i < n; i++)
        assert_int_equal(at[i], value);
}

/* A config as a program knows it whose struct is of this size. */
static void config_of_size(union memory *memory, size_t size) {
    memset(memory, GUARD, sizeof(*memory));
    assert_int_equal(solo_config_init_sized(&memory->config, size, SOLO_INPUT_STEREO, RATE),
                     SOLO_OK);
    assert_int_equal(memory->struct_size, size);
    assert_all(memory->bytes + size, sizeof(*memory) - size, GUARD);
    memory->config.agent = SOLO_AGENT_LEG_A;
}

static struct legs16 some_legs(void) {
    return cut(scene_named("it-handset"), 5.0, 7.0);
}

static void test_configs_of_every_size(void **state) {
    solo_config config = config_of(RATE, SOLO_AGENT_LEG_A);
    struct take right = take_whole(&config, some_legs());
    size_t step = _Alignof(size_t);
    (void)state;
    for (size_t size = sizeof(struct first_config); size <= sizeof(config) + 2 * step;
         size += step) {
        union memory memory;
        config_of_size(&memory, size);
        struct take take = take_whole(&memory.config, some_legs());
        assert_same_take("with another version's config", right, take);
        take_free(take);
    }
    take_free(right);
}

static void assert_no_version(union memory *memory) {
    static char room[1 << 20];
    solo_call *call = NULL;
    int error = 1;
    assert_null(solo_call_create(engine(), &memory->config, &error));
    assert_int_equal(error, SOLO_E_VERSION);
    assert_int_equal(solo_call_get_size(engine(), &memory->config), 0);
    assert_int_equal(solo_call_init(room, sizeof(room), engine(), &memory->config, &call),
                     SOLO_E_VERSION);
    assert_null(call);
}

static void test_a_later_setting_is_refused(void **state) {
    size_t size = sizeof(solo_config) + 2 * _Alignof(size_t);
    (void)state;
    for (size_t at = sizeof(solo_config); at < size; at++) {
        union memory memory;
        config_of_size(&memory, size);
        memory.bytes[at] = 1;
        assert_no_version(&memory);
    }
}

static void test_no_versions_size(void **state) {
    static const size_t wrong[] = {0,
                                   1,
                                   sizeof(struct first_config) - _Alignof(size_t),
                                   sizeof(struct first_config) + 1,
                                   SIZED_MOST + _Alignof(size_t),
                                   SIZE_MAX - 7};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        union memory memory;
        memset(&memory, GUARD, sizeof(memory));
        assert_int_equal(solo_config_init_sized(&memory.config, wrong[i], SOLO_INPUT_STEREO, RATE),
                         SOLO_E_VERSION);
        assert_all(memory.bytes, sizeof(memory), GUARD);
        config_of_size(&memory, sizeof(solo_config));
        memory.struct_size = wrong[i];
        assert_no_version(&memory);
    }
}

/* A question whose answer is a struct that says its size. */
struct question {
    int (*ask)(const void *subject, union memory *answer);
    const void *subject;
    size_t least, known;
};

static void answer_of_size(const struct question *q, size_t size, union memory *answer) {
    memset(answer, GUARD, sizeof(*answer));
    answer->struct_size = size;
    assert_int_equal(q->ask(q->subject, answer), SOLO_OK);
    assert_int_equal(answer->struct_size, size);
    assert_all(answer->bytes + size, sizeof(*answer) - size, GUARD);
}

/* Every size gets as much of the answer as it has room for, and zeros behind what is known. */
static void assert_every_size(const struct question *q, size_t fields_end) {
    static union memory whole, part;
    const size_t head = sizeof(size_t), step = _Alignof(size_t);
    answer_of_size(q, q->known, &whole);
    for (size_t size = q->least; size <= q->known + 2 * step; size += step) {
        size_t both = size < fields_end ? size : fields_end;
        answer_of_size(q, size, &part);
        assert_memory_equal(part.bytes + head, whole.bytes + head, both - head);
        if (size > q->known)
            assert_all(part.bytes + q->known, size - q->known, 0);
    }
    const size_t wrong[] = {0, q->least - step, q->known + 1, SIZED_MOST + step};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        memset(&part, GUARD, sizeof(part));
        part.struct_size = wrong[i];
        assert_int_equal(q->ask(q->subject, &part), SOLO_E_VERSION);
        assert_int_equal(part.struct_size, wrong[i]);
        assert_all(part.bytes + head, sizeof(part) - head, GUARD);
    }
}

static int ask_stats(const void *call, union memory *answer) {
    return solo_call_stats(call, &answer->stats);
}

static int ask_metrics(const void *call, union memory *answer) {
    return solo_call_metrics(call, &answer->metrics);
}

static int ask_facts(const void *voice, union memory *answer) {
    return solo_voice_info(voice, &answer->facts);
}

static void test_answers_of_every_size(void **state) {
    solo_config config = config_of(RATE, SOLO_AGENT_LEG_A);
    struct legs16 legs = some_legs();
    int16_t *out = samples_new(legs.n);
    (void)state;
    config.metrics = 1;
    solo_call *call = call_of(&config);
    solo_voice *voice = solo_voice_create(engine(), NULL);
    assert_non_null(voice);
    assert_int_equal(solo_voice_begin(voice, RATE), SOLO_OK);
    assert_int_equal(solo_voice_push_s16(voice, legs.a, legs.n), legs.n);
    feed(call, legs, 0, legs.n, out);
    struct question stats = {ask_stats, call, sizeof(struct first_stats), sizeof(solo_stats)};
    struct question metrics = {ask_metrics, call, sizeof(struct first_metrics),
                               sizeof(solo_metrics)};
    struct question facts = {ask_facts, voice, sizeof(struct first_facts),
                             sizeof(solo_voice_facts)};
    assert_every_size(&stats, sizeof(solo_stats));
    assert_every_size(&metrics, offsetof(solo_metrics, interruptions) + sizeof(int));
    assert_every_size(&facts,
                      offsetof(solo_voice_facts, model) + sizeof(((solo_voice_facts *)0)->model));
    solo_voice_destroy(voice);
    solo_call_destroy(call);
    free(out);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_configs_of_every_size),
    cmocka_unit_test(test_a_later_setting_is_refused),
    cmocka_unit_test(test_no_versions_size),
    cmocka_unit_test(test_answers_of_every_size),
};
const struct group abi_group = {"abi", tests, COUNT_OF(tests)};
