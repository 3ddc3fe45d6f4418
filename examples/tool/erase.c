#include "call_run.h"
#include "commands.h"
#include "complain.h"
#include "help.h"
#include "paths.h"
#include "stop.h"
#include "textfile.h"

struct erase {
    struct settings settings;
    struct call_run run;
    struct sound_out out;
    struct textfile labels, report;
};

/* No file that is written may be one that is read, nor two of them one. */
static bool check_names(const struct settings *settings) {
    const char *names[] = {settings->files[0], settings->voice, settings->files[1],
                           settings->labels, settings->report};
    enum { NAMES = sizeof names / sizeof *names };
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

/* Every file is made before the first sample is read: an unwritable folder shows at once. */
static bool open_outputs(struct erase *erase) {
    const struct settings *settings = &erase->settings;
    struct call_run *run = &erase->run;
    bool same = settings->output == SOLO_OUTPUT_SAME && run->config.input == SOLO_INPUT_STEREO;
    if (!sound_out_open(&erase->out, settings->files[1], &run->in, same ? 2 : 1) ||
        !textfile_open(&erase->labels, settings->labels) ||
        !textfile_open(&erase->report, settings->report)) {
        return false;
    }
    run->out = &erase->out;
    labels_begin(&run->labels, erase->labels.stream, settings->files[0], run->config.sample_rate);
    report_begin(&run->report, erase->report.stream, settings, &run->config);
    return true;
}

static bool finish_report(struct erase *erase) {
    char input_hash[SHA256_HEX_BYTES], output_hash[SHA256_HEX_BYTES];
    struct call_run *run = &erase->run;
    if (run->report.stream == NULL) {
        return true;
    }
    if (!sound_in_hash(&run->in, input_hash) || !sound_out_hash(&erase->out, output_hash)) {
        return false;
    }
    struct report_file input = {run->in.name, input_hash, run->in.info.channels,
                                run->in.frames_read};
    struct report_file output = {erase->out.name, output_hash, erase->out.info.channels,
                                 erase->out.frames_written};
    report_end(&run->report, &input, &output, &run->stats,
               run->config.metrics ? &run->metrics : NULL);
    return true;
}

/* Everything is on disk before the first rename, and OUT is renamed last: where OUT is, its labels
 * and its report are. */
static bool place_all(struct erase *erase) {
    return sound_out_finish(&erase->out) && finish_report(erase) &&
           textfile_finish(&erase->labels) && textfile_finish(&erase->report) &&
           textfile_place(&erase->labels) && textfile_place(&erase->report) &&
           sound_out_place(&erase->out);
}

static bool erase_recording(struct erase *erase) {
    if (!check_names(&erase->settings) ||
        !call_run_open(&erase->run, erase->settings.files[0], &erase->settings)) {
        return false;
    }
    stop_block();
    bool done = open_outputs(erase) && call_run_all(&erase->run) && place_all(erase);
    textfile_close(&erase->labels, done);
    textfile_close(&erase->report, done);
    sound_out_close(&erase->out);
    call_run_close(&erase->run);
    stop_let_through();
    return done;
}

int command_erase(int argc, char **argv) {
    struct erase erase = {0};
    if (!settings_parse(&erase.settings, "erase", argc, argv)) {
        return help_usage_error("erase");
    }
    if (erase.settings.help) {
        help_command(stdout, "erase");
        return EXIT_DONE;
    }
    if (erase.settings.file_count != 2) {
        return help_usage_error("erase");
    }
    return erase_recording(&erase) ? EXIT_DONE : EXIT_REFUSED;
}
