/* The agent's frames come later, and go on so. */
#include "groups.h"

#include <math.h>
#include <stdlib.h>

#include "heard.h"

enum { WHOLE_S = 19 };

/* The agent says nothing: his leg holds the leak alone. */
static struct call leak_of(const struct call *call) {
    struct call leak = *call;
    leak.leg[SOLO_LEG_A] = calloc(call->n, sizeof(int16_t));
    assert_non_null(leak.leg[SOLO_LEG_A]);
    for (size_t i = 0; i < call->n; i++) {
        leak.leg[SOLO_LEG_A][i] = (int16_t)lrintf(call->render.leak[i] * 32767.0f);
    }
    return leak;
}

/* From `from_ms` on his frames come `late_ms` later. */
static void play_later(struct recorder *recorder, const struct call *call, int from_ms,
                       int late_ms) {
    for (int ms = 0; ms < WHOLE_S * 1000; ms += FRAME_MS) {
        play_frame(recorder, call, SOLO_LEG_B, ms, 0);
        if (ms < from_ms) {
            play_frame(recorder, call, SOLO_LEG_A, ms, 0);
        } else if (ms >= from_ms + late_ms) {
            play_frame(recorder, call, SOLO_LEG_A, ms - late_ms, late_ms);
        }
    }
}

/* Nobody knows whether his sender has paused, or the way to us is longer now: where his frames are
 * put later, his leak may be moved by as much, and does not pass until it is found again. */
static void test_later_for_good(void **state) {
    static const struct {
        const char *call;
        int from_ms, late_ms;
    } cases[] = {
        {"ulaw", 8500, 300}, {"g722", 8000, 300}, {"ulaw", 8240, 600}, {"g722", 7740, 600}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *path = free_path_of("later.wav");
        struct call leak = leak_of(call_named(cases[i].call));
        struct recorder_settings settings = settings_for(&leak, path);
        struct recorder *recorder = begin(&settings);
        size_t n;
        play_later(recorder, &leak, cases[i].from_ms, cases[i].late_ms);
        end(recorder, WHOLE_S);
        int16_t *x = read_recording(path, leak.rate, &n);
        double passed = energy(x, NULL, 0, WHOLE_S, leak.rate);
        assert_true(passed <= 1e-5 * energy(leak.leg[SOLO_LEG_A], NULL, 0, WHOLE_S, leak.rate));
        free(x);
        free(leak.leg[SOLO_LEG_A]);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_later_for_good),
};

int run_late_tests(void) {
    return cmocka_run_group_tests_name("late", tests, NULL, NULL);
}
