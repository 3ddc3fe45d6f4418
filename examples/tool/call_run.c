#include "call_run.h"

#include "complain.h"
#include "listen.h"
#include "progress.h"
#include "stop.h"

#include <string.h>

static bool check_agent(const struct call_run *run, const struct settings *settings) {
    const char *name = run->in.name;
    bool names_leg = settings->agent == SOLO_AGENT_LEG_A || settings->agent == SOLO_AGENT_LEG_B;
    if (settings->voice != NULL) {
        return complain(name,
                        "voice %s not used: this build carries no speaker model; give a "
                        "stereo recording and --agent left or right",
                        settings->voice);
    }
    if (run->in.info.channels == 2 && settings->agent == NOT_SET) {
        return complain(name, "two channels and no agent named; say --agent left or --agent right");
    }
    if (run->in.info.channels == 1 && names_leg) {
        return complain(name,
                        "one channel, in which no leg is the agent's alone; the agent must be "
                        "known by voice, and no voice is enrolled");
    }
    return true;
}

static bool make_call(struct call_run *run, const struct settings *settings) {
    const SF_INFO *info = &run->in.info;
    int error = settings_config(settings, info->channels, info->samplerate, &run->config);
    if (error == SOLO_OK && info->channels == 1) {
        run->config.agent = SOLO_AGENT_BY_VOICE;
    }
    if (error == SOLO_OK) {
        run->engine = solo_engine_create(&error);
    }
    if (run->engine != NULL) {
        run->call = solo_call_create(run->engine, &run->config, &error);
    }
    if (run->call == NULL && error == SOLO_E_NO_VOICE) {
        return complain(run->in.name, "%s; give a stereo recording and --agent left or right",
                        solo_strerror(error));
    }
    if (run->call == NULL) {
        return complain(run->in.name, "%s", solo_strerror(error));
    }
    run->latency_left = solo_call_latency(run->call);
    return true;
}

bool call_run_open(struct call_run *run, const char *name, const struct settings *settings) {
    memset(run, 0, sizeof *run);
    run->stats.struct_size = sizeof run->stats;
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
        labels_add(&run->labels, &event);
        report_add(&run->report, &event);
    }
}

/* The agent's samples, `got` of them or an error of the library. */
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
    samples_drop(agent, late, got);
    if (run->out->info.channels == 1) {
        return sound_out_write(run->out, agent, frames);
    }
    struct samples both;
    samples_beside_zero(agent, run->config.agent, &both, frames);
    return sound_out_write(run->out, &both, frames);
}

/* The next block of both legs through the call: the number of frames, 0 at the end. */
static int take_block(struct call_run *run, struct samples *agent, int *got, int block) {
    struct samples legs, a, b;
    int frames = sound_in_read(&run->in, &legs, block);
    if (frames > 0) {
        samples_pick(&legs, run->in.info.channels, 0, &a, frames);
        samples_pick(&legs, run->in.info.channels, run->in.info.channels - 1, &b, frames);
        *got = samples_process(run->call, &a, &b, agent, frames);
    }
    if (frames > 0 && stop_requested()) {
        complain(run->in.name, "interrupted; nothing was kept");
        return -1;
    }
    return frames;
}

/* Hears as much of a file as it takes to know the leak, and goes back to its start. */
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
        state = frames == 0 ? LISTEN_ENOUGH : listen_look(&listen, &stats);
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

bool call_run_all(struct call_run *run) {
    int block = run->in.info.samplerate / 10;
    bool twice = run->in.io.seekable && run->in.info.channels == 2;
    if ((twice && !listen_first(run, block)) || !feed(run, block) || !drain(run, block)) {
        return false;
    }
    if (run->frames_out != run->in.frames_read) {
        return complain(run->in.name, "the library gave %lld samples for %lld: a defect, report it",
                        (long long)run->frames_out, (long long)run->in.frames_read);
    }
    labels_end(&run->labels);
    int status = solo_call_stats(run->call, &run->stats);
    if (status != SOLO_OK) {
        return complain(run->in.name, "the library failed: %s", solo_strerror(status));
    }
    return check_legs(run);
}

void call_run_close(struct call_run *run) {
    solo_call_destroy(run->call);
    solo_engine_destroy(run->engine);
    sound_in_close(&run->in);
}
