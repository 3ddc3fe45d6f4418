/* The commands of docs/recipes.md that need nothing but the program, ffmpeg and sox, as they stand
 * there. SOLO_TOOL_FOLDER: where the program is. */
#define _POSIX_C_SOURCE 200809L
#include "call.h"

#include <stdlib.h>

static const struct bars bars = {40.0, 95.0, 95.0, 20.0};

static void assert_recipe(const struct call *call, const char *line) {
    assert_int_equal(call_run(call, "sh -c 'PATH=%s:$PATH; %s'", getenv("SOLO_TOOL_FOLDER"), line),
                     0);
    call_assert_figures(call, "agent.wav", 0, bars);
    assert_int_equal(call_run(call, "rm agent.wav"), 0);
}

static void test_named_pipe(void **state) {
    assert_recipe(*state, "mkfifo call.fifo; "
                          "solotrack erase --agent left - - <call.fifo >agent.wav & "
                          "ffmpeg -loglevel error -y -i legs.wav -f wav call.fifo && wait $!");
}

static void test_samples_without_a_header(void **state) {
    const struct call *call = *state;
    assert_int_equal(call_run(call, "sox legs.wav -t raw -e signed -b 16 legs.raw"), 0);
    assert_recipe(call, "sox -t raw -r 8000 -c 2 -e signed -b 16 legs.raw -t wav - | "
                        "solotrack erase --agent left - agent.wav");
}

/* As rtpengine-recording leaves it: four channels, the last two silent. */
static void test_four_channels(void **state) {
    const struct call *call = *state;
    assert_int_equal(call_run(call, "ffmpeg -nostdin -loglevel error -y -i legs.wav -af "
                                    "'pan=4c|c0=c0|c1=c1' four.wav"),
                     0);
    assert_recipe(call, "sox -D four.wav legs2.wav remix 1 2 && "
                        "solotrack erase --agent left legs2.wav agent.wav");
}

static void test_one_file_a_party(void **state) {
    const struct call *call = *state;
    assert_int_equal(call_run(call, "sox -D legs.wav in.wav remix 1"), 0);
    assert_int_equal(call_run(call, "sox -D legs.wav out.wav remix 2"), 0);
    assert_recipe(call, "sox -D -M in.wav out.wav -t wav - | "
                        "solotrack erase --agent left - agent.wav");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_named_pipe),
        cmocka_unit_test(test_samples_without_a_header),
        cmocka_unit_test(test_four_channels),
        cmocka_unit_test(test_one_file_a_party),
    };
    return cmocka_run_group_tests_name("recipes", tests, call_set_up, call_tear_down);
}
