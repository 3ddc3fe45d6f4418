#define _POSIX_C_SOURCE 200809L
#include "stop.h"

#include <poll.h>
#include <signal.h>
#include <stddef.h>

/* How long a stop signal may go unseen while a pipe is idle. */
enum { POLL_MS = 200 };

static const int stop_signals[] = {SIGINT, SIGTERM, SIGHUP};
enum { STOP_SIGNALS = sizeof stop_signals / sizeof *stop_signals };

void stop_block(void) {
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < STOP_SIGNALS; i++) {
        struct sigaction old;
        if (sigaction(stop_signals[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN) {
            sigaddset(&set, stop_signals[i]);
        }
    }
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
}

bool stop_requested(void) {
    sigset_t pending;
    sigpending(&pending);
    for (size_t i = 0; i < STOP_SIGNALS; i++) {
        if (sigismember(&pending, stop_signals[i]) == 1) {
            return true;
        }
    }
    return false;
}

bool stop_wait_for(int fd, bool to_write) {
    struct pollfd pipe = {.fd = fd, .events = to_write ? POLLOUT : POLLIN};
    while (!stop_requested()) {
        if (poll(&pipe, 1, POLL_MS) != 0) {
            return true; /* ready, or an error that read() or write() will name */
        }
    }
    return false;
}

void stop_let_through(void) {
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < STOP_SIGNALS; i++) {
        sigaddset(&set, stop_signals[i]);
    }
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}
