/* Events and figures: they cover the call, agree with the sound, and with each other. */
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "activity.h"
#include "render.h"

enum { EVENTS_MAX = 4096, KEPT = 64 };

/* A whole call, with what it said about itself. */
struct account {
    struct take take;
    solo_event event[EVENTS_MAX];
    size_t count;
    solo_stats stats;
};

static void fetch(solo_call *call, struct account *account) {
    int more = 1;
    while (more == 1 && account->count < EVENTS_MAX) {
        more = solo_call_next_event(call, &account->event[account->count]);
        assert_in_range(more, 0, 1);
        account->count += (size_t)more;
    }
}

static struct account *account_of(const solo_config *config, struct legs16 legs) {
    struct account *account = calloc(1, sizeof(*account));
    assert_non_null(account);
    account->take = take_empty(config, legs.n);
    account->stats.struct_size = sizeof(account->stats);
    solo_call *call = call_of(config);
    for (size_t at = 0; at < legs.n; at += 800) {
        feed(call, legs, at, at + 800 < legs.n ? at + 800 : legs.n, account->take.x + at);
        fetch(call, account);
    }
    drain(call, account->take.x + legs.n, account->take.n + 1 - legs.n);
    fetch(call, account);
    assert_int_equal(solo_call_stats(call, &account->stats), SOLO_OK);
    solo_call_destroy(call);
    return account;
}

static struct account *account_of_scene(const char *name) {
    const struct scene *scene = scene_named(name);
    solo_config config = config_of(scene->rate, scene->agent);
    return account_of(&config, scene->legs);
}

static void account_free(struct account *account) {
    take_free(account->take);
    free(account);
}

static void check_cover(const struct account *account, size_t n) {
    uint64_t at = 0;
    for (size_t i = 0; i < account->count; i++) {
        const solo_event *event = &account->event[i];
        assert_int_equal(event->from, at);
        assert_true(event->to > event->from);
        assert_true(event->confidence >= 0.0f && event->confidence <= 1.0f);
        assert_true(event->customer_dbfs >= -120.0f && event->customer_dbfs <= 0.1f);
        at = event->to;
    }
    assert_int_equal(at, n);
    assert_int_equal(account->stats.events_dropped, 0);
}

static void test_cover_all_calls(void **state) {
    (void)state;
    for (size_t i = 0; i < scene_count(); i++) {
        const struct scene *scene = scene_at(i);
        struct account *account = account_of_scene(scene->name);
        check_cover(account, scene->legs.n);
        account_free(account);
    }
}

static void test_cover_all_rates(void **state) {
    static const int rates[] = {11025, 22050, 24000, 32000, 44100, 48000};
    static const size_t cuts[] = {1, 79, 1003, 0};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rates); i++) {
        solo_config config = config_of(rates[i], SOLO_AGENT_LEG_A);
        struct legs16 legs = legs_at_rate(cut(scene_named("it-handset"), 5.0, 9.0), 8000, rates[i]);
        for (size_t k = 0; k < COUNT_OF(cuts); k++) {
            struct legs16 part = {legs.a, legs.b, cuts[k] > 0 ? cuts[k] : legs.n};
            struct account *account = account_of(&config, part);
            check_cover(account, part.n);
            account_free(account);
        }
        legs_free(legs);
    }
}

static void check_sums(const struct account *account, size_t n) {
    const uint32_t both = SOLO_F_AGENT | SOLO_F_CUSTOMER;
    const solo_stats *stats = &account->stats;
    uint64_t agent = 0, customer = 0, overlap = 0, erased = 0, lost = 0;
    for (size_t i = 0; i < account->count; i++) {
        const solo_event *event = &account->event[i];
        uint64_t length = event->to - event->from;
        agent += (event->flags & both) == SOLO_F_AGENT ? length : 0;
        customer += (event->flags & both) == SOLO_F_CUSTOMER ? length : 0;
        overlap += (event->flags & both) == both ? length : 0;
        erased += event->flags & SOLO_F_ERASED ? length : 0;
        lost += event->flags & SOLO_F_LOST ? length : 0;
    }
    assert_int_equal(stats->samples_in, n);
    assert_int_equal(stats->samples_out, n);
    assert_int_equal(stats->samples_agent, agent);
    assert_int_equal(stats->samples_customer, customer);
    assert_int_equal(stats->samples_overlap, overlap);
    assert_int_equal(stats->samples_erased, erased);
    assert_int_equal(stats->samples_lost, lost);
    assert_true(agent > 0 && customer > 0 && overlap > 0 && erased > 0);
}

static void test_sums(void **state) {
    static const char *const names[] = {"it-handset", "es-desk", "it-wideband", "fr-drift"};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct account *account = account_of_scene(names[i]);
        check_sums(account, scene_named(names[i])->legs.n);
        account_free(account);
    }
}

