#include "twin.h"

#include <math.h>
#include <stdalign.h>
#include <string.h>

#define LOUD       1e-6f  /* power, -60 dBFS: quieter blocks of both legs tell nothing */
#define FORGET     0.998f /* per loud block: 10 s */
#define MAYBE      10.0f  /* loud blocks, 0.2 s, */
#define SURE       130.0f /* and what 3 s of them come to */
#define ALIKE      0.8f   /* mean correlation of two copies; GSM on one leaves 0.9 */
#define STRANGE    0.5f   /* correlation of a block in which somebody is on one leg alone */
#define MOST_RATIO 2.5f   /* of the powers, 4 dB: beyond it one leg may be a leak of the other */

enum {
    SEARCH_BLOCKS = 10,
    STRANGERS = 5 /* 0.1 s */
};

void twin_layout(struct twin *twin, struct arena *arena, struct dims dims) {
    size_t bytes = sizeof(float) * (size_t)(2 * dims.block);
    twin->customer = arena_take(arena, bytes);
    twin->agent = arena_take(arena, bytes);
}

void twin_start(struct twin *twin) {
    twin->since_search = SEARCH_BLOCKS;
}

static void append(float *pair, const float *x, int block) {
    memmove(pair, pair + block, sizeof(float) * (size_t)block);
    memcpy(pair + block, x, sizeof(float) * (size_t)block);
}

static float dot(const float *x, const float *y, int n) {
    float sum = 0.0f;
    for (int i = 0; i < n; i++)
        sum += x[i] * y[i];
    return sum;
}

/* The shift, within half a block either way, at which the middle of the agent's two blocks and the
 * customer's match best, whatever the sign: cross-correlation by the FFT. */
static int best_shift(const struct twin *twin, const struct tables *tables) {
    alignas(ARENA_ALIGN) float time[2 * BLOCK_MAX];
    alignas(ARENA_ALIGN) struct cpx x[BLOCK_MAX + 1], d[BLOCK_MAX + 1];
    int block = tables->dims.block, most = 0;
    memcpy(time, twin->customer, sizeof(float) * (size_t)(2 * block));
    fft_forward(tables->block_fft, time, x);
    memset(time, 0, sizeof(time));
    memcpy(time + block / 2, twin->agent + block / 2, sizeof(float) * (size_t)block);
    fft_forward(tables->block_fft, time, d);
    for (int f = 0; f <= block; f++)
        d[f] = (struct cpx){x[f].re * d[f].re + x[f].im * d[f].im,
                            x[f].re * d[f].im - x[f].im * d[f].re};
    fft_inverse(tables->block_fft, d, time);
    for (int shift = -block / 2; shift <= block / 2; shift++) {
        int at = (shift + 2 * block) % (2 * block);
        if (fabsf(time[at]) > fabsf(time[(most + 2 * block) % (2 * block)]))
            most = shift;
    }
    return most;
}

static void forget_all(struct twin *twin) {
    twin->weight = twin->alike = 0.0f;
    memset(twin->power, 0, sizeof(twin->power));
}

/* Takes the middle of the last two blocks into the sums. */
static void compare(struct twin *twin, const struct tables *tables) {
    int block = tables->dims.block, middle = block / 2;
    const float *agent = twin->agent + middle;
    float own = dot(agent, agent, block), least = LOUD * (float)block;
    const float *customer = twin->customer + middle - twin->shift;
    float his = dot(customer, customer, block);
    if (own < least && his < least)
        return;
    float correlation = dot(agent, customer, block) / sqrtf(own * his + least * least * 1e-6f);
    twin->strangers = fabsf(correlation) < STRANGE ? twin->strangers + 1 : 0;
    if (twin->strangers > 0 && ++twin->since_search >= SEARCH_BLOCKS) {
        twin->shift = best_shift(twin, tables);
        twin->since_search = 0;
    }
    if (twin->strangers >= STRANGERS)
        forget_all(twin);
    twin->weight = FORGET * twin->weight + 1.0f;
    twin->alike = FORGET * twin->alike + correlation;
    twin->power[0] = FORGET * twin->power[0] + his;
    twin->power[1] = FORGET * twin->power[1] + own;
}

enum twin_state twin_update(struct twin *twin, const struct tables *tables, const float *customer,
                            const float *agent, bool usable) {
    append(twin->customer, customer, tables->dims.block);
    append(twin->agent, agent, tables->dims.block);
    if (usable)
        compare(twin, tables);
    const float *power = twin->power;
    bool sure = twin->weight >= SURE;
    if (twin->weight < MAYBE || (twin->strangers > 0 && !sure) ||
        fabsf(twin->alike) < ALIKE * twin->weight || power[0] > MOST_RATIO * power[1] ||
        power[1] > MOST_RATIO * power[0])
        return TWIN_NO;
    return sure ? TWIN_SURE : TWIN_MAYBE;
}
