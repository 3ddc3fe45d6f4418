#include "verify.h"

#include "commands.h"
#include "complain.h"
#include "help.h"
#include "levels.h"
#include "paths.h"
#include "remains.h"
#include "settings.h"
#include "sound_in.h"
#include "verify_mixed.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_DELAY = 100 }; /* frames of 10 ms: a leak is no later */

/* More of the customer than this in the output fails; solotrack(1) says why. */
static const double most_left_db = -25.0, most_heard = 0.02, most_untold = 0.05;

struct verify {
    FILE *to; /* the figures */
    struct sound_in original, output;
    int agent;                      /* channel of the original */
    int frame;                      /* samples in 10 ms */
    float silence;                  /* largest sample of the output that is silence in its format */
    double threshold;               /* dBFS from which on the customer speaks */
    int frames_since;               /* the customer last spoke */
    long active, silent, unaltered; /* frames */
    long strangers; /* samples other than silence in the customer's channel of the output */
    struct remains remains;
};

static double seconds_of(const struct sound_in *in) {
    return (double)in->frames / in->info.samplerate;
}

static bool check_pair(const struct verify *verify) {
    const struct sound_in *original = &verify->original, *output = &verify->output;
    if (original->info.channels != 2) {
        return complain(original->name, "one channel: the customer's leg is not known; give the "
                                        "agent's voice with --voice FILE");
    }
    if (output->info.samplerate != original->info.samplerate) {
        return complain(output->name, "%d Hz, but %s has %d Hz: not its output",
                        output->info.samplerate, original->name, original->info.samplerate);
    }
    if (output->frames != original->frames) {
        return complain(output->name, "%.3f s long, but %s is %.3f s: not its output",
                        seconds_of(output), original->name, seconds_of(original));
    }
    return true;
}

/* A-law has no zero: its nearest codes are 8 of 32768 away. Lossy coders dither below 16 bits. */
static float silence_of(int format) {
    int subtype = format & SF_FORMAT_SUBMASK;
    return subtype == SF_FORMAT_ALAW ? 8.0F / 32768.0F : 0.5F / 32768.0F;
}

static int customer_of(const struct verify *verify) {
    return 1 - verify->agent;
}

static double frame_dbfs(const struct samples *leg, int frames) {
    double energy = 0.0;
    for (int i = 0; i < frames; i++) {
        double sample = (double)samples_value(leg, i);
        energy += sample * sample;
    }
    return level_dbfs(energy, frames);
}

static bool learn_levels(struct verify *verify) {
    struct levels levels = {{0}, 0};
    struct samples legs, customer;
    int frames;
    while ((frames = sound_in_read(&verify->original, &legs, verify->frame)) > 0) {
        samples_pick(&legs, 2, customer_of(verify), &customer, frames);
        levels_add(&levels, frame_dbfs(&customer, frames));
    }
    verify->threshold = levels_threshold(&levels);
    return frames == 0;
}

static void compare_frame(struct verify *verify, const struct samples *agent,
                          const struct samples *customer, const struct samples *output,
                          int frames) {
    bool silent = true, unaltered = true;
    bool active = frame_dbfs(customer, frames) >= verify->threshold;
    verify->frames_since = active ? 0 : verify->frames_since + 1;
    bool leak_possible = verify->frames_since <= MOST_DELAY;
    for (int i = 0; i < frames; i++) {
        float out = samples_value(output, i);
        silent = silent && fabsf(out) <= verify->silence;
        unaltered = unaltered && out == samples_value(agent, i);
    }
    for (int i = 0; i < frames; i++) {
        const float sample[REMAINS_SIGNALS] = {samples_value(customer, i), samples_value(agent, i),
                                               samples_value(output, i)};
        remains_push(&verify->remains, sample, !silent && leak_possible);
    }
    if (!active) {
        return;
    }
    verify->active++;
    verify->silent += silent ? 1 : 0;
    verify->unaltered += unaltered && !silent ? 1 : 0;
}

static bool compare(struct verify *verify) {
    struct samples legs, written, agent, customer, output, beside;
    int channels = verify->output.info.channels, frames;
    while ((frames = sound_in_read(&verify->original, &legs, verify->frame)) > 0) {
        int got = sound_in_read(&verify->output, &written, frames);
        if (got != frames) {
            return got < 0 ? false : complain(verify->output.name, "ends early");
        }
        samples_pick(&legs, 2, verify->agent, &agent, frames);
        samples_pick(&legs, 2, customer_of(verify), &customer, frames);
        samples_pick(&written, channels, channels == 2 ? verify->agent : 0, &output, frames);
        compare_frame(verify, &agent, &customer, &output, frames);
        samples_pick(&written, channels, channels - 1 - (channels == 2 ? verify->agent : 0),
                     &beside, frames);
        for (int i = 0; i < frames && channels == 2; i++) {
            verify->strangers += fabsf(samples_value(&beside, i)) > verify->silence ? 1 : 0;
        }
    }
    remains_end(&verify->remains);
    return frames == 0;
}

