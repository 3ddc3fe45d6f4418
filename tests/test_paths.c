/* A call of recorded voices through every kind of leak and line, each held to what it reaches today
 * less a margin; and what is said of a path that changes. */
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "figures.h"
#include "recipe.h"
#include "render.h"

/* At least. */
struct bars {
    double removal_db, zero_percent, overlap_db, kept_percent, interjections_percent;
};

struct condition {
    const char *name;
    const char *call;
    void (*change)(struct recipe *);
    struct bars least;
};

static struct leak_path *only_path(struct recipe *recipe, double gain_db, double delay_ms) {
    recipe->path_count = 1;
    recipe->path[0] = (struct leak_path){.gain_db = gain_db, .delay_ms = delay_ms};
    return &recipe->path[0];
}

static void plain(struct recipe *recipe) {
    only_path(recipe, -12.0, 40.0);
}

static void loud_and_near(struct recipe *recipe) {
    only_path(recipe, -6.0, 3.0);
}

static void faint(struct recipe *recipe) {
    only_path(recipe, -30.0, 120.0);
}

static void late(struct recipe *recipe) {
    only_path(recipe, -20.0, 400.0);
}

static void jump_later(struct recipe *recipe) {
    only_path(recipe, -12.0, 40.0);
    recipe->jumps = true;
    recipe->jump = (struct leak_jump){20.0, 100.0};
}

static void jump_earlier(struct recipe *recipe) {
    only_path(recipe, -12.0, 160.0);
    recipe->jumps = true;
    recipe->jump = (struct leak_jump){20.0, -100.0};
}

static void drift_later(struct recipe *recipe) {
    only_path(recipe, -15.0, 260.0)->drift_ppm = 30.0;
}

static void drift_earlier(struct recipe *recipe) {
    only_path(recipe, -15.0, 260.0)->drift_ppm = -30.0;
}

static void drift_fast(struct recipe *recipe) {
    only_path(recipe, -12.0, 100.0)->drift_ppm = 100.0;
}

/* Not by whole packets: the filter cannot be moved there, and is learnt anew. */
static void jump_between(struct recipe *recipe) {
    only_path(recipe, -12.0, 40.0);
    recipe->jumps = true;
    recipe->jump = (struct leak_jump){20.0, 73.0};
}

static void two_paths(struct recipe *recipe) {
    only_path(recipe, -12.0, 5.0);
    recipe->path[recipe->path_count++] =
        (struct leak_path){.gain_db = -18.0, .delay_ms = 60.0, .room_ms = 60.0};
}

static void saturated(struct recipe *recipe) {
    struct leak_path *path = only_path(recipe, -12.0, 80.0);
    path->saturates = true;
    path->saturate_db = -14.0;
}

static void saturated_in_a_room(struct recipe *recipe) {
    saturated(recipe);
    recipe->path[0].room_ms = 60.0;
}

static void agent_loses_packets(struct recipe *recipe) {
    plain(recipe);
    recipe->loss[PARTY_AGENT] = (struct recipe_loss){3.0, true};
}

static void customer_loses_packets(struct recipe *recipe) {
    plain(recipe);
    recipe->loss[PARTY_CUSTOMER] = (struct recipe_loss){3.0, false};
}

static void comfort_noise(struct recipe *recipe) {
    plain(recipe);
    for (int party = 0; party < PARTY_COUNT; party++) {
        recipe->comfort[party] = true;
        recipe->comfort_dbov[party] = -58.0;
    }
}

/* Digital idle on the legs wherever a party has been silent for long: from 0 to 1 s both legs, and
 * then either in turn. */
static void idle(struct recipe *recipe, enum codec_kind codec) {
    static const struct recipe_span spans[] = {{PARTY_AGENT, 0.0, 1.0, 0.0},
                                               {PARTY_CUSTOMER, 0.0, 6.0, 0.0},
                                               {PARTY_AGENT, 17.0, 1.0, 0.0}};
    plain(recipe);
    recipe->codec = codec;
    recipe->idle_count = COUNT_OF(spans);
    memcpy(recipe->idle, spans, sizeof(spans));
}

