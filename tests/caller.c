/* What a program of any C or C++ standard does with the library: caller, which is C99 and C++98.
 * Feeds a second of silence through every way in, and says in its status whether all went well. */
#include <solotrack.h>
#include <stdlib.h>

static int16_t legs[2 * 8000], agent[2 * 8000];
static float heard[102];

static int run_call(const solo_engine *engine) {
    solo_config config;
    solo_stats stats;
    solo_metrics metrics;
    solo_event event;
    int error = 0, latency, left, good;
    solo_call *call;
    if (solo_config_init(&config, SOLO_INPUT_STEREO, 8000) != SOLO_OK)
        return 0;
    config.agent = SOLO_AGENT_LEG_A;
    config.metrics = 1;
    call = solo_call_create(engine, &config, &error);
    if (!call)
        return 0;
    latency = solo_call_latency(call);
    good = solo_call_process_interleaved_s16(call, legs, agent, 8000) == 8000;
    left = solo_call_flush_s16(call, agent, 16000);
    stats.struct_size = sizeof(stats);
    metrics.struct_size = sizeof(metrics);
    good = good && left == latency && solo_call_stats(call, &stats) == SOLO_OK &&
           solo_call_metrics(call, &metrics) == SOLO_OK &&
           solo_call_next_event(call, &event) == 1 && stats.samples_in == 8000 &&
           metrics.talk_ratio == 0.0f && event.from == 0;
    solo_call_destroy(call);
    return good;
}

static int run_vad(const solo_engine *engine) {
    int error = 0;
    solo_vad *vad = solo_vad_create(engine, 8000, &error);
    int good = vad && solo_vad_process_s16(vad, legs, 8000, heard, 102) == 100;
    solo_vad_destroy(vad);
    return good;
}

static int run_voice(const solo_engine *engine) {
    int error = 0;
    solo_voice_facts facts;
    solo_voice *voice = solo_voice_create(engine, &error);
    int good = voice && solo_voice_begin(voice, 8000) == SOLO_OK &&
               solo_voice_push_s16(voice, legs, 8000) == 8000 &&
               solo_voice_finish(voice) == SOLO_E_TOO_SHORT;
    facts.struct_size = sizeof(facts);
    good = good && solo_voice_info(voice, &facts) == SOLO_OK && facts.finished == 0;
    solo_voice_destroy(voice);
    return good;
}

int main(void) {
    int error = 0, good;
    solo_engine *engine = solo_engine_create(&error);
    good = engine && run_call(engine) && run_vad(engine) && run_voice(engine);
    solo_engine_destroy(engine);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
