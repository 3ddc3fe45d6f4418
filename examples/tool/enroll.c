#include "commands.h"
#include "complain.h"
#include "help.h"
#include "settings.h"

#include <stdio.h>

int command_enroll(int argc, char **argv) {
    struct settings settings;
    if (!settings_parse(&settings, "enroll", argc, argv)) {
        return help_usage_error("enroll");
    }
    if (settings.help) {
        help_command(stdout, "enroll");
        return EXIT_DONE;
    }
    if (settings.voice == NULL || settings.file_count == 0) {
        return help_usage_error("enroll");
    }
    complain(settings.voice, "not made: this build carries no speaker model; use stereo "
                             "recordings and --agent left or right");
    return EXIT_REFUSED;
}