static void idle_ulaw(struct recipe *recipe) {
    idle(recipe, CODEC_ULAW);
}

static void idle_alaw(struct recipe *recipe) {
    idle(recipe, CODEC_ALAW);
}

static void as_it_is(struct recipe *recipe) {
    (void)recipe;
}

/* A call of data/ under a condition, agent on leg A. */
struct made {
    struct render render;
    int16_t *leg[2];
    struct legs16 legs;
};

static struct made make(const char *call, void (*change)(struct recipe *)) {
    char error[RECIPE_ERROR_MAX];
    struct made made;
    struct recipe *recipe = malloc(sizeof(*recipe));
    assert_non_null(recipe);
    *recipe = *scene_named(call)->recipe;
    change(recipe);
    if (!render_call(recipe, getenv("SOLO_VOICES"), &made.render, error))
        fail_msg("%s", error);
    free(recipe);
    size_t n = made.render.n;
    made.leg[0] = samples_new(n);
    made.leg[1] = samples_new(n);
    for (size_t i = 0; i < n; i++) {
        made.leg[0][i] = (int16_t)(made.render.agent_leg[i] * 32768.0f);
        made.leg[1][i] = (int16_t)(made.render.customer_leg[i] * 32768.0f);
    }
    made.legs = (struct legs16){made.leg[0], made.leg[1], n};
    return made;
}

static void made_free(struct made *made) {
    free(made->leg[0]);
    free(made->leg[1]);
    render_free(&made->render);
}

/* Erases the leg that is not `agent` and fills in what the figures want to know. */
static struct figures erase(const struct made *made, int agent, struct figures_input in) {
    struct figures figures;
    solo_config config = config_of(made->render.rate, agent);
    struct take take = take_whole(&config, made->legs);
    float *output = calloc(made->legs.n + 1, sizeof(*output));
    assert_non_null(output);
    for (size_t i = 0; i < made->legs.n; i++)
        output[i] = (float)take.x[take.latency + i] / 32768.0f;
    in.output = output;
    in.n = made->legs.n;
    in.rate = made->render.rate;
    assert_int_equal(figures_compute(&in, &figures), 0);
    free(output);
    take_free(take);
    return figures;
}

static struct figures figures_under(const struct condition *condition) {
    struct made made = make(condition->call, condition->change);
    struct figures_input in = {.agent_stem = made.render.agent,
                               .customer = made.render.leak,
                               .input = made.render.agent_leg};
    struct figures figures = erase(&made, SOLO_AGENT_LEG_A, in);
    made_free(&made);
    return figures;
}

static bool reaches(const struct condition *condition, const char *bar, double value,
                    double least) {
    if (value >= least)
        return true;
    print_error("             %s: %s %.2f, at least %.2f\n", condition->name, bar, value, least);
    return false;
}

static void test_condition(void **state) {
    const struct condition *condition = *state;
    const struct bars *least = &condition->least;
    struct figures f = figures_under(condition);
    bool good = reaches(condition, "removal, dB", f.customer_only_removal_db, least->removal_db);
    good &= reaches(condition, "zero, %", f.customer_only_zero_percent, least->zero_percent);
    good &= reaches(condition, "overlap removal, dB", f.overlap_removal_db, least->overlap_db);
    good &= reaches(condition, "agent kept, %", f.agent_kept_percent, least->kept_percent);
    good &= reaches(condition, "interjections kept, %", f.interjections_kept_percent,
                    least->interjections_percent);
    assert_true(good);
}

