#include "attack_voices.h"

#include <dirent.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "activity.h"
#include "codec.h"
#include "equal_error.h"
#include "sound.h"

enum { PATH_BYTES = 4096, RATE = 8000, TEST_SHORTEST_S = 2, GUARD_FRAMES = 5 };
static const double ENROL_S = 60.0;
static const double ENROL_SHORTEST_S = 15.0;
static const double PROMPT_SHORTEST_S = 1.0; /* shorter ones are beeps and single digits */

/* Room for one more; the array may move. */
static bool grow(void **array, size_t count, size_t size) {
    void *more = realloc(*array, (count + 1) * size);
    if (more != NULL) {
        *array = more;
    }
    return more != NULL;
}

/* The voices are named LANGUAGE_GENDER_PERSON or are alone in their package. */
static const char *person_of(const char *folder) {
    const char *underscore = strrchr(folder, '_');
    return underscore != NULL ? underscore + 1 : folder;
}

/* The place of a voice, found or made; SIZE_MAX when out of memory. */
static size_t find_voice(struct attack_voices *attack, const char *folder) {
    for (size_t i = 0; i < attack->voices; i++) {
        if (strcmp(attack->voice[i].folder, folder) == 0) {
            return i;
        }
    }
    if (!grow((void **)&attack->voice, attack->voices, sizeof *attack->voice)) {
        return SIZE_MAX;
    }
    struct known_voice *voice = &attack->voice[attack->voices];
    *voice = (struct known_voice){.clip = SIZE_MAX};
    snprintf(voice->folder, sizeof voice->folder, "%s", folder);
    snprintf(voice->person, sizeof voice->person, "%s", person_of(folder));
    return attack->voices++;
}

static bool note_used(struct attack_voices *attack, size_t voice, const char *file) {
    if (!grow((void **)&attack->used, attack->used_count, sizeof *attack->used)) {
        return false;
    }
    struct used_prompt *used = &attack->used[attack->used_count++];
    *used = (struct used_prompt){.voice = voice};
    snprintf(used->file, sizeof used->file, "%s", file);
    return true;
}

static bool note_prompts(struct attack_voices *attack, const struct recipe *recipe,
                         const size_t voice[PARTY_COUNT]) {
    bool good = true;
    for (size_t i = 0; i < recipe->say_count && good; i++) {
        good = note_used(attack, voice[recipe->say[i].party], recipe->say[i].file);
    }
    return good;
}

/* The frames of both spans; each has room for them. */
static bool find_spans(const struct bench_call *call, bool *span[VOICE_SPANS], bool *agent,
                       size_t frames) {
    const struct render *r = &call->sound;
    if (!activity_mask(r->agent, r->n, r->rate, agent) ||
        !activity_mask(call->customer, r->n, r->rate, span[VOICE_ACTIVE])) {
        return false;
    }
    for (size_t f = 0; f < frames; f++) {
        bool near = false;
        for (size_t i = f > GUARD_FRAMES ? f - GUARD_FRAMES : 0; i <= f + GUARD_FRAMES; i++) {
            near = near || (i < frames && agent[i]);
        }
        span[VOICE_ALONE][f] = span[VOICE_ACTIVE][f] && !near;
    }
    return true;
}

/* Cuts the frames of a span into tests. */
static bool add_tests(struct attack_voices *attack, const struct render *r, const float *x,
                      const bool *marked, struct voice_test like) {
    size_t frames = activity_frame_count(r->n, r->rate);
    bool *part = calloc(frames + 1, sizeof *part);
    bool good = part != NULL;
    size_t held = 0;
    for (size_t f = 0; f < frames && good; f++) {
        part[f] = marked[f];
        held += marked[f];
        if ((held < 100 * VOICE_TEST_S && f + 1 < frames) || held < 100 * TEST_SHORTEST_S) {
            continue;
        }
        good = grow((void **)&attack->test, attack->tests, sizeof *attack->test);
        if (good) {
            like.clip = attack->clips.count;
            attack->test[attack->tests++] = like;
            good = clips_add_frames(&attack->clips, x, part, frames, r->rate);
        }
        memset(part, 0, frames * sizeof *part);
        held = 0;
    }
    free(part);
    return good;
}

