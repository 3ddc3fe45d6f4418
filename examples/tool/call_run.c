#define _POSIX_C_SOURCE 200809L
#include "call_run.h"

#include "complain.h"
#include "listen.h"
#include "progress.h"
#include "stop.h"
#include "voicefile.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

/* A recording can wait, and voices are told better the more is heard. */
enum { MIXED_LOOKAHEAD_MS = 1000 };

bool call_refused(const char *name, int error) {
    return complain(name, "%s%s", solo_strerror(error),
                    error == SOLO_E_RATE ? "; resample it to 8000 or 16000 Hz" : "");
}

static bool is_mixed(const struct call_run *run) {
    return run->config.input == SOLO_INPUT_MIXED;
}

static bool check_agent(const struct call_run *run, const struct settings *settings) {
    const char *name = run->in.name;
    bool by_voice = settings->agent == SOLO_AGENT_BY_VOICE;
    bool names_leg = settings->agent != NOT_SET && !by_voice;
    if (run->in.info.channels == 2 && settings->agent == NOT_SET) {
        return complain(name, "two channels and no agent named; say --agent left or --agent right");
    }
    if (run->in.info.channels == 1 && names_leg) {
        return complain(name, "one channel, in which no leg is the agent's alone; say --agent "
                              "voice --voice FILE");
    }
    if (settings->voice == NULL && (by_voice || run->in.info.channels == 1)) {
        return complain(name, "the agent must be known by voice, and no voice is given; say "
                              "--voice FILE ('solotrack enroll' makes it)");
    }
    return true;
}

/* A voice that nobody can guess, if the customer gets another one. */
static bool draw_seed(struct call_run *run) {
    solo_config *config = &run->config;
    if (config->customer != SOLO_CUSTOMER_ALTER) {
        return true;
    }
    if (is_mixed(run)) {
        return complain(run->in.name, "--customer alter needs the customer on a channel of his "
                                      "own: where both parties are in one, what is altered could "
                                      "be the agent's, and what is not, his; leave it out");
    }
    return getrandom(config->alter_seed, sizeof config->alter_seed, 0) ==
               (ssize_t)sizeof config->alter_seed ||
           complain(run->in.name, "no random numbers can be had: %s", strerror(errno));
}

static bool make_call(struct call_run *run, const struct settings *settings) {
    const SF_INFO *info = &run->in.info;
    bool mixed = info->channels == 1 || settings->agent == SOLO_AGENT_BY_VOICE;
    int input = mixed ? SOLO_INPUT_MIXED : SOLO_INPUT_STEREO;
    int error = settings_config(settings, input, info->samplerate, &run->config);
    if (mixed && settings->lookahead_ms == NOT_SET) {
        run->config.lookahead_ms = MIXED_LOOKAHEAD_MS;
    }
    if (error == SOLO_OK && !draw_seed(run)) {
        return false;
    }
    if (error == SOLO_OK) {
        run->engine = solo_engine_create(&error);
    }
    if (run->engine != NULL && settings->voice != NULL) {
        run->voice = voicefile_read(run->engine, settings->voice);
        if (run->voice == NULL) {
            return false;
        }
        run->config.voice = run->voice;
    }
    if (run->engine != NULL) {
        run->call = solo_call_create(run->engine, &run->config, &error);
    }
    memset(run->config.alter_seed, 0, sizeof run->config.alter_seed); /* the call has its own */
    if (run->call == NULL) {
        return call_refused(run->in.name, error);
    }
    run->latency_left = solo_call_latency(run->call);
    return true;
}

bool call_run_open(struct call_run *run, const char *name, const struct settings *settings) {
    memset(run, 0, sizeof *run);
    run->stats.struct_size = sizeof run->stats;
    run->metrics.struct_size = sizeof run->metrics;
    if (!sound_in_open(&run->in, name)) {
        return false;
    }
    if (!check_agent(run, settings) || !make_call(run, settings)) {
        call_run_close(run);
        return false;
    }
    return true;
}

static void take_events(struct call_run *run) {
    solo_event event;
    while (solo_call_next_event(run->call, &event) == 1) {
        run->unsure += (event.flags & SOLO_F_UNSURE) != 0 ? event.to - event.from : 0;
        labels_add(&run->labels, &event);
        report_add(&run->report, &event);
        if (run->each != NULL) {
            run->each(run->each_to, &event);
        }
    }
}

/* Channels that the library gives. */
static int channels_made(const struct call_run *run) {
    return !is_mixed(run) && run->config.output == SOLO_OUTPUT_SAME ? 2 : 1;
}

/* What the library made, `got` samples of each channel or an error. */
static bool take_output(struct call_run *run, struct samples *agent, int got) {
    if (got < 0) {
        return complain(run->in.name, "the library failed: %s", solo_strerror(got));
    }
    take_events(run);
    int late = got < run->latency_left ? got : (int)run->latency_left;
    int frames = got - late;
    run->latency_left -= late;
    run->frames_out += frames;
    if (run->out == NULL || frames == 0) {
        return true;
    }
    samples_drop(agent, late * channels_made(run), got * channels_made(run));
    return sound_out_write(run->out, agent, frames);
}

