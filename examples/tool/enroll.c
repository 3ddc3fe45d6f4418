#include "call_run.h"
#include "commands.h"
#include "complain.h"
#include "help.h"
#include "paths.h"
#include "settings.h"
#include "sound_in.h"
#include "stop.h"
#include "voicefile.h"

#include <errno.h>
#include <math.h>
#include <speex/speex_resampler.h>
#include <stdio.h>
#include <string.h>

enum { VOICE_RATE = 16000, QUALITY = 8 };

/* Recordings of the agent on their way into a voice. */
struct enrol {
    solo_engine *engine;
    solo_voice *voice;
    struct sound_in in;
    solo_call *call; /* takes the customer's leak out of a recording of two channels */
    SpeexResamplerState *resampler; /* NULL: the voice takes the recording's rate */
};

static bool failed(const struct enrol *enrol, int error) {
    return call_refused(enrol->in.name, error);
}

static bool push(struct enrol *enrol, const int16_t *pcm, int n) {
    int16_t converted[2 * BLOCK_FRAMES];
    for (int at = 0; enrol->resampler != NULL && at < n;) {
        spx_uint32_t taken = (spx_uint32_t)(n - at), made = 2 * BLOCK_FRAMES;
        speex_resampler_process_int(enrol->resampler, 0, pcm + at, &taken, converted, &made);
        int got = solo_voice_push_s16(enrol->voice, converted, made);
        if (got < 0) {
            return failed(enrol, got);
        }
        at += (int)taken;
    }
    int got =
        enrol->resampler != NULL ? SOLO_OK : solo_voice_push_s16(enrol->voice, pcm, (size_t)n);
    return got >= 0 || failed(enrol, got);
}

/* The agent alone; changes *agent. */
static bool learn(struct enrol *enrol, struct samples *agent, int frames) {
    for (int i = 0; agent->wide && i < frames; i++) {
        /* The union: 16-bit sample i lies no later than float sample i, which is read first. */
        float scaled = rintf(fminf(fmaxf(agent->at.f32[i], -1.0F), 1.0F) * 32768.0F);
        agent->at.s16[i] = (int16_t)fminf(scaled, 32767.0F);
    }
    return push(enrol, agent->at.s16, frames);
}

/* A block of the agent's: of one channel, or of two with the customer taken out. */
static bool take(struct enrol *enrol, const struct samples *block, int frames) {
    struct samples agent;
    if (enrol->call == NULL) {
        samples_pick(block, enrol->in.info.channels, 0, &agent, frames);
    } else {
        int got = samples_process(enrol->call, block, &agent, frames);
        if (got < 0) {
            return failed(enrol, got);
        }
    }
    return learn(enrol, &agent, frames);
}

/* What the call still holds back at the end of a recording. */
static bool drain(struct enrol *enrol) {
    struct samples rest = {.wide = samples_need_float(enrol->in.info.format)};
    int frames = 0;
    while (enrol->call != NULL && (frames = samples_flush(enrol->call, &rest, BLOCK_FRAMES)) > 0) {
        if (!learn(enrol, &rest, frames)) {
            return false;
        }
    }
    return frames == 0 || failed(enrol, frames);
}

static bool make_call(struct enrol *enrol, const struct settings *settings) {
    solo_config config;
    int error = settings_config(settings, SOLO_INPUT_STEREO, enrol->in.info.samplerate, &config);
    enrol->call = error == SOLO_OK ? solo_call_create(enrol->engine, &config, &error) : NULL;
    return enrol->call != NULL || failed(enrol, error);
}

/* What a recording needs on its way. */
static bool prepare(struct enrol *enrol, const struct settings *settings) {
    int rate = enrol->in.info.samplerate;
    bool native = rate == 8000 || rate == VOICE_RATE;
    if (enrol->in.info.channels == 2 && settings->agent == NOT_SET) {
        return complain(enrol->in.name, "two channels and no agent named; say --agent left or "
                                        "--agent right");
    }
    if (enrol->in.info.channels == 2 && !make_call(enrol, settings)) {
        return false;
    }
    if (!native) {
        enrol->resampler = speex_resampler_init(1, (spx_uint32_t)rate, VOICE_RATE, QUALITY, NULL);
    }
    if (!native && enrol->resampler == NULL) {
        return failed(enrol, SOLO_E_NOMEM);
    }
    int error = solo_voice_begin(enrol->voice, native ? rate : VOICE_RATE);
    return error == SOLO_OK || failed(enrol, error);
}

