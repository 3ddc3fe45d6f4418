#include "exercises.h"

#include "enrolled.h"
#include "support.h"

#include <string.h>

enum { BROKEN = 1, STEP = 480, SECONDS = 2, RATES = 3 };

static struct legs16 voices[RATES]; /* the same two seconds */
static const int rate_of[RATES] = {8000, 16000, 44100};
static unsigned char agent[SOLO_VOICE_BYTES_MAX]; /* saved */
static int agent_bytes;

/* Enrols once; the exercises load what was saved. */
static void enrol(void) {
    solo_voice *voice = agent_of("mixed-it");
    agent_bytes = solo_voice_save(voice, agent, sizeof(agent));
    solo_voice_destroy(voice);
}

void exercises_prepare(void) {
    if (agent_bytes == 0)
        enrol();
    const struct scene *scene = scene_named("it-handset");
    for (int i = 0; i < RATES && !voices[i].a; i++)
        voices[i] = legs_at_rate(cut(scene, 8.0, 8.0 + SECONDS), scene->rate, rate_of[i]);
}

static solo_config settings(int rate) {
    solo_config config;
    solo_config_init(&config, SOLO_INPUT_STEREO, rate);
    config.agent = SOLO_AGENT_LEG_A;
    config.lookahead_ms = 100;
    return config;
}

/* Feeds [from, to) of the legs and adds what comes out to the digest. */
static int pass(solo_call *call, int rate, size_t from, size_t to, uint64_t *digest) {
    struct legs16 legs = voices[rate];
    int16_t out[STEP];
    for (size_t at = from; at < to; at += STEP) {
        size_t n = to - at < STEP ? to - at : STEP;
        if (solo_call_process_s16(call, legs.a + at, legs.b + at, out, n) != (int)n)
            return BROKEN;
        *digest = digest_add(*digest, out, n * sizeof(*out));
    }
    return SOLO_OK;
}

static int finish(solo_call *call, uint64_t *digest) {
    int16_t out[STEP];
    for (int n = 1; n > 0;) {
        n = solo_call_flush_s16(call, out, STEP);
        if (n < 0)
            return BROKEN;
        *digest = digest_add(*digest, out, (size_t)n * sizeof(*out));
    }
    return SOLO_OK;
}

/* SOLO_OK with a call, or an error without one: anything else breaks the library's word. */
static int made(const void *object, int error) {
    return (object != NULL) == (error == SOLO_OK) ? error : BROKEN;
}

static int engine_made_and_freed(const solo_engine *unused, uint64_t *digest) {
    int error = BROKEN;
    (void)unused;
    solo_engine *own = solo_engine_create(&error);
    *digest = digest_add(*digest, &error, sizeof(error));
    solo_engine_destroy(own);
    return made(own, error);
}

static int engine_of_its_own(const solo_engine *unused, uint64_t *digest) {
    int error = BROKEN;
    (void)unused;
    solo_engine *own = solo_engine_create(&error);
    if (!own)
        return made(own, error);
    solo_config config = settings(8000);
    solo_call *call = solo_call_create(own, &config, &error);
    int result = made(call, error);
    if (call)
        result = pass(call, 0, 0, voices[0].n, digest);
    solo_call_destroy(call);
    solo_engine_destroy(own);
    return result;
}

static int one_call(const solo_engine *shared, int rate, uint64_t *digest) {
    int error = BROKEN;
    solo_config config = settings(rate_of[rate]);
    solo_call *call = solo_call_create(shared, &config, &error);
    int result = made(call, error);
    if (call)
        result = pass(call, rate, 0, voices[rate].n, digest);
    if (result == SOLO_OK)
        result = finish(call, digest);
    solo_call_destroy(call);
    return result;
}

static int call_at_8000(const solo_engine *shared, uint64_t *digest) {
    return one_call(shared, 0, digest);
}

static int call_at_16000(const solo_engine *shared, uint64_t *digest) {
    return one_call(shared, 1, digest);
}

static int call_at_44100(const solo_engine *shared, uint64_t *digest) {
    return one_call(shared, 2, digest);
}

