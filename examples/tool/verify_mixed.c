#include "verify_mixed.h"

#include "call_run.h"
#include "complain.h"
#include "sound_in.h"
#include "verify_same.h"
#include "verify_silence.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define HOLD_SECONDS 0.12F /* in which a peak falls to 0.37: in 60 ms to 0.6 */
enum { AHEAD_MOST = 30 * 48 };

/* What an output's sample may be more than the original's: the rounding of a coder that keeps
 * samples, or the noise of one that keeps what is heard. */
struct room {
    bool exact; /* the samples themselves are kept: no coder and no other rate than the library's */
    float slack, grain;
};

/* Both recordings, read once more in step with the events of the call. */
struct compare {
    struct sound_in original, output;
    bool failed;
    struct silence silence; /* of the output */
    struct room room;
    float peak;             /* of the original by now, held for some 60 ms */
    float late[AHEAD_MOST]; /* the output's last 30 ms, cyclic: before a coder's peak comes its */
    int ahead, at;          /* echo */
    long run;  /* samples heard while the customer speaks alone, with no 10 ms of silence */
    int quiet; /* samples of silence since */
    struct verdict_mixed found;
};

static bool check_pair(const struct sound_in *original, const struct sound_in *output) {
    return (output->info.samplerate == original->info.samplerate &&
            output->frames == original->frames && output->info.channels == 1) ||
           complain(output->name, "one channel as long as %s is wanted: not its output",
                    original->name);
}

/* `heard` is the original that the networks hear; `opened` the output, if somebody has. */
static bool open_pair(struct compare *compare, char *const names[2], const struct stat *heard,
                      const struct stat *opened) {
    if (!sound_in_open(&compare->original, names[0])) {
        return false;
    }
    if (!sound_in_open(&compare->output, names[1])) {
        sound_in_close(&compare->original);
        return false;
    }
    if (verify_same(&compare->original, heard) && verify_same(&compare->output, opened) &&
        check_pair(&compare->original, &compare->output)) {
        return true;
    }
    sound_in_close(&compare->original);
    sound_in_close(&compare->output);
    return false;
}

static void follow_run(struct compare *compare, bool heard) {
    compare->quiet = heard ? 0 : compare->quiet + 1;
    if (compare->quiet > compare->original.info.samplerate / 100) {
        compare->run = 0;
    }
    compare->run += heard;
    double seconds = (double)compare->run / compare->original.info.samplerate;
    compare->found.longest = fmax(compare->found.longest, seconds);
}

/* The output's sample of 30 ms ago, in turn for the newest. */
static float take_turn(struct compare *compare, float newest) {
    float oldest = compare->late[compare->at];
    compare->late[compare->at] = newest;
    compare->at = (compare->at + 1) % compare->ahead;
    return oldest;
}

/* What the output says while one event holds. */
static void compare_block(struct compare *compare, const solo_event *event,
                          const struct samples *original, const struct samples *output,
                          int frames) {
    struct verdict_mixed *found = &compare->found;
    bool agent = (event->flags & SOLO_F_AGENT) != 0;
    bool customer = (event->flags & SOLO_F_CUSTOMER) != 0;
    const double second = 1.0 / compare->original.info.samplerate;
    const struct room room = compare->room;
    const float hold = expf(-(float)second / HOLD_SECONDS);
    const float least = expf(-(float)compare->ahead * (float)second / HOLD_SECONDS);
    double *speaks = customer ? agent ? &found->both : &found->customer : &found->agent;
    double *heard =
        customer ? agent ? &found->both_heard : &found->customer_heard : &found->agent_heard;
    for (int i = 0; i < frames; i++) {
        float in = fabsf(samples_value(original, i)), out = fabsf(samples_value(output, i));
        bool loud = !silence_holds(compare->silence, samples_value(output, i));
        compare->peak = fmaxf(in, hold * compare->peak);
        /* A fade leaves a sample smaller; extraction leaves frames of 60 ms smaller, and anything
         * where both speak. */
        bool told = !(agent && customer);
        float before = take_turn(compare, told ? out : 0.0F);
        found->reshaped += told && room.exact && out > room.slack * in + room.grain ? second : 0.0;
        found->foreign += least * before > room.slack * compare->peak + room.grain ? second : 0.0;
        *speaks += agent || customer ? second : 0.0;
        *heard += (agent || customer) && loud ? second : 0.0;
        follow_run(compare, loud && customer && !agent);
    }
}

static void compare_event(void *to, const solo_event *event) {
    struct compare *compare = to;
    struct samples legs, original, output;
    for (int64_t at = (int64_t)event->from; at < (int64_t)event->to && !compare->failed;) {
        int64_t left = (int64_t)event->to - at;
        int frames = left < BLOCK_FRAMES ? (int)left : BLOCK_FRAMES;
        int got = sound_in_read(&compare->original, &legs, frames);
        compare->failed =
            got != frames || sound_in_read(&compare->output, &output, frames) != frames;
        if (!compare->failed) {
            samples_mix(&legs, compare->original.info.channels, &original, frames);
            compare_block(compare, event, &original, &output, frames);
        }
        at += frames;
    }
}

static struct room room_of(const SF_INFO *info) {
    int major = info->format & SF_FORMAT_TYPEMASK, rate = info->samplerate;
    bool coded = major == SF_FORMAT_OGG || major == SF_FORMAT_MPEG;
    return (struct room){.exact = !coded && (rate == 8000 || rate == 16000),
                         .slack = coded ? 1.5F : 1.03F,
                         .grain = coded ? 1.0F / 256.0F : 4.0F / 32768.0F};
}

enum verdict verify_mixed(const struct settings *settings, const struct stat *opened, FILE *to,
                          FILE *json) {
    struct call_run run;
    struct compare compare;
    struct settings strict = *settings;
    memset(&compare, 0, sizeof compare);
    strict.policy = SOLO_PRIVACY;
    if (!call_run_open(&run, settings->files[0], &strict)) {
        return VERDICT_FAILED;
    }
    bool good = verify_same(&run.in, opened) && open_pair(&compare, settings->files, &run.in.before,
                                                          opened != NULL ? &opened[1] : NULL);
    if (good) {
        compare.silence = silence_of(compare.output.info.format);
        compare.room = room_of(&compare.output.info);
        int ahead = compare.output.info.samplerate * 30 / 1000;
        compare.ahead = ahead < AHEAD_MOST ? ahead : AHEAD_MOST;
        run.each = compare_event;
        run.each_to = &compare;
        good = call_run_all(&run) && !compare.failed;
        compare.found.name = settings->files[1];
        compare.found.original = settings->files[0];
        compare.found.seconds = (double)compare.original.frames / compare.original.info.samplerate;
        sound_in_close(&compare.original);
        sound_in_close(&compare.output);
    }
    call_run_close(&run);
    return good ? verdict_mixed(&compare.found, to, json) : VERDICT_FAILED;
}
