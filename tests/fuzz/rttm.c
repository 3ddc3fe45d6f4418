/* Who speaks when: RTTM that is read, and RTTM that is written for any events and read back. */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../data/labels.h"
#include "../../examples/tool/labels.h"
#include "fuzz.h"

enum { FRAMES_MOST = 512, RATE = 8000, EVENTS_MOST = 64 };

static size_t count(const bool *active, size_t frames) {
    size_t found = 0;
    for (size_t f = 0; f < frames; f++)
        found += active[f];
    return found;
}

static void read_any(struct bytes bytes) {
    size_t frames = bytes_u16(&bytes) % FRAMES_MOST;
    bool *agent = malloc(frames + 1), *customer = malloc(frames + 1);
    char *text = bytes_text(bytes);
    size_t used = labels_parse(text, agent, customer, frames);
    if (used == 0)
        FUZZ_HOLDS(count(agent, frames) + count(customer, frames) == 0);
    free(text);
    free(agent);
    free(customer);
}

static void write_any(struct bytes bytes) {
    bool agent[FRAMES_MOST], customer[FRAMES_MOST], said = false;
    char *written = NULL, *name = bytes_line(&bytes);
    size_t size = 0;
    struct labels labels;
    solo_event event = {0};
    FILE *stream = open_memstream(&written, &size);
    labels_begin(&labels, stream, name, RATE);
    for (int i = 0; i < EVENTS_MOST && bytes.left > 0; i++) {
        event.from = event.to;
        event.to += 800 + bytes_u16(&bytes); /* shorter ones may be no frame */
        event.flags = bytes_u8(&bytes);
        event.consent = bytes_below(&bytes, 4);
        said = said || (event.flags & (SOLO_F_AGENT | SOLO_F_CUSTOMER)) != 0;
        labels_add(&labels, &event);
    }
    labels_end(&labels);
    FUZZ_HOLDS(fclose(stream) == 0 && written != NULL);
    for (const char *line = written; *line != '\0'; line = strchr(line, '\n') + 1)
        FUZZ_HOLDS(strncmp(line, "SPEAKER ", 8) == 0 || strncmp(line, ";; CONSENT ", 11) == 0);
    /* A name without a word is one that no line can hold. */
    if (labels.stem[0] != '\0')
        FUZZ_HOLDS((labels_parse(written, agent, customer, FRAMES_MOST) > 0) == said);
    free(written);
    free(name);
}

void fuzz_rttm(const uint8_t *data, size_t size) {
    struct bytes bytes = {data, size};
    if (bytes_below(&bytes, 2))
        write_any(bytes);
    else
        read_any(bytes);
}
