/* The recorder of examples/asterisk, driven as the hook of a PBX does. */
#include "groups.h"

int main(void) {
    int failed = run_track_tests() + run_line_tests() + run_late_tests() + run_control_tests() +
                 run_consent_tests() + run_keys_tests() + run_trouble_tests() + run_many_tests();
    paths_drop();
    calls_drop();
    return failed == 0 ? 0 : 1;
}
