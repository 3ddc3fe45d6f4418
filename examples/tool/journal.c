#define _POSIX_C_SOURCE 200809L
#include "journal.h"

#include "complain.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char start[] = "journal-", word[] = "done ";

/* A line and its newline: the word, the key, the id, two hashes, and three blanks. */
enum {
    SHA256_DIGITS = SHA256_HEX_BYTES - 1,
    LINE = sizeof word - 1 + KEY_DIGITS + 1 + IDENTITY_ID_BYTES - 1 + 2 * (1 + SHA256_DIGITS) + 1
};

/* A process that was killed may take a moment to go. */
enum { LOCK_TRIES = 60, LOCK_WAIT_NS = 50000000 };

static bool failed(const struct journal *journal, const char *what) {
    return complain(journal->shown, "%s: %s", what, strerror(errno));
}

static bool read_line(const char *line, struct key *key) {
    return memcmp(line, word, sizeof word - 1) == 0 && line[LINE - 1] == '\n' &&
           key_parse(line + sizeof word - 1, key);
}

/* Takes the calls of one journal; *whole is the length of its whole lines. What follows the last of
 * them was torn. */
static bool read_lines(struct journal *journal, int fd, off_t *whole) {
    char line[LINE];
    FILE *stream = fdopen(dup(fd), "r");
    bool good = true;
    struct key key;
    if (stream == NULL) {
        return failed(journal, "the journal cannot be read");
    }
    *whole = 0;
    while (good && fread(line, 1, LINE, stream) == LINE && read_line(line, &key)) {
        good = keyset_add(&journal->done, key) || complain(journal->shown, "no memory for so many");
        *whole += LINE;
    }
    if (good && fgetc(stream) != EOF) {
        good = complain(journal->shown,
                        "a journal is damaged at byte %lld; move it away, and every call that it "
                        "tells of and that stands there no more is done anew, also what was "
                        "deleted since",
                        (long long)*whole);
    }
    good = good && (ferror(stream) == 0 || failed(journal, "the journal cannot be read"));
    bool closed = fclose(stream) == 0;
    return good && (closed || failed(journal, "the journal cannot be read"));
}

static bool read_other(struct journal *journal, int folder, const char *name) {
    off_t whole;
    int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        return failed(journal, "a journal cannot be opened");
    }
    bool good = read_lines(journal, fd, &whole);
    close(fd);
    return good;
}

static bool read_others(struct journal *journal, int folder, const char *own) {
    bool good = true;
    int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = fd >= 0 ? fdopendir(fd) : NULL;
    if (stream == NULL) {
        return failed(journal, "the folder cannot be read");
    }
    for (const struct dirent *entry; good && (errno = 0, entry = readdir(stream)) != NULL;) {
        bool is_other =
            strncmp(entry->d_name, start, sizeof start - 1) == 0 && strcmp(entry->d_name, own) != 0;
        good = !is_other || read_other(journal, folder, entry->d_name);
    }
    good = good && (errno == 0 || failed(journal, "the folder cannot be read"));
    closedir(stream);
    return good;
}

/* Children share the lock: it is free when the last of them is gone. */
static bool lock(const struct journal *journal) {
    const struct timespec wait = {0, LOCK_WAIT_NS};
    for (int i = 0; i < LOCK_TRIES; i++) {
        if (flock(journal->fd, LOCK_EX | LOCK_NB) == 0) {
            return true;
        }
        if (errno != EWOULDBLOCK) {
            return failed(journal, "the journal cannot be locked");
        }
        nanosleep(&wait, NULL);
    }
    return complain(journal->shown, "another batch is at work here; wait until it is done");
}

static bool open_own(struct journal *journal, int folder, const char *own, bool resume) {
    struct stat status;
    journal->fd = openat(folder, own, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (journal->fd < 0) {
        return failed(journal, "the journal cannot be opened");
    }
    if (!lock(journal)) {
        return false;
    }
    if (fstat(journal->fd, &status) != 0) {
        return failed(journal, "the journal cannot be read");
    }
    if (!resume && status.st_size > 0) {
        return complain(journal->shown, "holds the journal of a batch; say --resume to go on with "
                                        "it, or give another folder");
    }
    if (!read_lines(journal, journal->fd, &journal->whole)) {
        return false;
    }
    return ftruncate(journal->fd, journal->whole) == 0 ||
           failed(journal, "the journal cannot be written");
}

static void name_journal(const char *name, char whole[JOURNAL_NAME_BYTES]) {
    snprintf(whole, JOURNAL_NAME_BYTES, "%s%s", start, name);
}

bool journal_open(struct journal *journal, int folder, const char *shown, const char *name,
                  bool resume) {
    char own[JOURNAL_NAME_BYTES];
    memset(journal, 0, sizeof *journal);
    journal->shown = shown;
    name_journal(name, own);
    bool good = open_own(journal, folder, own, resume) && read_others(journal, folder, own);
    fsync(folder); /* some file systems cannot sync a folder: no harm */
    return good;
}

int journal_take(int folder, const char *name) {
    char whole[JOURNAL_NAME_BYTES];
    name_journal(name, whole);
    int fd = openat(folder, whole, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

bool journal_has(const struct journal *journal, struct key key) {
    return keyset_has(&journal->done, key);
}

/* A full disk may take a part of it without a word: the next write tells why. */
static bool write_line(int fd, const char line[LINE]) {
    size_t done = 0;
    while (done < LINE) {
        ssize_t put = write(fd, line + done, LINE - done);
        if (put == 0) {
            errno = ENOSPC;
        }
        if (put == 0 || (put < 0 && errno != EINTR)) {
            return false;
        }
        done += put > 0 ? (size_t)put : 0;
    }
    return fsync(fd) == 0;
}

bool journal_add(struct journal *journal, struct key key, const char *id, const char *input_sha256,
                 const char *output_sha256) {
    char line[LINE + 1];
    snprintf(line, sizeof line, "%s%016llx%016llx %s %s %s\n", word, (unsigned long long)key.high,
             (unsigned long long)key.low, id, input_sha256, output_sha256);
    if (journal->torn) {
        return false;
    }
    if (!write_line(journal->fd, line)) {
        failed(journal, "the journal cannot be written");
        journal->torn = ftruncate(journal->fd, journal->whole) != 0;
        return false;
    }
    journal->whole += LINE;
    return true;
}

bool journal_close(struct journal *journal) {
    keyset_free(&journal->done);
    return journal->fd < 0 || close(journal->fd) == 0 ||
           failed(journal, "the journal cannot be written");
}