/* The next block of both legs through the call: the number of frames, 0 at the end. */
static int take_block(struct call_run *run, struct samples *agent, int *got, int block) {
    struct samples legs, mixture;
    int frames = sound_in_read(&run->in, &legs, block);
    if (frames > 0 && is_mixed(run)) {
        samples_mix(&legs, run->in.info.channels, &mixture, frames);
        *got = samples_process(run->call, &mixture, agent, frames);
    } else if (frames > 0) {
        *got = samples_process(run->call, &legs, agent, frames);
    }
    if (frames > 0 && stop_requested()) {
        complain(run->in.name, "interrupted; nothing was kept");
        return -1;
    }
    return frames;
}

/* Hears as much of a file as it takes to know the leak, or all of it to know the voices, and goes
 * back to its start. */
static bool listen_first(struct call_run *run, int block) {
    struct listen listen;
    enum listen_state state = LISTEN_ON;
    solo_stats stats = {.struct_size = sizeof stats};
    listen_begin(&listen, run->in.info.samplerate, run->in.frames);
    while (state != LISTEN_ENOUGH) {
        struct samples agent;
        int got = SOLO_OK, frames = take_block(run, &agent, &got, block);
        if (frames < 0) {
            return false;
        }
        if (got >= 0) {
            got = solo_call_stats(run->call, &stats);
        }
        state = frames == 0 ? LISTEN_ENOUGH : LISTEN_ON;
        if (frames > 0 && !is_mixed(run)) {
            state = listen_look(&listen, &stats);
        }
        if (got == SOLO_OK && state == LISTEN_AGAIN) {
            got = solo_call_reset(run->call);
        } else if (got == SOLO_OK && state == LISTEN_ENOUGH) {
            got = solo_call_rewind(run->call);
        }
        if (got < 0) {
            return complain(run->in.name, "the library failed: %s", solo_strerror(got));
        }
        if (state != LISTEN_ON && !sound_in_rewind(&run->in)) {
            return false;
        }
    }
    return true;
}

static bool feed(struct call_run *run, int block) {
    struct samples agent;
    struct progress progress;
    bool fed = true;
    progress_begin(&progress, run->in.frames, run->in.info.samplerate);
    while (fed) {
        int got = 0, frames = take_block(run, &agent, &got, block);
        if (frames <= 0) {
            fed = frames == 0;
            break;
        }
        fed = take_output(run, &agent, got);
        progress_show(&progress, run->in.frames_read);
    }
    progress_end(&progress);
    return fed;
}

static bool drain(struct call_run *run, int block) {
    struct samples agent;
    int got;
    agent.wide = samples_need_float(run->in.info.format);
    do {
        got = samples_flush(run->call, &agent, block);
        if (!take_output(run, &agent, got)) {
            return false;
        }
    } while (got > 0);
    return true;
}

/* A mixed call in a stereo file: the library has erased all of it. */
static bool check_legs(const struct call_run *run) {
    const solo_stats *stats = &run->stats;
    return 2 * stats->samples_same_legs <= stats->samples_out ||
           complain(run->in.name, "both channels hold the same recording: this is a mixed call; "
                                  "use --agent voice --voice FILE");
}

const char *call_run_doubt(const struct call_run *run) {
    const solo_stats *stats = &run->stats;
    uint64_t own = stats->samples_agent + stats->samples_overlap;
    if (is_mixed(run) && own + stats->samples_customer > 0 &&
        stats->samples_erased == stats->samples_out) {
        return "all of it is erased: the agent could not be told in it; he may be absent or alone, "
               "his voice too like the other's, or the voice file another's";
    }
    if (!is_mixed(run) && run->voice != NULL && run->unsure > own) {
        return "most of what is said on the agent's channel is erased: it is not the voice of "
               "--voice; the file or the channel may be another's";
    }
    return NULL;
}

/* Nobody is surprised by silence later. */
static void warn_of_silence(const struct call_run *run) {
    const char *doubt = run->out != NULL ? call_run_doubt(run) : NULL;
    if (doubt != NULL) {
        complain(run->in.name, "%s", doubt);
    }
}

bool call_run_all(struct call_run *run) {
    int block = run->in.info.samplerate / 10;
    bool twice = run->in.io.seekable;
    if ((twice && !listen_first(run, block)) || !feed(run, block) || !drain(run, block)) {
        return false;
    }
    if (run->frames_out != run->in.frames_read) {
        return complain(run->in.name, "the library gave %lld samples for %lld: a defect, report it",
                        (long long)run->frames_out, (long long)run->in.frames_read);
    }
    labels_end(&run->labels);
    int status = solo_call_stats(run->call, &run->stats);
    if (status == SOLO_OK && run->config.metrics) {
        status = solo_call_metrics(run->call, &run->metrics);
    }
    if (status != SOLO_OK) {
        return complain(run->in.name, "the library failed: %s", solo_strerror(status));
    }
    if (!check_legs(run)) {
        return false;
    }
    warn_of_silence(run);
    return true;
}

void call_run_close(struct call_run *run) {
    solo_call_destroy(run->call);
    solo_voice_destroy(run->voice);
    solo_engine_destroy(run->engine);
    sound_in_close(&run->in);
}
