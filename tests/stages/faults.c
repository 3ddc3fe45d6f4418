#include "faults.h"

#include <math.h>
#include <speex/speex_resampler.h>
#include <stdint.h>
#include <string.h>

#include "../../lib/attribute/mixed.h"
#include "../../lib/attribute/passage.h"
#include "../../lib/attribute/stereo.h"
#include "../../lib/consent/consent.h"
#include "../../lib/erase/erase.h"
#include "../../lib/extract/extract.h"
#include "../../lib/follower.h"
#include "../../lib/leak/leak.h"
#include "../../lib/leak/residual.h"
#include "../../lib/leak/twin.h"
#include "../../lib/pcm/highpass.h"
#include "../../lib/spectrum/stft.h"
#include "../wrapped.h"

static struct {
    enum stage stage;
    enum spoil spoil;
    long call, calls;
    bool for_ever;
    uint32_t noise;
} armed;

const char *stage_name(enum stage stage) {
    static const char *const names[STAGES] = {
        "none",     "high-pass", "twin",     "leak",      "judge",     "canceller", "drift",
        "FFT",      "inverse",   "analysis", "synthesis", "bands",     "residual",  "attribute",
        "features", "vad",       "passage",  "speaker",   "embedding", "network",   "follower",
        "mixed",    "extract",   "unmix",    "erase",     "consent",   "resampler",
    };
    return names[stage];
}

const char *spoil_name(enum spoil spoil) {
    static const char *const names[SPOILS] = {"NaN", "infinity", "1e30", "gain", "noise"};
    return names[spoil];
}

void fault_arm(enum stage stage, enum spoil spoil, long call, bool for_ever) {
    armed.stage = stage;
    armed.spoil = spoil;
    armed.call = call;
    armed.calls = 0;
    armed.for_ever = for_ever;
    armed.noise = 1;
}

void fault_disarm(void) {
    armed.stage = STAGE_NONE;
}

long fault_calls(void) {
    return armed.calls;
}

static bool due(enum stage stage) {
    if (armed.stage != stage)
        return false;
    armed.calls++;
    return armed.calls == armed.call || (armed.for_ever && armed.calls > armed.call);
}

static float spoilt(float x) {
    static const float worth[] = {NAN, INFINITY, 1e30f};
    if (armed.spoil < SPOIL_GAIN)
        return worth[armed.spoil];
    if (armed.spoil == SPOIL_GAIN)
        return 40.0f * x;
    armed.noise = armed.noise * 1664525u + 1013904223u;
    return ((float)(armed.noise >> 8) / 8388608.0f - 1.0f) * (fabsf(x) + 0.01f);
}

static void spoil(float *x, int n) {
    for (int i = 0; i < n; i++)
        x[i] = spoilt(x[i]);
}

static void spoil_bins(struct cpx *z, int n) {
    for (int i = 0; i < n; i++)
        z[i] = (struct cpx){spoilt(z[i].re), spoilt(z[i].im)};
}

/* The wrapper of a stage that gives an array. */
#define WRAP_ARRAY(stage, name, parameters, arguments, out, n)                                     \
    WRAPPED(name);                                                                                 \
    void __wrap_##name parameters {                                                                \
        __real_##name arguments;                                                                   \
        if (due(stage))                                                                            \
            spoil(out, n);                                                                         \
    }

/* Of one that returns a number. */
#define WRAP_NUMBER(stage, name, parameters, arguments)                                            \
    WRAPPED(name);                                                                                 \
    float __wrap_##name parameters {                                                               \
        float x = __real_##name arguments;                                                         \
        return due(stage) ? spoilt(x) : x;                                                         \
    }

WRAP_ARRAY(STAGE_HIGHPASS, highpass_run,
           (struct highpass * filter, const float *in, float *out, int n), (filter, in, out, n),
           out, n)
WRAP_ARRAY(STAGE_LEAK, leak_process,
           (struct leak * leak, const struct tables *tables, const float *customer,
            const float *agent, bool customer_lost, bool agent_lost, float *estimate),
           (leak, tables, customer, agent, customer_lost, agent_lost, estimate), estimate,
           tables->dims.block)
