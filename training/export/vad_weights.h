/* Made by training/export.py; do not edit. Shapes and meaning: training/README.md. */
#ifndef VAD_WEIGHTS_H
#define VAD_WEIGHTS_H

#include <stdint.h>

#define VAD_MODEL_ID "cac1a42e3d7d269c"

extern const float vad_conv_weight[9600]; /* 48 x 5 x 40 */
extern const float vad_conv_bias[48]; /* 48 */
extern const float vad_gru1_input_weight[6912]; /* 144 x 48 */
extern const float vad_gru1_state_weight[6912]; /* 144 x 48 */
extern const float vad_gru1_input_bias[144]; /* 144 */
extern const float vad_gru1_state_bias[144]; /* 144 */
extern const float vad_gru2_input_weight[6912]; /* 144 x 48 */
extern const float vad_gru2_state_weight[6912]; /* 144 x 48 */
extern const float vad_gru2_input_bias[144]; /* 144 */
extern const float vad_gru2_state_bias[144]; /* 144 */
extern const float vad_out_weight[96]; /* 1 x 96 */
extern const float vad_out_bias[1]; /* 1 */

#endif