/* Erased is digital zero, to the sample (beside a resampler: but for its ringing). */
static void check_erased(const struct account *account, size_t margin) {
    for (size_t i = 0; i < account->count; i++) {
        const solo_event *event = &account->event[i];
        size_t from = (size_t)event->from, n = (size_t)(event->to - event->from);
        const uint32_t reasons = SOLO_F_MASKED | SOLO_F_LOST | SOLO_F_UNSURE;
        if (event->flags & reasons)
            assert_true(event->flags & SOLO_F_ERASED);
        if (!(event->flags & SOLO_F_ERASED) || n <= 2 * margin)
            continue;
        const int16_t *out = account->take.x + account->take.latency + from + margin;
        if (count_nonzero(out, n - 2 * margin) > 0)
            fail_msg("erased from %zu on, and yet there is sound", from);
    }
}

/* And what is not erased is heard, wherever there is anything to hear. */
static void check_passed(const struct account *account, const int16_t *agent, size_t hop) {
    size_t heard = 0, unheard = 0;
    for (size_t i = 0; i < account->count; i++) {
        const solo_event *event = &account->event[i];
        for (size_t at = (size_t)event->from; at + hop <= (size_t)event->to; at += hop) {
            if (event->flags & SOLO_F_ERASED || count_nonzero(agent + at, hop) < hop / 2)
                continue;
            if (count_nonzero(account->take.x + account->take.latency + at, hop) > 0)
                heard++;
            else
                unheard++;
        }
    }
    assert_true(heard > 500);
    assert_true(unheard <= heard / 100);
}

static void test_flags_agree_with_the_sound(void **state) {
    (void)state;
    for (size_t i = 0; i < scene_count(); i++) {
        const struct scene *scene = scene_at(i);
        struct account *account = account_of_scene(scene->name);
        check_erased(account, 0);
        if (strcmp(scene->name, "it-handset") == 0 || strcmp(scene->name, "en-no-leak") == 0)
            check_passed(account, scene->agent == SOLO_AGENT_LEG_A ? scene->legs.a : scene->legs.b,
                         (size_t)scene->rate / 100);
        account_free(account);
    }
}

static void test_flags_agree_when_resampled(void **state) {
    static const int rates[] = {11025, 44100};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rates); i++) {
        solo_config config = config_of(rates[i], SOLO_AGENT_LEG_A);
        struct legs16 legs =
            legs_at_rate(cut(scene_named("it-handset"), 4.0, 20.0), 8000, rates[i]);
        struct account *account = account_of(&config, legs);
        check_erased(account, (size_t)rates[i] * 6 / 1000);
        check_passed(account, legs.a, (size_t)rates[i] / 100);
        account_free(account);
        legs_free(legs);
    }
}

/* Share of the frames in which a stem is active that carry the flag, %. */
static double flagged(const struct account *account, const float *stem, size_t n, uint32_t flag) {
    size_t frames = activity_frame_count(n, 8000), active = 0, said = 0, e = 0;
    bool *mask = calloc(frames, sizeof(*mask));
    assert_true(activity_mask(stem, n, 8000, mask));
    for (size_t f = 0; f < frames; f++) {
        while (e + 1 < account->count && account->event[e].to <= f * 80)
            e++;
        active += mask[f];
        said += mask[f] && account->event[e].flags & flag;
    }
    free(mask);
    return 100.0 * (double)said / (double)active;
}

static void test_who_speaks(void **state) {
    static const char *const names[] = {"it-handset", "es-desk", "en-no-leak"};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        const struct render *r = scene_named(names[i])->render;
        struct account *account = account_of_scene(names[i]);
        assert_true(flagged(account, r->agent, r->n, SOLO_F_AGENT) > 85.0);
        assert_true(flagged(account, r->customer, r->n, SOLO_F_CUSTOMER) > 85.0);
        assert_true(flagged(account, r->agent, r->n, SOLO_F_CUSTOMER) < 60.0);
        assert_true(flagged(account, r->customer, r->n, SOLO_F_AGENT) < 60.0);
        account_free(account);
    }
}

/* The level of the customer's leg, wherever it is well above its noise. */
static void test_customer_level(void **state) {
    const struct render *r = scene_named("it-handset")->render;
    struct account *account = account_of_scene("it-handset");
    size_t checked = 0;
    (void)state;
    for (size_t i = 0; i < account->count; i++) {
        const solo_event *event = &account->event[i];
        size_t n = (size_t)(event->to - event->from);
        double level = power_db(mean_square(r->customer_leg + event->from, n));
        if (n < 2400 || level < -45.0)
            continue;
        if (fabs((double)event->customer_dbfs - level) > 2.0)
            fail_msg("customer at %.1f dBFS from sample %zu on, said to be at %.1f", level,
                     (size_t)event->from, (double)event->customer_dbfs);
        checked++;
    }
    assert_true(checked > 3);
    account_free(account);
}

