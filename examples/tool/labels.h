/* Who speaks when, as RTTM (NIST Rich Transcription): one SPEAKER line for each stretch of the
 * agent and of the customer. Where the customer's consent was asked for, a comment for each stretch
 * of its states. */
#ifndef SOLOTRACK_TOOL_LABELS_H
#define SOLOTRACK_TOOL_LABELS_H

#include "solotrack.h"

#include <stdint.h>
#include <stdio.h>

enum { LABEL_STEM_BYTES = 256, LABEL_PARTIES = 2 };

struct labels {
    FILE *stream;                 /* NULL: not asked for */
    char stem[LABEL_STEM_BYTES];  /* of the recording; RTTM fields hold no blanks */
    int sample_rate;              /* Hz */
    uint64_t from[LABEL_PARTIES]; /* the open stretch of each party, samples */
    uint64_t to[LABEL_PARTIES];   /* its end so far; equal to `from`: none is open */
    int consent;                  /* of the customer, SOLO_CONSENT_*, since consent_from */
    uint64_t consent_from, consent_to;
};

void labels_begin(struct labels *labels, FILE *stream, const char *recording, int sample_rate);

/* The next event. Stretches that touch are one line, whatever else changes between them. */
void labels_add(struct labels *labels, const solo_event *event);

void labels_end(struct labels *labels);

#endif