/* The delay that the stats tell once the customer has spoken for two seconds more. */
static void check_jump(void (*change)(struct recipe *), int before_ms, int after_ms) {
    enum { JUMP = 20 * 8000, LATER = 27 * 8000 };
    struct made made = make("it-handset", change);
    solo_config config = config_of(8000, SOLO_AGENT_LEG_A);
    solo_stats stats = {.struct_size = sizeof(stats)};
    int16_t *out = samples_new(made.legs.n);
    solo_call *call = call_of(&config);
    feed(call, made.legs, 0, JUMP, out);
    assert_int_equal(solo_call_stats(call, &stats), SOLO_OK);
    assert_in_range(stats.leak_delay_ms, before_ms - 20, before_ms + 20);
    feed(call, made.legs, JUMP, LATER, out);
    assert_int_equal(solo_call_stats(call, &stats), SOLO_OK);
    assert_in_range(stats.leak_delay_ms, after_ms - 20, after_ms + 20);
    solo_call_destroy(call);
    free(out);
    made_free(&made);
}

static void test_jump_is_followed(void **state) {
    (void)state;
    check_jump(jump_later, 40, 140);
    check_jump(jump_earlier, 160, 60);
}

/* The customer talks for 15 s without a pause, and leaks between two lags of 20 ms. */
static void monologue(struct recipe *recipe) {
    enum { LINES = 3 };
    only_path(recipe, -12.0, 250.0);
    recipe->length_s = 25.0;
    recipe->say_count = LINES;
    recipe->say[LINES - 1].at_s = 4.3;
    recipe->say[LINES - 1].cut = (struct sound_cut){0.39, 19.9, 1};
    recipe->claimed_overlaps = recipe->claimed_interjections = 0;
}

/* Which of the two is the better one changes, when the filter is moved for another reason too: it
 * must not be moved once more, to where the leak is not. */
static void test_neighbour_is_no_jump(void **state) {
    enum { RATE = 8000, LOST = RATE * 45 / 100, ALONE = 7 * RATE };
    static const size_t lost_at[] = {111 * RATE / 10, 135 * RATE / 10};
    (void)state;
    struct made made = make("fr-alaw", monologue);
    solo_config config = config_of(RATE, SOLO_AGENT_LEG_A);
    float *agent = calloc(made.legs.n, sizeof(*agent)), *out = calloc(made.legs.n, sizeof(*out));
    assert_true(agent && out);
    for (size_t k = 0; k < COUNT_OF(lost_at); k++) {
        solo_call *call = call_of(&config);
        memcpy(agent, made.render.agent_leg, made.legs.n * sizeof(*agent));
        for (size_t i = lost_at[k]; i < lost_at[k] + LOST; i++)
            agent[i] = NAN;
        int n = solo_call_process_f32(call, agent, made.render.customer_leg, out, made.legs.n);
        assert_int_equal(n, made.legs.n);
        for (size_t i = (size_t)solo_call_latency(call) + ALONE; i < made.legs.n; i++)
            assert_true(out[i] == 0.0f);
        solo_call_destroy(call);
    }
    free(agent);
    free(out);
    made_free(&made);
}

/* Frames of 10 ms in which the leak sounds and the agent has been silent for half a second, and of
 * those the ones that pass. */
static void count_alone(const int16_t *agent, const int16_t *leak, struct take take, size_t *alone,
                        size_t *passed) {
    enum { FRAME = 80, REST = 50, LOUD = 100, SOUNDS = 30 };
    size_t since = 0;
    *alone = *passed = 0;
    for (size_t at = 0; at + FRAME <= take.n - take.latency; at += FRAME) {
        int own = 0, his = 0;
        for (size_t i = at; i < at + FRAME; i++) {
            own = abs(agent[i]) > own ? abs(agent[i]) : own;
            his = abs(leak[i]) > his ? abs(leak[i]) : his;
        }
        since = own > LOUD ? 0 : since + 1;
        if (since <= REST || his <= SOUNDS)
            continue;
        ++*alone;
        *passed += count_nonzero(take.x + take.latency + at, FRAME) > 0;
    }
}

