/* Consent on a mixed recording. */
#include "mixtures.h"
#include "support.h"

#include <stdlib.h>

enum { RATE = 8000 };

static solo_metrics metrics_of(const solo_config *config, struct legs16 legs) {
    solo_metrics metrics = {.struct_size = sizeof(metrics)};
    solo_call *call = call_of(config);
    int16_t *out = samples_new(legs.n);
    feed(call, legs, 0, legs.n, out);
    assert_int_equal(solo_call_metrics(call, &metrics), SOLO_OK);
    solo_call_destroy(call);
    free(out);
    return metrics;
}

/* Where both speak and consent lets both through, neither is measured. */
static void test_consent_changes_no_metrics(void **state) {
    struct legs16 legs = mixture_of("mixed-it");
    solo_voice *voice = agent_of("mixed-it");
    solo_config config = config_mixed(RATE, voice);
    (void)state;
    config.overlap = SOLO_OVERLAP_EXTRACT;
    config.metrics = 1;
    config.consent = SOLO_CONSENT_NONE;
    solo_metrics none = metrics_of(&config, legs);
    config.consent = SOLO_CONSENT_GIVEN;
    solo_metrics given = metrics_of(&config, legs);
    assert_true(none.valid & SOLO_METRICS_PITCH);
    assert_memory_equal(&none, &given, sizeof(none));
    solo_voice_destroy(voice);
    legs_free(legs);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_consent_changes_no_metrics),
};
const struct group consent_mixed_group = {"consent, mixed", tests, COUNT_OF(tests)};
