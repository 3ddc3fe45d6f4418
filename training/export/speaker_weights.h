/* Made by training/export.py; do not edit. Shapes and meaning: training/README.md. */
#ifndef SPEAKER_WEIGHTS_H
#define SPEAKER_WEIGHTS_H

#include <stdint.h>

#define SPEAKER_MODEL_ID "977e56e047fdf317"

extern const int8_t speaker_stem_weight[46080]; /* 192 x 6 x 40 */
extern const float speaker_stem_scale[192]; /* 192 */
extern const float speaker_stem_bias[192]; /* 192 */
extern const int8_t speaker_block0_weight[110592]; /* 192 x 3 x 192 */
extern const float speaker_block0_scale[192]; /* 192 */
extern const float speaker_block0_bias[192]; /* 192 */
extern const int8_t speaker_block1_weight[110592]; /* 192 x 3 x 192 */
extern const float speaker_block1_scale[192]; /* 192 */
extern const float speaker_block1_bias[192]; /* 192 */
extern const int8_t speaker_block2_weight[110592]; /* 192 x 3 x 192 */
extern const float speaker_block2_scale[192]; /* 192 */
extern const float speaker_block2_bias[192]; /* 192 */
extern const int8_t speaker_block3_weight[110592]; /* 192 x 3 x 192 */
extern const float speaker_block3_scale[192]; /* 192 */
extern const float speaker_block3_bias[192]; /* 192 */
extern const int8_t speaker_block4_weight[110592]; /* 192 x 3 x 192 */
extern const float speaker_block4_scale[192]; /* 192 */
extern const float speaker_block4_bias[192]; /* 192 */
extern const int8_t speaker_block5_weight[110592]; /* 192 x 3 x 192 */
extern const float speaker_block5_scale[192]; /* 192 */
extern const float speaker_block5_bias[192]; /* 192 */
extern const int8_t speaker_wide_weight[49152]; /* 256 x 1 x 192 */
extern const float speaker_wide_scale[256]; /* 256 */
extern const float speaker_wide_bias[256]; /* 256 */
extern const int8_t speaker_gate_weight[256]; /* 1 x 256 */
extern const float speaker_gate_scale[1]; /* 1 */
extern const float speaker_gate_bias[1]; /* 1 */
extern const int8_t speaker_project_weight[65536]; /* 128 x 512 */
extern const float speaker_project_scale[128]; /* 128 */
extern const float speaker_project_bias[128]; /* 128 */

#endif
