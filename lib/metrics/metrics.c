#include "metrics.h"

#include <math.h>

#include "../dims.h"

enum {
    PAUSE_HOPS = 250 / HOP_MS,   /* a silence of 250 ms and more is a pause (de Jong and Wempe) */
    TURN_HOPS = 3000 / HOP_MS,   /* a longer one ends the turn */
    ANEW_HOPS = 1000 / HOP_MS,   /* who was quiet for so long begins anew */
    BEHIND_HOPS = 300 / HOP_MS,  /* the customer has spoken for so long when he is interrupted */
    SPEECH_HOPS = 3000 / HOP_MS, /* that tempo and loudness are known from */
    VOICED_HOPS = 1000 / HOP_MS  /* that pitch is known from */
};

/* From any rate to the pitch's: mean of so many samples as fall into one. */
static void thin(const struct metrics_hop *hop, float *thinned) {
    int ratio = hop->rate / PITCH_RATE;
    for (int i = 0; i < PITCH_HOP; i++) {
        float sum = 0.0f;
        for (int k = 0; k < ratio; k++)
            sum += hop->sound[i * ratio + k];
        thinned[i] = sum / (float)ratio;
    }
}

static void listen(struct metrics *metrics, const struct metrics_hop *hop) {
    float thinned[PITCH_HOP], power = 0.0f;
    for (int i = 0; i < hop->n; i++)
        power += hop->sound[i] * hop->sound[i];
    power /= (float)hop->n;
    thin(hop, thinned);
    float hz = pitch_hop(&metrics->pitch, thinned);
    syllables_hop(&metrics->syllables, power, hz > 0.0f);
    metrics->heard++;
    metrics->power += (double)power;
}

/* The agent speaks again after a while: it was a pause, a turn, or he cuts the customer short. */
static void begin(struct metrics *metrics) {
    bool quiet = metrics->speech == 0 || metrics->quiet >= PAUSE_HOPS;
    if (metrics->speech > 0 && metrics->alone && quiet && metrics->quiet < TURN_HOPS) {
        metrics->pauses++;
        metrics->pause_hops += (uint64_t)metrics->quiet;
    }
    bool anew = metrics->speech == 0 || metrics->quiet >= ANEW_HOPS;
    if (anew && metrics->customer >= BEHIND_HOPS)
        metrics->interruptions++;
    metrics->alone = true;
    metrics->quiet = 0;
}

void metrics_hop(struct metrics *metrics, const struct metrics_hop *hop) {
    if (hop->unknown) {
        syllables_pause(&metrics->syllables);
        return;
    }
    metrics->hops++;
    if (hop->agent) {
        if (metrics->speech == 0 || metrics->quiet > 0)
            begin(metrics);
        metrics->speech++;
    } else if (metrics->quiet < TURN_HOPS) {
        metrics->quiet++;
    }
    metrics->customer = !hop->customer                  ? 0
                        : metrics->customer < TURN_HOPS ? metrics->customer + 1
                                                        : metrics->customer;
    if (hop->customer)
        metrics->alone = false;
    if (hop->agent && hop->sound)
        listen(metrics, hop);
    else
        syllables_pause(&metrics->syllables);
}

void metrics_tell(const struct metrics *metrics, solo_metrics *told) {
    const float hop_s = 1.0f / HOPS_PER_SECOND;
    if (metrics->hops > 0) {
        told->valid |= SOLO_METRICS_TALK;
        told->talk_ratio = (float)((double)metrics->speech / (double)metrics->hops);
        told->speech_s = (float)metrics->speech * hop_s;
        told->pauses = (int)metrics->pauses;
        told->interruptions = (int)metrics->interruptions;
    }
    if (metrics->pauses > 0) {
        told->valid |= SOLO_METRICS_PAUSES;
        told->pause_mean_s = (float)metrics->pause_hops * hop_s / (float)metrics->pauses;
    }
    if (metrics->heard >= SPEECH_HOPS) {
        told->valid |= SOLO_METRICS_SPEECH;
        told->syllables_per_s = (float)metrics->syllables.count / ((float)metrics->heard * hop_s);
        told->loudness_dbfs =
            (float)(10.0 * log10(metrics->power / (double)metrics->heard + 1e-12));
    }
    if (metrics->pitch.voiced >= VOICED_HOPS) {
        told->valid |= SOLO_METRICS_PITCH;
        told->pitch_hz = pitch_quantile(&metrics->pitch, 0.5f);
        told->pitch_low_hz = pitch_quantile(&metrics->pitch, 0.1f);
        told->pitch_high_hz = pitch_quantile(&metrics->pitch, 0.9f);
    }
}
