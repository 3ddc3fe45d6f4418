/* Made by training/export.py; do not edit. Shapes and meaning: training/README.md. */
#ifndef PASSAGE_WEIGHTS_H
#define PASSAGE_WEIGHTS_H

#include <stdint.h>

#define PASSAGE_MODEL_ID "d3a6decfe1551ecc"

extern const float passage_first_weight[1664]; /* 32 x 52 */
extern const float passage_first_bias[32]; /* 32 */
extern const float passage_second_weight[512]; /* 16 x 32 */
extern const float passage_second_bias[16]; /* 16 */
extern const float passage_out_weight[16]; /* 1 x 16 */
extern const float passage_out_bias[1]; /* 1 */

#endif