static bool add_source(struct attack_voices *attack, const struct bench_call *call, const float *x,
                       bool *const span[VOICE_SPANS], struct voice_test like) {
    bool good = true;
    for (int s = 0; s < VOICE_SPANS && good && x != NULL; s++) {
        like.span = (enum voice_span)s;
        good = add_tests(attack, &call->sound, x, span[s], like);
    }
    return good;
}

static bool add_sources(struct attack_voices *attack, const struct bench_call *call,
                        const struct outcome *outcome, size_t systems,
                        bool *const span[VOICE_SPANS], struct voice_test like) {
    const struct render *r = &call->sound;
    like.mixed = call->other == NULL;
    like.source = SOURCE_LEG;
    bool good = add_source(attack, call, r->customer_leg != NULL ? r->customer_leg : r->customer,
                           span, like);
    for (size_t s = 0; s < systems && good; s++) {
        like.source = SOURCE_SYSTEM + s;
        good = add_source(attack, call, outcome[s].output, span, like);
    }
    return good;
}

bool attack_voices_add(struct attack_voices *attack, const struct bench_call *call,
                       const struct recipe *recipe, const struct outcome *outcome, size_t systems) {
    size_t frames = activity_frame_count(call->sound.n, call->sound.rate);
    size_t voice[PARTY_COUNT] = {find_voice(attack, recipe->voice[PARTY_AGENT].folder),
                                 find_voice(attack, recipe->voice[PARTY_CUSTOMER].folder)};
    bool *agent = calloc(frames + 1, sizeof *agent);
    bool *span[VOICE_SPANS] = {calloc(frames + 1, 1), calloc(frames + 1, 1)};
    struct voice_test like = {.customer = voice[PARTY_CUSTOMER], .agent = voice[PARTY_AGENT]};
    bool good = voice[PARTY_AGENT] != SIZE_MAX && voice[PARTY_CUSTOMER] != SIZE_MAX &&
                agent != NULL && span[VOICE_ALONE] != NULL && span[VOICE_ACTIVE] != NULL &&
                note_prompts(attack, recipe, voice) && find_spans(call, span, agent, frames) &&
                add_sources(attack, call, outcome, systems, span, like);
    free(agent);
    free(span[VOICE_ALONE]);
    free(span[VOICE_ACTIVE]);
    return good;
}

static bool is_used(const struct attack_voices *attack, size_t voice, const char *file) {
    for (size_t i = 0; i < attack->used_count; i++) {
        if (attack->used[i].voice == voice && strcmp(attack->used[i].file, file) == 0) {
            return true;
        }
    }
    return false;
}

/* An enrolment being made: as the telephone brings it, for that is where an attacker has it from.
 */
struct enrolment {
    float *x;
    size_t n;
};

static void take_prompt(struct enrolment *to, const char *folder, const char *file) {
    char path[PATH_BYTES];
    char why[256];
    struct sound sound;
    int length = snprintf(path, sizeof path, "%s/%s", folder, file);
    size_t room = (size_t)(ENROL_S * RATE) - to->n;
    if (length < 0 || length >= PATH_BYTES ||
        !sound_load(path, (struct sound_cut){.to_s = -1.0, .channel = 1}, RATE, &sound, why,
                    sizeof why)) {
        return;
    }
    if ((double)sound.n >= PROMPT_SHORTEST_S * RATE) {
        size_t n = sound.n < room ? sound.n : room;
        memcpy(to->x + to->n, sound.x, n * sizeof *to->x);
        to->n += n;
    }
    free(sound.x);
}

/* In the order of their names, which is the same everywhere. */
static void take_prompts(const struct attack_voices *attack, size_t voice, const char *folder,
                         struct enrolment *to) {
    struct dirent **entry = NULL;
    int count = scandir(folder, &entry, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        if (entry[i]->d_name[0] != '.' && !is_used(attack, voice, entry[i]->d_name) &&
            to->n < (size_t)(ENROL_S * RATE)) {
            take_prompt(to, folder, entry[i]->d_name);
        }
        free(entry[i]);
    }
    if (count >= 0) {
        free(entry);
    }
}

