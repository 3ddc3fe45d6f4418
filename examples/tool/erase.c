#define _POSIX_C_SOURCE 200809L
#include "erase.h"

#include "call_run.h"
#include "commands.h"
#include "complain.h"
#include "help.h"
#include "paths.h"
#include "sidecar.h"
#include "stop.h"
#include "textfile.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct erase {
    const struct settings *settings;
    struct call_run run;
    struct sound_out out;
    struct textfile labels, report, sidecar;
    char sidecar_name[SIDECAR_NAME_BYTES]; /* also of one that is not written; "": there is none */
    struct identity identity;
};

/* No file that is written may be one that is read, nor two of them one, nor the sidecar, which is
 * written or taken away. */
static bool check_names(const struct erase *erase) {
    const struct settings *settings = erase->settings;
    const char *sidecar = erase->sidecar_name[0] != '\0' ? erase->sidecar_name : NULL;
    const char *names[] = {settings->files[0], settings->voice,  settings->files[1],
                           settings->labels,   settings->report, sidecar};
    enum { NAMES = sizeof names / sizeof *names };
    if ((settings->labels != NULL && path_is_pipe(settings->labels)) ||
        (settings->report != NULL && path_is_pipe(settings->report))) {
        return complain("-", "only the recording goes to standard output; name a file for its "
                             "labels and its report");
    }
    const char *in = settings->files[0];
    if (path_is_pipe(settings->files[1]) && !path_is_pipe(in) && path_standard_stream(in) != NULL) {
        return complain(in, "is the file of %s; send the output elsewhere",
                        path_standard_stream(in));
    }
    for (int later = 1; later < NAMES; later++) {
        for (int earlier = 0; earlier < later && names[later] != NULL; earlier++) {
            if (names[earlier] != NULL && path_same_file(names[earlier], names[later])) {
                return complain(names[later], "is the same file as %s; name another",
                                names[earlier]);
            }
        }
    }
    return true;
}

/* Whoever says what a recording is wants it kept with the recording. */
static bool wants_sidecar(const struct settings *settings) {
    return settings->sidecar || settings->call_id != NULL || settings->campaign != NULL ||
           settings->agent_name != NULL || settings->recording_class != NOT_SET ||
           settings->keep_days != NOT_SET;
}

static bool name_sidecar(struct erase *erase) {
    const char *out = erase->settings->files[1];
    bool wanted = wants_sidecar(erase->settings);
    if (path_is_pipe(out)) {
        return !wanted || complain(out, "a pipe has no place for a sidecar; name a file to write");
    }
    int length =
        snprintf(erase->sidecar_name, sizeof erase->sidecar_name, "%s" SIDECAR_SUFFIX, out);
    bool fits = (size_t)length < sizeof erase->sidecar_name;
    if (!fits && !wanted) {
        erase->sidecar_name[0] = '\0';
    }
    return fits || !wanted ||
           complain(out, "the name of its sidecar is too long; use a shorter name");
}

/* Every file is made before the first sample is read: an unwritable folder shows at once. */
static bool open_outputs(struct erase *erase) {
    const struct settings *settings = erase->settings;
    const char *sidecar = wants_sidecar(settings) ? erase->sidecar_name : NULL;
    struct call_run *run = &erase->run;
    bool same = settings->output == SOLO_OUTPUT_SAME && run->config.input == SOLO_INPUT_STEREO;
    if (!identity_begin(&erase->identity, settings, &run->config) ||
        !sound_out_open(&erase->out, settings->files[1], &run->in, same ? 2 : 1) ||
        !textfile_open(&erase->sidecar, sidecar) ||
        !textfile_open(&erase->labels, settings->labels) ||
        !textfile_open(&erase->report, settings->report) ||
        !sound_out_name(&erase->out, erase->identity.id,
                        run->config.customer == SOLO_CUSTOMER_ALTER)) {
        return false;
    }
    run->out = &erase->out;
    labels_begin(&run->labels, erase->labels.stream, settings->files[0], run->config.sample_rate);
    report_begin(&run->report, erase->report.stream, settings, &run->config);
    return true;
}

static void finish_report(struct erase *erase) {
    struct call_run *run = &erase->run;
    const struct identity *identity = &erase->identity;
    struct report_file input = {run->in.name, identity->input_sha256, run->in.info.channels,
                                run->in.frames_read};
    struct report_file output = {erase->out.name, identity->output_sha256, erase->out.info.channels,
                                 erase->out.frames_written};
    report_end(&run->report, &input, &output, &run->stats,
               run->config.metrics ? &run->metrics : NULL);
}

