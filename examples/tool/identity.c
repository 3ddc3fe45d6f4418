#define _POSIX_C_SOURCE 200809L
#include "identity.h"

#include "complain.h"
#include "when.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

enum { UUID_BYTES = 16 };

/* RFC 9562, 5.4: 122 random bits, four for the version and two for the variant. */
static bool make_id(char id[IDENTITY_ID_BYTES]) {
    uint8_t bytes[UUID_BYTES];
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes) {
        return false;
    }
    bytes[6] = (uint8_t)(0x40 | (bytes[6] & 0x0F));
    bytes[8] = (uint8_t)(0x80 | (bytes[8] & 0x3F));
    for (int i = 0, at = 0; i < UUID_BYTES; i++) {
        const char *dash = i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "";
        at += snprintf(id + at, (size_t)(IDENTITY_ID_BYTES - at), "%s%02x", dash, bytes[i]);
    }
    return true;
}

static void take_model(struct identity *identity, const solo_voice *voice) {
    solo_voice_facts facts = {.struct_size = sizeof facts};
    if (voice != NULL && solo_voice_info(voice, &facts) == SOLO_OK) {
        memcpy(identity->model, facts.model, sizeof identity->model);
    }
}

/* What the reader of sidecars takes. */
static bool check_lengths(const struct settings *settings) {
    enum { MOST_BYTES = 255 };
    const char *texts[] = {settings->call_id, settings->campaign, settings->agent_name};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (texts[i] != NULL && strlen(texts[i]) > MOST_BYTES) {
            return complain(settings->files[1],
                            "'%.40s...' is too long for its sidecar; give %d "
                            "bytes at most",
                            texts[i], MOST_BYTES);
        }
    }
    return true;
}

const char *identity_customer(const solo_config *config) {
    if (config->customer == SOLO_CUSTOMER_ALTER) {
        return "altered";
    }
    return config->consent == SOLO_CONSENT_OFF ? "erased" : "by consent";
}

bool identity_begin(struct identity *identity, const struct settings *settings,
                    const solo_config *config) {
    memset(identity, 0, sizeof *identity);
    if (!check_lengths(settings)) {
        return false;
    }
    if (!make_id(identity->id)) {
        return complain(settings->files[1], "no random id can be had: %s", strerror(errno));
    }
    int recording_class =
        settings->recording_class != NOT_SET ? settings->recording_class : CLASS_OTHER;
    take_model(identity, config->voice);
    identity->call_id = settings->call_id;
    identity->campaign = settings->campaign;
    identity->agent = settings->agent_name;
    identity->consent = "none";
    identity->customer = identity_customer(config);
    identity->recording_class = settings_word("class", recording_class);
    identity->policy = settings_word("policy", config->policy);
    identity->created = when_now();
    identity->delete_after = settings->keep_days == NOT_SET
                                 ? IDENTITY_KEEP
                                 : identity->created + (int64_t)settings->keep_days * WHEN_DAY;
    return true;
}

bool identity_is_id(const char *text) {
    static const char form[] = "xxxxxxxx-xxxx-4xxx-xxxx-xxxxxxxxxxxx";
    if (strlen(text) != sizeof form - 1) {
        return false;
    }
    for (size_t i = 0; i < sizeof form - 1; i++) {
        bool hex = strchr("0123456789abcdef", text[i]) != NULL;
        if (form[i] == 'x' ? !hex : text[i] != form[i]) {
            return false;
        }
    }
    return true;
}

void identity_heard(struct identity *identity, const solo_stats *stats) {
    bool held = stats->consent == SOLO_CONSENT_GIVEN;
    identity->consent = stats->samples_consent == 0 ? "none" : held ? "given" : "withdrawn";
}
