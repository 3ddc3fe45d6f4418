/* What the program asks of libsndfile. */
#pragma GCC visibility push(default)
#include "shim.h"

#include <sndfile.h>
#include <stdbool.h>
#include <stddef.h>

enum { WRITTEN_MAX = 8 };

static SNDFILE *written[WRITTEN_MAX]; /* open for writing: only their end can fail */

static SNDFILE *opened(SNDFILE *file, int mode) {
    for (int i = 0; file && mode != SFM_READ && i < WRITTEN_MAX; i++)
        if (!written[i]) {
            written[i] = file;
            break;
        }
    return file;
}

static bool was_written(const SNDFILE *file) {
    for (int i = 0; i < WRITTEN_MAX; i++)
        if (file && written[i] == file) {
            written[i] = NULL;
            return true;
        }
    return false;
}

/* Leaves an error for sf_strerror(). */
static SNDFILE *unopened(void) {
    static SF_VIRTUAL_IO empty;
    SF_INFO info = {0};
    __typeof__(sf_open_virtual) *real;
    *(void **)&real = next_of("sf_open_virtual");
    return real(&empty, SFM_READ, &info, NULL);
}

SNDFILE *sf_open_virtual(SF_VIRTUAL_IO *io, int mode, SF_INFO *info, void *user) {
    NEXT(sf_open_virtual)
    return strikes(FAULT_sf_open) ? unopened() : opened(real(io, mode, info, user), mode);
}

SNDFILE *sf_open(const char *path, int mode, SF_INFO *info) {
    NEXT(sf_open)
    return strikes(FAULT_sf_open) ? unopened() : opened(real(path, mode, info), mode);
}

SNDFILE *sf_open_fd(int fd, int mode, SF_INFO *info, int owned) {
    NEXT(sf_open_fd)
    return strikes(FAULT_sf_open) ? unopened() : opened(real(fd, mode, info, owned), mode);
}

#define SOUND(name, call, type)                                                                    \
    sf_count_t name(SNDFILE *file, type *data, sf_count_t n) {                                     \
        NEXT(name)                                                                                 \
        int how = n > 0 ? strikes(FAULT_##call) : 0;                                               \
        return how > 0 ? 0 : real(file, data, how == FAULT_SHORT ? n / 2 : n);                     \
    }
SOUND(sf_readf_short, sf_read, short)
SOUND(sf_readf_float, sf_read, float)
SOUND(sf_writef_short, sf_write, const short)
SOUND(sf_writef_int, sf_write, const int)
SOUND(sf_writef_float, sf_write, const float)
SOUND(sf_write_short, sf_write, const short)

int sf_close(SNDFILE *file) {
    NEXT(sf_close)
    int how = was_written(file) ? strikes(FAULT_sf_close) : 0, result = real(file);
    return how ? SF_ERR_SYSTEM : result;
}

int sf_set_string(SNDFILE *file, int which, const char *text) {
    NEXT(sf_set_string)
    return strikes(FAULT_sf_set_string) ? SF_ERR_SYSTEM : real(file, which, text);
}

int sf_command(SNDFILE *file, int command, void *data, int bytes) {
    NEXT(sf_command)
    return strikes(FAULT_sf_command) ? SF_FALSE : real(file, command, data, bytes);
}