/* What is said of the recording once it is whole. */
static bool finish_texts(struct erase *erase) {
    if (!sound_in_hash(&erase->run.in, erase->identity.input_sha256)) {
        return false;
    }
    memcpy(erase->identity.output_sha256, erase->out.sha256, SHA256_HEX_BYTES);
    identity_heard(&erase->identity, &erase->run.stats);
    finish_report(erase);
    if (erase->sidecar.stream != NULL) {
        sidecar_write(erase->sidecar.stream, &erase->identity);
    }
    return textfile_finish(&erase->labels) && textfile_finish(&erase->report) &&
           textfile_finish(&erase->sidecar);
}

/* A sidecar that nobody writes anew tells of another recording, and of when that has to go. It
 * stands aside until OUT is in place. False after complaining. */
static bool set_aside(const struct erase *erase, const char *aside, bool *stale) {
    const char *name = erase->sidecar_name;
    struct stat status;
    *stale = false;
    if (name[0] == '\0' || wants_sidecar(erase->settings)) {
        return true;
    }
    int error = lstat(name, &status) != 0 ? errno : S_ISDIR(status.st_mode) ? EISDIR : 0;
    if (error == ENOENT || error == ENAMETOOLONG) {
        return true;
    }
    *stale = error == 0 && rename(name, aside) == 0;
    return *stale || complain(name,
                              "tells of another recording and cannot be taken away: %s; delete "
                              "it, or say --sidecar; nothing was kept",
                              strerror(error != 0 ? error : errno));
}

static bool place_out(struct erase *erase) {
    char aside[TEMPFILE_PATH_BYTES + 8];
    bool stale;
    snprintf(aside, sizeof aside, "%s-old", erase->out.temp.path);
    if (!set_aside(erase, aside, &stale)) {
        return false;
    }
    bool placed = sound_out_place(&erase->out);
    if (stale && placed && unlink(aside) != 0) {
        complain(aside, "the sidecar before cannot be deleted: %s; delete it", strerror(errno));
    } else if (stale && !placed && rename(aside, erase->sidecar_name) != 0) {
        complain(aside, "cannot be given its name back: %s; call it %s", strerror(errno),
                 erase->sidecar_name);
    }
    return placed;
}

/* Everything is on disk before the first rename, and OUT is renamed last: where OUT is, its labels,
 * its report and its sidecar are. */
static bool place_all(struct erase *erase) {
    return sound_out_finish(&erase->out) && finish_texts(erase) && textfile_place(&erase->labels) &&
           textfile_place(&erase->report) && textfile_place(&erase->sidecar) && place_out(erase);
}

static void tell(const struct erase *erase, struct erase_result *result) {
    const struct call_run *run = &erase->run;
    result->identity = erase->identity;
    result->stats = run->stats;
    result->sample_rate = run->in.info.samplerate;
    result->frames = run->in.frames_read;
    result->input = run->in.before;
    result->doubt = call_run_doubt(run);
}

bool erase_recording(const struct settings *settings, struct erase_result *result) {
    struct erase erase;
    memset(&erase, 0, sizeof erase);
    erase.settings = settings;
    if (!name_sidecar(&erase) || !check_names(&erase) ||
        !call_run_open(&erase.run, settings->files[0], settings)) {
        return false;
    }
    stop_block();
    bool done = open_outputs(&erase) && call_run_all(&erase.run) && place_all(&erase);
    tell(&erase, result);
    textfile_close(&erase.labels, done);
    textfile_close(&erase.report, done);
    textfile_close(&erase.sidecar, done);
    sound_out_close(&erase.out);
    call_run_close(&erase.run);
    stop_let_through();
    return done;
}

int command_erase(int argc, char **argv) {
    struct settings settings;
    struct erase_result result;
    if (!settings_parse(&settings, "erase", argc, argv)) {
        return help_usage_error("erase");
    }
    if (settings.help) {
        help_command(stdout, "erase");
        return EXIT_DONE;
    }
    if (settings.file_count != 2) {
        return help_usage_error("erase");
    }
    return erase_recording(&settings, &result) ? EXIT_DONE : EXIT_REFUSED;
}
