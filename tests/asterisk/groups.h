/* The tests of the recorder, one function a file; each gives the number that failed. */
#ifndef TESTS_ASTERISK_GROUPS_H
#define TESTS_ASTERISK_GROUPS_H

#include "drive.h"

int run_track_tests(void);
int run_line_tests(void);
int run_late_tests(void);
int run_control_tests(void);
int run_consent_tests(void);
int run_keys_tests(void);
int run_trouble_tests(void);
int run_many_tests(void);

#endif
