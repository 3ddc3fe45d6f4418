#include "altered.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "attack_voices.h"
#include "codec.h"
#include "equal_error.h"
#include "recogniser.h"
#include "solotrack.h"
#include "sound.h"
#include "table.h"

enum { RATE = 8000, PIECES_EACH = 2, ENROL_MOST_S = 12, PIECE_S = 5, PIECE_LEAST_S = 3 };
static const double SLACK_S = 1.0; /* by which the recogniser's times may be off */

bool altered_possible(void) {
    return peer_present(ATTACKER_PROGRAM) && peer_present(RECOGNISER_PROGRAM);
}

/* Both halves of what one person says. */
struct speech {
    float *x;
    size_t n;
};

static void take_files(char *const *files, size_t count, struct speech *speech, size_t room) {
    for (size_t i = 0; i < count && speech->n < room; i++) {
        char why[256];
        struct sound sound;
        if (!sound_load(files[i], (struct sound_cut){.to_s = -1.0, .channel = 1}, RATE, &sound, why,
                        sizeof why)) {
            continue;
        }
        size_t n = sound.n < room - speech->n ? sound.n : room - speech->n;
        memcpy(speech->x + speech->n, sound.x, n * sizeof *sound.x);
        speech->n += n;
        free(sound.x);
    }
}

/* A call whose customer says x and whose agent is silent; false when the library refuses. */
static bool alter(const solo_engine *engine, struct sound_random *random, const float *x, size_t n,
                  float *out) {
    solo_config config;
    solo_config_init(&config, SOLO_INPUT_STEREO, RATE);
    config.agent = SOLO_AGENT_LEG_A;
    config.lookahead_ms = 40;
    config.customer = SOLO_CUSTOMER_ALTER;
    for (int i = 0; i < 2; i++) {
        config.alter_seed[i] = (uint64_t)(0x1p62 * sound_random_uniform(random)) + 1;
    }
    solo_call *call = solo_call_create(engine, &config, NULL);
    int late = call != NULL ? solo_call_latency(call) : 0;
    float *silence = calloc(n + 1, sizeof *silence);
    float *made = calloc(n + (size_t)late + 1, sizeof *made);
    bool good = call != NULL && silence != NULL && made != NULL &&
                solo_call_process_f32(call, silence, x, made, n) == (int)n &&
                solo_call_flush_f32(call, made + n, (size_t)late) == late;
    if (good) {
        memcpy(out, made + late, n * sizeof *out);
    }
    free(made);
    free(silence);
    solo_call_destroy(call);
    return good;
}

/* Played faster or slower by an interpolation between samples: pitch and formants move together. */
static bool add_turned(struct clips *clips, const float *x, size_t n, double by) {
    size_t length = (size_t)((double)n / by);
    float *turned = malloc((length + 1) * sizeof *turned);
    for (size_t i = 0; turned != NULL && i < length; i++) {
        double at = (double)i * by;
        size_t k = (size_t)at;
        double part = at - (double)k;
        turned[i] = (float)((1.0 - part) * (double)x[k] + part * (double)x[k + 1 < n ? k + 1 : k]);
    }
    bool good = turned != NULL && clips_add(clips, turned, length, RATE);
    free(turned);
    return good;
}

/* Guesses from half an octave down to half of one up. */
static bool turn_back(struct altered *altered, struct altered_piece *piece, const float *x,
                      size_t n) {
    bool good = true;
    piece->turned = altered->voices.count;
    altered->turned++;
    for (int t = 0; t < ALTERED_TURNS && good; t++) {
        good = add_turned(&altered->voices, x, n, exp2(-0.5 + (double)t / (ALTERED_TURNS - 1)));
    }
    return good;
}

static bool add_words(struct altered *altered, struct altered_piece *piece, const float *x,
                      const float *out, size_t n) {
    piece->plain_words = altered->words.count;
    piece->altered_words = altered->words.count + 1;
    altered->listened++;
    return clips_add(&altered->words, x, n, RATE) && clips_add(&altered->words, out, n, RATE);
}

