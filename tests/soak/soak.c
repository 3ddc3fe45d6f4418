/* solo-soak [HOURS [PART]]: a day on one call, and a hundred thousand calls. HOURS (24) is what a
 * call goes on for; the short calls are as many a share of theirs. PART picks tests by name.
 *
 * The recording of a long call is played again and again: figures of its last hour are held against
 * those of its first. Memory may not grow, nor counters wrap. */
#define _DEFAULT_SOURCE /* mallinfo2() */
#include "../enrolled.h"
#include "../support.h"

#include <malloc.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "figures.h"
#include "render.h"

enum {
    DAY_CALLS = 100000,
    SECONDS_PER_HOUR = 3600,
    KINDS = 6,       /* of short calls, */
    DIFFERENT = 996, /* of which so many differ; they are repeated */
    THREADS = 8,
    THREAD_CALLS = 1000,
    STEP = 480,
    PASSES_LEAST = 10,
    GROWTH_MOST = 128 * 1024 /* of the resident set, bytes: pages that were never touched before */
};

static double hours = 24.0;

/* ------------------------------------------------------------------ memory */

struct footprint {
    size_t in_use;   /* of malloc() */
    size_t resident; /* of the process */
};

static struct footprint footprint(void) {
    struct footprint now = {mallinfo2().uordblks + mallinfo2().hblkhd, 0};
    long pages = 0, resident = 0;
    FILE *stream = fopen("/proc/self/statm", "r");
    assert_non_null(stream);
    assert_int_equal(fscanf(stream, "%ld %ld", &pages, &resident), 2);
    fclose(stream);
    now.resident = (size_t)(resident * sysconf(_SC_PAGESIZE));
    return now;
}

static void assert_no_growth(const char *what, struct footprint before, struct footprint after) {
    printf("             %s: %zu bytes in use before, %zu after; resident %zu kB, %zu kB\n", what,
           before.in_use, after.in_use, before.resident / 1024, after.resident / 1024);
    if (after.in_use > before.in_use || after.resident > before.resident + GROWTH_MOST)
        fail_msg("%s: memory grew", what);
}

/* ------------------------------------------------------------------ one long call */

/* Sums over the passes of an hour. */
struct hour {
    double removal_db, zero, kept, overlap_db;
    int passes;
};

static void add_pass(struct hour *hour, const struct scene *scene, bool mixed,
                     const float *output) {
    struct figures figures;
    const struct render *r = scene->render;
    struct figures_input in = {.agent_stem = r->agent,
                               .customer = mixed ? r->customer : r->leak,
                               .input = mixed ? r->mixture : r->agent_leg,
                               .output = output,
                               .n = r->n,
                               .rate = r->rate};
    assert_int_equal(figures_compute(&in, &figures), 0);
    hour->removal_db += figures.customer_only_removal_db;
    hour->zero += figures.customer_only_zero_percent;
    hour->kept += figures.agent_kept_percent;
    hour->overlap_db += isnan(figures.overlap_removal_db) ? 0.0 : figures.overlap_removal_db;
    hour->passes++;
}

static void print_hour(const char *which, struct hour hour) {
    double n = hour.passes;
    printf(
        "             %s hour: removal %.2f dB, zero %.2f %%, agent kept %.2f %%, overlap removal "
        "%.2f dB (%d passes)\n",
        which, hour.removal_db / n, hour.zero / n, hour.kept / n, hour.overlap_db / n, hour.passes);
}

/* No figure of the last hour is worse than the first's by more than these. */
static void assert_no_drift(struct hour first, struct hour last) {
    double a = first.passes, b = last.passes;
    print_hour("first", first);
    print_hour("last", last);
    assert_true(last.removal_db / b >= first.removal_db / a - 1.0);
    assert_true(last.zero / b >= first.zero / a - 0.5);
    assert_true(last.kept / b >= first.kept / a - 0.5);
    assert_true(last.overlap_db / b >= first.overlap_db / a - 1.0);
}

struct long_call {
    const struct scene *scene;
    solo_call *call;
    struct legs16 legs;
    int rate;
    bool mixed;
    size_t latency;
    int16_t *before, *now; /* [legs.n]: what came out in the pass before and in this one */
    uint64_t fed, told;    /* samples in; end of the last event */
    uint64_t customers;    /* samples of events, for the stats to agree with */
};

/* Events follow each other without a gap, whatever the sample's number. */
static void read_events(struct long_call *it) {
    solo_event event;
    while (solo_call_next_event(it->call, &event) == 1) {
        assert_true(event.from == it->told && event.to > event.from && event.to <= it->fed);
        it->told = event.to;
        if ((event.flags & SOLO_F_CUSTOMER) && !(event.flags & SOLO_F_AGENT))
            it->customers += event.to - event.from;
        assert_false(event.flags & SOLO_F_FAULT);
    }
}

