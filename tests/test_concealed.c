/* Packets that were lost before the call was recorded, and filled in without a word: with silence,
 * or with the packet before. */
#include "support.h"

#include <stdlib.h>
#include <string.h>

#include "render.h"

enum {
    RATE = 8000,
    PACKET_MS = 20,
    LEARNT = 10 * RATE, /* by then the leak is known */
    N = 30 * RATE,
    LATE = RATE / 20, /* the leak, */
    FAINT = 5,        /* so many times */
    NOISE = 20
};
enum { AGENT = 1, CUSTOMER = 2, BOTH = 3 }; /* whose leg */

/* A call in which the customer talks, and is heard on the agent's leg too. */
struct call {
    int16_t *agent, *customer;
};

static struct call one_sided(int faint) {
    struct call call = {samples_new(N), talk_on(scene_named("it-handset"), N)};
    uint32_t random = 5;
    for (size_t s = 0; s < N; s++)
        call.agent[s] = (int16_t)((s < LATE ? 0 : call.customer[s - LATE] / faint) +
                                  (int)(random_next(&random) % (2 * NOISE + 1)) - NOISE);
    return call;
}

static void free_call(struct call call) {
    free(call.agent);
    free(call.customer);
}

/* One packet of 20, one or more on end. They begin at any sample. */
static void lose_packets(int16_t *leg, int rate, int packet_ms, bool repeat, size_t most,
                         uint32_t seed) {
    size_t from = LEARNT / RATE * (size_t)rate, n = N / RATE * (size_t)rate;
    size_t packet = (size_t)rate * (size_t)packet_ms / 1000;
    uint32_t random = seed;
    for (size_t at = from + seed; at + 4 * packet < n; at += packet) {
        size_t packets = random_next(&random) % 20 == 0 ? 1 + random_next(&random) % most : 0;
        for (size_t s = at; s < at + packets * packet; s++)
            leg[s] = repeat ? leg[s - packet] : 0;
        at += packets * packet;
    }
}

static void lose(int16_t *leg, bool repeat, size_t most, uint32_t seed) {
    lose_packets(leg, RATE, PACKET_MS, repeat, most, seed);
}

/* Samples of the customer that are heard once the leak is known; he alone is there to be. */
static size_t heard_of(struct call call, int rate) {
    solo_config config = config_of(rate, SOLO_AGENT_LEG_A);
    size_t from = LEARNT / RATE * (size_t)rate, n = N / RATE * (size_t)rate;
    struct take take = take_whole(&config, (struct legs16){call.agent, call.customer, n});
    size_t heard = count_nonzero(take.x + take.latency + from, n - from);
    take_free(take);
    return heard;
}

/* Nothing of the customer is heard for it, whichever leg it is on. */
static void test_customer_alone(void **state) {
    (void)state;
    for (int of = AGENT; of <= BOTH; of++)
        for (int repeat = 0; repeat < 2; repeat++) {
            struct call call = one_sided(FAINT);
            if (of & AGENT)
                lose(call.agent, repeat, 2, 37);
            if (of & CUSTOMER)
                lose(call.customer, repeat, 2, 101);
            size_t heard = heard_of(call, RATE);
            if (heard > 0)
                fail_msg("packets of leg %d %s: %zu samples are heard", of,
                         repeat ? "repeated" : "silent", heard);
            free_call(call);
        }
}

/* However long a packet is, at any rate at which it is whole samples. */
static void test_any_packet(void **state) {
    static const struct {
        int rate, packet_ms;
    } cases[] = {{8000, 5},   {8000, 10},  {8000, 30},  {8000, 40}, {8000, 60},
                 {16000, 10}, {11025, 40}, {44100, 30}, {48000, 60}};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        for (int of = AGENT; of <= CUSTOMER; of++) {
            struct call call = one_sided(FAINT);
            int rate = cases[i].rate, packet_ms = cases[i].packet_ms;
            struct legs16 legs =
                legs_at_rate((struct legs16){call.agent, call.customer, N}, RATE, rate);
            free_call(call);
            call = (struct call){samples_copy(legs.a, legs.n), samples_copy(legs.b, legs.n)};
            legs_free(legs);
            lose_packets(of == AGENT ? call.agent : call.customer, rate, packet_ms, true, 1, 37);
            size_t heard = heard_of(call, rate);
            if (heard > 0)
                fail_msg("packets of %d ms at %d Hz of leg %d repeated: %zu samples are heard",
                         packet_ms, rate, of, heard);
            free_call(call);
        }
}

/* A leak as loud as he himself: a click at the end of such a packet is louder than all of him, and
 * the frame after it holds it too. */
static void test_loud_leak(void **state) {
    size_t heard = 0, all = 0;
    (void)state;
    for (uint32_t seed = 7; seed < 300; seed += 91) {
        struct call call = one_sided(1);
        lose(call.agent, true, 1, seed);
        heard += heard_of(call, RATE);
        all += N - LEARNT;
        free_call(call);
    }
    assert_true(heard < all / 30);
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
    cmocka_unit_test(test_customer_alone), cmocka_unit_test(test_any_packet),
    cmocka_unit_test(test_loud_leak),      cmocka_unit_test(test_silence_stays),
    cmocka_unit_test(test_agent_goes_on),  cmocka_unit_test(test_agent_beside_a_tone),
};
const struct group concealed_group = {"concealed", tests, COUNT_OF(tests)};