/* A package that has no folder a voice holds recordings of several people: no enrolment. */
static bool enrol(struct attack_voices *attack, size_t v, const char *const *folders,
                  size_t count) {
    struct known_voice *voice = &attack->voice[v];
    struct enrolment made = {.x = malloc((size_t)(ENROL_S * RATE) * sizeof *made.x)};
    bool good = made.x != NULL;
    for (size_t i = 0; i < count && good && made.n == 0; i++) {
        char path[PATH_BYTES];
        int length = snprintf(path, sizeof path, "%s/%s", folders[i], voice->folder);
        if (strchr(voice->folder, '/') != NULL && length > 0 && length < PATH_BYTES) {
            take_prompts(attack, v, path, &made);
        }
    }
    if (good && (double)made.n >= ENROL_SHORTEST_S * RATE) {
        sound_telephone_band(made.x, made.n, RATE);
        voice->clip = attack->clips.count;
        good = codec_round_trip(CODEC_ULAW, made.x, made.n, RATE) &&
               clips_add(&attack->clips, made.x, made.n, RATE);
    }
    free(made.x);
    return good;
}

float *voices_embed(const struct clips *clips) {
    struct peer peer;
    size_t floats = clips->count * VOICE_SIZE;
    float *embedding = malloc((floats + 1) * sizeof *embedding);
    bool good = false;
    if (embedding != NULL && clips_send(clips, ATTACKER_PROGRAM, &peer)) {
        good = fread(embedding, sizeof *embedding, floats, peer.from) == floats;
        peer_stop(&peer);
    }
    if (!good) {
        free(embedding);
        return NULL;
    }
    return embedding;
}

double voices_likeness(const float *embedding, size_t a, size_t b) {
    double sum = 0.0;
    for (size_t i = 0; i < VOICE_SIZE; i++) {
        sum += (double)embedding[a * VOICE_SIZE + i] * (double)embedding[b * VOICE_SIZE + i];
    }
    return sum;
}

bool attack_voices_measure(struct attack_voices *attack, const char *const *folders, size_t count) {
    bool good = true;
    if (attack->tests == 0 || !peer_present(ATTACKER_PROGRAM)) {
        return true;
    }
    for (size_t v = 0; v < attack->voices && good; v++) {
        good = enrol(attack, v, folders, count);
    }
    attack->embedding = good ? voices_embed(&attack->clips) : NULL;
    return attack->embedding != NULL;
}

static bool same_person(const struct attack_voices *attack, size_t a, size_t b) {
    return strcmp(attack->voice[a].person, attack->voice[b].person) == 0;
}

/* The scores of one test, appended to the lists. */
static void try_test(const struct attack_voices *attack, const struct voice_test *test,
                     double *target, double *impostor, struct voices_summary *summary) {
    for (size_t v = 0; v < attack->voices; v++) {
        size_t enrolled = attack->voice[v].clip;
        if (enrolled == SIZE_MAX || same_person(attack, v, test->agent)) {
            continue;
        }
        double score = voices_likeness(attack->embedding, test->clip, enrolled);
        if (v == test->customer) {
            target[summary->targets++] = score;
        } else if (!same_person(attack, v, test->customer)) {
            impostor[summary->impostors++] = score;
        }
    }
}

struct voices_summary attack_voices_summary(const struct attack_voices *attack, bool mixed,
                                            size_t source, enum voice_span span) {
    struct voices_summary summary = {.scored_percent = (double)NAN,
                                     .equal_error_percent = (double)NAN};
    double *target = malloc((attack->tests + 1) * sizeof *target);
    double *impostor = malloc((attack->tests * attack->voices + 1) * sizeof *impostor);
    for (size_t i = 0;
         attack->embedding != NULL && target != NULL && impostor != NULL && i < attack->tests;
         i++) {
        const struct voice_test *test = &attack->test[i];
        if (test->mixed != mixed || test->source != source || test->span != span ||
            attack->voice[test->customer].clip == SIZE_MAX) {
            continue;
        }
        summary.tests++;
        if (clip_is_silent(&attack->clips.clip[test->clip])) {
            summary.silent++;
        } else {
            try_test(attack, test, target, impostor, &summary);
        }
    }
    if (summary.tests > 0) {
        double silent = (double)summary.silent / (double)summary.tests;
        summary.scored_percent =
            equal_error_percent(target, summary.targets, impostor, summary.impostors);
        summary.equal_error_percent =
            50.0 * silent + (silent < 1.0 ? (1.0 - silent) * summary.scored_percent : 0.0);
    }
    free(target);
    free(impostor);
    return summary;
}

void attack_voices_free(struct attack_voices *attack) {
    free(attack->voice);
    free(attack->test);
    free(attack->used);
    free(attack->embedding);
    clips_free(&attack->clips);
    *attack = (struct attack_voices){0};
}