static bool hear(struct enrol *enrol, const char *name, const struct settings *settings) {
    struct samples block;
    int frames = 0;
    if (!sound_in_open(&enrol->in, name)) {
        return false;
    }
    bool good = prepare(enrol, settings);
    while (good &&
           (frames = sound_in_read(&enrol->in, &block, enrol->in.info.samplerate / 10)) > 0) {
        good = take(enrol, &block, frames);
        if (good && stop_requested()) {
            good = complain(name, "interrupted; nothing was kept");
        }
    }
    good = good && frames == 0 && drain(enrol);
    solo_call_destroy(enrol->call);
    enrol->call = NULL;
    if (enrol->resampler != NULL) {
        speex_resampler_destroy(enrol->resampler);
        enrol->resampler = NULL;
    }
    sound_in_close(&enrol->in);
    return good;
}

/* The voice is made of all recordings: a failure here is of them together. */
static bool finish(const struct enrol *enrol, const char *name) {
    solo_voice_facts facts = {.struct_size = sizeof facts};
    int error = solo_voice_finish(enrol->voice);
    solo_voice_info(enrol->voice, &facts);
    switch (error) {
    case SOLO_OK:
        break;
    case SOLO_E_TOO_SHORT:
        return complain(name,
                        "not made: %.1f s of speech heard, 6 s needed; give longer or more "
                        "recordings",
                        (double)facts.speech_s);
    case SOLO_E_VOICES:
        return complain(name, "not made: more than one voice in the recordings; give recordings of "
                              "the agent alone");
    default:
        return complain(name, "not made: %s", solo_strerror(error));
    }
    printf("%s: %.1f s of speech, quality %.2f%s\n", name, (double)facts.speech_s,
           (double)facts.quality, facts.quality < 0.5F ? ": poor; better recordings help" : "");
    if (fflush(stdout) != 0) {
        return complain(name, "not made: standard output cannot be written: %s", strerror(errno));
    }
    return voicefile_write(enrol->voice, name);
}

/* The voice may not overwrite what it is made of. */
static bool check_names(const struct settings *settings) {
    if (path_is_pipe(settings->voice)) {
        return complain("-", "enroll writes a file; name it with -o FILE.voice");
    }
    for (int i = 0; i < settings->file_count; i++) {
        if (path_same_file(settings->voice, settings->files[i])) {
            return complain(settings->voice, "is the same file as %s; name another",
                            settings->files[i]);
        }
    }
    return true;
}

static bool enrol_all(const struct settings *settings) {
    struct enrol enrol;
    int error = SOLO_OK;
    memset(&enrol, 0, sizeof enrol);
    enrol.engine = solo_engine_create(&error);
    enrol.voice = enrol.engine != NULL ? solo_voice_create(enrol.engine, &error) : NULL;
    bool good = enrol.voice != NULL || complain(settings->voice, "%s", solo_strerror(error));
    stop_block();
    for (int i = 0; good && i < settings->file_count; i++) {
        good = hear(&enrol, settings->files[i], settings);
    }
    good = good && finish(&enrol, settings->voice);
    solo_voice_destroy(enrol.voice);
    solo_engine_destroy(enrol.engine);
    stop_let_through();
    return good;
}

int command_enroll(int argc, char **argv) {
    struct settings settings;
    if (!settings_parse(&settings, "enroll", argc, argv)) {
        return help_usage_error("enroll");
    }
    if (settings.help) {
        help_command(stdout, "enroll");
        return EXIT_DONE;
    }
    if (settings.voice == NULL || settings.file_count == 0 ||
        settings.agent == SOLO_AGENT_BY_VOICE) {
        return help_usage_error("enroll");
    }
    return check_names(&settings) && enrol_all(&settings) ? EXIT_DONE : EXIT_REFUSED;
}