/* A soft leak that comes by no whole number of blocks late, under the noise of a room. */
static void test_leak_between_lags(void **state) {
    static const size_t late_ms[] = {10, 30, 50, 130, 310};
    enum { RATE = 8000, NOISE = 180 /* peak: -50 dBFS */ };
    const struct scene *scene = scene_named("en-no-leak");
    struct legs16 legs = scene->legs;
    const int16_t *own = scene->agent == SOLO_AGENT_LEG_A ? legs.a : legs.b,
                  *customer = scene->agent == SOLO_AGENT_LEG_A ? legs.b : legs.a;
    int16_t *agent = samples_new(legs.n), *leak = samples_new(legs.n);
    uint32_t random = 7;
    (void)state;
    for (size_t i = 0; i < COUNT_OF(late_ms); i++) {
        size_t late = late_ms[i] * RATE / 1000, alone, passed;
        for (size_t s = 0; s < legs.n; s++) {
            int noise = (int)(random_next(&random) % (2 * NOISE + 1)) - NOISE;
            leak[s] = (int16_t)(s < late ? 0 : customer[s - late] / 10);
            agent[s] = (int16_t)fmax(fmin(own[s] + leak[s] + noise, 32767.0), -32768.0);
        }
        solo_config config = config_of(RATE, SOLO_AGENT_LEG_A);
        struct take take = take_whole(&config, (struct legs16){agent, customer, legs.n});
        count_alone(own, leak, take, &alone, &passed);
        print_message("             %zu ms late: %zu of %zu pass\n", late_ms[i], passed, alone);
        assert_true(alone > 500);
        assert_true(passed < alone / 10);
        take_free(take);
    }
    free(agent);
    free(leak);
}

/* x turned by an angle at every frequency: a Hilbert transform of 2 / (pi k) at odd k. */
static void turn(const int16_t *x, size_t n, double angle, int16_t *out) {
    enum { REACH = 127 };
    const double pi = acos(-1.0);
    for (size_t s = 0; s < n; s++) {
        double quarter = 0.0;
        for (size_t k = 1; k <= REACH; k += 2)
            quarter +=
                ((s >= k ? x[s - k] : 0) - (s + k < n ? x[s + k] : 0)) * 2.0 / (pi * (double)k);
        out[s] = (int16_t)lrint(0.4 * (cos(angle) * x[s] + sin(angle) * quarter));
    }
}

/* A line may turn all phases alike; what is explained by the customer whole is no fault. */
static void test_turned_leak(void **state) {
    enum { RATE = 8000, N = 4 * RATE, DEGREES = 10 };
    int16_t *customer = samples_new(N), *agent = samples_new(N);
    uint32_t random = 5;
    (void)state;
    for (size_t s = RATE; s < 3 * RATE; s++)
        customer[s] = (int16_t)((int)(random_next(&random) % 8001) - 4000);
    for (int degrees = 0; degrees < 180; degrees += DEGREES) {
        solo_config config = config_of(RATE, SOLO_AGENT_LEG_A);
        turn(customer, N, degrees * acos(-1.0) / 180.0, agent);
        int16_t *out = samples_new(N);
        solo_call *call = call_of(&config);
        solo_event event;
        feed(call, (struct legs16){agent, customer, N}, 0, N, out);
        while (solo_call_next_event(call, &event) == 1)
            if (event.flags & SOLO_F_FAULT)
                fail_msg("turned by %d degrees: a fault at sample %llu", degrees,
                         (unsigned long long)event.from);
        assert_int_equal(count_nonzero(out, N), 0);
        solo_call_destroy(call);
        free(out);
    }
    free(customer);
    free(agent);
}

/* The label names the wrong leg: that leg is kept, and where the other party talks, line noise is
 * all that may pass. Nothing is guessed.
 */
