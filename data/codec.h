/* What a telephone codec does to a leg: samples through the encoder and back. */
#ifndef DATA_CODEC_H
#define DATA_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum codec_kind { CODEC_NONE, CODEC_ULAW, CODEC_ALAW, CODEC_GSM };

/* ITU-T G.711 companding between 16-bit linear samples and 8-bit codes as on the wire. */
uint8_t codec_ulaw_encode(int16_t sample);
int16_t codec_ulaw_decode(uint8_t code);
uint8_t codec_alaw_encode(int16_t sample);
int16_t codec_alaw_decode(uint8_t code);

/* The value that a decoder gives for the codec's idle code: 0xFF (0) for mu-law, 0xD5 (+8/32768)
 * for A-law, 0 for the others. */
float codec_idle_value(enum codec_kind kind);

/* The nearest 16-bit sample, clipped to the 16-bit range, as a float in [-1, 1). */
float codec_quantise(float sample);

/* Encodes and decodes n samples in place. Returns false when the GSM codec of libsndfile fails. */
bool codec_round_trip(enum codec_kind kind, float *x, size_t n, int rate);

#endif
