/* Legs that arrive apart: packets of any size, gaps, a leg that falls behind. */
#include "support.h"

#include <stdlib.h>
#include <string.h>

#include "render.h"

enum { QUEUE_MS = 1000 };

static struct legs16 six_seconds(void) {
    return cut(scene_named("it-handset"), 5.0, 11.0);
}

/* What has been pushed of both legs and pulled of the agent. */
struct exchange {
    solo_call *call;
    struct legs16 legs;
    size_t pushed[2], pulled;
    int16_t *out;
};

static void push(struct exchange *x, int leg, size_t n) {
    const int16_t *pcm = leg == SOLO_LEG_A ? x->legs.a : x->legs.b;
    size_t left = x->legs.n - x->pushed[leg];
    n = n < left ? n : left;
    assert_int_equal(solo_call_push_s16(x->call, leg, pcm + x->pushed[leg], n), SOLO_OK);
    x->pushed[leg] += n;
}

static size_t common(const struct exchange *x) {
    return x->pushed[0] < x->pushed[1] ? x->pushed[0] : x->pushed[1];
}

/* Pulls at most `max`: exactly what both legs have must come. */
static void pull(struct exchange *x, size_t max) {
    size_t ready = common(x) - x->pulled;
    int n = solo_call_pull_s16(x->call, x->out + x->pulled, max);
    assert_int_equal(n, (int)(ready < max ? ready : max));
    x->pulled += (size_t)n;
}

/* Packets of unequal sizes, the legs up to half a second apart. */
static void test_unequal_packets(void **state) {
    static const int rates[] = {8000, 44100};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rates); i++) {
        struct legs16 legs = legs_at_rate(six_seconds(), 8000, rates[i]);
        solo_config config = config_of(rates[i], SOLO_AGENT_LEG_A);
        struct take right = take_whole(&config, legs), apart = take_empty(&config, legs.n);
        struct exchange x = {call_of(&config), legs, {0, 0}, 0, apart.x};
        uint32_t random = 11;
        size_t second = (size_t)rates[i];
        while (common(&x) < legs.n) {
            int leg = (int)(random_next(&random) & 1);
            if (x.pushed[leg] < x.pushed[!leg] + second / 2)
                push(&x, leg, random_next(&random) % (second / 20));
            if (x.pushed[0] - x.pulled > second * 4 / 10 ||
                x.pushed[1] - x.pulled > second * 4 / 10 || random % 3 == 0)
                pull(&x, random_next(&random) % second);
        }
        pull(&x, legs.n);
        drain(x.call, apart.x + legs.n, apart.latency + 1);
        assert_same_take("packets", right, apart);
        solo_call_destroy(x.call);
        take_free(right);
        take_free(apart);
        legs_free(legs);
    }
}

/* Nothing is pulled, and flush hands out what is queued and what is held back. */
static void test_flush_of_queues(void **state) {
    solo_config config = config_of(8000, SOLO_AGENT_LEG_A);
    struct legs16 legs = six_seconds();
    (void)state;
    legs.n = 7999;
    struct take right = take_whole(&config, legs), apart = take_empty(&config, legs.n);
    struct exchange x = {call_of(&config), legs, {0, 0}, 0, apart.x};
    push(&x, SOLO_LEG_A, legs.n);
    push(&x, SOLO_LEG_B, legs.n);
    size_t got = 0;
    for (int n = 1; n > 0; got += (size_t)n)
        n = solo_call_flush_s16(x.call, apart.x + got, 333);
    assert_int_equal(got, apart.n);
    assert_same_take("flushed queues", right, apart);
    solo_call_destroy(x.call);
    take_free(right);
    take_free(apart);
}

