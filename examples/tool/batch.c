#define _POSIX_C_SOURCE 200809L
#include "batch.h"

#include "batch_call.h"
#include "claim.h"
#include "commands.h"
#include "complain.h"
#include "help.h"
#include "paths.h"
#include "retention.h"
#include "sidecar.h"
#include "stop.h"
#include "tree.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>

/* What is taken when nobody says --match: what libsndfile knows by these names. */
static bool is_recording(const char *name) {
    static const char *const extensions[] = {".wav",  ".wave", ".rf64", ".w64", ".flac", ".ogg",
                                             ".oga",  ".opus", ".mp3",  ".au",  ".snd",  ".aif",
                                             ".aiff", ".caf",  ".sph",  ".nist"};
    for (size_t i = 0; i < sizeof extensions / sizeof *extensions; i++) {
        if (strcasecmp(path_extension(name), extensions[i]) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_mark(const char *name) {
    return strcmp(path_extension(name), RETENTION_MARK) == 0;
}

/* Whether an entry is one that this batch is about. */
static bool is_ours(const struct batch *batch, const struct tree_entry *entry) {
    const struct settings_names *match = &batch->settings->match;
    bool matches = match->count == 0 && is_recording(entry->name);
    for (int i = 0; i < match->count; i++) {
        matches = matches || recipes_match(match->name[i], entry->path);
    }
    return matches && sidecar_stem(entry->name) == 0 && !is_mark(entry->name) &&
           shard_has(&batch->shard, key_of(entry->path));
}

static const char *shown_name(const struct batch *batch, const char *path,
                              char shown[2 * TREE_PATH_BYTES]) {
    snprintf(shown, (size_t)2 * TREE_PATH_BYTES, "%s/%s", batch->in_name, path);
    return shown;
}

static void fail(struct batch *batch, const char *path, const char *reason) {
    char shown[2 * TREE_PATH_BYTES];
    complain(shown_name(batch, path, shown), "%s", reason);
    tally_failed(&batch->tally, path);
    batch->failed = !rows_add(&batch->rows, path, "failed", reason, NULL) || batch->failed;
}

static void skip(struct batch *batch, const char *path, const char *reason) {
    batch->tally.skipped++;
    batch->failed = !rows_add(&batch->rows, path, "skipped", reason, NULL) || batch->failed;
}

/* A hard link keeps what it led to, whatever becomes of the other names. */
static void warn_of_names(const struct batch *batch, const struct worker *worker) {
    char shown[2 * TREE_PATH_BYTES];
    if (worker->outcome->names > 1) {
        complain(shown_name(batch, worker->call, shown),
                 "went by %lu names (hard links); under the others the customer is still whole",
                 worker->outcome->names);
    }
}

/* In place another recording may be put under a name that is done. */
static bool is_done(const struct batch *batch, const struct tree_entry *entry) {
    return journal_has(&batch->journal, batch->settings->in_place
                                            ? key_of_file(entry->path, &entry->status)
                                            : key_of(entry->path));
}

/* The journal first: a call that it has is never done again. `remark`: what the worker said of it,
 * or NULL. */
static void keep(struct batch *batch, const struct worker *worker, const char *remark) {
    const struct outcome *outcome = worker->outcome;
    char shown[2 * TREE_PATH_BYTES];
    if (remark != NULL) {
        complain(shown_name(batch, worker->call, shown), "%s", remark);
    }
    warn_of_names(batch, worker);
    if (!journal_add(&batch->journal, outcome->key, outcome->id, outcome->input_sha256,
                     outcome->output_sha256)) {
        batch->failed = true;
        batch->left++;
        return;
    }
    claim_drop(batch->own, batch->out_name, outcome->key);
    if (outcome->state == OUTCOME_DONE_BEFORE) {
        batch->tally.done_before++;
        return;
    }
    tally_done(&batch->tally, outcome->seconds);
    batch->failed = !rows_add(&batch->rows, worker->call, "done", remark, outcome) || batch->failed;
}

/* What is behind a name in a line that complain() began with it; NULL: another begins it. */
static const char *behind(const char *line, const char *name) {
    size_t i = 0;
    for (; i < COMPLAIN_NAME_BYTES && name[i] != '\0'; i++) {
        if (line[i] != name[i] && (line[i] != '?' || !iscntrl((unsigned char)name[i]))) {
            return NULL;
        }
    }
    return line + i;
}

/* What the worker says begins with the name of the recording, which is put in front of it again, or
 * with that of its output in the worker's folder, which says nothing to anybody. */
static const char *shorten(const struct batch *batch, const char *path, const char *line,
                           char reason[OUTCOME_REASON_BYTES]) {
    char name[2 * TREE_PATH_BYTES];
    const char *rest = behind(line, shown_name(batch, path, name));
    if (rest != NULL && strncmp(rest, ": ", 2) == 0) {
        return rest + 2;
    }
    snprintf(name, sizeof name, "%s/%s/", batch->out_name, batch->work_name);
    rest = behind(line, name);
    rest = rest != NULL ? strstr(rest, ": ") : NULL;
    if (rest == NULL) {
        return line;
    }
    snprintf(reason, OUTCOME_REASON_BYTES, "its output%s", rest);
    return reason;
}

/* Whether it was stopped by finish(), and not by itself or somebody else. */
static bool was_stopped(const struct batch *batch, const struct worker *worker) {
    return batch->failed && WIFSIGNALED(worker->status) && WTERMSIG(worker->status) == SIGTERM;
}

/* Takes what a worker has to tell, if one has ended. */
static void collect(struct batch *batch) {
    char line[OUTCOME_REASON_BYTES], reason[OUTCOME_REASON_BYTES];
    struct worker *worker = workers_wait(&batch->workers);
    tally_show(&batch->tally);
    if (worker == NULL) {
        return;
    }
    bool said = workers_reason(worker, line);
    const char *told = shorten(batch, worker->call, line, reason);
    if (worker->status == 0 && worker->outcome->state != OUTCOME_FAILED) {
        keep(batch, worker, said ? told : NULL);
    } else if (was_stopped(batch, worker)) {
        batch->left++;
    } else if (!stop_requested()) {
        fail(batch, worker->call, told);
    }
}

static bool is_marked(const struct tree_entry *entry) {
    char mark[TREE_PATH_BYTES];
    struct stat status;
    int length = snprintf(mark, sizeof mark, "%s" RETENTION_MARK, entry->name);
    return (size_t)length < sizeof mark &&
           fstatat(entry->folder, mark, &status, AT_SYMLINK_NOFOLLOW) == 0;
}

static void start(struct batch *batch, const struct tree_entry *entry,
                  const struct settings *settings) {
    struct batch_call call = {settings,        batch->in_name, batch->out_name,  batch->in_root,
                              batch->out_root, batch->own,     batch->work_name, entry};
    struct workers *workers = &batch->workers;
    bool started = false;
    while (workers->busy == workers->count && !stop_requested()) {
        collect(batch);
    }
    struct worker *worker = workers_idle(workers);
    while (worker != NULL && !started && !batch->failed && !stop_requested()) {
        started = workers_start(workers, worker, entry->path, batch_call_run, &call);
        if (!started && workers->busy == 0) {
            fail(batch, entry->path, strerror(errno));
            return;
        }
        if (!started) {
            collect(batch); /* there may be room for another process when one has ended */
        }
    }
    batch->left += !started;
}

/* Why a call is none that has to be done; NULL: it is one. Gives its settings. */
static const char *pass_over(const struct batch *batch, const struct tree_entry *entry,
                             struct settings *settings) {
    *settings = *batch->settings;
    recipes_apply(&batch->recipes, entry->path, settings);
    if (settings->record == RECORD_NEVER) {
        return "its recipe says never";
    }
    return settings->record == RECORD_MARKED && !is_marked(entry) ? "not marked" : NULL;
}

static void take(struct batch *batch, const struct tree_entry *entry) {
    struct settings settings;
    if (is_done(batch, entry)) {
        batch->tally.done_before++;
        return;
    }
    const char *reason = pass_over(batch, entry, &settings);
    if (reason != NULL) {
        skip(batch, entry->path, reason);
    } else {
        start(batch, entry, &settings);
    }
}

/* Links to folders are told of too, whatever their names: calls may be meant by them. */
static bool is_linked_folder(const struct tree_entry *entry) {
    struct stat target;
    return S_ISLNK(entry->status.st_mode) && fstatat(entry->folder, entry->name, &target, 0) == 0 &&
           S_ISDIR(target.st_mode);
}

static void offer(struct batch *batch, const struct tree_entry *entry) {
    char shown[2 * TREE_PATH_BYTES];
    bool looked_at = entry->name[0] == '\0' || entry->status.st_mode != 0;
    if (!looked_at && !is_ours(batch, entry)) {
        return;
    }
    if (entry->problem != NULL) {
        fail(batch, entry->path, entry->problem);
    } else if (!is_ours(batch, entry) && !is_linked_folder(entry)) {
        return;
    } else if (S_ISLNK(entry->status.st_mode)) {
        complain(shown_name(batch, entry->path, shown), "is a symbolic link; not followed");
        skip(batch, entry->path, "a symbolic link");
    } else if (!S_ISREG(entry->status.st_mode)) {
        complain(shown_name(batch, entry->path, shown), "is no regular file; left alone");
        skip(batch, entry->path, "no regular file");
    } else {
        take(batch, entry);
    }
}

/* Once the batch has failed, what is still ahead of the walk is only counted. */
static void count_left(struct batch *batch, const struct tree_entry *entry) {
    struct settings settings;
    bool is_call = entry->problem == NULL && S_ISREG(entry->status.st_mode) &&
                   is_ours(batch, entry) && !is_done(batch, entry);
    batch->left += is_call && pass_over(batch, entry, &settings) == NULL;
}

/* Only an open folder can be walked; how many calls there are is for people alone. */
static long count_calls(const struct batch *batch) {
    struct tree tree;
    struct tree_entry entry;
    long calls = 0;
    if (!tally_is_seen() || !tree_begin(&tree, batch->in_root)) {
        return -1;
    }
    tree.avoid = batch->out;
    while (!stop_requested() && tree_next(&tree, &entry)) {
        calls += entry.problem == NULL && is_ours(batch, &entry);
    }
    tree_end(&tree);
    return calls;
}

static bool walk(struct batch *batch) {
    struct tree tree;
    struct tree_entry entry;
    if (!tree_begin(&tree, batch->in_root)) {
        return complain(batch->in_name, "cannot be read: %s", strerror(errno));
    }
    if (!batch->settings->in_place) {
        tree.avoid = batch->out;
    }
    while (!batch->failed && !stop_requested() && tree_next(&tree, &entry)) {
        offer(batch, &entry);
    }
    if (batch->failed) {
        workers_signal(&batch->workers, SIGTERM);
    }
    while (!stop_requested() && tree_next(&tree, &entry)) {
        count_left(batch, &entry);
    }
    tree_end(&tree);
    return true;
}

static bool finish(struct batch *batch) {
    while (batch->workers.busy > 0) {
        if (batch->failed || stop_requested()) {
            workers_signal(&batch->workers, SIGTERM);
        }
        collect(batch);
    }
    bool told = tally_end(&batch->tally, stdout);
    if (stop_requested()) {
        complain(batch->in_name, "interrupted; say --resume to go on");
    } else if (batch->left > 0) {
        complain(batch->in_name,
                 "ended early, %ld calls not done; mend what failed, then say --resume to go on",
                 batch->left);
    }
    return told || complain(batch->in_name, "the summary cannot be written to standard output");
}

static bool run(const struct settings *settings) {
    struct batch batch;
    bool good = batch_open(&batch, settings);
    stop_block();
    if (good) {
        tally_begin(&batch.tally, count_calls(&batch));
        good = walk(&batch);
        good = finish(&batch) && good;
    }
    batch_close(&batch);
    stop_let_through();
    return good && !batch.failed && batch.tally.failed == 0;
}

int command_batch(int argc, char **argv) {
    struct settings settings;
    if (!settings_parse(&settings, "batch", argc, argv)) {
        return help_usage_error("batch");
    }
    if (settings.help) {
        help_command(stdout, "batch");
        return EXIT_DONE;
    }
    if (settings.file_count != (settings.in_place ? 1 : 2)) {
        return help_usage_error("batch");
    }
    return run(&settings) ? EXIT_DONE : EXIT_REFUSED;
}