static void play(struct long_call *it) {
    size_t step = (size_t)it->rate / 50;
    int16_t *spare = it->before;
    it->before = it->now;
    it->now = spare;
    for (size_t at = 0; at < it->legs.n; at += step) {
        size_t to = at + step < it->legs.n ? at + step : it->legs.n;
        feed(it->call, it->legs, at, to, it->now + at);
        it->fed += to - at;
        read_events(it);
    }
}

/* What came out for the pass before this one, at the rate of the stems. */
static void measure(const struct long_call *it, struct hour *hour) {
    size_t n = it->scene->render->n;
    double factor = (double)it->rate / it->scene->rate;
    float *output = malloc(n * sizeof(*output));
    assert_non_null(output);
    for (size_t i = 0; i < n; i++) {
        size_t k = (size_t)((double)i * factor) + it->latency;
        int16_t x = k < it->legs.n ? it->before[k] : it->now[(k - it->legs.n) % it->legs.n];
        output[i] = (float)x / 32768.0f;
    }
    add_pass(hour, it->scene, it->mixed, output);
    free(output);
}

static void end_long_call(struct long_call *it) {
    solo_stats stats = {.struct_size = sizeof(stats)};
    drain(it->call, it->now, it->legs.n);
    read_events(it);
    assert_int_equal(solo_call_stats(it->call, &stats), SOLO_OK);
    printf("             %llu samples (2^32 is 4294967296), %llu in events\n",
           (unsigned long long)stats.samples_in, (unsigned long long)it->told);
    assert_true(stats.samples_in == it->fed && stats.samples_out == it->fed && it->told == it->fed);
    assert_true(stats.samples_customer == it->customers && stats.events_dropped == 0);
    solo_call_destroy(it->call);
    free(it->before);
    free(it->now);
    legs_free(it->legs);
}

static void long_call(const char *name, const solo_config *config, double for_hours) {
    const struct scene *scene = scene_named(name);
    struct long_call it = {.scene = scene,
                           .rate = config->sample_rate,
                           .mixed = config->input == SOLO_INPUT_MIXED,
                           .legs = legs_at_rate(scene->legs, scene->rate, config->sample_rate),
                           .call = call_of(config)};
    struct hour first = {.passes = 0}, last = {.passes = 0};
    struct footprint early = {0, 0};
    double pass_s = (double)it.legs.n / it.rate;
    long passes = (long)(for_hours * SECONDS_PER_HOUR / pass_s) + PASSES_LEAST;
    long hour = (long)(SECONDS_PER_HOUR / pass_s);
    hour = hour > passes / 3 ? passes / 3 : hour;
    it.latency = (size_t)solo_call_latency(it.call);
    it.before = samples_new(it.legs.n);
    it.now = samples_new(it.legs.n);
    for (long pass = 0; pass < passes; pass++) {
        play(&it);
        if (pass >= 2 && pass <= hour) /* the pass before this, and not the very first */
            measure(&it, &first);
        if (pass >= passes - hour)
            measure(&it, &last);
        if (pass == hour)
            early = footprint();
        if (pass % hour == 0 && pass > 0) {
            printf("             %.1f h\n", (double)pass * pass_s / SECONDS_PER_HOUR);
            fflush(stdout);
        }
    }
    assert_no_growth("one call", early, footprint());
    assert_no_drift(first, last);
    end_long_call(&it);
}

static void test_day_of_stereo(void **state) {
    solo_config config = config_of(8000, SOLO_AGENT_LEG_A);
    (void)state;
    long_call("it-handset", &config, hours);
}

/* 25 hours at 48 kHz are more than 2^32 samples. */
static void test_day_at_48000(void **state) {
    solo_config config = config_of(48000, SOLO_AGENT_LEG_A);
    (void)state;
    long_call("it-handset", &config, hours * 25.0 / 24.0);
}

static void test_day_of_mixed(void **state) {
    solo_config config;
    solo_voice *voice = agent_of("mixed-it");
    (void)state;
    assert_int_equal(solo_config_init(&config, SOLO_INPUT_MIXED, 8000), SOLO_OK);
    config.agent = SOLO_AGENT_BY_VOICE;
    config.voice = voice;
    config.overlap = SOLO_OVERLAP_EXTRACT;
    config.metrics = 1;
    long_call("mixed-it", &config, hours);
    solo_voice_destroy(voice);
}

/* ------------------------------------------------------------------ many short calls */

static struct legs16 said[KINDS]; /* what the calls of a kind are cut from */
static solo_voice *agent;

static const struct {
    int rate;
    bool mixed, by_voice, consent;
} kinds[KINDS] = {
    {8000, false, false, false},  {16000, false, false, true}, {8000, true, true, false},
    {48000, false, false, false}, {8000, false, true, false},  {44100, true, true, true},
};

