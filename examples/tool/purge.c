#include "commands.h"
#include "complain.h"
#include "help.h"
#include "hush.h"
#include "retention.h"
#include "settings.h"
#include "when.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* A clock that is this far beyond everything that was made here is believed when somebody says what
 * day it is. */
enum { MOST_IDLE_DAYS = 366 };

/* Machines that erase may be ahead of the one that purges. */
enum { MOST_AHEAD_SECONDS = 300 };

enum { CLASSES = 8, CLASS_BYTES = 16, DAY_BYTES = 11 };

/* Recordings of one class. */
struct class_sums {
    char name[CLASS_BYTES];
    long kept, due, deleted;
};

struct purge {
    const struct settings *settings;
    struct retention retention;
    int64_t now;
    int64_t newest; /* the latest `created`, -1: none */
    char newest_name[TREE_PATH_BYTES];
    struct class_sums sums[CLASSES]; /* the last one takes what is left */
};

static void find_newest(struct purge *purge) {
    struct retention *retention = &purge->retention;
    purge->newest = -1;
    while (retention_next(retention)) {
        if (retention->sidecar.created > purge->newest) {
            purge->newest = retention->sidecar.created;
            memcpy(purge->newest_name, retention->recording, sizeof purge->newest_name);
        }
    }
}

/* A clock that is wrong would delete what must stay, or everything. */
static bool check_clock(const struct purge *purge) {
    char now[WHEN_BYTES], newest[WHEN_BYTES];
    const char *today = purge->settings->today, *name = purge->retention.name;
    when_text(purge->now, now);
    when_text(purge->newest, newest);
    if (today != NULL &&
        (strlen(today) != DAY_BYTES - 1 || strncmp(today, now, DAY_BYTES - 1) != 0)) {
        return complain(name, "the clock says %s, not %s; set it right first; nothing was deleted",
                        now, today);
    }
    if (purge->now + MOST_AHEAD_SECONDS < purge->newest) {
        return complain(name,
                        "the clock says %s, but %s was made on %s; set the clock right first; "
                        "nothing was deleted",
                        now, purge->newest_name, newest);
    }
    bool far =
        purge->newest >= 0 && purge->now - purge->newest > (int64_t)MOST_IDLE_DAYS * WHEN_DAY;
    return !far || today != NULL ||
           complain(name,
                    "the clock says %s, and the newest recording is of %s; if the clock is "
                    "right, say --today %.10s; nothing was deleted",
                    now, newest, now);
}

static struct class_sums *sums_of(struct purge *purge, const char *name) {
    int i = 0;
    while (i < CLASSES - 1 && purge->sums[i].name[0] != '\0' &&
           strcmp(purge->sums[i].name, name) != 0) {
        i++;
    }
    snprintf(purge->sums[i].name, sizeof purge->sums[i].name, "%s", i < CLASSES - 1 ? name : "...");
    return &purge->sums[i];
}

static void print_due(const struct purge *purge, const char *what) {
    const struct retention *retention = &purge->retention;
    char since[WHEN_BYTES];
    when_text(retention->sidecar.delete_after, since);
    printf("%s ", what);
    for (const char *p = retention->recording; *p != '\0'; p++) {
        putchar((unsigned char)*p < 0x20 || *p == 0x7F ? '?' : *p);
    }
    printf(": class %s, id %s, due since %s\n", retention->sidecar.recording_class,
           retention->sidecar.id, since);
    fflush(stdout); /* what is deleted is told, also if this is the last that is done */
}

static void judge(struct purge *purge) {
    struct retention *retention = &purge->retention;
    const struct sidecar *sidecar = &retention->sidecar;
    struct class_sums *sums = sums_of(purge, sidecar->recording_class);
    if (sidecar->delete_after == IDENTITY_KEEP || sidecar->delete_after > purge->now) {
        sums->kept++;
        return;
    }
    sums->due++;
    if (!retention_may_delete(retention)) {
        return;
    }
    if (!purge->settings->yes) {
        print_due(purge, "would delete");
    } else if (retention_delete(retention)) {
        sums->deleted++;
        print_due(purge, "deleted");
    }
}

static bool print_sums(const struct purge *purge) {
    printf("  %-16s %9s %9s %9s\n", "class", "kept", "due", "deleted");
    for (int i = 0; i < CLASSES && purge->sums[i].name[0] != '\0'; i++) {
        printf("  %-16s %9ld %9ld %9ld\n", purge->sums[i].name, purge->sums[i].kept,
               purge->sums[i].due, purge->sums[i].deleted);
    }
    if (!purge->settings->yes) {
        puts("Nothing was deleted; say --yes to do it.");
    }
    errno = 0; /* of an earlier line it is gone by now */
    return (fflush(stdout) == 0 && ferror(stdout) == 0) ||
           complain(purge->retention.name, "its log cannot be written: %s",
                    errno != 0 ? strerror(errno) : "a write failed");
}

static bool walk(struct purge *purge) {
    struct retention *retention = &purge->retention;
    if (!retention_begin(retention)) {
        return false;
    }
    int saved = hush_begin(); /* what cannot be read is told of the second time */
    find_newest(purge);
    hush_end(saved);
    long unread = retention->failed;
    if (!check_clock(purge) || !retention_begin(retention)) {
        return false;
    }
    while (retention_next(retention)) {
        judge(purge);
    }
    bool told = print_sums(purge);
    if (unread > 0 && retention->failed == 0) {
        return complain(retention->name,
                        "%ld entries could be read only the second time: its disk "
                        "may fail",
                        unread);
    }
    return told && retention->failed == 0;
}

int command_purge(int argc, char **argv) {
    struct settings settings;
    struct purge purge;
    if (!settings_parse(&settings, "purge", argc, argv)) {
        return help_usage_error("purge");
    }
    if (settings.help) {
        help_command(stdout, "purge");
        return EXIT_DONE;
    }
    if (settings.file_count != 1) {
        return help_usage_error("purge");
    }
    memset(&purge, 0, sizeof purge);
    purge.settings = &settings;
    purge.now = when_now();
    if (!retention_open(&purge.retention, settings.files[0])) {
        return EXIT_REFUSED;
    }
    bool good = walk(&purge);
    retention_close(&purge.retention);
    return good ? EXIT_DONE : EXIT_REFUSED;
}