/* A piece; the first one of a person is tried in every way. */
static bool add_piece(struct altered *altered, const solo_engine *engine,
                      struct sound_random *random, const float *x, size_t n, bool first,
                      bool english) {
    float *out = malloc((n + 1) * sizeof *out);
    void *more = realloc(altered->piece, (altered->pieces + 1) * sizeof *altered->piece);
    struct clips *clips = &altered->voices;
    bool turned = first && altered->turned < ALTERED_TURNED_MOST;
    bool heard = first && english && altered->listened < ALTERED_WORDS_MOST;
    if (more != NULL) {
        altered->piece = more;
    }
    bool good = out != NULL && more != NULL && alter(engine, random, x, n, out);
    if (good) {
        struct altered_piece *piece = &altered->piece[altered->pieces++];
        *piece = (struct altered_piece){altered->persons, clips->count, clips->count + 1,
                                        SIZE_MAX,         SIZE_MAX,     SIZE_MAX};
        good = clips_add(clips, x, n, RATE) && clips_add(clips, out, n, RATE) &&
               (!turned || turn_back(altered, piece, out, n)) &&
               (!heard || add_words(altered, piece, x, out, n));
    }
    free(out);
    return good;
}

static bool add_enrolments(struct altered *altered, const solo_engine *engine,
                           struct sound_random *random, const float *x, size_t n,
                           struct altered_person *person) {
    float *out = malloc((n + 1) * sizeof *out);
    person->enrol = altered->voices.count;
    bool good = out != NULL && clips_add(&altered->voices, x, n, RATE);
    for (int s = 0; s < ALTERED_SEEDS && good; s++) {
        person->enrol_altered[s] = altered->voices.count;
        good = alter(engine, random, x, n, out) && clips_add(&altered->voices, out, n, RATE);
    }
    free(out);
    return good;
}

static bool add_speech(struct altered *altered, const solo_engine *engine, const char *name,
                       const struct speech *speech, bool english) {
    struct sound_random random = sound_random_start(name, "altered");
    size_t half = speech->n / 2, most = (size_t)ENROL_MOST_S * RATE;
    void *more = realloc(altered->person, (altered->persons + 1) * sizeof *altered->person);
    if (more == NULL) {
        return false;
    }
    altered->person = more;
    struct altered_person *person = &altered->person[altered->persons];
    snprintf(person->name, sizeof person->name, "%s", name);
    bool good =
        add_enrolments(altered, engine, &random, speech->x, half < most ? half : most, person);
    for (size_t p = 0; p < PIECES_EACH && good; p++) {
        size_t from = half + p * PIECE_S * RATE;
        size_t left = from < speech->n ? speech->n - from : 0;
        size_t n = left < (size_t)PIECE_S * RATE ? left : (size_t)PIECE_S * RATE;
        good = n < (size_t)PIECE_LEAST_S * RATE ||
               add_piece(altered, engine, &random, speech->x + from, n, p == 0, english);
    }
    altered->persons++;
    return good;
}

bool altered_add(struct altered *altered, const char *name, char *const *files, size_t count,
                 bool english) {
    size_t room = (size_t)(2 * ENROL_MOST_S) * RATE;
    struct speech speech = {.x = malloc(room * sizeof *speech.x)};
    solo_engine *engine = solo_engine_create(NULL);
    bool good = speech.x != NULL && engine != NULL;
    if (good) {
        take_files(files, count, &speech, room);
        sound_telephone_band(speech.x, speech.n, RATE);
        good = codec_round_trip(CODEC_ULAW, speech.x, speech.n, RATE);
    }
    if (good && speech.n >= (size_t)(2 * PIECE_LEAST_S) * RATE) {
        good = add_speech(altered, engine, name, &speech, english);
    }
    solo_engine_destroy(engine);
    free(speech.x);
    return good;
}

bool altered_measure_voices(struct altered *altered) {
    altered->embedding = voices_embed(&altered->voices);
    return altered->embedding != NULL;
}

