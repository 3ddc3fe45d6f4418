#include "heard.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const int rates[] = {8000,  16000, 8000,  16000, 8000,  11025, 12000, 22050,
                            24000, 32000, 44100, 48000, 11050, 47975, 8025,  44000};
static const char keys[] = "\0000123456789*#ABCD";

/* Any number in any field. */
static void spoil(solo_config *config, struct bytes *bytes) {
    int *const fields[] = {&config->input,        &config->sample_rate,  &config->agent,
                           &config->policy,       &config->overlap,      &config->fill,
                           &config->output,       &config->lookahead_ms, &config->tail_ms,
                           &config->max_delay_ms, &config->consent,      &config->consent_key,
                           &config->withdraw_key, &config->metrics,      &config->customer};
    int field = bytes_below(bytes, sizeof(fields) / sizeof(*fields) + 1);
    int32_t value = (int32_t)bytes_u32(bytes);
    if (field < (int)(sizeof(fields) / sizeof(*fields)))
        *fields[field] = value;
    else
        config->struct_size = (size_t)value;
}

/* The customer altered, where he can be. */
static void alter(solo_config *config, struct bytes *bytes) {
    config->customer = SOLO_CUSTOMER_ALTER;
    config->alter_seed[0] = bytes_u16(bytes);
    config->alter_seed[1] = 1;
}

solo_config heard_config(struct bytes *bytes) {
    solo_config config;
    unsigned kind = bytes_u8(bytes);
    bool mixed = kind & 1, voice = kind & 2, spoilt = kind >= 240;
    int rate = rates[bytes_below(bytes, sizeof(rates) / sizeof(*rates))];
    FUZZ_HOLDS(solo_config_init(&config, mixed ? SOLO_INPUT_MIXED : SOLO_INPUT_STEREO, rate) ==
                   (rate == 8025 ? SOLO_E_RATE : SOLO_OK) ||
               rate == 8025);
    if (rate == 8025)
        solo_config_init(&config, SOLO_INPUT_STEREO, 8000);
    config.agent =
        mixed ? voice ? SOLO_AGENT_BY_VOICE : SOLO_AGENT_FIRST_SPEAKER : (int)(kind >> 2 & 1);
    config.voice = !voice ? NULL : kind & 64 ? fuzz_nobody() : sounds_voice();
    config.policy = bytes_below(bytes, 3);
    config.overlap = bytes_below(bytes, 2);
    config.fill = kind & 8 ? bytes_below(bytes, 3) : SOLO_FILL_SILENCE;
    config.output = bytes_below(bytes, 2);
    config.lookahead_ms = 4 * bytes_below(bytes, 251);
    config.tail_ms = 32 + 2 * bytes_below(bytes, 241);
    config.max_delay_ms = 4 * bytes_below(bytes, 251);
    config.consent = kind & 16 ? bytes_below(bytes, 3) : SOLO_CONSENT_OFF;
    if (config.consent != SOLO_CONSENT_OFF) {
        config.consent_key = keys[bytes_below(bytes, sizeof(keys) - 1)];
        config.withdraw_key = keys[bytes_below(bytes, sizeof(keys) - 1)];
    }
    config.metrics = kind >> 5 & 1;
    if (kind & 128 && !mixed && config.consent == SOLO_CONSENT_OFF)
        alter(&config, bytes);
    if (spoilt)
        spoil(&config, bytes);
    return config;
}

static bool is_documented(int error) {
    return error == SOLO_E_ARG || error == SOLO_E_RATE || error == SOLO_E_NO_VOICE ||
           error == SOLO_E_STATE || error == SOLO_E_VERSION;
}

solo_call *heard_call(const solo_config *config, void *memory, size_t bytes) {
    int error = 1;
    solo_call *call = NULL;
    if (memory) {
        error = solo_call_init(memory, bytes, fuzz_engine(), config, &call);
        FUZZ_HOLDS(error == SOLO_OK && call != NULL);
        return call;
    }
    call = solo_call_create(fuzz_engine(), config, &error);
    FUZZ_HOLDS(call ? error == SOLO_OK : is_documented(error));
    return call;
}

void heard_begin(struct heard *heard, const solo_config *config, solo_call *call) {
    memset(heard->mark, 0, sizeof(heard->mark));
    heard->config = *config;
    heard->call = call;
    heard->agent_spoke = heard->apart = heard->joined = false;
    heard->in = heard->out = 0;
    heard->event_to = 0;
}

static bool is_share(float x) {
    return x >= 0.0f && x <= 1.0f;
}

