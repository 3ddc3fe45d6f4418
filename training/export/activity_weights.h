/* Made by training/export.py; do not edit. Shapes and meaning: training/README.md. */
#ifndef ACTIVITY_WEIGHTS_H
#define ACTIVITY_WEIGHTS_H

#include <stdint.h>

#define ACTIVITY_MODEL_ID "b53ab3b5257f928d"

extern const int8_t activity_ear_weight[23040]; /* 96 x 6 x 40 */
extern const float activity_ear_scale[96]; /* 96 */
extern const float activity_ear_bias[96]; /* 96 */
extern const int8_t activity_key_weight[16384]; /* 64 x 256 */
extern const float activity_key_scale[64]; /* 64 */
extern const float activity_key_bias[64]; /* 64 */
extern const int8_t activity_query_weight[8192]; /* 64 x 128 */
extern const float activity_query_scale[64]; /* 64 */
extern const int8_t activity_enter_weight[46208]; /* 128 x 361 */
extern const float activity_enter_scale[128]; /* 128 */
extern const float activity_enter_bias[128]; /* 128 */
extern const int8_t activity_block0_weight[49152]; /* 128 x 3 x 128 */
extern const float activity_block0_scale[128]; /* 128 */
extern const float activity_block0_bias[128]; /* 128 */
extern const int8_t activity_block1_weight[49152]; /* 128 x 3 x 128 */
extern const float activity_block1_scale[128]; /* 128 */
extern const float activity_block1_bias[128]; /* 128 */
extern const int8_t activity_block2_weight[49152]; /* 128 x 3 x 128 */
extern const float activity_block2_scale[128]; /* 128 */
extern const float activity_block2_bias[128]; /* 128 */
extern const int8_t activity_block3_weight[49152]; /* 128 x 3 x 128 */
extern const float activity_block3_scale[128]; /* 128 */
extern const float activity_block3_bias[128]; /* 128 */
extern const int8_t activity_block4_weight[49152]; /* 128 x 3 x 128 */
extern const float activity_block4_scale[128]; /* 128 */
extern const float activity_block4_bias[128]; /* 128 */
extern const int8_t activity_block5_weight[49152]; /* 128 x 3 x 128 */
extern const float activity_block5_scale[128]; /* 128 */
extern const float activity_block5_bias[128]; /* 128 */
extern const int8_t activity_block6_weight[49152]; /* 128 x 3 x 128 */
extern const float activity_block6_scale[128]; /* 128 */
extern const float activity_block6_bias[128]; /* 128 */
extern const int8_t activity_block7_weight[49152]; /* 128 x 3 x 128 */
extern const float activity_block7_scale[128]; /* 128 */
extern const float activity_block7_bias[128]; /* 128 */
extern const int8_t activity_block8_weight[49152]; /* 128 x 3 x 128 */
extern const float activity_block8_scale[128]; /* 128 */
extern const float activity_block8_bias[128]; /* 128 */
extern const int8_t activity_block9_weight[49152]; /* 128 x 3 x 128 */
extern const float activity_block9_scale[128]; /* 128 */
extern const float activity_block9_bias[128]; /* 128 */
extern const int8_t activity_block10_weight[49152]; /* 128 x 3 x 128 */
extern const float activity_block10_scale[128]; /* 128 */
extern const float activity_block10_bias[128]; /* 128 */
extern const int8_t activity_block11_weight[49152]; /* 128 x 3 x 128 */
extern const float activity_block11_scale[128]; /* 128 */
extern const float activity_block11_bias[128]; /* 128 */
extern const int8_t activity_out_weight[2048]; /* 16 x 128 */
extern const float activity_out_scale[16]; /* 16 */
extern const float activity_out_bias[16]; /* 16 */

#endif
