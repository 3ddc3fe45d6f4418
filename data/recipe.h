/* A call as text: who says what when, and what the line does to it. The format: data/README.md. */
#ifndef DATA_RECIPE_H
#define DATA_RECIPE_H

#include <stdbool.h>
#include <stddef.h>

#include "codec.h"
#include "leak.h"
#include "sound.h"

enum party { PARTY_AGENT, PARTY_CUSTOMER, PARTY_COUNT };

enum {
    RECIPE_TEXT_MAX = 160, /* longest name or path, with its final zero */
    RECIPE_SAY_MAX = 256,
    RECIPE_PATH_MAX = 8,
    RECIPE_SPAN_MAX = 32,
    RECIPE_ENROL_MAX = 64,
    RECIPE_WORDS_MAX = 80, /* longest text of a prompt, with its final zero */
    RECIPE_ERROR_MAX = 512 /* a buffer for any error message */
};

struct recipe_voice {
    int line;         /* where the recipe says so; 0: it does not */
    char language[8]; /* ISO 639-1 */
    bool male;
    char folder[RECIPE_TEXT_MAX]; /* below the voices folder */
};

struct recipe_say {
    int line;
    enum party party;
    double at_s;
    char file[RECIPE_TEXT_MAX]; /* below the voice's folder */
    struct sound_cut cut;
    double gain_db;
    char words[RECIPE_WORDS_MAX]; /* what is said; empty: the recipe does not know */
};

/* Music, or the codec's idle code, on a party's leg. */
struct recipe_span {
    enum party party;
    double at_s;
    double length_s;
    double level_dbfs; /* music only */
};

/* Packet loss as the recorder sees it, in packets of 20 ms. */
struct recipe_loss {
    double percent;
    bool repeat; /* the last good packet is played again; else silence */
};

/* What both channels of a recording hold that was duplicated. */
enum recipe_duplicate { DUPLICATE_NONE, DUPLICATE_CUSTOMER, DUPLICATE_MIXTURE };

struct recipe {
    char source[RECIPE_TEXT_MAX]; /* the recipe's own file, for error messages */
    char name[RECIPE_TEXT_MAX];
    int rate;
    double length_s;
    enum codec_kind codec;
    bool telephone_band;
    bool agent_right;
    bool swapped; /* the recording has the legs the other way round than agent_right says */
    enum recipe_duplicate duplicate;
    bool mixed;
    double mixed_db; /* the agent's speech level over the customer's */
    struct recipe_voice voice[PARTY_COUNT];
    double gain_db[PARTY_COUNT];
    bool noisy[PARTY_COUNT];
    double noise_dbov[PARTY_COUNT];
    bool comfort[PARTY_COUNT];
    double comfort_dbov[PARTY_COUNT];
    struct recipe_loss loss[PARTY_COUNT];
    struct leak_path path[RECIPE_PATH_MAX];
    size_t path_count;
    bool jumps;
    struct leak_jump jump;
    struct recipe_say say[RECIPE_SAY_MAX];
    size_t say_count;
    struct recipe_span idle[RECIPE_SPAN_MAX];
    size_t idle_count;
    struct recipe_span music[RECIPE_SPAN_MAX];
    size_t music_count;
    int enrol_line[RECIPE_ENROL_MAX];
    char enrol[RECIPE_ENROL_MAX][RECIPE_TEXT_MAX];
    size_t enrol_count;
    int claimed_overlaps;      /* overlaps of 1 s and more, at least */
    int claimed_interjections; /* short words of either party under the other's speech, at least */
};

/* Reads a recipe. On failure returns false and puts one line into `error` (RECIPE_ERROR_MAX bytes)
 * that names file, line and what to do. Large: keep it off a small stack. */
bool recipe_load(const char *path, struct recipe *recipe, char *error);

#endif