static void check_event(struct heard *heard, const solo_event *event, bool dropped) {
    FUZZ_HOLDS(event->from < event->to && event->to <= heard->in);
    FUZZ_HOLDS(event->from == heard->event_to || (dropped && event->from > heard->event_to));
    FUZZ_HOLDS(event->flags < SOLO_F_FAULT); /* no stage fails, whatever comes in */
    FUZZ_HOLDS(event->policy >= SOLO_PRIVACY && event->policy <= SOLO_FIDELITY);
    FUZZ_HOLDS(event->consent >= SOLO_CONSENT_OFF && event->consent <= SOLO_CONSENT_WITHDRAWN);
    FUZZ_HOLDS((event->consent == SOLO_CONSENT_OFF) == (heard->config.consent == SOLO_CONSENT_OFF));
    FUZZ_HOLDS(is_share(event->confidence) && isfinite(event->customer_dbfs));
    heard->event_to = event->to;
    for (uint64_t s = event->from; (event->flags & SOLO_F_ERASED) && s < event->to; s++)
        heard->mark[s] |= HEARD_ERASED;
}

/* Whether something of the customer may be heard: with his consent, or altered. */
static bool keeps_him(const solo_stats *stats) {
    return stats->samples_consent > 0 || stats->samples_altered > 0;
}

/* His own leg may pass where the agent's is lost. */
static bool keeps_both(const struct heard *heard, const solo_stats *stats) {
    return !heard_mixed(heard) && keeps_him(stats);
}

static void check_figures(const struct heard *heard, const solo_stats *stats) {
    uint64_t decided = stats->samples_out;
    FUZZ_HOLDS(stats->samples_in == heard->in && decided <= stats->samples_in);
    FUZZ_HOLDS(stats->samples_agent + stats->samples_customer + stats->samples_overlap <= decided);
    FUZZ_HOLDS(stats->samples_erased <= decided && stats->samples_lost <= decided);
    FUZZ_HOLDS(keeps_both(heard, stats) || heard_alters(heard) ||
               stats->samples_lost <= stats->samples_erased);
    FUZZ_HOLDS(stats->samples_same_legs <= decided && stats->samples_consent <= decided);
    FUZZ_HOLDS(stats->samples_altered <= (heard_alters(heard) ? decided : 0));
    FUZZ_HOLDS(isfinite(stats->leak_db) && isfinite(stats->leak_drift_ppm) &&
               isfinite(stats->leak_reduction_db));
    FUZZ_HOLDS(stats->leak_delay_ms >= -1 && stats->leak_delay_ms <= 2000);
}

static void check_metrics(const struct heard *heard) {
    solo_metrics metrics = {.struct_size = sizeof(metrics)};
    int error = solo_call_metrics(heard->call, &metrics);
    FUZZ_HOLDS(error == (heard->config.metrics ? SOLO_OK : SOLO_E_STATE));
    if (error != SOLO_OK)
        return;
    FUZZ_HOLDS(is_share(metrics.talk_ratio) && metrics.speech_s >= 0.0f);
    FUZZ_HOLDS(metrics.pauses >= 0 && metrics.interruptions >= 0);
    FUZZ_HOLDS(isfinite(metrics.pause_mean_s) && isfinite(metrics.syllables_per_s) &&
               isfinite(metrics.loudness_dbfs));
    FUZZ_HOLDS(metrics.pitch_low_hz <= metrics.pitch_hz &&
               metrics.pitch_hz <= metrics.pitch_high_hz && metrics.pitch_high_hz < 1000.0f);
}

static solo_stats stats_of(const struct heard *heard) {
    solo_stats stats = {.struct_size = sizeof(stats)};
    FUZZ_HOLDS(solo_call_stats(heard->call, &stats) == SOLO_OK);
    return stats;
}

void heard_look(struct heard *heard) {
    solo_event event;
    solo_stats stats = stats_of(heard);
    check_figures(heard, &stats);
    check_metrics(heard);
    while (solo_call_next_event(heard->call, &event) == 1)
        check_event(heard, &event, stats.events_dropped > 0);
}

bool heard_is_apart(const solo_config *config, int way) {
    return way >= WAY_INTERLEAVED_S16 && config->output == SOLO_OUTPUT_SAME &&
           config->input == SOLO_INPUT_STEREO;
}

void heard_take(int way, const void *from, int stride, int at, float *to, size_t n) {
    bool wide = way == WAY_F32 || way == WAY_INTERLEAVED_F32;
    for (size_t i = 0; i < n; i++) {
        size_t k = i * (size_t)stride + (size_t)at;
        to[i] = wide ? ((const float *)from)[k] : (float)((const int16_t *)from)[k] / 32768.0f;
    }
}

static int flush(solo_call *call, int way, void *out, size_t max) {
    switch (way) {
    case WAY_S16:
        return solo_call_flush_s16(call, out, max);
    case WAY_F32:
        return solo_call_flush_f32(call, out, max);
    case WAY_INTERLEAVED_S16:
        return solo_call_flush_interleaved_s16(call, out, max);
    default:
        return solo_call_flush_interleaved_f32(call, out, max);
    }
}