static void prepare_short_calls(void) {
    if (agent)
        return;
    agent = agent_of("mixed-it");
    for (int kind = 0; kind < KINDS; kind++) {
        const struct scene *scene = scene_named(kinds[kind].mixed ? "mixed-it" : "it-handset");
        said[kind] = legs_at_rate(cut(scene, 4.0, 44.0), scene->rate, kinds[kind].rate);
    }
}

static solo_config short_config(int kind) {
    solo_config config;
    int input = kinds[kind].mixed ? SOLO_INPUT_MIXED : SOLO_INPUT_STEREO;
    solo_config_init(&config, input, kinds[kind].rate);
    config.agent = kinds[kind].mixed ? SOLO_AGENT_BY_VOICE : SOLO_AGENT_LEG_A;
    config.voice = kinds[kind].by_voice ? agent : NULL;
    config.consent = kinds[kind].consent ? SOLO_CONSENT_GIVEN : SOLO_CONSENT_OFF;
    config.lookahead_ms = 60;
    return config;
}

/* A call of 0.4 s, from a place of its own; the digest of what came out, 0 on an error. */
static uint64_t short_call(size_t number) {
    int kind = (int)(number % KINDS), n = 1;
    solo_config config = short_config(kind);
    size_t length = (size_t)kinds[kind].rate * 2 / 5, room = said[kind].n - length;
    size_t from = number % DIFFERENT * 7919 % room;
    uint64_t digest = DIGEST_START;
    int16_t out[STEP];
    solo_call *call = solo_call_create(engine(), &config, NULL);
    for (size_t at = from; call && n > 0 && at < from + length; at += STEP) {
        size_t rest = from + length - at;
        n = solo_call_process_s16(call, said[kind].a + at, said[kind].b + at, out,
                                  rest < STEP ? rest : STEP);
        digest = digest_add(digest, out, n > 0 ? (size_t)n * sizeof(*out) : 0);
    }
    while (call && n > 0) {
        n = solo_call_flush_s16(call, out, STEP);
        digest = digest_add(digest, out, n > 0 ? (size_t)n * sizeof(*out) : 0);
    }
    solo_call_destroy(call);
    return call && n == 0 ? digest : 0;
}

/* Every call gives what it gave the first time. */
static void test_short_calls(void **state) {
    static uint64_t first[DIFFERENT];
    size_t calls = (size_t)(DAY_CALLS * hours / 24.0);
    struct footprint early = {0, 0};
    (void)state;
    prepare_short_calls();
    calls = calls > 2 * DIFFERENT ? calls : 2 * DIFFERENT;
    for (size_t i = 0; i < calls; i++) {
        uint64_t digest = short_call(i);
        assert_true(digest != 0);
        if (i < DIFFERENT)
            first[i] = digest;
        else if (digest != first[i % DIFFERENT])
            fail_msg("call %zu gave other bytes than call %zu, which it repeats", i, i % DIFFERENT);
        if (i == DIFFERENT)
            early = footprint();
    }
    printf("             %zu calls\n", calls);
    assert_no_growth("short calls", early, footprint());
}

/* Calls that threads take in turn. */
struct shared_out {
    atomic_size_t next;
    uint64_t digest[THREAD_CALLS];
};

static void *take_calls(void *argument) {
    struct shared_out *shared = argument;
    for (size_t i = atomic_fetch_add(&shared->next, 1); i < THREAD_CALLS;
         i = atomic_fetch_add(&shared->next, 1))
        shared->digest[i] = short_call(i);
    return NULL;
}

static void test_calls_in_threads(void **state) {
    static struct shared_out shared;
    pthread_t thread[THREADS];
    (void)state;
    prepare_short_calls();
    (void)engine();
    for (int t = 0; t < THREADS; t++)
        assert_int_equal(pthread_create(&thread[t], NULL, take_calls, &shared), 0);
    for (int t = 0; t < THREADS; t++)
        pthread_join(thread[t], NULL);
    for (size_t i = 0; i < THREAD_CALLS; i++)
        if (shared.digest[i] == 0 || shared.digest[i] != short_call(i))
            fail_msg("call %zu gave other bytes among %d threads than alone", i, THREADS);
    printf("             %d calls on %d threads, each as alone\n", THREAD_CALLS, THREADS);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_calls_in_threads), cmocka_unit_test(test_day_of_stereo),
        cmocka_unit_test(test_day_at_48000),     cmocka_unit_test(test_short_calls),
        cmocka_unit_test(test_day_of_mixed),
    };
    hours = argc > 1 ? strtod(argv[1], NULL) : hours;
    if (argc > 3 || !(hours > 0.0)) {
        fprintf(stderr, "usage: solo-soak [HOURS [PART]]\n");
        return 2;
    }
    if (argc == 3)
        cmocka_set_test_filter(argv[2]);
    int failed = cmocka_run_group_tests_name("soak", tests, NULL, NULL);
    solo_voice_destroy(agent);
    for (int kind = 0; kind < KINDS && agent; kind++)
        legs_free(said[kind]);
    scenes_drop();
    engine_drop();
    return failed > 0;
}