static void test_swapped_legs(void **state) {
    struct made made = make("it-swapped", as_it_is);
    struct figures_input in = {.agent_stem = made.render.customer,
                               .customer = made.render.agent,
                               .input = made.render.customer_leg};
    (void)state;
    struct figures f = erase(&made, SOLO_AGENT_LEG_B, in);
    if (f.agent_kept_percent < 99.0 || f.customer_only_zero_percent < 75.0)
        fail_msg("the named leg: kept %.2f %%, at least 99; the other: zero %.2f %%, at least 75",
                 f.agent_kept_percent, f.customer_only_zero_percent);
    made_free(&made);
}

/* What it is called, the call, what is done to it, and the least of every figure. */
#define UNDER(name, call, change, ...)                                                             \
    {                                                                                              \
        "test_condition: " name, test_condition, NULL, NULL, &(struct condition) {                 \
            name, call, change, {                                                                  \
                __VA_ARGS__                                                                        \
            }                                                                                      \
        }                                                                                          \
    }

static const struct CMUnitTest tests[] = {
    UNDER("-12 dB, 40 ms late", "it-handset", plain, 45.0, 98.0, 28.0, 99.0, 97.7),
    UNDER("-6 dB, 3 ms late", "it-handset", loud_and_near, 45.0, 98.0, 27.0, 99.0, 95.9),
    UNDER("-30 dB, 120 ms late", "it-handset", faint, 60.0, 98.0, 18.0, 99.0, 98.8),
    UNDER("-20 dB, 400 ms late", "it-handset", late, 60.0, 98.0, 23.0, 99.0, 98.8),
    UNDER("jump of 100 ms", "it-handset", jump_later, 45.0, 98.0, 28.5, 98.0, 98.8),
    UNDER("jump of -100 ms", "it-handset", jump_earlier, 45.0, 98.0, 25.0, 98.0, 97.7),
    UNDER("drift of 30 ppm", "it-handset", drift_later, 45.0, 98.0, 16.0, 99.0, 93.2),
    UNDER("drift of -30 ppm", "it-handset", drift_earlier, 45.0, 98.0, 16.0, 99.0, 91.4),
    UNDER("drift of 100 ppm", "it-handset", drift_fast, 45.0, 98.0, 17.0, 98.0, 82.2),
    UNDER("jump of 73 ms", "it-handset", jump_between, 25.0, 98.0, 16.0, 97.0, 98.4),
    UNDER("two paths", "it-handset", two_paths, 45.0, 98.0, 28.0, 99.0, 98.1),
    UNDER("saturated", "it-handset", saturated, 45.0, 98.0, 25.0, 99.0, 98.1),
    UNDER("saturated, in a room", "it-handset", saturated_in_a_room, 45.0, 98.0, 25.0, 99.0, 98.1),
    UNDER("agent's packets lost", "it-handset", agent_loses_packets, 20.0, 97.0, 20.0, 99.0, 97.7),
    UNDER("customer's packets lost", "it-handset", customer_loses_packets, 45.0, 98.0, 23.0, 98.0,
          97.7),
    UNDER("comfort noise", "it-handset", comfort_noise, 38.0, 98.0, 26.0, 98.0, 93.0),
    UNDER("mu-law idle", "it-handset", idle_ulaw, 45.0, 98.0, 27.0, 99.0, 97.3),
    UNDER("A-law idle", "it-handset", idle_alaw, 45.0, 98.0, 27.0, 99.0, 97.3),
    UNDER("music on hold", "ru-hold", as_it_is, 50.0, 98.0, 24.0, 98.0, 95.5),
    UNDER("double talk", "it-es-double-talk", as_it_is, 57.0, 98.0, 29.0, 97.0, 98.6),
    cmocka_unit_test(test_jump_is_followed),
    cmocka_unit_test(test_neighbour_is_no_jump),
    cmocka_unit_test(test_turned_leak),
    cmocka_unit_test(test_leak_between_lags),
    cmocka_unit_test(test_swapped_legs),
};
const struct group paths_group = {"paths", tests, COUNT_OF(tests)};
