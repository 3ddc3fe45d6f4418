/* What one voice has sounded like on this call: spectra of it alone, kept at random from all that
 * were heard. They are biometric: a call wipes them with everything else. */
#ifndef SOLO_EXTRACT_PALETTE_H
#define SOLO_EXTRACT_PALETTE_H

#include <stdint.h>

#include "cells.h"

enum {
    PALETTE_MOST = 216,
    PALETTE_LEAST = 64, /* spectra: fewer do not tell a voice */
    PALETTE_ROW = 96    /* bands, and zeros up to a length that the compiler vectorises */
};

struct palette {
    int32_t count; /* kept */
    uint32_t seen; /* loud enough to be */
    uint32_t seed;
    float level_db;         /* that the louder quarter of its frames reaches */
    float sum[PALETTE_ROW]; /* of all its spectra */
    uint8_t level[PALETTE_MOST][CELLS_BANDS / 2]; /* two bands a byte, 15: as loud as the loudest */
};

void palette_start(struct palette *palette, uint32_t seed);

/* Offers the bands of a frame in which this voice alone is heard. */
void palette_offer(struct palette *palette, const float *band);

/* One of its spectra, [PALETTE_ROW], of unit sum. */
void palette_spectrum(const struct palette *palette, int which, float *restrict spectrum);

#endif
