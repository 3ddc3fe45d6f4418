#define _POSIX_C_SOURCE 200809L
#include "voicefile.h"

#include "complain.h"
#include "tempfile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* One byte more than a voice has: a longer file is no voice. */
enum { MOST_BYTES = SOLO_VOICE_BYTES_MAX + 1 };

static const char *advice(int error) {
    switch (error) {
    case SOLO_E_DAMAGED:
        return "copy it again or enrol anew";
    case SOLO_E_VERSION:
        return "made by a later solotrack; use that one or enrol anew";
    case SOLO_E_NOT_A_VOICE:
        return "give a file that 'solotrack enroll' made";
    default:
        return "enrol anew";
    }
}

solo_voice *voicefile_read(const solo_engine *engine, const char *name) {
    unsigned char bytes[MOST_BYTES];
    ssize_t got = 0, more = 1;
    int fd = open(name, O_RDONLY), error = SOLO_OK;
    while (fd >= 0 && more > 0 && got < MOST_BYTES) {
        more = read(fd, bytes + got, (size_t)(MOST_BYTES - got));
        got += more > 0 ? more : 0;
    }
    if (fd < 0 || more < 0) {
        complain(name, "the voice cannot be read: %s; copy it again or enrol anew",
                 strerror(errno));
        close(fd);
        return NULL;
    }
    close(fd);
    solo_voice *voice = solo_voice_load(engine, bytes, (size_t)got, &error);
    memset(bytes, 0, sizeof bytes);
    if (voice == NULL) {
        complain(name, "%s; %s", solo_strerror(error), advice(error));
    }
    return voice;
}

static bool write_all(struct tempfile *file, const unsigned char *bytes, int count) {
    for (int done = 0; done < count;) {
        ssize_t wrote = write(file->fd, bytes + done, (size_t)(count - done));
        if (wrote < 0) {
            return complain(file->target, "cannot be written: %s; nothing was kept",
                            strerror(errno));
        }
        done += (int)wrote;
    }
    return true;
}

bool voicefile_write(const solo_voice *voice, const char *name) {
    unsigned char bytes[SOLO_VOICE_BYTES_MAX];
    struct tempfile file = {0};
    int count = solo_voice_save(voice, bytes, sizeof bytes);
    if (count < 0) {
        return complain(name, "the voice cannot be saved: %s", solo_strerror(count));
    }
    if (!tempfile_open(&file, name)) {
        return false;
    }
    bool done =
        write_all(&file, bytes, count) && tempfile_sync_private(&file) && tempfile_place(&file);
    memset(bytes, 0, sizeof bytes);
    if (done) {
        tempfile_close(&file);
    } else {
        tempfile_discard(&file);
    }
    return done;
}
