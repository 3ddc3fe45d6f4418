#include "verify.h"

#include "commands.h"
#include "complain.h"
#include "help.h"
#include "levels.h"
#include "paths.h"
#include "resid.h"
#include "settings.h"
#include "sound_in.h"
#include "verify_mixed.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_DELAY = 50 }; /* frames of 10 ms */

/* More of the customer than this in the output fails; solotrack(1) says why. */
static const double most_left_db = -25.0, most_heard = 0.05;

/* Nothing that erases adds sound, but for a fill: that is at -40 dBFS at the most. */
static const double louder_by_db = 3.0, louder_than_fill_dbfs = -38.0, most_louder = 0.02;

struct verify {
    FILE *to; /* the figures */
    struct sound_in original, output;
    int agent;        /* channel of the original */
    int frame;        /* samples in 10 ms */
    float silence;    /* largest sample of the output that is silence in its format */
    double threshold; /* dBFS from which on the customer speaks */
    int frames_since; /* the customer last spoke; a leak is no later than MOST_DELAY */
    long active, silent, unaltered; /* frames */
    long louder;    /* frames in which the customer speaks and the output outdoes the agent's leg */
    bool altered;   /* so the output says */
    long strangers; /* samples other than silence in the customer's channel of the output */
    struct resid resid;
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
        float legs[RESID_SIGNALS] = {samples_value(customer, i), samples_value(agent, i),
                                     samples_value(output, i)};
        silent = silent && fabsf(legs[RESID_OUTPUT]) <= verify->silence;
        unaltered = unaltered && legs[RESID_OUTPUT] == legs[RESID_AGENT];
        if (!leak_possible) {
            legs[RESID_AGENT] = legs[RESID_OUTPUT] = 0.0F; /* the agent's own, and only chance */
        }
        resid_push(&verify->resid, legs);
    }
    if (!active) {
        return;
    }
    double out_dbfs = frame_dbfs(output, frames);
    bool louder = out_dbfs > fmax(louder_than_fill_dbfs, frame_dbfs(agent, frames) + louder_by_db);
    verify->active++;
    verify->louder += louder ? 1 : 0;
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
    resid_end(&verify->resid);
    return frames == 0;
}

/* Energy relative to the customer's leg, dB; -99 at the least. */
static double relative_db(double energy, double customer) {
    double share = customer > 0.0 ? energy / customer : 0.0;
    return share > 0.0 ? fmax(10.0 * log10(share), -99.0) : -99.0;
}

static double left_db(struct share share, double customer) {
    return relative_db(share.explained - share.chance, customer);
}

static void print_left(const struct verify *verify, const char *what, struct share share) {
    double customer = verify->resid.customer_energy;
    double left = left_db(share, customer), chance = relative_db(share.chance, customer);
    if (share.explained > share.chance) {
        fprintf(verify->to, "  %-28s %9.1f dB  (chance %.1f dB)\n", what, left, chance);
    } else {
        fprintf(verify->to, "  %-28s      none     (chance %.1f dB)\n", what, chance);
    }
}

static void print_share(const struct verify *verify, const char *what, long frames, long of) {
    fprintf(verify->to, "  %-28s %9.2f s  %5.1f %%\n", what, (double)frames / 100.0,
            of > 0 ? 100.0 * (double)frames / (double)of : 0.0);
}

static bool judge(const struct verify *verify) {
    const struct resid *resid = &verify->resid;
    double after = left_db(resid->after, resid->customer_energy);
    fprintf(verify->to, "  %-28s %9.2f s\n", "recording", seconds_of(&verify->original));
    print_share(verify, "customer speaks", verify->active, verify->active);
    print_share(verify, "  output silent", verify->silent, verify->active);
    print_share(verify, "  agent's leg, unaltered", verify->unaltered, verify->active);
    print_share(verify, "  agent's leg, altered",
                verify->active - verify->silent - verify->unaltered, verify->active);
    print_left(verify, "customer in agent's leg", resid->before);
    print_left(verify, "customer in output", resid->after);
    fprintf(verify->to, "  %-28s %9ld of %ld blocks of 2 s\n", "customer heard in output",
            resid->blocks_heard, resid->blocks);
    if (fflush(verify->to) != 0) {
        return complain(verify->output.name, "figures cannot be written");
    }
    if (verify->altered) {
        return complain(verify->output.name, "the customer is not erased: it says that he is heard "
                                             "in an altered voice");
    }
    if (verify->strangers > 0) {
        return complain(verify->output.name, "the customer's channel is not silent in %ld samples",
                        verify->strangers);
    }
    if ((double)resid->blocks_heard > most_heard * (double)resid->blocks) {
        return complain(verify->output.name, "the customer is heard in %ld of %ld blocks of 2 s",
                        resid->blocks_heard, resid->blocks);
    }
    if ((double)verify->louder > most_louder * (double)verify->active) {
        return complain(verify->output.name,
                        "louder than the agent's channel in %.2f s of the customer's speech: he is "
                        "heard, altered or not, or it is not its output",
                        (double)verify->louder / 100.0);
    }
    return after <= most_left_db ||
           complain(verify->output.name, "too much of the customer is left: %.1f dB, most %.1f dB",
                    after, most_left_db);
}

static bool compare_files(struct verify *verify, char *const names[2]) {
    if (!sound_in_open(&verify->original, names[0])) {
        return false;
    }
    verify->frame = verify->original.info.samplerate / 100;
    bool learned = verify->original.info.channels != 2 || learn_levels(verify);
    sound_in_close(&verify->original);
    if (!learned || !sound_in_open(&verify->original, names[0])) {
        return false;
    }
    bool compared = false;
    if (sound_in_open(&verify->output, names[1])) {
        verify->altered = sound_in_is_altered(&verify->output);
        verify->silence = silence_of(verify->output.info.format);
        resid_begin(&verify->resid, verify->original.info.samplerate);
        compared = check_pair(verify) && compare(verify);
        sound_in_close(&verify->output);
    }
    sound_in_close(&verify->original);
    return compared && judge(verify);
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

bool verify_recording(const struct settings *settings, FILE *to) {
    struct verify verify;
    memset(&verify, 0, sizeof verify);
    verify.to = to;
    verify.frames_since = MOST_DELAY;
    verify.agent = settings->agent;
    bool stereo = settings->agent == SOLO_AGENT_LEG_A || settings->agent == SOLO_AGENT_LEG_B;
    return check_settings(settings) &&
           (stereo ? compare_files(&verify, settings->files) : verify_mixed(settings, to));
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
    return verify_recording(&settings, stdout) ? EXIT_DONE : EXIT_REFUSED;
}
