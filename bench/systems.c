#include "systems.h"

#include <stdio.h>
#include <string.h>

#include "peer.h"

const struct bench_system *const *systems_peers(size_t *count) {
    static const struct bench_system *const peers[] = {
        &system_webrtc, &system_webrtc_aec3, &system_resemblyzer,  &system_voicefilter,
        &system_hush,   &system_rnnoise,     &system_deepfilternet};
    *count = sizeof peers / sizeof *peers;
    return peers;
}

const struct bench_system *const *systems_all(size_t *count) {
    static const struct bench_system *const all[] = {
        &system_nothing,  &system_mute,        &system_speexdsp,      &system_speexdsp_preprocess,
        &system_webrtc,   &system_webrtc_aec3, &system_resemblyzer,   &system_voicefilter,
        &system_hush,     &system_rnnoise,     &system_deepfilternet, &system_solotrack_live,
        &system_solotrack};
    static const struct bench_system *present[SYSTEMS_MAX];
    *count = 0;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (system_present(all[i])) {
            present[(*count)++] = all[i];
        }
    }
    return present;
}

bool system_present(const struct bench_system *system) {
    return system->program == NULL || peer_present(system->program);
}

bool system_takes(const struct bench_system *system, bool mixed) {
    return mixed ? system->open_mixed != NULL : system->open != NULL;
}

void *system_open(const struct bench_system *system, const struct legs *legs) {
    return legs->enrol != NULL ? system->open_mixed(legs->rate, legs->enrol, legs->enrol_n)
                               : system->open(legs->rate);
}

static const struct bench_system *find(const char *key, size_t length) {
    size_t count = 0;
    const struct bench_system *const *all = systems_all(&count);
    for (size_t i = 0; i < count; i++) {
        if (strlen(all[i]->key) == length && memcmp(all[i]->key, key, length) == 0) {
            return all[i];
        }
    }
    return NULL;
}

size_t systems_pick(const char *keys, const struct bench_system **picked, char *unknown,
                    size_t unknown_size) {
    size_t count = 0;
    for (const char *key = keys; count < SYSTEMS_MAX;) {
        size_t length = strcspn(key, ",");
        picked[count] = find(key, length);
        if (picked[count] == NULL) {
            snprintf(unknown, unknown_size, "%.*s", (int)length, key);
            return 0;
        }
        count++;
        if (key[length] == '\0') {
            break;
        }
        key += length + 1;
    }
    return count;
}

size_t system_frame(int rate) {
    return (size_t)rate / SYSTEM_FRAMES_PER_S;
}
