#include <asterisk.h>

#include <asterisk/app.h>
#include <asterisk/channel.h>
#include <asterisk/format.h>
#include <asterisk/paths.h>
#include <asterisk/pbx.h>
#include <asterisk/utils.h>

#include <fcntl.h>

#include "options.h"
#include "request.h"
#include "told.h"

enum {
    ARG_AGENT,
    ARG_POLICY,
    ARG_OVERLAP,
    ARG_VOICE,
    ARG_FILL,
    ARG_FORMAT,
    ARG_RATE,
    ARG_AHEAD,
    ARG_DELAY,
    ARG_CONSENT,
    ARG_YES,
    ARG_NO,
    ARG_ID,
    ARG_COUNT
};

AST_APP_OPTIONS(start_options, {
                                   AST_APP_OPTION_ARG('a', 1 << ARG_AGENT, ARG_AGENT),
                                   AST_APP_OPTION_ARG('p', 1 << ARG_POLICY, ARG_POLICY),
                                   AST_APP_OPTION_ARG('o', 1 << ARG_OVERLAP, ARG_OVERLAP),
                                   AST_APP_OPTION_ARG('v', 1 << ARG_VOICE, ARG_VOICE),
                                   AST_APP_OPTION_ARG('f', 1 << ARG_FILL, ARG_FILL),
                                   AST_APP_OPTION_ARG('F', 1 << ARG_FORMAT, ARG_FORMAT),
                                   AST_APP_OPTION_ARG('r', 1 << ARG_RATE, ARG_RATE),
                                   AST_APP_OPTION_ARG('l', 1 << ARG_AHEAD, ARG_AHEAD),
                                   AST_APP_OPTION_ARG('d', 1 << ARG_DELAY, ARG_DELAY),
                                   AST_APP_OPTION_ARG('c', 1 << ARG_CONSENT, ARG_CONSENT),
                                   AST_APP_OPTION_ARG('k', 1 << ARG_YES, ARG_YES),
                                   AST_APP_OPTION_ARG('w', 1 << ARG_NO, ARG_NO),
                                   AST_APP_OPTION_ARG('i', 1 << ARG_ID, ARG_ID),
                               });

/* What an option with an argument sets. */
static const struct {
    int arg;
    enum options_letter letter;
} settings_of[] = {{ARG_AGENT, OPTION_AGENT},     {ARG_POLICY, OPTION_POLICY},
                   {ARG_OVERLAP, OPTION_OVERLAP}, {ARG_FILL, OPTION_FILL},
                   {ARG_FORMAT, OPTION_FORMAT},   {ARG_AHEAD, OPTION_LOOKAHEAD},
                   {ARG_DELAY, OPTION_DELAY},     {ARG_CONSENT, OPTION_CONSENT},
                   {ARG_YES, OPTION_CONSENT_KEY}, {ARG_NO, OPTION_WITHDRAW_KEY}};

static int channel_rate(struct ast_channel *channel) {
    ast_channel_lock(channel);
    struct ast_format *format = ast_channel_rawreadformat(channel);
    unsigned int rate = format != NULL ? ast_format_get_sample_rate(format) : 0;
    ast_channel_unlock(channel);
    return rate >= 16000 ? 16000 : 8000;
}

/* An enrolled voice, or NULL with a reason. */
static solo_voice *load_voice(const solo_engine *engine, const char *path, char *reason) {
    unsigned char bytes[SOLO_VOICE_BYTES_MAX + 1];
    int error = SOLO_OK, fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd >= 0 ? read(fd, bytes, sizeof bytes) : -1;
    if (got < 0) {
        snprintf(reason, SINK_REASON_BYTES, "voice: %.80s: %s", path, strerror(errno));
    }
    if (fd >= 0) {
        close(fd);
    }
    solo_voice *voice = got >= 0 ? solo_voice_load(engine, bytes, (size_t)got, &error) : NULL;
    if (got >= 0 && voice == NULL) {
        snprintf(reason, SINK_REASON_BYTES, "voice: %.80s: %s", path, solo_strerror(error));
    }
    return voice;
}

