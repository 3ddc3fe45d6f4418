#define _GNU_SOURCE /* renameat2() */
#include "batch_call.h"

#include "access.h"
#include "claim.h"
#include "complain.h"
#include "erase.h"
#include "paths.h"
#include "sidecar.h"
#include "stop.h"
#include "verify.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { NAME_BYTES = 2 * TREE_PATH_BYTES };

#define OLD "old" SIDECAR_SUFFIX

/* The names that a call goes by. */
struct names {
    char in[NAME_BYTES];           /* as messages call it */
    char staged[NAME_BYTES];       /* where it is erased to */
    char output[TREE_PATH_BYTES];  /* below the root of the output */
    char call_id[TREE_PATH_BYTES]; /* the file's name without its extension */
};

struct run {
    const struct batch_call *call;
    struct outcome *outcome;
    struct names names;
    struct settings settings;
    char *files[2];
    struct erase_result result;
    int folder; /* of the worker */
};

static bool is_written(const char *extension) {
    static const char *const written[] = {".wav", ".flac", ".opus", ".ogg"};
    for (size_t i = 0; i < sizeof written / sizeof *written; i++) {
        if (strcasecmp(extension, written[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* A format that is only read comes out as WAV, with both extensions: call.mp3.wav. */
static bool make_names(struct run *run, int number) {
    const struct batch_call *call = run->call;
    struct names *names = &run->names;
    const char *path = call->entry->path, *extension = path_extension(path);
    bool same = is_written(extension);
    snprintf(names->in, sizeof names->in, "%s/%s", call->in_name, path);
    if (!same && call->settings->in_place) {
        return complain(names->in,
                        "%s cannot be written, and in place nothing else can stand; "
                        "give a folder for the output",
                        extension);
    }
    int output = snprintf(names->output, sizeof names->output, "%s%s", path, same ? "" : ".wav");
    int staged = snprintf(names->staged, sizeof names->staged, "%s/%s/%d/recording%s",
                          call->out_name, call->work_name, number, same ? extension : ".wav");
    const char *name = path_name(path);
    snprintf(names->call_id, sizeof names->call_id, "%.*s",
             (int)(path_extension(path) - name + (*extension == '\0' ? (int)strlen(name) : 0)),
             name);
    return ((size_t)output < sizeof names->output && (size_t)staged < sizeof names->staged) ||
           complain(names->in, "%s; use shorter names", strerror(ENAMETOOLONG));
}

/* What is in the folder of a worker that died is nobody's. */
int batch_call_folder(int work, int number, bool make) {
    char name[16];
    snprintf(name, sizeof name, "%d", number);
    if (make && mkdirat(work, name, 0700) != 0 && errno != EEXIST) {
        return -1;
    }
    int fd = openat(work, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *stream = fd >= 0 ? fdopendir(fd) : NULL;
    if (stream == NULL) {
        return -1;
    }
    for (const struct dirent *entry; (errno = 0, entry = readdir(stream)) != NULL;) {
        unlinkat(fd, entry->d_name, 0);
    }
    fd = errno == 0 ? dup(fd) : -1;
    int error = errno;
    closedir(stream);
    errno = error;
    return fd;
}

static bool open_folder(struct run *run, int number) {
    const struct batch_call *call = run->call;
    char path[TREE_PATH_BYTES];
    snprintf(path, sizeof path, "%s/", call->work_name);
    int work = tree_open_folder(call->out_root, path, true);
    run->folder = work >= 0 ? batch_call_folder(work, number, true) : -1;
    int error = errno;
    close(work);
    return run->folder >= 0 ||
           complain(call->out_name, "no folder to work in: %s", strerror(error));
}

/* Two originals must not share one output: call.mp3 beside call.mp3.wav. */
static bool check_collision(const struct run *run) {
    const struct tree_entry *entry = run->call->entry;
    const char *output = path_name(run->names.output);
    struct stat status;
    bool collides = strcmp(output, entry->name) != 0 &&
                    fstatat(entry->folder, output, &status, AT_SYMLINK_NOFOLLOW) == 0;
    return !collides ||
           complain(run->names.in, "its output would be that of %s; rename one of them", output);
}

static bool fail_place(const struct run *run, int error, const char *more) {
    return complain(run->names.in, "cannot be put in place as %.300s/%.300s: %s%s",
                    run->call->out_name, run->names.output, strerror(error), more);
}

/* What stands at a name of the output's and is no batch's may be the only one of its kind. */
static bool is_free(const struct run *run, int folder, const char *name, const char *ending) {
    char whole[NAME_BYTES];
    struct stat status;
    snprintf(whole, sizeof whole, "%s%s", name, ending);
    if (fstatat(folder, whole, &status, AT_SYMLINK_NOFOLLOW) != 0) {
        return errno == ENOENT || errno == ENAMETOOLONG || fail_place(run, errno, "");
    }
    return S_ISDIR(status.st_mode) || /* nothing can replace it */
           complain(run->names.in,
                    "%.300s/%.300s%s is there already, and not by this batch; move it away, or "
                    "give another folder for the output",
                    run->call->out_name, run->names.output, ending);
}

static bool check_output(const struct run *run) {
    const char *output = run->names.output, *name = path_name(output);
    int folder = tree_open_folder(run->call->out_root, output, false);
    if (folder < 0) {
        return errno == ENOENT || fail_place(run, errno, "");
    }
    bool good = claim_is_there(run->call->own, run->outcome->key) ||
                (is_free(run, folder, name, "") && is_free(run, folder, name, SIDECAR_SUFFIX));
    close(folder);
    return good;
}

static void name_sidecar(const char *name, char sidecar[NAME_BYTES]) {
    snprintf(sidecar, NAME_BYTES, "%s" SIDECAR_SUFFIX, name);
}

/* In place, a batch that died may have put a call in place and not have said so: then its sidecar
 * has its hash, and says that the customer is erased. False after complaining, or when it is done.
 */
static bool check_done(struct run *run) {
    const struct tree_entry *entry = run->call->entry;
    struct outcome *outcome = run->outcome;
    char name[NAME_BYTES], shown[2 * NAME_BYTES], hash[SHA256_HEX_BYTES];
    struct sidecar sidecar;
    struct stat status;
    name_sidecar(entry->name, name);
    if (fstatat(entry->folder, name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
        return errno == ENOENT || complain(run->names.in, "its sidecar: %s", strerror(errno));
    }
    snprintf(shown, sizeof shown, "%s" SIDECAR_SUFFIX, run->names.in);
    if (!sidecar_read(entry->folder, name, shown, &sidecar)) {
        return false;
    }
    int fd = openat(entry->folder, entry->name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    int error = fd < 0 || fstat(fd, &status) != 0 ? errno : sha256_of_fd(fd, hash);
    close(fd);
    if (error != 0) {
        return complain(run->names.in, "cannot be read: %s", strerror(error));
    }
    if (strcmp(hash, sidecar.output_sha256) != 0 || !sidecar.erased) {
        return true;
    }
    outcome->key = key_of_file(entry->path, &status);
    memcpy(outcome->id, sidecar.id, sizeof sidecar.id);
    memcpy(outcome->input_sha256, sidecar.input_sha256, SHA256_HEX_BYTES);
    memcpy(outcome->output_sha256, sidecar.output_sha256, SHA256_HEX_BYTES);
    outcome->state = OUTCOME_DONE_BEFORE;
    return false;
}

static bool same_file(const struct stat *a, const struct stat *b) {
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static bool same_time(const struct stat *a, const struct stat *b) {
    return a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
           a->st_size == b->st_size;
}

/* The file that was erased must be the one that the walk found, and not one that a link led to. */
static bool check_input(const struct run *run) {
    return same_file(&run->result.input, &run->call->entry->status) ||
           complain(run->names.in, "was replaced by another file; nothing was kept");
}

static bool keep_access(const struct run *run, const char *staged) {
    const struct tree_entry *entry = run->call->entry;
    return access_keep(entry->folder, entry->name, run->folder, staged) ||
           complain(run->names.in,
                    "its owner, mode and access list cannot be kept: %s; left as it is",
                    strerror(errno));
}

/* The original is given up only for an output that passes, and only if it is still the same. */
static bool check_in_place(struct run *run) {
    const struct tree_entry *entry = run->call->entry;
    const char *staged = path_name(run->names.staged);
    struct stat now;
    if (run->result.doubt != NULL) {
        return complain(run->names.in, "not replaced: %s; erase it into another folder, and listen",
                        run->result.doubt);
    }
    if (verify_recording(&run->settings, stdout, NULL) != VERDICT_PASSED) {
        return false;
    }
    if (fstatat(entry->folder, entry->name, &now, AT_SYMLINK_NOFOLLOW) != 0 ||
        !same_file(&now, &run->result.input) || !same_time(&now, &run->result.input)) {
        return complain(run->names.in, "changed meanwhile; left as it is");
    }
    if (!keep_access(run, staged)) {
        return false;
    }
    run->outcome->names = (unsigned long)now.st_nlink;
    if (fstatat(run->folder, staged, &now, AT_SYMLINK_NOFOLLOW) != 0) {
        return complain(run->names.in, "its output: %s; left as it is", strerror(errno));
    }
    run->outcome->key = key_of_file(entry->path, &now);
    return true;
}

/* Where the name of a sidecar is too long for any file, there is none. */
static bool remove_sidecar(int folder, const char *sidecar) {
    return unlinkat(folder, sidecar, 0) == 0 || errno == ENOENT || errno == ENAMETOOLONG;
}

/* Puts a file of the worker's folder in place; a name that is not its own to replace may have been
 * taken since the call began. Some file systems (NFS) leave a moment for that. */
static bool put(const struct run *run, const char *from, int folder, const char *to,
                bool replaces) {
    struct stat status;
    if (replaces) {
        return renameat(run->folder, from, folder, to) == 0;
    }
    if (renameat2(run->folder, from, folder, to, RENAME_NOREPLACE) == 0) {
        return true;
    }
    if (errno != EINVAL && errno != ENOSYS) {
        return false;
    }
    if (fstatat(folder, to, &status, AT_SYMLINK_NOFOLLOW) == 0) {
        errno = EEXIST;
    }
    return errno == ENOENT && renameat(run->folder, from, folder, to) == 0;
}

static bool place_sidecar(const struct run *run, int folder, const char *sidecar, bool replaces) {
    char from[NAME_BYTES];
    name_sidecar(path_name(run->names.staged), from);
    if (run->settings.sidecar) {
        return put(run, from, folder, sidecar, replaces);
    }
    return !replaces || remove_sidecar(folder, sidecar);
}

/* No sidecar may tell of a recording that is not there. */
static bool take_back_sidecar(const struct run *run, int folder, const char *sidecar,
                              bool keeps_old) {
    return (keeps_old && renameat(run->folder, OLD, folder, sidecar) == 0) ||
           remove_sidecar(folder, sidecar);
}

/* What to do about it. */
static const char *advise(const struct run *run, int error) {
    switch (error) {
    case EEXIST:
        return ", and is not this batch's; move it away";
    case ENAMETOOLONG:
        return run->settings.sidecar ? "; use a shorter name: that of its sidecar has 15 bytes more"
                                     : "; use a shorter name";
    default:
        return "";
    }
}

static int open_place(const struct run *run) {
    const struct batch_call *call = run->call;
    if (run->settings.in_place) {
        return dup(call->entry->folder);
    }
    return claim_make(call->own, run->outcome->key)
               ? tree_open_folder(call->out_root, run->names.output, true)
               : -1;
}

/* The sidecar first: where a recording is, its sidecar is. What stood there before is kept in the
 * worker's folder meanwhile, where the file system has links. */
static bool place(const struct run *run) {
    char sidecar[NAME_BYTES];
    const char *staged = path_name(run->names.staged), *name = path_name(run->names.output);
    bool claimed = claim_is_there(run->call->own, run->outcome->key);
    bool replaces = claimed || run->settings.in_place;
    int folder = open_place(run);
    name_sidecar(name, sidecar);
    bool keeps_old = folder >= 0 && linkat(folder, sidecar, run->folder, OLD, 0) == 0;
    bool prepared = folder >= 0 && place_sidecar(run, folder, sidecar, replaces);
    bool good = prepared && put(run, staged, folder, name, replaces);
    int error = errno;
    bool stands = prepared && !good && !take_back_sidecar(run, folder, sidecar, keeps_old);
    if (prepared) {
        fsync(folder); /* some file systems cannot sync a folder: no harm */
    }
    if (!good && !claimed) {
        claim_drop(run->call->own, run->call->out_name, run->outcome->key);
    }
    close(folder);
    return good ||
           fail_place(run, error,
                      stands ? "; its sidecar stands there: delete that" : advise(run, error));
}

static double seconds_of(const struct erase_result *result, uint64_t samples) {
    return (double)samples / result->sample_rate;
}

static void tell(const struct run *run) {
    const struct erase_result *result = &run->result;
    struct outcome *outcome = run->outcome;
    memcpy(outcome->id, result->identity.id, sizeof outcome->id);
    memcpy(outcome->input_sha256, result->identity.input_sha256, SHA256_HEX_BYTES);
    memcpy(outcome->output_sha256, result->identity.output_sha256, SHA256_HEX_BYTES);
    memcpy(outcome->output, run->names.output, sizeof outcome->output);
    outcome->seconds = seconds_of(result, (uint64_t)result->frames);
    outcome->seconds_agent = seconds_of(result, result->stats.samples_agent);
    outcome->seconds_customer = seconds_of(result, result->stats.samples_customer);
    outcome->seconds_overlap = seconds_of(result, result->stats.samples_overlap);
    outcome->seconds_erased = seconds_of(result, result->stats.samples_erased);
    outcome->state = OUTCOME_DONE;
}

static bool prepare(struct run *run) {
    struct names *names = &run->names;
    run->outcome->key = key_of(run->call->entry->path);
    run->settings = *run->call->settings;
    run->settings.sidecar = !run->settings.no_sidecar;
    run->settings.call_id = run->settings.sidecar ? names->call_id : NULL;
    run->files[0] = names->in;
    run->files[1] = names->staged;
    run->settings.files = run->files;
    run->settings.file_count = 2;
    bool read_only = (run->call->entry->status.st_mode & 0222) == 0;
    if (run->settings.in_place && read_only) {
        return complain(names->in, "is read-only; left as it is");
    }
    return check_collision(run) && (run->settings.in_place || check_output(run));
}

void batch_call_run(void *to, const struct worker *worker) {
    struct run run;
    memset(&run, 0, sizeof run);
    run.call = to;
    run.outcome = worker->outcome;
    run.folder = -1;
    if (!make_names(&run, worker->number) || !prepare(&run) || !open_folder(&run, worker->number) ||
        (run.settings.in_place && !check_done(&run)) ||
        !erase_recording(&run.settings, &run.result) || !check_input(&run) ||
        (run.settings.in_place && !check_in_place(&run))) {
        return;
    }
    stop_block();
    if (place(&run)) {
        tell(&run);
    }
}
