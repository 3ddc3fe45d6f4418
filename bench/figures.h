/* The figures of a call: how much of the customer is gone and how well the agent was kept.
 *
 * Frames are 10 ms. A party is active where data/activity.h says so of its own component: the
 * agent's clean stem; of the customer the component in the leg that is cleaned (in a stereo call
 * the leak as rendered, in a mixed call the customer's stem).
 *
 *   customer-only  customer active, agent not active within 50 ms before or after
 *   agent-only     agent active, customer not
 *   overlap        both active
 *
 * All levels are dBFS of the mean square: 0 dBFS is a mean square of 1. Ratios are capped at 120 dB
 * (FIGURES_CAP_DB), which is also what a digital zero gets. A figure that no frame speaks for is
 * NaN. */
#ifndef BENCH_FIGURES_H
#define BENCH_FIGURES_H

#include <stdbool.h>
#include <stddef.h>

#define FIGURES_CAP_DB 120.0

/* Planes of n samples each; sample i of each is the same moment (latency taken off the output). */
struct figures_input {
    const float *agent_stem;
    const float *agent_reference; /* the stem through fixed filters of the output; NULL: the stem */
    const float *customer;        /* the customer's component in `input` */
    const float *input;
    const float *output;
    size_t n;
    int rate; /* Hz, a multiple of 100 */
};

struct figures {
    double customer_only_s;
    double agent_only_s;
    double overlap_s;

    /* Energy of the customer's component over energy of the output, customer-only frames, dB. */
    double customer_only_removal_db;
    /* Share of the customer-only frames in which every sample of the output is 0, %. */
    double customer_only_zero_percent;
    /* The loudest 1 s of output in the customer-only frames joined (all of them if they are
     * shorter), dBFS; -120 for silence. */
    double loudest_second_dbfs;

    /* Share of the agent-only frames whose output level is within 6 dB of the input's, %. */
    double agent_kept_percent;
    /* Runs of the agent of 200 ms and more (gaps to 100 ms bridged) that lie wholly within speech
     * of the customer (gaps to 300 ms bridged): their number, and the share of their active frames
     * whose output level is within 6 dB of the agent's, %. */
    int interjections;
    double interjections_kept_percent;
    /* SI-SDR against the agent's reference, agent-only frames joined, dB (Le Roux et al. 2019). */
    double agent_si_sdr_input_db;
    double agent_si_sdr_db;

    /* In overlap, at least 0.5 s of it: the energy that least squares ascribes to the customer
     * (bench/stems.h, shifts to 16 ms either way), input over output, dB. */
    double overlap_removal_db;
    /* SI-SDR of the output minus that of the input against the agent's reference, overlap frames
     * joined, dB. NaN for a silent output: it has no SI-SDR. */
    double overlap_si_sdr_gain_db;

    /* Convergence. The clock counts seconds in which the customer is active. Windows of 0.5 s of
     * overlap (of customer-only) frames move on by 0.1 s of them; the figure is the clock at the
     * end of the first window with 20 dB of removal (in overlap: by projection with shifts to 2
     * ms). Infinity: never reached. NaN: no window. `first` is the clock at the end of the first
     * window of overlap: a convergence equal to it is an upper bound, nothing earlier could be
     * measured. */
    double overlap_convergence_s;
    double overlap_first_s;
    double customer_only_convergence_s;
};

/* Returns 0, or -1 for a NULL plane, a rate that is no multiple of 100 Hz, or no memory. */
int figures_compute(const struct figures_input *in, struct figures *out);

/* agent_kept_percent alone; NaN also when memory is out. */
double figures_agent_kept(const struct figures_input *in);

/* The customer-only frames that loudest_second_dbfs is the level of, joined: 1 s of the output, or
 * less, into `second`, which has room for `rate` samples. Returns how many, 0 for none and when
 * memory is out. */
size_t figures_loudest_second(const struct figures_input *in, float *second);

/* SI-SDR of a signal against a reference, dB, capped both ways; NaN if either is silent. */
double figures_si_sdr_db(const float *signal, const float *reference, size_t n);

/* Who was said to speak, 10 ms a frame. */
struct figures_labels {
    const bool *agent;
    const bool *customer;
};

/* Speaker-frames; error is the sum of the first three over `speech`. */
struct figures_attribution {
    size_t missed;
    size_t false_alarm;
    size_t confused;
    size_t speech;
    double error_percent; /* NaN without speech in the reference */
};

/* Diarization error rate without collar and with overlap scored. The speakers are named, so agent
 * for customer is a confusion: no mapping is sought. */
struct figures_attribution figures_attribute(struct figures_labels reference,
                                             struct figures_labels decided, size_t frames);

#endif
