#define _GNU_SOURCE /* fopencookie() */
#include "source.h"

#include "stop.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* A terminal's Ctrl-C, its end and timeout(1) may all send a signal twice. Meanwhile what writes
 * the capture, which had the signal too, hands over what it still holds. */
static const struct timespec settling = {0, 200000000};

/* The first signal is the end of a live capture, and is done with. */
static void end(struct source *source) {
    const struct timespec at_once = {0, 0};
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    nanosleep(&settling, NULL);
    while (sigtimedwait(&set, NULL, &at_once) > 0) {
    }
    source->ended = true;
    if (ioctl(source->fd, FIONREAD, &source->left) != 0) {
        source->left = 0;
    }
}

bool source_given_up(struct source *source) {
    if (!stop_requested()) {
        return false;
    }
    if (!source->live || source->ended) {
        return true;
    }
    end(source);
    return false;
}

static ssize_t take(void *cookie, char *to, size_t bytes) {
    struct source *source = cookie;
    while (!source_given_up(source)) {
        if (source->ended && (size_t)source->left < bytes) {
            bytes = (size_t)source->left;
        }
        if (bytes == 0) {
            return 0;
        }
        if (source->live && !stop_wait_for(source->fd, false)) {
            continue; /* a signal */
        }
        ssize_t got = read(source->fd, to, bytes);
        source->left -= source->ended && got > 0 ? (int)got : 0;
        if (got >= 0 || (errno != EINTR && errno != EAGAIN)) {
            return got;
        }
    }
    errno = ECANCELED;
    return -1;
}

static int finish(void *cookie) {
    const struct source *source = cookie;
    return close(source->fd);
}

FILE *source_open(struct source *source, const char *name) {
    static const cookie_io_functions_t functions = {.read = take, .close = finish};
    struct stat status;
    *source = (struct source){.fd = strcmp(name, "-") == 0 ? STDIN_FILENO : open(name, O_RDONLY)};
    if (source->fd < 0 || fstat(source->fd, &status) != 0) {
        return NULL;
    }
    source->live = !S_ISREG(status.st_mode);
    stop_block();
    return fopencookie(source, "rb", functions);
}
