/* How much of each band of a mixture is the agent's: non-negative matrix factorisation with the
 * call's own spectra of both voices as the dictionary. */
#ifndef SOLO_EXTRACT_UNMIX_H
#define SOLO_EXTRACT_UNMIX_H

#include "../net/kernels.h"
#include "palette.h"

enum { UNMIX_CHOSEN = 24 /* spectra of each voice that a frame is explained by */ };

enum { VOICE_AGENT, VOICE_OTHER, VOICES };

/* The gain of each band, 0..1, that keeps the agent. Both palettes hold at least one spectrum. */
void unmix_gain(const struct palette palettes[VOICES], const struct kernels *kernels,
                const float *band, float *gain);

#endif