/* A mask that flips every 20 ms makes more events than are kept. */
static struct account *flip(const solo_config *config, struct legs16 legs, bool fetching) {
    struct account *account = calloc(1, sizeof(*account));
    account->stats.struct_size = sizeof(account->stats);
    account->take = take_empty(config, legs.n);
    solo_call *call = call_of(config);
    for (size_t at = 0; at < legs.n; at += 160) {
        solo_call_mask(call, at / 160 % 2);
        feed(call, legs, at, at + 160, account->take.x + at);
        if (fetching)
            fetch(call, account);
    }
    drain(call, account->take.x + legs.n, account->take.n + 1 - legs.n);
    fetch(call, account);
    solo_call_stats(call, &account->stats);
    solo_call_destroy(call);
    return account;
}

static void test_ring_keeps_the_last_64(void **state) {
    solo_config config = config_of(8000, SOLO_AGENT_LEG_A);
    struct legs16 legs = cut(scene_named("it-handset"), 4.0, 8.0);
    (void)state;
    struct account *all = flip(&config, legs, true), *last = flip(&config, legs, false);
    assert_true(all->count > 150);
    assert_int_equal(all->stats.events_dropped, 0);
    assert_int_equal(last->count, KEPT);
    assert_int_equal(last->stats.events_dropped, all->count - KEPT);
    for (size_t i = 0; i < KEPT; i++) {
        const solo_event *event = &all->event[all->count - KEPT + i];
        assert_int_equal(last->event[i].from, event->from);
        assert_int_equal(last->event[i].to, event->to);
        assert_int_equal(last->event[i].flags, event->flags);
    }
    /* What was dropped is in the sums all the same. */
    assert_int_equal(last->stats.samples_erased, all->stats.samples_erased);
    assert_same_take("events or not", all->take, last->take);
    account_free(all);
    account_free(last);
}

/* Level and delay of the leak, as the recipe has them. */
static void test_leak_figures(void **state) {
    static const struct {
        const char *name;
        float level_db;
        int delay_ms;
    } known[] = {{"it-handset", -6.0f, 3},
                 {"fr-headset", -12.0f, 40},
                 {"es-desk", -20.0f, 80},
                 {"it-softphone", -20.0f, 150},
                 {"it-wideband", -20.0f, 40}};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        struct account *account = account_of_scene(known[i].name);
        const solo_stats *stats = &account->stats;
        if (fabsf(stats->leak_db - known[i].level_db) > 3.0f ||
            abs(stats->leak_delay_ms - known[i].delay_ms) > 20 || stats->leak_reduction_db < 6.0f)
            fail_msg("%s: leak of %.1f dB after %d ms, reduced by %.1f dB", known[i].name,
                     (double)stats->leak_db, stats->leak_delay_ms,
                     (double)stats->leak_reduction_db);
        account_free(account);
    }
}

/* The one clock of data/ that runs away, by 30 ppm, is measured; those that stand still are not. */
static void test_drift_figures(void **state) {
    static const struct {
        const char *name;
        float ppm;
    } known[] = {{"fr-drift", 30.0f}, {"it-handset", 0.0f}, {"es-desk", 0.0f}};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        struct account *account = account_of_scene(known[i].name);
        float ppm = account->stats.leak_drift_ppm;
        if (fabsf(ppm - known[i].ppm) > 3.0f)
            fail_msg("%s: a drift of %.1f ppm, not %.1f", known[i].name, (double)ppm,
                     (double)known[i].ppm);
        account_free(account);
    }
}

static void test_no_leak_figures(void **state) {
    struct account *account = account_of_scene("en-no-leak");
    (void)state;
    assert_int_equal(account->stats.leak_delay_ms, -1);
    assert_true(account->stats.leak_db <= -119.0f);
    for (size_t i = 0; i < account->count; i++)
        assert_false(account->event[i].flags & SOLO_F_LEAK);
    account_free(account);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_cover_all_calls),
    cmocka_unit_test(test_cover_all_rates),
    cmocka_unit_test(test_sums),
    cmocka_unit_test(test_flags_agree_with_the_sound),
    cmocka_unit_test(test_flags_agree_when_resampled),
    cmocka_unit_test(test_who_speaks),
    cmocka_unit_test(test_customer_level),
    cmocka_unit_test(test_ring_keeps_the_last_64),
    cmocka_unit_test(test_leak_figures),
    cmocka_unit_test(test_drift_figures),
    cmocka_unit_test(test_no_leak_figures),
};
const struct group events_group = {"events", tests, COUNT_OF(tests)};