static bool read_options(struct ast_channel *channel, char *text, const char *path,
                         struct recorder_settings *settings, char **args, char *reason) {
    struct ast_flags flags = {0};
    if (!options_check(text, "apovfFrldckwi", reason)) {
        return false;
    }
    if (ast_app_parse_options(start_options, &flags, args, text) != 0) {
        snprintf(reason, SINK_REASON_BYTES, "options: Asterisk cannot read them");
        return false;
    }
    int rate = ast_strlen_zero(args[ARG_RATE]) ? channel_rate(channel) : atoi(args[ARG_RATE]);
    if (!options_init(settings, path, rate, reason)) {
        return false;
    }
    for (size_t i = 0; i < ARRAY_LEN(settings_of); i++) {
        const char *value = args[settings_of[i].arg];
        if (!ast_strlen_zero(value) &&
            !options_set(settings, settings_of[i].letter, value, reason)) {
            return false;
        }
    }
    if (settings->config.agent < 0) {
        snprintf(reason, SINK_REASON_BYTES, "agent: give a(read) or a(write)");
        return false;
    }
    return true;
}

/* The whole path. What is named relative to the monitor folder stays in it. */
static bool name_path(char *path, size_t bytes, const char *file, char *reason) {
    bool absolute = file[0] == '/';
    int length = absolute ? snprintf(path, bytes, "%s", file)
                          : snprintf(path, bytes, "%s/%s", ast_config_AST_MONITOR_DIR, file);
    bool up = !absolute && (strncmp(file, "../", 3) == 0 || strstr(file, "/../") != NULL);
    if (up || length >= (int)bytes) {
        snprintf(reason, SINK_REASON_BYTES, "file: %s",
                 up ? "leads out of the monitor folder; give a name without .."
                    : strerror(ENAMETOOLONG));
        return false;
    }
    return true;
}

static bool make_folder(char *path, char *reason) {
    char *slash = strrchr(path, '/');
    *slash = '\0';
    int error = *path != '\0' ? ast_mkdir(path, 0777) : 0;
    *slash = '/';
    if (error != 0) {
        snprintf(reason, SINK_REASON_BYTES, "its folder cannot be made: %s", strerror(error));
    }
    return error == 0;
}

static bool start_with(struct ast_channel *channel, const solo_engine *engine,
                       struct recorder_settings *settings, char **args, char *id, char *reason) {
    solo_voice *voice = NULL;
    if (!ast_strlen_zero(args[ARG_VOICE])) {
        voice = load_voice(engine, args[ARG_VOICE], reason);
        if (voice == NULL) {
            return false;
        }
        settings->config.voice = voice;
    }
    bool started = recording_start(channel, engine, settings, id, reason);
    solo_voice_destroy(voice); /* the call has its own copy */
    return started;
}

bool request_start(struct ast_channel *channel, const solo_engine *engine, const char *file,
                   const char *options, char *id, char *reason) {
    char path[PATH_MAX] = "";
    char *args[ARG_COUNT] = {NULL}, *text = ast_strdupa(S_OR(options, ""));
    struct recorder_settings settings;
    bool started = false;
    if (ast_strlen_zero(file)) {
        snprintf(reason, SINK_REASON_BYTES, "file: give a name");
    } else {
        started = name_path(path, sizeof path, file, reason) &&
                  read_options(channel, text, path, &settings, args, reason) &&
                  make_folder(path, reason) &&
                  start_with(channel, engine, &settings, args, id, reason);
    }
    if (!started) {
        told_refusal(channel, S_OR(file, "no file"), reason);
    } else if (!ast_strlen_zero(args[ARG_ID])) {
        pbx_builtin_setvar_helper(channel, args[ARG_ID], id);
    }
    return started;
}

bool request_command(const char *name, enum recording_command *command) {
    static const char *const names[] = {"pause",   "resume",   "mask", "unmask",
                                        "consent", "withdraw", "stop"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (!strcasecmp(S_OR(name, ""), names[i])) {
            *command = (enum recording_command)i;
            return true;
        }
    }
    return false;
}
