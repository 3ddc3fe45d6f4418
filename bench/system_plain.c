/* What a recorder does without any signal processing. */
#include <stdlib.h>
#include <string.h>

#include "systems.h"

struct plain {
    size_t frame;
};

static void *plain_open(int rate) {
    struct plain *plain = malloc(sizeof *plain);
    if (plain != NULL) {
        plain->frame = system_frame(rate);
    }
    return plain;
}

static void *plain_open_mixed(int rate, const int16_t *enrol, size_t n) {
    (void)enrol;
    (void)n;
    return plain_open(rate);
}

/* Both legs in one channel, as most recorders write it. */
static void mix(void *state, const int16_t *agent, const int16_t *customer, int16_t *out) {
    const struct plain *plain = state;
    for (size_t i = 0; i < plain->frame; i++) {
        int sum = agent[i] + customer[i];
        out[i] = (int16_t)(sum > INT16_MAX ? INT16_MAX : sum < INT16_MIN ? INT16_MIN : sum);
    }
}

/* The customer's leg is dropped; what leaked into the agent's stays. */
static void mute(void *state, const int16_t *agent, const int16_t *customer, int16_t *out) {
    const struct plain *plain = state;
    (void)customer;
    memcpy(out, agent, plain->frame * sizeof *out);
}

const struct bench_system system_nothing = {.key = "nothing",
                                            .title = "nothing",
                                            .passes_customer = true,
                                            .costs_nothing = true,
                                            .open = plain_open,
                                            .open_mixed = plain_open_mixed,
                                            .close = free,
                                            .process = mix};

const struct bench_system system_mute = {.key = "mute",
                                         .title = "channel mute",
                                         .costs_nothing = true,
                                         .open = plain_open,
                                         .close = free,
                                         .process = mute};
