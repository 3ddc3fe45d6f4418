#include "verify.h"

#include "commands.h"
#include "complain.h"
#include "help.h"
#include "levels.h"
#include "paths.h"
#include "remains.h"
#include "settings.h"
#include "sound_in.h"
#include "stop.h"
#include "textfile.h"
#include "verify_mixed.h"
#include "verify_same.h"
#include "verify_silence.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_DELAY = 100 }; /* frames of 10 ms: a leak is no later */

/* Nothing that erases adds sound, but for a fill: that is at -40 dBFS at the most. */
static const double louder_by_db = 3.0, louder_than_fill_dbfs = -38.0;

/* Full scale is 1: a few samples of this, or no numbers at all, would hide what is left beside
 * them. */
static const float no_sound = 64.0F;

struct verify {
    const struct stat *opened; /* what both files have to be; NULL: whatever they are */
    struct sound_in original, output;
    int agent;              /* channel of the original */
    int frame;              /* samples in 10 ms */
    struct silence silence; /* of the output */
    double threshold;       /* dBFS from which on the customer speaks */
    int frames_since;       /* the customer last spoke */
    struct verdict_stereo found;
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

/* The next 10 ms of the original. 0 at its end, negative on an error or where a signal has come. */
static int read_legs(struct verify *verify, struct samples *legs) {
    return stop_requested() ? -1 : sound_in_read(&verify->original, legs, verify->frame);
}

static bool learn_levels(struct verify *verify) {
    struct levels levels = {{0}, 0};
    struct samples legs, customer;
    int frames;
    while ((frames = read_legs(verify, &legs)) > 0) {
        samples_pick(&legs, 2, customer_of(verify), &customer, frames);
        levels_add(&levels, frame_dbfs(&customer, frames));
    }
    verify->threshold = levels_threshold(&levels);
    verify->found.speech = levels_speech(&levels);
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
        silent = silent && silence_holds(verify->silence, out);
        unaltered = unaltered && out == samples_value(agent, i);
    }
    verify->found.sounds = verify->found.sounds || !silent;
    for (int i = 0; i < frames; i++) {
        float sample[REMAINS_SIGNALS] = {samples_value(customer, i), samples_value(agent, i),
                                         samples_value(output, i)};
        for (int k = 0; k < REMAINS_SIGNALS; k++) {
            bool is_sound = fabsf(sample[k]) < no_sound;
            verify->found.no_numbers += !is_sound;
            sample[k] = is_sound ? sample[k] : 0.0F;
        }
        remains_push(&verify->remains, sample, !silent && leak_possible);
    }
    if (!active) {
        return;
    }
    double out_dbfs = frame_dbfs(output, frames);
    bool louder = out_dbfs > fmax(louder_than_fill_dbfs, frame_dbfs(agent, frames) + louder_by_db);
    verify->found.active += 0.01;
    verify->found.louder += louder ? 0.01 : 0.0;
    verify->found.silent += silent ? 0.01 : 0.0;
    verify->found.unaltered += unaltered && !silent ? 0.01 : 0.0;
}

static bool compare(struct verify *verify) {
    struct samples legs, written, agent, customer, output, beside;
    int channels = verify->output.info.channels, frames;
    while ((frames = read_legs(verify, &legs)) > 0) {
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
            verify->found.strangers += !silence_holds(verify->silence, samples_value(&beside, i));
        }
    }
    remains_end(&verify->remains);
    return frames == 0;
}

/* The output beside the original that is open. */
static bool compare_with(struct verify *verify, const char *name) {
    if (!sound_in_open(&verify->output, name)) {
        return false;
    }
    verify->found.altered = sound_in_is_altered(&verify->output);
    verify->silence = silence_of(verify->output.info.format);
    remains_begin(&verify->remains, verify->original.info.samplerate);
    bool compared =
        verify_same(&verify->output, verify->opened != NULL ? &verify->opened[1] : NULL) &&
        check_pair(verify) && compare(verify);
    sound_in_close(&verify->output);
    return compared;
}

static enum verdict compare_files(struct verify *verify, char *const names[2], FILE *to,
                                  FILE *json) {
    if (!sound_in_open(&verify->original, names[0])) {
        return VERDICT_FAILED;
    }
    const struct stat first = verify->original.before;
    verify->frame = verify->original.info.samplerate / 100;
    bool learned = verify_same(&verify->original, verify->opened) &&
                   (verify->original.info.channels != 2 || learn_levels(verify));
    sound_in_close(&verify->original);
    if (!learned || !sound_in_open(&verify->original, names[0])) {
        return VERDICT_FAILED;
    }
    bool compared = verify_same(&verify->original, &first) && compare_with(verify, names[1]);
    sound_in_close(&verify->original);
    verify->found.name = names[1];
    verify->found.seconds = seconds_of(&verify->original);
    verify->found.remains = &verify->remains;
    return compared ? verdict_stereo(&verify->found, to, json) : VERDICT_FAILED;
}

static bool check_settings(const struct settings *settings) {
    if (path_is_pipe(settings->files[0]) || path_is_pipe(settings->files[1])) {
        return complain("-", "verify reads its files twice; name files");
    }
    if (settings->report != NULL && path_is_pipe(settings->report)) {
        return complain("-", "the figures go to standard output; name a file for --report");
    }
    if (settings->agent == NOT_SET && settings->voice == NULL) {
        return complain(settings->files[0], "no agent named; say --agent left or --agent right, or "
                                            "--voice FILE for a mixed call");
    }
    const char *read[] = {settings->files[0], settings->files[1], settings->voice};
    for (int i = 0; i < 3 && settings->report != NULL; i++) {
        if (read[i] != NULL && path_same_file(read[i], settings->report)) {
            return complain(settings->report, "is the same file as %s; name another", read[i]);
        }
    }
    return true;
}

enum verdict verify_opened(const struct settings *settings, const struct stat *opened, FILE *to,
                           FILE *json) {
    struct verify verify;
    memset(&verify, 0, sizeof verify);
    verify.opened = opened;
    verify.frames_since = MOST_DELAY;
    verify.agent = settings->agent;
    bool stereo = settings->agent == SOLO_AGENT_LEG_A || settings->agent == SOLO_AGENT_LEG_B;
    if (!check_settings(settings)) {
        return VERDICT_FAILED;
    }
    return stereo ? compare_files(&verify, settings->files, to, json)
                  : verify_mixed(settings, opened, to, json);
}

enum verdict verify_recording(const struct settings *settings, FILE *to, FILE *json) {
    return verify_opened(settings, NULL, to, json);
}

/* The figures also of an output that does not pass; none of files that cannot be compared. */
static int verify_and_report(const struct settings *settings) {
    struct textfile report;
    stop_block();
    if (!textfile_open(&report, settings->report)) {
        return EXIT_REFUSED;
    }
    int status = verdict_status(verify_recording(settings, stdout, report.stream));
    bool keep = report.stream != NULL && ftell(report.stream) > 0;
    if (keep && !(textfile_finish(&report) && textfile_place(&report))) {
        status = EXIT_REFUSED;
        keep = false;
    }
    textfile_close(&report, keep);
    stop_let_through();
    return status;
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
    return verify_and_report(&settings);
}
