/* The test program's own write(): a disk that stands still on request. */
#ifndef TESTS_ASTERISK_DISK_H
#define TESTS_ASTERISK_DISK_H

#include <stdbool.h>

/* While it is stuck no write() returns, save to standard output and error. */
void disk_stick(bool stuck);

#endif