void heard_flush(struct heard *heard, size_t piece, int way) {
    bool wide = way == WAY_F32 || way == WAY_INTERLEAVED_F32;
    bool apart = heard_is_apart(&heard->config, way);
    int stride = apart ? 2 : 1, own = apart ? heard_agent_leg(heard) : 0, got = 1;
    size_t bytes = piece * (size_t)stride * (wide ? sizeof(float) : sizeof(int16_t));
    void *out = malloc(bytes);
    heard->apart = heard->apart || apart;
    heard->joined = heard->joined || !apart;
    while (got > 0) {
        got = flush(heard->call, way, out, piece);
        FUZZ_HOLDS(got >= 0 && (size_t)got <= piece);
        FUZZ_HOLDS(heard->out + (size_t)got <= HEARD_MOST);
        heard_take(way, out, stride, own, heard->agent + heard->out, (size_t)got);
        memset(heard->customer + heard->out, 0, sizeof(float) * (size_t)got);
        if (apart)
            heard_take(way, out, stride, 1 - own, heard->customer + heard->out, (size_t)got);
        heard->out += (size_t)got;
    }
    free(out);
    FUZZ_HOLDS(heard->out == heard->in + (size_t)solo_call_latency(heard->call));
    heard_look(heard);
    FUZZ_HOLDS(heard->event_to == heard->in);
}

/* A resampler's filters blur what is erased at its edges. */
static size_t blur_of(const struct heard *heard) {
    int rate = heard->config.sample_rate;
    return rate == 8000 || rate == 16000 ? 0 : (size_t)rate * 3 / 100;
}

/* Marks of which one is enough for the agent's place to be digital zero, or that of both. */
static int silencing(const struct heard *heard, const solo_stats *stats) {
    bool sums = heard->joined && keeps_both(heard, stats);
    return HEARD_MASKED | HEARD_ERASED | (sums ? 0 : HEARD_LOST);
}

/* Where one of the marks is, the output is zero. */
static void check_zero(const struct heard *heard, const float *place, int marks) {
    size_t blur = blur_of(heard), run = 0, latency = (size_t)solo_call_latency(heard->call);
    for (size_t s = 0; s + latency < heard->out && s < heard->in; s++) {
        run = heard->mark[s] & marks ? run + 1 : 0;
        FUZZ_HOLDS(run <= 2 * blur || place[s - blur + latency] == 0.0f);
    }
}

/* What is masked or lost is erased, and an event says so, if none was dropped. */
static void check_told(const struct heard *heard, const solo_stats *stats) {
    size_t blur = blur_of(heard), run = 0;
    int marks = HEARD_MASKED | (keeps_both(heard, stats) ? 0 : HEARD_LOST);
    for (size_t s = 0; stats->events_dropped == 0 && s < heard->event_to; s++) {
        run = heard->mark[s] & marks ? run + 1 : 0;
        FUZZ_HOLDS(run <= 2 * blur || (heard->mark[s - blur] & HEARD_ERASED));
    }
}

/* Where the agent's leg holds nothing, nothing comes out, whatever the customer says and whatever
 * was learnt of his leak: at the latest 0.6 s after the agent, and 0.4 s before him. */
static void check_pauses(const struct heard *heard) {
    size_t rate = (size_t)heard->config.sample_rate, run = 0;
    size_t after = rate * 6 / 10, before = rate * 4 / 10;
    size_t latency = (size_t)solo_call_latency(heard->call);
    for (size_t s = 0; s < heard->in; s++) {
        run = heard->mark[s] & HEARD_NOBODY ? run + 1 : 0;
        size_t at = s - (s < before ? s : before) + latency;
        FUZZ_HOLDS(run <= after + before || at >= heard->out || heard->agent[at] == 0.0f);
    }
}

void heard_end(struct heard *heard) {
    heard_look(heard);
    solo_stats stats = stats_of(heard);
    bool quiet = heard->config.fill == SOLO_FILL_SILENCE, kept = keeps_him(&stats);
    check_told(heard, &stats);
    for (size_t i = 0; i < heard->out; i++) {
        FUZZ_HOLDS(heard->agent[i] >= -1.0f && heard->agent[i] < 1.0f);
        FUZZ_HOLDS(heard->customer[i] >= -1.0f && heard->customer[i] < 1.0f);
        FUZZ_HOLDS(kept || heard->customer[i] == 0.0f);
        FUZZ_HOLDS(kept || heard->agent_spoke || !quiet || heard->agent[i] == 0.0f);
    }
    check_zero(heard, heard->customer, HEARD_MASKED | HEARD_ERASED | HEARD_REFUSED);
    if (quiet)
        check_zero(heard, heard->agent, silencing(heard, &stats));
    if (quiet && !kept && !heard_mixed(heard))
        check_pauses(heard);
}
