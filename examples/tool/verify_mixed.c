#include "verify_mixed.h"

#include "call_run.h"
#include "complain.h"
#include "sound_in.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* More than this share of the customer's time heard in the output fails; solotrack(1) says why. */
static const double most_heard = 0.05;

/* Both recordings, read once more in step with the events of the call. */
struct compare {
    FILE *to; /* the figures */
    struct sound_in original, output;
    bool failed;
    double silence;      /* largest sample of the output that is silence */
    long total, foreign; /* samples; those that are louder in the output than in the original */
    long customer, customer_heard, agent, agent_heard; /* samples */
};

static bool open_pair(struct compare *compare, char *const names[2]) {
    if (!sound_in_open(&compare->original, names[0])) {
        return false;
    }
    if (!sound_in_open(&compare->output, names[1])) {
        sound_in_close(&compare->original);
        return false;
    }
    const struct sound_in *original = &compare->original, *output = &compare->output;
    if (output->info.samplerate == original->info.samplerate &&
        output->frames == original->frames && output->info.channels == 1) {
        return true;
    }
    complain(output->name, "one channel as long as %s is wanted: not its output", original->name);
    sound_in_close(&compare->original);
    sound_in_close(&compare->output);
    return false;
}

/* What the output says while one event holds. */
static void compare_block(struct compare *compare, const solo_event *event,
                          const struct samples *original, const struct samples *output,
                          int frames) {
    bool agent = (event->flags & SOLO_F_AGENT) != 0;
    bool customer = (event->flags & SOLO_F_CUSTOMER) != 0;
    /* a fade and the rounding of a coder leave a sample smaller, or hardly larger */
    const float slack = 1.03F, grain = 4.0F / 32768.0F;
    for (int i = 0; i < frames; i++) {
        float in = fabsf(samples_value(original, i)), out = fabsf(samples_value(output, i));
        bool heard = (double)out > compare->silence;
        compare->foreign += out > slack * in + grain;
        compare->customer += customer;
        compare->customer_heard += customer && heard;
        compare->agent += agent && !customer;
        compare->agent_heard += agent && !customer && heard;
    }
    compare->total += frames;
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

static double share(long part, long whole) {
    return whole > 0 ? 100.0 * (double)part / (double)whole : 0.0;
}

static void print_line(const char *what, const struct compare *compare, long samples, long of) {
    fprintf(compare->to, "  %-28s %9.2f s  %5.1f %%\n", what,
            (double)samples / compare->original.info.samplerate, share(samples, of));
}

static bool judge(const struct compare *compare) {
    const char *name = compare->output.name;
    print_line("recording", compare, compare->total, compare->total);
    print_line("customer speaks", compare, compare->customer, compare->customer);
    print_line("  output heard", compare, compare->customer_heard, compare->customer);
    print_line("agent alone speaks", compare, compare->agent, compare->agent);
    print_line("  output heard", compare, compare->agent_heard, compare->agent);
    if (fflush(compare->to) != 0) {
        return complain(name, "figures cannot be written");
    }
    double heard = share(compare->customer_heard, compare->customer);
    if (heard > 100.0 * most_heard) {
        return complain(name, "heard in %.1f %% of the time in which the customer speaks", heard);
    }
    if (compare->foreign > compare->total / 1000) {
        return complain(name, "holds sound that %s does not: not its output",
                        compare->original.name);
    }
    return true;
}

static double silence_of(int format) {
    int subtype = format & SF_FORMAT_SUBMASK;
    return subtype == SF_FORMAT_ALAW ? 8.0 / 32768.0 : 0.5 / 32768.0;
}

enum verdict verify_mixed(const struct settings *settings, FILE *to) {
    struct call_run run;
    struct compare compare;
    struct settings strict = *settings;
    memset(&compare, 0, sizeof compare);
    compare.to = to;
    strict.policy = SOLO_PRIVACY;
    if (!call_run_open(&run, settings->files[0], &strict)) {
        return VERDICT_FAILED;
    }
    bool good = open_pair(&compare, settings->files);
    if (good) {
        compare.silence = silence_of(compare.output.info.format);
        run.each = compare_event;
        run.each_to = &compare;
        good = call_run_all(&run) && !compare.failed && judge(&compare);
        sound_in_close(&compare.original);
        sound_in_close(&compare.output);
    }
    call_run_close(&run);
    return good ? VERDICT_PASSED : VERDICT_FAILED;
}