WRAP_ARRAY(STAGE_JUDGE, leak_judge,
           (struct leak * leak, const struct tables *tables, const float *residue),
           (leak, tables, residue), &leak->explained, 1)
WRAP_ARRAY(STAGE_CANCELLER, cancel_process,
           (struct cancel * cancel, const struct tables *tables, const float *agent,
            float *estimate, bool usable, bool thorough),
           (cancel, tables, agent, estimate, usable, thorough), estimate, tables->dims.block)
WRAP_NUMBER(STAGE_DRIFT, drift_follow,
            (struct drift * drift, const float *estimate, const float *residue, int n),
            (drift, estimate, residue, n))
WRAP_ARRAY(STAGE_SYNTHESIS, synthesis_hop,
           (struct synthesis * synthesis, const struct tables *tables, struct cpx *spectrum,
            float *hop),
           (synthesis, tables, spectrum, hop), hop, tables->dims.hop)
WRAP_ARRAY(STAGE_BANDS, bands_of, (struct dims dims, const struct cpx *spectrum, float *bands),
           (dims, spectrum, bands), bands, bands_count(dims))
WRAP_ARRAY(STAGE_FEATURES, features_hop,
           (struct features * features, const struct front_end *front, const float *hop,
            float *out),
           (features, front, hop, out), out, FEATURES)
WRAP_NUMBER(STAGE_VAD, vad_network_hop,
            (struct vad_network * vad, const struct kernels *kernels, const float *features),
            (vad, kernels, features))
WRAP_NUMBER(STAGE_PASSAGE, passage_answer, (const float input[PASSAGE_INPUTS]), (input))
WRAP_ARRAY(STAGE_SPEAKER, speaker_frame,
           (struct speaker * speaker, const struct kernels *kernels, const struct quantised *heard,
            float *hidden),
           (speaker, kernels, heard, hidden), hidden, SPEAKER_HIDDEN)
WRAP_ARRAY(STAGE_EMBEDDING, speaker_embed,
           (const struct speaker *speaker, const struct kernels *kernels, int window,
            float *embedding),
           (speaker, kernels, window, embedding), embedding, EMBEDDING)
WRAP_ARRAY(STAGE_UNMIX, unmix_gain,
           (const struct palette palettes[VOICES], const struct kernels *kernels, const float *band,
            float *gain),
           (palettes, kernels, band, gain), gain, CELLS_BANDS)
WRAP_ARRAY(STAGE_ERASE, erase_hop, (struct erase * erase, const float *hop, bool pass, float *out),
           (erase, hop, pass, out), out, erase->hop)

static void spoil_who(struct who *who) {
    spoil(&who->neither, 1);
    spoil(&who->agent, 1);
    spoil(&who->customer, 1);
    spoil(&who->both, 1);
}

static void spoil_answer(struct mixed_answer *answer) {
    for (int half = 0; half < MIXED_HALVES; half++) {
        spoil_who(&answer->soon[half]);
        spoil_who(&answer->late[half]);
    }
}

WRAPPED(mixed_network_frame);
void __wrap_mixed_network_frame(struct mixed_network *network, const struct kernels *kernels,
                                const struct quantised *heard, const float *hidden,
                                const float *cosines, struct mixed_answer *answer) {
    __real_mixed_network_frame(network, kernels, heard, hidden, cosines, answer);
    if (due(STAGE_NETWORK))
        spoil_answer(answer);
}

WRAPPED(follower_hop);
bool __wrap_follower_hop(struct follower *follower, const float *hop, struct heard *heard) {
    bool whole = __real_follower_hop(follower, hop, heard);
    if (whole && due(STAGE_FOLLOWER)) {
        spoil(heard->speech, HOPS_PER_BLOCK);
        spoil_answer(&heard->answer);
    }
    return whole;
}