/* A call that was copied half-way: both end the same. */
static int cloned(const solo_engine *shared, int rate, int consent, uint64_t *digest) {
    int error = BROKEN, result;
    size_t n = voices[rate].n, half = n / 2 + 7;
    uint64_t first = DIGEST_START, second = DIGEST_START;
    solo_config config = settings(rate_of[rate]);
    config.consent = consent;
    config.metrics = consent != SOLO_CONSENT_OFF;
    solo_call *call = solo_call_create(shared, &config, &error), *copy = NULL;
    if (!call)
        return made(call, error);
    result = pass(call, rate, 0, half, digest);
    if (result == SOLO_OK) {
        copy = solo_call_clone(call, &error);
        result = made(copy, error);
    }
    if (result == SOLO_OK && (pass(call, rate, half, n, &first) || finish(call, &first) ||
                              pass(copy, rate, half, n, &second) || finish(copy, &second)))
        result = BROKEN;
    if (result == SOLO_OK && first != second)
        result = BROKEN;
    *digest = digest_add(*digest, &first, sizeof(first));
    solo_call_destroy(call);
    solo_call_destroy(copy);
    return result;
}

static int clone_at_8000(const solo_engine *shared, uint64_t *digest) {
    return cloned(shared, 0, SOLO_CONSENT_OFF, digest);
}

static int clone_at_44100(const solo_engine *shared, uint64_t *digest) {
    return cloned(shared, 2, SOLO_CONSENT_OFF, digest);
}

/* Both parties kept: a second way out of the call. */
static int clone_with_consent(const solo_engine *shared, uint64_t *digest) {
    return cloned(shared, 2, SOLO_CONSENT_GIVEN, digest);
}

static int started_again(const solo_engine *shared, int (*start_again)(solo_call *),
                         uint64_t *digest) {
    int error = BROKEN;
    solo_config config = settings(44100);
    solo_call *call = solo_call_create(shared, &config, &error);
    if (!call)
        return made(call, error);
    int result = pass(call, 2, 0, voices[2].n / 3, digest);
    if (result == SOLO_OK)
        result = start_again(call);
    if (result == SOLO_OK)
        result = pass(call, 2, 0, voices[2].n, digest);
    solo_call_destroy(call);
    return result;
}

static int reset_at_44100(const solo_engine *shared, uint64_t *digest) {
    return started_again(shared, solo_call_reset, digest);
}

static int rewind_at_44100(const solo_engine *shared, uint64_t *digest) {
    return started_again(shared, solo_call_rewind, digest);
}

/* Legs apart, with events and figures fetched along the way. */
static int packets(const solo_engine *shared, uint64_t *digest) {
    int error = BROKEN, result = SOLO_OK;
    int16_t out[STEP];
    solo_config config = settings(8000);
    solo_call *call = solo_call_create(shared, &config, &error);
    if (!call)
        return made(call, error);
    for (size_t at = 0; at + 160 <= voices[0].n && result == SOLO_OK; at += 160) {
        result = solo_call_push_s16(call, SOLO_LEG_A, voices[0].a + at, 160);
        if (result == SOLO_OK)
            result = at % 3200 == 0 ? solo_call_push_lost(call, SOLO_LEG_B, 160)
                                    : solo_call_push_s16(call, SOLO_LEG_B, voices[0].b + at, 160);
        int n = solo_call_pull_s16(call, out, STEP);
        if (n < 0)
            result = BROKEN;
        else
            *digest = digest_add(*digest, out, (size_t)n * sizeof(*out));
    }
    if (result == SOLO_OK)
        result = finish(call, digest);
    solo_event event;
    while (result == SOLO_OK && solo_call_next_event(call, &event) == 1) {
        *digest = digest_add(*digest, &event.to, sizeof(event.to));
        *digest = digest_add(*digest, &event.flags, sizeof(event.flags));
    }
    solo_stats stats = {.struct_size = sizeof(stats)};
    if (result == SOLO_OK)
        result = solo_call_stats(call, &stats);
    *digest = digest_add(*digest, &stats.samples_erased, sizeof(stats.samples_erased));
    solo_call_destroy(call);
    return result;
}

/* Voice activity alone. */
static int activity(const solo_engine *shared, uint64_t *digest) {
    int error = BROKEN;
    float probability[STEP / 80 + 1];
    solo_vad *vad = solo_vad_create(shared, 8000, &error);
    int result = made(vad, error);
    for (size_t at = 0; vad && at + STEP <= voices[0].n; at += STEP) {
        if (solo_vad_process_s16(vad, voices[0].a + at, STEP, probability, STEP / 80 + 1) !=
            STEP / 80)
            result = BROKEN;
        *digest = digest_add(*digest, probability, sizeof(float) * (STEP / 80));
    }
    solo_vad_destroy(vad);
    return result;
}

