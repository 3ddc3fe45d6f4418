#define _POSIX_C_SOURCE 200809L
#include "batch.h"

#include "batch_call.h"
#include "claim.h"
#include "complain.h"
#include "paths.h"
#include "tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Folders of the workers of a shard are called so, and as it is. */
#define BATCH_WORK "work-"

static bool same_folder(const struct stat *a, const struct stat *b) {
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Whether the input is the output, or lies in it: then an output could stand where an original is.
 */
static bool lies_in(int root, const struct stat *folder) {
    struct stat here, above = {.st_ino = 0};
    bool found = false, top = false;
    int fd = dup(root);
    while (fd >= 0 && !found && !top && fstat(fd, &here) == 0) {
        found = same_folder(&here, folder);
        top = same_folder(&here, &above);
        above = here;
        int next = openat(fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        close(fd);
        fd = next;
    }
    close(fd);
    return found;
}

static int open_root(const char *name) {
    int fd = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        complain(name, "cannot be opened: %s", strerror(errno));
    }
    return fd;
}

/* A folder that is made is on disk when the one above it is. */
static void sync_above(int folder) {
    int above = openat(folder, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (above >= 0) {
        fsync(above); /* some file systems cannot sync a folder: no harm */
        close(above);
    }
}

static bool open_roots(struct batch *batch) {
    batch->in_root = open_root(batch->in_name);
    if (batch->in_root < 0) {
        return false;
    }
    bool made = !batch->settings->in_place && mkdir(batch->out_name, 0777) == 0;
    if (!batch->settings->in_place && !made && errno != EEXIST) {
        return complain(batch->out_name, "cannot be made: %s", strerror(errno));
    }
    batch->out_root = open_root(batch->out_name);
    if (batch->out_root < 0) {
        return false;
    }
    if (made) {
        sync_above(batch->out_root);
    }
    if (fstat(batch->out_root, &batch->out) != 0) {
        return complain(batch->out_name, "cannot be looked at: %s", strerror(errno));
    }
    return batch->settings->in_place || !lies_in(batch->in_root, &batch->out) ||
           complain(batch->out_name, "holds the recordings that are read; give a folder beside "
                                     "them, or say --in-place");
}

static bool check_settings(const struct batch *batch) {
    const struct settings *settings = batch->settings;
    if (settings->in_place && !settings->yes) {
        return complain(batch->in_name, "--in-place replaces the originals; say --yes too");
    }
    if (settings->in_place && settings->no_sidecar) {
        return complain(batch->in_name, "--in-place knows what is done by the sidecars; leave out "
                                        "--no-sidecar");
    }
    const char *of_sidecar = settings_of_sidecar(settings);
    if (settings->no_sidecar && of_sidecar != NULL) {
        return complain(batch->in_name, "--%s is kept in the sidecars; leave out --no-sidecar",
                        of_sidecar);
    }
    return true;
}

/* "-of-4" of the name of a shard. */
static const char *shards_of(const char *name) {
    return name + strcspn(name, "-");
}

/* What the workers have, or a batch that died has left, in their folders is nobody's. */
static void clear_workers(const struct batch *batch, const char *work_name) {
    char name[16];
    int work = openat(batch->own, work_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    for (int i = 0; work >= 0 && i < SETTINGS_MOST_JOBS; i++) {
        int fd = batch_call_folder(work, i, false);
        if (fd >= 0) {
            close(fd);
            snprintf(name, sizeof name, "%d", i);
            unlinkat(work, name, AT_REMOVEDIR);
        }
    }
    if (work >= 0) {
        close(work);
        unlinkat(batch->own, work_name, AT_REMOVEDIR);
    }
}

/* Those of a batch of other shards than this one would stay for ever when it has died. Of as many
 * shards one may be at work where locks do not reach: it clears its own. */
static void clear_others(const struct batch *batch) {
    int fd = openat(batch->own, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = fd >= 0 ? fdopendir(fd) : NULL;
    for (const struct dirent *entry; stream != NULL && (entry = readdir(stream)) != NULL;) {
        const char *name = entry->d_name + sizeof BATCH_WORK - 1;
        if (strncmp(entry->d_name, BATCH_WORK, sizeof BATCH_WORK - 1) != 0 ||
            strcmp(shards_of(name), shards_of(batch->shard_name)) == 0) {
            continue;
        }
        int journal = journal_take(batch->own, name);
        if (journal >= 0) {
            clear_workers(batch, entry->d_name);
            close(journal);
        }
    }
    if (stream != NULL) {
        closedir(stream);
    }
}

static bool open_journal(struct batch *batch) {
    batch->own = tree_open_folder(batch->out_root, TREE_OWN "/", true);
    if (batch->own < 0) {
        return complain(batch->out_name, "the folder " TREE_OWN " cannot be made: %s",
                        strerror(errno));
    }
    if (!journal_open(&batch->journal, batch->own, batch->out_name, batch->shard_name,
                      batch->settings->resume)) {
        return false;
    }
    claim_drop_done(batch->own, batch->out_name, &batch->journal);
    return true;
}

static int count_workers(const struct settings *settings) {
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    if (settings->jobs != NOT_SET) {
        return settings->jobs;
    }
    return processors >= 1 && processors <= SETTINGS_MOST_JOBS ? (int)processors : 1;
}

bool batch_open(struct batch *batch, const struct settings *settings) {
    int workers = count_workers(settings);
    memset(batch, 0, sizeof *batch);
    batch->settings = settings;
    batch->in_name = settings->files[0];
    batch->out_name = settings->files[settings->in_place ? 0 : 1];
    batch->in_root = batch->out_root = batch->own = batch->journal.fd = -1;
    if (!shard_parse(settings->shard, &batch->shard)) {
        return complain(batch->in_name, "--shard takes K/N, 1/4 to 4/4 for a quarter, not '%.40s'",
                        settings->shard);
    }
    snprintf(batch->shard_name, sizeof batch->shard_name, "%d-of-%d", batch->shard.number,
             batch->shard.of);
    snprintf(batch->work_name, sizeof batch->work_name, TREE_OWN "/" BATCH_WORK "%s",
             batch->shard_name);
    if (!check_settings(batch) || !recipes_read(&batch->recipes, settings->recipes, settings) ||
        !open_roots(batch) || !open_journal(batch) ||
        !rows_open(&batch->rows, settings->csv, settings->jsonl, settings->resume)) {
        return false;
    }
    clear_workers(batch, path_name(batch->work_name));
    clear_others(batch);
    return workers_begin(&batch->workers, workers) ||
           complain(batch->in_name, "no workers can be had: %s", strerror(errno));
}

void batch_close(struct batch *batch) {
    if (batch->workers.count > 0) {
        clear_workers(batch, path_name(batch->work_name));
    }
    workers_end(&batch->workers);
    batch->failed = !rows_close(&batch->rows) || batch->failed;
    recipes_free(&batch->recipes);
    batch->failed = !journal_close(&batch->journal) || batch->failed;
    close(batch->own);
    close(batch->in_root);
    close(batch->out_root);
}