static void print_left(const struct verify *verify) {
    const struct remains *remains = &verify->remains;
    const struct remains_left *after = &remains->after;
    double before = remains_db(remains, remains->before.energy);
    if (remains->before.sure > 0.0) {
        fprintf(verify->to, "  %-28s %9.1f dB\n", "customer in agent's leg", before);
    } else {
        fprintf(verify->to, "  %-28s      none above chance, %.1f dB\n", "customer in agent's leg",
                remains_db(remains, remains_most(&remains->before)));
    }
    fprintf(verify->to, "  %-28s %9.1f dB at most (95 %%)\n", "customer in output",
            remains_db(remains, remains_most(after)));
    if (after->sure > 0.0) {
        fprintf(verify->to, "  %-28s %9.1f dB at least\n", "", remains_db(remains, after->sure));
    }
    fprintf(verify->to, "  %-28s %9.2f s\n", "customer heard in output", remains->heard);
    fprintf(verify->to, "  %-28s %9.2f s\n", "too short to be told", remains->untold);
}

static void print_share(const struct verify *verify, const char *what, long frames, long of) {
    fprintf(verify->to, "  %-28s %9.2f s  %5.1f %%\n", what, (double)frames / 100.0,
            of > 0 ? 100.0 * (double)frames / (double)of : 0.0);
}

static void print_figures(const struct verify *verify) {
    fprintf(verify->to, "  %-28s %9.2f s\n", "recording", seconds_of(&verify->original));
    print_share(verify, "customer speaks", verify->active, verify->active);
    print_share(verify, "  output silent", verify->silent, verify->active);
    print_share(verify, "  agent's leg, unaltered", verify->unaltered, verify->active);
    print_share(verify, "  agent's leg, altered",
                verify->active - verify->silent - verify->unaltered, verify->active);
    print_left(verify);
}

/* What is too much whatever chance does, or hidden by it. */
static enum verdict judge_left(const struct verify *verify) {
    const struct remains *remains = &verify->remains;
    const char *name = verify->output.name;
    double sure = remains_db(remains, remains->after.sure);
    double most = remains_db(remains, remains_most(&remains->after));
    double seconds = (double)verify->active / 100.0;
    if (sure > most_left_db) {
        complain(name, "too much of the customer is left: %.1f dB, most %.1f dB", sure,
                 most_left_db);
        return VERDICT_FAILED;
    }
    if (most > most_left_db) {
        complain(name,
                 "cannot be told: up to %.1f dB of the customer may be left under the agent, "
                 "most %.1f dB",
                 most, most_left_db);
        return VERDICT_UNSURE;
    }
    if (remains->untold > most_untold * seconds) {
        complain(name, "cannot be told: %.2f s are pieces too short to tell whose they are",
                 remains->untold);
        return VERDICT_UNSURE;
    }
    return VERDICT_PASSED;
}

static enum verdict judge(const struct verify *verify) {
    const struct remains *remains = &verify->remains;
    const char *name = verify->output.name;
    double seconds = (double)verify->active / 100.0;
    print_figures(verify);
    if (fflush(verify->to) != 0) {
        complain(name, "figures cannot be written");
    } else if (verify->strangers > 0) {
        complain(name, "the customer's channel is not silent in %ld samples", verify->strangers);
    } else if (remains->words > 0 || remains->heard > most_heard * seconds) {
        complain(name, "the customer is heard for %.2f s", remains->heard);
    } else {
        return judge_left(verify);
    }
    return VERDICT_FAILED;
}

static enum verdict compare_files(struct verify *verify, char *const names[2]) {
    if (!sound_in_open(&verify->original, names[0])) {
        return VERDICT_FAILED;
    }
    verify->frame = verify->original.info.samplerate / 100;
    bool learned = verify->original.info.channels != 2 || learn_levels(verify);
    sound_in_close(&verify->original);
    if (!learned || !sound_in_open(&verify->original, names[0])) {
        return VERDICT_FAILED;
    }
    bool compared = false;
    if (sound_in_open(&verify->output, names[1])) {
        verify->silence = silence_of(verify->output.info.format);
        remains_begin(&verify->remains, verify->original.info.samplerate);
        compared = check_pair(verify) && compare(verify);
        sound_in_close(&verify->output);
    }
    sound_in_close(&verify->original);
    return compared ? judge(verify) : VERDICT_FAILED;
}

static bool check_settings(const struct settings *settings) {
    if (path_is_pipe(settings->files[0]) || path_is_pipe(settings->files[1])) {
        return complain("-", "verify reads its files twice; name files");
    }
    if (settings->agent == NOT_SET && settings->voice == NULL) {
        return complain(settings->files[0], "no agent named; say --agent left or --agent right, or "
                                            "--voice FILE for a mixed call");
    }
    return true;
}

enum verdict verify_recording(const struct settings *settings, FILE *to) {
    struct verify verify;
    memset(&verify, 0, sizeof verify);
    verify.to = to;
    verify.frames_since = MOST_DELAY;
    verify.agent = settings->agent;
    bool stereo = settings->agent == SOLO_AGENT_LEG_A || settings->agent == SOLO_AGENT_LEG_B;
    if (!check_settings(settings)) {
        return VERDICT_FAILED;
    }
    return stereo ? compare_files(&verify, settings->files) : verify_mixed(settings, to);
}

int verdict_status(enum verdict verdict) {
    return verdict == VERDICT_PASSED   ? EXIT_DONE
           : verdict == VERDICT_UNSURE ? EXIT_UNSURE
                                       : EXIT_REFUSED;
}

int command_verify(int argc, char **argv) {
    struct settings settings;
    if (!settings_parse(&settings, "verify", argc, argv)) {
        return help_usage_error("verify");
    }
    if (settings.help) {
        help_command(stdout, "verify");
        return EXIT_DONE;
    }
    if (settings.file_count != 2) {
        return help_usage_error("verify");
    }
    return verdict_status(verify_recording(&settings, stdout));
}