/* A voice: enrolled from what there is (too short), and made from bytes that are no voice. */
static int voice(const solo_engine *shared, uint64_t *digest) {
    static const char bytes[600] = "SOLOVOIC";
    int error = BROKEN;
    solo_voice *voice = solo_voice_create(shared, &error);
    int result = made(voice, error);
    if (voice && (solo_voice_begin(voice, 8000) != SOLO_OK ||
                  solo_voice_push_s16(voice, voices[0].a, voices[0].n) != (int)voices[0].n ||
                  solo_voice_finish(voice) != SOLO_E_TOO_SHORT))
        result = BROKEN;
    solo_voice_facts facts = {.struct_size = sizeof(facts)};
    if (voice && solo_voice_info(voice, &facts) != SOLO_OK)
        result = BROKEN;
    *digest = digest_add(*digest, &facts.speech_s, sizeof(facts.speech_s));
    solo_voice_destroy(voice);
    if (solo_voice_load(shared, bytes, sizeof(bytes), &error) || error != SOLO_E_VERSION)
        result = BROKEN;
    return result;
}

/* A mixed call by a voice that is loaded for it, rewound, and cloned half-way. */
static int mixed(const solo_engine *shared, int rate, uint64_t *digest) {
    int error = BROKEN, result;
    size_t n = voices[rate].n;
    solo_call *call = NULL, *copy = NULL;
    solo_voice *voice = solo_voice_load(shared, agent, (size_t)agent_bytes, &error);
    if (!voice)
        return made(voice, error);
    solo_config config;
    solo_config_init(&config, SOLO_INPUT_MIXED, rate_of[rate]);
    config.voice = voice;
    call = solo_call_create(shared, &config, &error);
    solo_voice_destroy(voice);
    if (!call)
        return made(call, error);
    result = pass(call, rate, 0, n, digest);
    if (result == SOLO_OK)
        result = solo_call_rewind(call);
    if (result == SOLO_OK)
        result = pass(call, rate, 0, n / 2, digest);
    if (result == SOLO_OK) {
        copy = solo_call_clone(call, &error);
        result = made(copy, error);
    }
    if (result == SOLO_OK)
        result = pass(copy, rate, n / 2, n, digest);
    if (result == SOLO_OK)
        result = finish(copy, digest);
    solo_call_destroy(call);
    solo_call_destroy(copy);
    return result;
}

static int mixed_at_8000(const solo_engine *shared, uint64_t *digest) {
    return mixed(shared, 0, digest);
}

static int mixed_at_44100(const solo_engine *shared, uint64_t *digest) {
    return mixed(shared, 2, digest);
}

/* A stereo call that a voice narrows. */
static int narrowed(const solo_engine *shared, uint64_t *digest) {
    int error = BROKEN;
    solo_voice *voice = solo_voice_load(shared, agent, (size_t)agent_bytes, &error);
    if (!voice)
        return made(voice, error);
    solo_config config = settings(8000);
    config.voice = voice;
    solo_call *call = solo_call_create(shared, &config, &error);
    int result = made(call, error);
    if (call)
        result = pass(call, 0, 0, voices[0].n, digest);
    if (result == SOLO_OK)
        result = finish(call, digest);
    solo_call_destroy(call);
    solo_voice_destroy(voice);
    return result;
}

const struct exercise exercises[] = {
    {"engine made and freed", engine_made_and_freed},
    {"engine of its own", engine_of_its_own},
    {"call at 8000 Hz", call_at_8000},
    {"call at 16000 Hz", call_at_16000},
    {"call at 44100 Hz", call_at_44100},
    {"clone at 8000 Hz", clone_at_8000},
    {"clone at 44100 Hz", clone_at_44100},
    {"clone with consent", clone_with_consent},
    {"reset at 44100 Hz", reset_at_44100},
    {"rewind at 44100 Hz", rewind_at_44100},
    {"packets", packets},
    {"voice activity", activity},
    {"voice", voice},
    {"mixed call at 8000 Hz", mixed_at_8000},
    {"mixed call at 44100 Hz", mixed_at_44100},
    {"narrowed by voice", narrowed},
};
const size_t exercise_count = COUNT_OF(exercises);
