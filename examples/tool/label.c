#include "call_run.h"
#include "commands.h"
#include "complain.h"
#include "help.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static bool print_labels(const struct settings *settings) {
    struct call_run run;
    const char *name = settings->files[0];
    if (!call_run_open(&run, name, settings)) {
        return false;
    }
    labels_begin(&run.labels, stdout, name, run.config.sample_rate);
    bool done = call_run_all(&run);
    call_run_close(&run);
    if (done && (fflush(stdout) != 0 || ferror(stdout) != 0)) {
        return complain(name, "its labels cannot be written to standard output: %s",
                        strerror(errno));
    }
    return done;
}

int command_label(int argc, char **argv) {
    struct settings settings;
    if (!settings_parse(&settings, "label", argc, argv)) {
        return help_usage_error("label");
    }
    if (settings.help) {
        help_command(stdout, "label");
        return EXIT_DONE;
    }
    if (settings.file_count != 1) {
        return help_usage_error("label");
    }
    return print_labels(&settings) ? EXIT_DONE : EXIT_REFUSED;
}