bool altered_measure_words(struct altered *altered) {
    struct words *heard = calloc(altered->words.count + 1, sizeof *heard);
    bool good = heard != NULL && recognise(&altered->words, heard);
    for (size_t p = 0; p < altered->pieces && good; p++) {
        const struct altered_piece *piece = &altered->piece[p];
        size_t hits = 0;
        if (piece->plain_words == SIZE_MAX) {
            continue;
        }
        const struct words *said = &heard[piece->plain_words];
        const struct words *left = &heard[piece->altered_words];
        good = words_hits(said, left, SLACK_S, &hits);
        altered->said += said->count;
        altered->wrong += (said->count > left->count ? said->count : left->count) - hits;
    }
    for (size_t i = 0; heard != NULL && i < altered->words.count; i++) {
        words_free(&heard[i]);
    }
    free(heard);
    return good;
}

/* What is tried, and against what. */
enum attempt { PLAIN, ALTERED, INFORMED, TURNED, ATTEMPTS };

/* How much a piece is like a person, as an attempt sees it. */
static double score(const struct altered *altered, const struct altered_piece *piece,
                    const struct altered_person *person, enum attempt attempt) {
    double best =
        voices_likeness(altered->embedding, attempt == PLAIN ? piece->plain : piece->altered,
                        attempt == INFORMED ? person->enrol_altered[0] : person->enrol);
    for (size_t s = 1; s < ALTERED_SEEDS && attempt == INFORMED; s++) {
        best = fmax(best,
                    voices_likeness(altered->embedding, piece->altered, person->enrol_altered[s]));
    }
    for (size_t t = 0; t < ALTERED_TURNS && attempt == TURNED; t++) {
        best = fmax(best, voices_likeness(altered->embedding, piece->turned + t, person->enrol));
    }
    return best;
}

/* Over all pieces that an attempt is made with. */
struct attempted {
    size_t targets, impostors;
    double percent;
};

static struct attempted try_all(const struct altered *altered, enum attempt attempt) {
    double *target = malloc((altered->pieces + 1) * sizeof *target);
    double *impostor = malloc((altered->pieces * altered->persons + 1) * sizeof *impostor);
    struct attempted it = {0, 0, (double)NAN};
    for (size_t i = 0; target != NULL && impostor != NULL && i < altered->pieces; i++) {
        const struct altered_piece *piece = &altered->piece[i];
        bool takes_part = attempt != TURNED || piece->turned != SIZE_MAX;
        for (size_t v = 0; v < altered->persons && takes_part; v++) {
            double likeness = score(altered, piece, &altered->person[v], attempt);
            if (v == piece->person) {
                target[it.targets++] = likeness;
            } else {
                impostor[it.impostors++] = likeness;
            }
        }
    }
    if (target != NULL && impostor != NULL) {
        it.percent = equal_error_percent(target, it.targets, impostor, it.impostors);
    }
    free(target);
    free(impostor);
    return it;
}

bool altered_print_voices(const struct altered *altered, bool markdown, FILE *file) {
    static const char *const title[ATTEMPTS] = {[PLAIN] = "as he speaks",
                                                [ALTERED] = "altered",
                                                [INFORMED] = "and the enrolments too, 3 seeds",
                                                [TURNED] = "turned back by 20 guesses"};
    struct table table;
    fprintf(
        file,
        "\nWhether a speaker verifier (%s) knows an altered customer again: equal error rate, 50 "
        "is chance; %zu people\n\n",
        ATTACKER_NAME, altered->persons);
    table_start(&table, 3);
    table_cell(&table, "%s", "");
    table_cell(&table, "EER %%");
    table_cell(&table, "trials");
    for (int a = 0; a < ATTEMPTS; a++) {
        struct attempted it = try_all(altered, (enum attempt)a);
        table_cell(&table, "%s", title[a]);
        table_number(&table, it.percent, 1);
        table_cell(&table, "%zu + %zu", it.targets, it.impostors);
    }
    return table_print(&table, markdown, file);
}

void altered_print_words(const struct altered *altered, FILE *file) {
    if (altered->said > 0) {
        fprintf(file,
                "\n%s makes errors in %.1f %% of the %zu words that it heard in the same pieces "
                "before\n",
                RECOGNISER_TITLE, 100.0 * (double)altered->wrong / (double)altered->said,
                altered->said);
    }
}

void altered_free(struct altered *altered) {
    free(altered->person);
    free(altered->piece);
    free(altered->embedding);
    clips_free(&altered->voices);
    clips_free(&altered->words);
    *altered = (struct altered){0};
}