/* Of the shortest transform: what is spoilt of all of them. */
enum { POINTS_LEAST = 160 };

WRAPPED(fft_forward);
void __wrap_fft_forward(const struct fft *plan, float *time, struct cpx *freq) {
    __real_fft_forward(plan, time, freq);
    if (due(STAGE_FFT))
        spoil_bins(freq, POINTS_LEAST / 2 + 1);
}

WRAPPED(fft_inverse);
void __wrap_fft_inverse(const struct fft *plan, struct cpx *freq, float *time) {
    __real_fft_inverse(plan, freq, time);
    if (due(STAGE_INVERSE_FFT))
        spoil(time, POINTS_LEAST);
}

WRAPPED(analysis_hop);
void __wrap_analysis_hop(struct analysis *analysis, const struct tables *tables, const float *hop,
                         struct cpx *spectrum) {
    __real_analysis_hop(analysis, tables, hop, spectrum);
    if (due(STAGE_ANALYSIS))
        spoil_bins(spectrum, tables->dims.frame_bins);
}

WRAPPED(residual_remove);
bool __wrap_residual_remove(const struct tables *tables, const struct residual_input *in,
                            struct cpx *removed) {
    bool removes = __real_residual_remove(tables, in, removed);
    if (!removes || !due(STAGE_RESIDUAL))
        return removes;
    for (int f = 0; f < tables->dims.frame_bins; f++)
        removed[f] = in->residue[f];
    spoil_bins(removed, tables->dims.frame_bins);
    return true;
}

WRAPPED(twin_update);
enum twin_state __wrap_twin_update(struct twin *twin, const struct tables *tables,
                                   const float *customer, const float *agent, bool usable) {
    enum twin_state state = __real_twin_update(twin, tables, customer, agent, usable);
    if (due(STAGE_TWIN))
        spoil(&twin->alike, 1);
    return state;
}

/* A verdict that is well formed and wrong cannot be told from a right one. */
static void spoil_verdict(struct verdict *verdict) {
    spoil(&verdict->confidence, 1);
    spoil(&verdict->customer_db, 1);
    verdict->pass = verdict->pass || armed.spoil < SPOIL_GAIN;
}

WRAPPED(attribute_hop);
struct verdict __wrap_attribute_hop(struct attribute *attribute, const struct hop_input *in,
                                    int policy) {
    struct verdict verdict = __real_attribute_hop(attribute, in, policy);
    if (due(STAGE_ATTRIBUTE))
        spoil_verdict(&verdict);
    return verdict;
}

WRAPPED(mixed_decide);
struct verdict __wrap_mixed_decide(const struct mixed *mixed, int policy) {
    struct verdict verdict = __real_mixed_decide(mixed, policy);
    if (due(STAGE_MIXED))
        spoil_verdict(&verdict);
    return verdict;
}

WRAPPED(extract_hop);
float __wrap_extract_hop(const struct extract *extract, int64_t hop, float *out) {
    float share = __real_extract_hop(extract, hop, out);
    if (due(STAGE_EXTRACT)) {
        spoil(out, extract->cells->points / CELLS_HOPS);
        spoil(&share, 1);
    }
    return share;
}

WRAPPED(consent_hop);
struct consent_mark __wrap_consent_hop(struct consent *consent, const struct dtmf_plan *plan,
                                       struct consent_said said, const float *customer,
                                       const float *agent, int n) {
    struct consent_mark mark = __real_consent_hop(consent, plan, said, customer, agent, n);
    if (due(STAGE_CONSENT))
        mark.state = 77;
    return mark;
}

WRAPPED(speex_resampler_process_float);
int __wrap_speex_resampler_process_float(SpeexResamplerState *state, spx_uint32_t channel,
                                         const float *in, spx_uint32_t *in_length, float *out,
                                         spx_uint32_t *out_length) {
    int result =
        __real_speex_resampler_process_float(state, channel, in, in_length, out, out_length);
    if (due(STAGE_RESAMPLER))
        spoil(out, (int)*out_length);
    return result;
}