static void test_full_takes_nothing(void **state) {
    static const int rates[] = {8000, 16000, 11025, 48000};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rates); i++)
        for (int leg = SOLO_LEG_A; leg <= SOLO_LEG_B; leg++) {
            solo_config config = config_of(rates[i], SOLO_AGENT_LEG_A);
            size_t room = (size_t)rates[i] * QUEUE_MS / 1000;
            int16_t *x = samples_new(room + 1);
            solo_call *call = call_of(&config);
            assert_int_equal(solo_call_push_s16(call, leg, x, room + 1), SOLO_E_FULL);
            assert_int_equal(solo_call_push_lost(call, leg, SIZE_MAX), SOLO_E_FULL);
            assert_int_equal(solo_call_push_s16(call, leg, x, room - 1), SOLO_OK);
            assert_int_equal(solo_call_push_s16(call, leg, x, 2), SOLO_E_FULL);
            assert_int_equal(solo_call_push_lost(call, leg, 2), SOLO_E_FULL);
            assert_int_equal(solo_call_push_s16(call, leg, x, 1), SOLO_OK);
            assert_int_equal(solo_call_push_lost(call, leg, 1), SOLO_E_FULL);
            assert_int_equal(solo_call_pull_s16(call, x, room), 0);
            assert_int_equal(solo_call_push_lost(call, !leg, 10), SOLO_OK);
            assert_int_equal(solo_call_pull_s16(call, x, room), 10);
            assert_int_equal(solo_call_push_s16(call, leg, x, 11), SOLO_E_FULL);
            assert_int_equal(solo_call_push_s16(call, leg, x, 10), SOLO_OK);
            solo_call_destroy(call);
            free(x);
        }
}

/* A leg that hit its limit goes on as if nothing had been tried. */
static void test_full_changes_nothing(void **state) {
    solo_config config = config_of(8000, SOLO_AGENT_LEG_A);
    struct legs16 legs = six_seconds();
    (void)state;
    struct take right = take_whole(&config, legs), apart = take_empty(&config, legs.n);
    struct exchange x = {call_of(&config), legs, {0, 0}, 0, apart.x};
    while (x.pulled < legs.n) {
        push(&x, SOLO_LEG_A, 8000 - (x.pushed[0] - x.pulled));
        assert_int_equal(solo_call_push_s16(x.call, SOLO_LEG_A, legs.b, 1), SOLO_E_FULL);
        push(&x, SOLO_LEG_B, 500);
        pull(&x, 8000);
        if (x.pushed[0] == legs.n) {
            push(&x, SOLO_LEG_B, legs.n - x.pushed[1]);
            pull(&x, 8000);
        }
    }
    assert_same_audio("after full queues", right.x, apart.x, legs.n);
    solo_call_destroy(x.call);
    take_free(right);
    take_free(apart);
}

/* The whole call in packets of 20 ms; those of one leg within [from, to) are lost. *lost gets what
 * the stats say of it. */
static struct take take_with_gap(const solo_config *config, struct legs16 legs, int lossy,
                                 size_t from, size_t to, uint64_t *lost) {
    struct take take = take_empty(config, legs.n);
    struct exchange x = {call_of(config), legs, {0, 0}, 0, take.x};
    for (size_t at = 0; at < legs.n; at += 160) {
        push(&x, !lossy, 160);
        if (at >= from && at < to) {
            assert_int_equal(solo_call_push_lost(x.call, lossy, 160), SOLO_OK);
            x.pushed[lossy] += 160;
        } else {
            push(&x, lossy, 160);
        }
        pull(&x, 160);
    }
    size_t got = drain(x.call, take.x + legs.n, take.latency + 1);
    assert_int_equal(legs.n + got, take.n);
    solo_stats stats = {.struct_size = sizeof(stats)};
    solo_call_stats(x.call, &stats);
    assert_int_equal(stats.samples_in, legs.n);
    *lost = stats.samples_lost;
    solo_call_destroy(x.call);
    return take;
}

/* What is lost of the agent is silence, and what follows is where it was without the loss. */
static void test_lost_packets_of_the_agent(void **state) {
    const struct scene *scene = scene_named("en-no-leak");
    solo_config config = config_of(8000, scene->agent);
    struct legs16 legs = cut(scene, 0.0, 20.0);
    const int16_t *agent = scene->agent == SOLO_AGENT_LEG_A ? legs.a : legs.b;
    size_t from = 3200, to = 4800, unaltered = 0;
    uint64_t lost = 0;
    (void)state;
    struct take whole = take_whole(&config, legs);
    struct take gap = take_with_gap(&config, legs, scene->agent, from, to, &lost);
    assert_int_equal(lost, to - from);
    assert_true(count_nonzero(whole.x + whole.latency + from, to - from) > 0);
    assert_int_equal(count_nonzero(gap.x + gap.latency + from, to - from), 0);
    for (size_t i = to + 80; i < legs.n; i++)
        unaltered += gap.x[gap.latency + i] == agent[i] && agent[i] != 0;
    assert_true(unaltered > 8000);
    take_free(whole);
    take_free(gap);
}

