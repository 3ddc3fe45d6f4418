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

void labels_add(struct labels *labels, const solo_event *event) {
    static const uint32_t flags[LABEL_PARTIES] = {SOLO_F_AGENT, SOLO_F_CUSTOMER};
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
    for (int party = 0; party < LABEL_PARTIES; party++) {
        close_stretch(labels, party);
    }
}
