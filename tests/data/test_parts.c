/* What calls are rendered with: codecs and delays. */
#include "corpus.h"
#include "groups.h"

#include <math.h>
#include <stdlib.h>

#include "codec.h"
#include "delay.h"

/* All 256 codes survive decoder and encoder; mu-law has two zeros, and the negative one is no more.
 */
static void test_g711_codes(void **state) {
    (void)state;
    enum { ULAW_NEGATIVE_ZERO = 0x7F };
    for (int code = 0; code < 256; code++) {
        assert_int_equal(codec_alaw_encode(codec_alaw_decode((uint8_t)code)), code);
        if (code != ULAW_NEGATIVE_ZERO) {
            assert_int_equal(codec_ulaw_encode(codec_ulaw_decode((uint8_t)code)), code);
        }
    }
    assert_int_equal(codec_ulaw_decode(ULAW_NEGATIVE_ZERO), 0);
    assert_int_equal(codec_ulaw_decode(0x80), 32124); /* G.711: the largest values */
    assert_int_equal(codec_ulaw_decode(0x00), -32124);
    assert_int_equal(codec_alaw_decode(0xAA), 32256);
    assert_int_equal(codec_alaw_decode(0x2A), -32256);
}

/* No sample may be further from its decoded value than half a step. */
static void test_g711_is_nearest(void **state) {
    (void)state;
    for (int s = -32768; s <= 32767; s++) {
        int magnitude = abs(s);
        int step = magnitude < 256 ? 16 : 16 << (int)(log2(magnitude / 256.0));
        int alaw = abs(codec_alaw_decode(codec_alaw_encode((int16_t)s)) - s);
        int ulaw = abs(codec_ulaw_decode(codec_ulaw_encode((int16_t)s)) - s);
        assert_true(alaw <= step / 2 + 1 || magnitude > 32256);
        assert_true(ulaw <= step || magnitude > 32124);
    }
}

static void test_fractional_delay(void **state) {
    (void)state;
    enum { N = 800 };
    static const double hz[] = {300.0, 1000.0, 3400.0};
    float x[N];
    struct delay_kernel *kernel = delay_kernel_create(1.0);
    assert_non_null(kernel);
    for (int k = 0; k < 3; k++) {
        double w = 2.0 * 3.141592653589793 * hz[k] / 8000.0;
        double worst = 0.0;
        for (size_t i = 0; i < N; i++) {
            x[i] = (float)sin(w * (double)i);
        }
        for (double at = 100.0; at < 700.0; at += 0.37) {
            worst = fmax(worst, fabs((double)delay_read(kernel, x, N, at) - sin(w * at)));
        }
        assert_near("fractional delay", worst, 0.0, 1e-3);
    }
    for (size_t i = 0; i < N; i++) {
        assert_true(delay_read(kernel, x, N, (double)i) == x[i]);
    }
    delay_kernel_destroy(kernel);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_g711_codes),
    cmocka_unit_test(test_g711_is_nearest),
    cmocka_unit_test(test_fractional_delay),
};

const struct group data_parts_group = GROUP("data: parts", tests);
