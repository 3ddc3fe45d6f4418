#include "commands.h"
#include "complain.h"
#include "help.h"
#include "identity.h"
#include "retention.h"
#include "settings.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Copies of a recording have its id too, and go with it. */
static bool forget(struct retention *retention, const char *id) {
    long found = 0, deleted = 0;
    if (!retention_begin(retention)) {
        return false;
    }
    while (retention_next(retention)) {
        if (strcmp(retention->sidecar.id, id) == 0) {
            found++;
            deleted += retention_is_there(retention) && retention_may_delete(retention) &&
                       retention_delete(retention);
        }
    }
    if (found == 0) {
        return complain(retention->name, "no recording here has the id %s", id);
    }
    printf("forgotten: %ld of %ld with the id %s\n", deleted, found, id);
    if (fflush(stdout) != 0) {
        return complain(retention->name, "what was deleted cannot be told: %s", strerror(errno));
    }
    return retention->failed == 0;
}

int command_forget(int argc, char **argv) {
    struct settings settings;
    struct retention retention;
    if (!settings_parse(&settings, "forget", argc, argv)) {
        return help_usage_error("forget");
    }
    if (settings.help) {
        help_command(stdout, "forget");
        return EXIT_DONE;
    }
    if (settings.file_count != 1 || settings.id == NULL) {
        return help_usage_error("forget");
    }
    if (!identity_is_id(settings.id)) {
        complain(settings.id, "is no id; give the UUID that the sidecar holds, in lower case");
        return EXIT_REFUSED;
    }
    if (!retention_open(&retention, settings.files[0])) {
        return EXIT_REFUSED;
    }
    bool good = forget(&retention, settings.id);
    retention_close(&retention);
    return good ? EXIT_DONE : EXIT_REFUSED;
}
