#include "labels.h"

#include "paths.h"

#include <ctype.h>
#include <string.h>

static void set_stem(struct labels *labels, const char *recording) {
    const char *name = path_is_pipe(recording) ? "stdin" : path_name(recording);
    size_t length = strlen(name) - strlen(path_extension(name));
    if (length == 0) {
        length = strlen(name); /* ".wav" */
    }
    if (length >= sizeof labels->stem) {
        length = sizeof labels->stem - 1;
    }
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)name[i];
        labels->stem[i] = (char)(isspace(c) || iscntrl(c) ? '_' : c);
    }
    labels->stem[length] = '\0';
}

void labels_begin(struct labels *labels, FILE *stream, const char *recording, int sample_rate) {
    memset(labels, 0, sizeof *labels);
    labels->stream = stream;
    labels->sample_rate = sample_rate;
    set_stem(labels, recording);
}

static void close_stretch(struct labels *labels, int party) {
    static const char *const names[LABEL_PARTIES] = {"agent", "customer"};
    if (labels->stream != NULL && labels->to[party] > labels->from[party]) {
        double rate = labels->sample_rate;
        double seconds = (double)(labels->to[party] - labels->from[party]) / rate;
        fprintf(labels->stream, "SPEAKER %s 1 %.3f %.3f <NA> <NA> %s <NA> <NA>\n", labels->stem,
                (double)labels->from[party] / rate, seconds, names[party]);
    }
    labels->from[party] = labels->to[party] = 0;
}

static void close_consent(struct labels *labels) {
    static const char *const words[] = {"", "none", "given", "withdrawn"};
    double rate = labels->sample_rate;
    if (labels->stream != NULL && labels->consent != SOLO_CONSENT_OFF) {
        fprintf(labels->stream, ";; CONSENT %s 1 %.3f %.3f %s\n", labels->stem,
                (double)labels->consent_from / rate,
                (double)(labels->consent_to - labels->consent_from) / rate, words[labels->consent]);
    }
}

static void add_consent(struct labels *labels, const solo_event *event) {
    if (event->consent != labels->consent) {
        close_consent(labels);
        labels->consent = event->consent;
        labels->consent_from = event->from;
    }
    labels->consent_to = event->to;
}

void labels_add(struct labels *labels, const solo_event *event) {
    static const uint32_t flags[LABEL_PARTIES] = {SOLO_F_AGENT, SOLO_F_CUSTOMER};
    add_consent(labels, event);
    for (int party = 0; party < LABEL_PARTIES; party++) {
        if ((event->flags & flags[party]) == 0) {
            close_stretch(labels, party);
        } else if (labels->to[party] > labels->from[party]) {
            labels->to[party] = event->to;
        } else {
            labels->from[party] = event->from;
            labels->to[party] = event->to;
        }
    }
}

void labels_end(struct labels *labels) {
    close_consent(labels);
    for (int party = 0; party < LABEL_PARTIES; party++) {
        close_stretch(labels, party);
    }
}
