#include "account.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tones.h"

struct legs16 own_legs(void) {
    struct legs16 legs = cut(scene_named("it-handset"), 0.0, SECONDS);
    return (struct legs16){samples_copy(legs.a, legs.n), samples_copy(legs.b, legs.n), legs.n};
}

size_t press_key(const int16_t *leg, size_t at, char key, double level) {
    enum { QUIET = RATE / 10 };
    float x[RATE] = {0};
    struct press press = {key, TONE_MS, level, -1.0, 0.0, 0.0};
    size_t n = tones_add(&press, x, RATE);
    int16_t *to = (int16_t *)(uintptr_t)leg + at;
    memset(to - QUIET, 0, sizeof(*to) * (n + 2 * QUIET));
    for (size_t i = 0; i < n; i++)
        to[i] = (int16_t)lrintf(x[i] * 32768.0f);
    return at + n;
}

solo_config config_consent(int input_consent) {
    solo_config config = config_of(RATE, SOLO_AGENT_LEG_A);
    config.consent = input_consent;
    return config;
}

static void fetch(solo_call *call, struct account *account) {
    while (account->count < EVENTS_MAX &&
           solo_call_next_event(call, &account->event[account->count]) == 1)
        account->count++;
}

void run_apart(solo_call *call, struct legs16 legs, const struct word *words, size_t count,
               struct account *account) {
    size_t latency = (size_t)solo_call_latency(call), total = legs.n + latency, w = 0;
    int16_t *in = samples_new(2 * legs.n), *out = samples_new(2 * (total + 1));
    for (size_t i = 0; i < legs.n; i++) {
        in[2 * i] = legs.a[i];
        in[2 * i + 1] = legs.b[i];
    }
    for (size_t at = 0; at < legs.n;) {
        for (; w < count && words[w].at == at; w++)
            assert_int_equal(solo_call_set_consent(call, words[w].consent), SOLO_OK);
        size_t n = legs.n - at < 800 ? legs.n - at : 800;
        if (w < count && words[w].at < at + n)
            n = words[w].at - at;
        assert_int_equal(solo_call_process_interleaved_s16(call, in + 2 * at, out + 2 * at, n), n);
        fetch(call, account);
        at += n;
    }
    size_t got = 0;
    for (int n = 1; n > 0; got += (size_t)n)
        n = solo_call_flush_interleaved_s16(call, out + 2 * (legs.n + got), latency + 1 - got);
    assert_int_equal(got, latency);
    fetch(call, account);
    account->stats.struct_size = sizeof(account->stats);
    assert_int_equal(solo_call_stats(call, &account->stats), SOLO_OK);
    account->agent = samples_new(legs.n);
    account->customer = samples_new(legs.n);
    for (size_t i = 0; i < legs.n; i++) {
        account->agent[i] = out[2 * (latency + i)];
        account->customer[i] = out[2 * (latency + i) + 1];
    }
    free(in);
    free(out);
}

struct account *account_of(const solo_config *config, struct legs16 legs, const struct word *words,
                           size_t count) {
    struct account *account = calloc(1, sizeof(*account));
    solo_config apart = *config;
    assert_non_null(account);
    apart.output = SOLO_OUTPUT_SAME;
    solo_call *call = call_of(&apart);
    run_apart(call, legs, words, count, account);
    solo_call_destroy(call);
    return account;
}

void account_free(struct account *account) {
    free(account->agent);
    free(account->customer);
    free(account);
}

size_t state_from(const struct account *account, int consent, size_t n) {
    for (size_t i = 0; i < account->count; i++)
        if (account->event[i].consent == consent)
            return (size_t)account->event[i].from;
    return n;
}

uint32_t flags_at(const struct account *account, size_t sample) {
    for (size_t i = 0; i < account->count; i++)
        if (account->event[i].to > sample)
            return account->event[i].flags;
    return 0;
}