/* What is lost, or muted, says nothing of the line's noise: it is no more the agent's after it than
 * before. */
static void test_noise_after_a_loss(void **state) {
    enum { RATE = 8000, N = 20 * RATE, LATE = RATE / 4, NOISE = 50 };
    enum { LOST = 12 * RATE, MUTED = RATE / 2 };
    const struct scene *scene = scene_named("it-handset");
    const int16_t *customer = scene->agent == SOLO_AGENT_LEG_A ? scene->legs.b : scene->legs.a;
    solo_config config = config_of(RATE, SOLO_AGENT_LEG_A);
    int16_t *agent = samples_new(N);
    uint32_t random = 7;
    uint64_t lost = 0;
    (void)state;
    for (size_t s = 0; s < N; s++)
        agent[s] = (int16_t)((s < LATE ? 0 : customer[s - LATE] / 4) +
                             (int)(random_next(&random) % (2 * NOISE + 1)) - NOISE);
    struct legs16 legs = {agent, customer, N};
    struct take gap = take_with_gap(&config, legs, SOLO_LEG_A, LOST, LOST + RATE / 10, &lost);
    assert_int_equal(count_nonzero(gap.x + gap.latency + LOST, N - LOST), 0);
    take_free(gap);
    memset(agent + LOST, 0, MUTED * sizeof(*agent));
    struct take muted = take_whole(&config, legs);
    assert_int_equal(count_nonzero(muted.x + muted.latency + LOST, N - LOST), 0);
    take_free(muted);
    free(agent);
}

/* A leg that is muted, and a leak that lies elsewhere after it, teach the canceller nothing that it
 * takes for the loudspeaker's doing half a minute later. */
static void test_leak_after_a_mute(void **state) {
    enum { RATE = 8000, BEFORE = 960, AFTER = 5760, MUTED = 77760, AGAIN = MUTED + 8800 };
    const struct scene *scene = scene_named("it-handset");
    size_t n = scene->legs.n;
    solo_config config = config_of(RATE, SOLO_AGENT_LEG_A);
    int16_t *leak = to_16(scene->render->leak, n), *agent = samples_new(n);
    (void)state;
    for (size_t s = BEFORE; s < n; s++)
        agent[s] = s < MUTED ? leak[s - BEFORE] : s < AGAIN ? 0 : leak[s - AFTER];
    struct take take = take_whole(&config, (struct legs16){agent, scene->legs.b, n});
    assert_int_equal(count_nonzero(take.x, take.n), 0);
    take_free(take);
    free(leak);
    free(agent);
}

/* With the customer's packets missing nobody can say whose sound it is, unless nothing leaks. */
static void test_lost_packets_of_the_customer(void **state) {
    const struct scene *scene = scene_named("it-handset");
    solo_config config = config_of(8000, scene->agent);
    struct legs16 legs = cut(scene, 0.0, 24.0);
    /* 20.0 s: the customer talks alone. */
    size_t from = 20 * 8000, to = from + 8000;
    uint64_t lost = 0;
    (void)state;
    struct take gap = take_with_gap(&config, legs, !scene->agent, from, to, &lost);
    /* What he said last may still be leaking for half a second. */
    assert_in_range(lost, to - from, to - from + 4000);
    assert_int_equal(count_nonzero(gap.x + gap.latency + from, to - from), 0);
    take_free(gap);
}

/* His packets are lost, and by a jitter buffer his leak changes its delay: nothing that the call
 * still holds says where they leak. The agent is silent. */
