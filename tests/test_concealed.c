/* Packets that were lost before the call was recorded, and filled in without a word: with silence,
 * or with the packet before. */
#include "support.h"

#include <stdlib.h>
#include <string.h>

#include "render.h"

enum {
    RATE = 8000,
    PACKET = RATE / 50,
    LEARNT = 10 * RATE, /* by then the leak is known */
    N = 30 * RATE,
    LATE = RATE / 20, /* the leak, */
    FAINT = 5,        /* so many times */
    NOISE = 20
};

/* A call in which the customer talks, and is heard on the agent's leg too. */
struct call {
    int16_t *agent, *customer;
};

static struct call one_sided(void) {
    struct call call = {samples_new(N), talk_on(scene_named("it-handset"), N)};
    uint32_t random = 5;
    for (size_t s = 0; s < N; s++)
        call.agent[s] = (int16_t)((s < LATE ? 0 : call.customer[s - LATE] / FAINT) +
                                  (int)(random_next(&random) % (2 * NOISE + 1)) - NOISE);
    return call;
}

static void free_call(struct call call) {
    free(call.agent);
    free(call.customer);
}

/* One packet of 20, one or more on end. They begin at any sample. */
static void lose(int16_t *leg, bool repeat, size_t most, uint32_t seed) {
    uint32_t random = seed;
    for (size_t at = LEARNT + seed; at + 4 * PACKET < N; at += PACKET) {
        size_t packets = random_next(&random) % 20 == 0 ? 1 + random_next(&random) % most : 0;
        for (size_t s = at; s < at + packets * PACKET; s++)
            leg[s] = repeat ? leg[s - PACKET] : 0;
        at += packets * PACKET;
    }
}

/* Nothing of the customer is heard for it, whichever leg it is on. */
static void test_customer_alone(void **state) {
    enum { AGENT = 1, CUSTOMER = 2, BOTH = 3 };
    (void)state;
    solo_config config = config_of(RATE, SOLO_AGENT_LEG_A);
    for (int of = AGENT; of <= BOTH; of++)
        for (int repeat = 0; repeat < 2; repeat++) {
            struct call call = one_sided();
            if (of & AGENT)
                lose(call.agent, repeat, 2, 37);
            if (of & CUSTOMER)
                lose(call.customer, repeat, 2, 101);
            struct take take = take_whole(&config, (struct legs16){call.agent, call.customer, N});
            size_t heard = count_nonzero(take.x + take.latency + LEARNT, N - LEARNT);
            if (heard > 0)
                fail_msg("packets of leg %d %s: %zu samples are heard", of,
                         repeat ? "repeated" : "silent", heard);
            take_free(take);
            free_call(call);
        }
}

/* Energy of the agent's stem where something comes out, over all of it. */
static double kept(const struct scene *scene, const struct take *take) {
    double all = 0.0, out = 0.0;
    for (size_t s = 0; s < scene->legs.n; s++) {
        double energy = (double)scene->render->agent[s] * (double)scene->render->agent[s];
        all += energy;
        out += take->x[take->latency + s] != 0 ? energy : 0.0;
    }
    return out / all;
}

/* Where the agent's leg is silent in the middle of his words the leak is not taken out of it, which
 * would put the customer there, upside down. What is left is the edge of what is taken out beside
 * it. */
static void test_silence_stays(void **state) {
    const struct scene *scene = scene_named("it-handset");
    solo_config config = config_of(RATE, SOLO_AGENT_LEG_A);
    int16_t *agent = samples_copy(scene->legs.a, scene->legs.n);
    size_t n = scene->legs.n, silent = 0;
    double heard = 0.0, leak = 0.0;
    (void)state;
    lose(agent, false, 1, 11);
    struct take whole = take_whole(&config, scene->legs);
    struct take take = take_whole(&config, (struct legs16){agent, scene->legs.b, n});
    for (size_t s = 0; s < n; s++)
        if (agent[s] == 0 && scene->legs.a[s] != 0 && whole.x[whole.latency + s] != 0) {
            double out = take.x[take.latency + s] / 32768.0, his = scene->render->leak[s];
            silent++;
            heard += out * out;
            leak += his * his;
        }
    assert_true(silent > RATE / 4 && leak > 0.0);
    assert_true(heard < 1e-3 * leak);
    take_free(take);
    take_free(whole);
    free(agent);
}

/* The agent is: what is made up is no proof of who speaks, but what is around it is. */
static void test_agent_goes_on(void **state) {
    const struct scene *scene = scene_named("it-handset");
    solo_config config = config_of(RATE, SOLO_AGENT_LEG_A);
    (void)state;
    struct take whole = take_whole(&config, scene->legs);
    for (int repeat = 0; repeat < 2; repeat++) {
        struct call call = {samples_copy(scene->legs.a, scene->legs.n),
                            samples_copy(scene->legs.b, scene->legs.n)};
        lose(call.customer, repeat, 1, 11);
        struct take take =
            take_whole(&config, (struct legs16){call.agent, call.customer, scene->legs.n});
        assert_true(kept(scene, &take) > 0.99 * kept(scene, &whole));
        take_free(take);
        free_call(call);
    }
    take_free(whole);
}

/* A ringing tone repeats itself every 20 ms too, and a muted leg is silent: the agent is heard
 * beside it. */
static void test_agent_beside_a_tone(void **state) {
    const struct scene *scene = scene_named("it-handset");
    solo_config config = config_of(RATE, SOLO_AGENT_LEG_A);
    static const int16_t tone[20] = {0,     1236,  2351,  3236,  3804,  4000,  3804,
                                     3236,  2351,  1236,  0,     -1236, -2351, -3236,
                                     -3804, -4000, -3804, -3236, -2351, -1236}; /* 400 Hz */
    (void)state;
    struct take whole = take_whole(&config, scene->legs);
    for (int rings = 0; rings < 2; rings++) {
        struct call call = {samples_copy(scene->legs.a, scene->legs.n), samples_new(scene->legs.n)};
        for (size_t s = 0; rings && s < scene->legs.n; s++)
            call.customer[s] = tone[s % COUNT_OF(tone)];
        struct take take =
            take_whole(&config, (struct legs16){call.agent, call.customer, scene->legs.n});
        assert_true(kept(scene, &take) > 0.85 * kept(scene, &whole));
        take_free(take);
        free_call(call);
    }
    take_free(whole);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_customer_alone),
    cmocka_unit_test(test_silence_stays),
    cmocka_unit_test(test_agent_goes_on),
    cmocka_unit_test(test_agent_beside_a_tone),
};
const struct group concealed_group = {"concealed", tests, COUNT_OF(tests)};