static void test_lost_while_the_delay_changes(void **state) {
    enum { RATE = 8000, N = 24 * RATE, QUIET = 39 * RATE / 2 };
    static const size_t delays_ms[][2] = {{810, 830}, {810, 710}, {810, 910}, {410, 430}};
    (void)state;
    solo_config config = config_of(RATE, SOLO_AGENT_LEG_A);
    int16_t *customer = talk_on(scene_named("it-handset"), N), *agent = samples_new(N);
    size_t from = QUIET + RATE / 10, to = from + RATE / 4, jump = from + RATE / 10;
    memset(customer + QUIET, 0, (from - QUIET) * sizeof(*customer));
    memset(customer + to, 0, (N - to) * sizeof(*customer));
    for (size_t i = 0; i < COUNT_OF(delays_ms); i++) {
        size_t before = delays_ms[i][0] * RATE / 1000, after = delays_ms[i][1] * RATE / 1000;
        uint64_t lost = 0;
        for (size_t s = 0; s < N; s++) {
            size_t late = s < jump ? before : after;
            agent[s] = (int16_t)(s < late ? 0 : customer[s - late] / 2);
        }
        struct legs16 legs = {agent, customer, N};
        struct take gap = take_with_gap(&config, legs, SOLO_LEG_B, from, to, &lost);
        assert_true(count_nonzero(agent + from + after, to - from) > RATE / 8);
        assert_int_equal(count_nonzero(gap.x + gap.latency + from + after, to - from), 0);
        assert_in_range(lost, to - from, N - from);
        take_free(gap);
    }
    free(customer);
    free(agent);
}

/* The leg that ends early is filled up as lost, and then nothing of the other passes. */
static void test_shorter_leg(void **state) {
    solo_config config = config_of(8000, SOLO_AGENT_LEG_A);
    struct legs16 legs = cut(scene_named("it-handset"), 1.0, 3.0);
    (void)state;
    for (int shorter = 0; shorter < 2; shorter++) {
        struct take take = take_empty(&config, legs.n);
        struct exchange x = {call_of(&config), legs, {0, 0}, 0, take.x};
        for (size_t at = 0; at < 10000; at += 1000) {
            push(&x, shorter, 1000);
            push(&x, !shorter, 1000);
            pull(&x, 8000);
        }
        push(&x, !shorter, legs.n);
        assert_int_equal(solo_call_pull_s16(x.call, take.x + 10000, 100), 0);
        assert_int_equal(10000 + drain(x.call, take.x + 10000, take.n + 1 - 10000), take.n);
        size_t end = take.latency + 10000;
        assert_true(count_nonzero(take.x, end) > 0);
        assert_int_equal(count_nonzero(take.x + end, take.n - end), 0);
        solo_call_destroy(x.call);
        take_free(take);
    }
}

/* A mask is of the packets that are pushed under it, however late they are pulled. */
static void test_masked_in_the_queue(void **state) {
    enum { STEP = 4000, FROM = 4000, HOP = 80 };
    solo_config config = config_of(8000, SOLO_AGENT_LEG_A);
    struct legs16 legs = six_seconds();
    struct take right = take_whole(&config, legs), apart = take_empty(&config, legs.n);
    struct exchange x = {call_of(&config), legs, {0, 0}, 0, apart.x};
    (void)state;
    while (common(&x) < legs.n) {
        bool masked = common(&x) == FROM;
        assert_int_equal(solo_call_mask(x.call, masked), SOLO_OK);
        push(&x, SOLO_LEG_A, STEP);
        push(&x, SOLO_LEG_B, STEP);
        if (!masked)
            pull(&x, legs.n);
    }
    drain(x.call, apart.x + legs.n, apart.latency + 1);
    size_t from = apart.latency + FROM, to = from + STEP;
    assert_true(count_nonzero(right.x + from, STEP) > STEP / 2);
    assert_int_equal(count_nonzero(apart.x + from, STEP), 0);
    assert_same_audio("before the mask", right.x, apart.x, from - HOP);
    assert_same_audio("after the mask", right.x + to + HOP, apart.x + to + HOP, right.n - to - HOP);
    solo_call_destroy(x.call);
    take_free(right);
    take_free(apart);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_unequal_packets),
    cmocka_unit_test(test_masked_in_the_queue),
    cmocka_unit_test(test_flush_of_queues),
    cmocka_unit_test(test_full_takes_nothing),
    cmocka_unit_test(test_full_changes_nothing),
    cmocka_unit_test(test_lost_packets_of_the_agent),
    cmocka_unit_test(test_noise_after_a_loss),
    cmocka_unit_test(test_leak_after_a_mute),
    cmocka_unit_test(test_lost_packets_of_the_customer),
    cmocka_unit_test(test_lost_while_the_delay_changes),
    cmocka_unit_test(test_shorter_leg),
};
const struct group packets_group = {"packets", tests, COUNT_OF(tests)};
