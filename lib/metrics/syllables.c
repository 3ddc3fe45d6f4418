#include "syllables.h"

#include <math.h>

#define DIP        2.0f  /* dB, of de Jong and Wempe */
#define UNDER      12.0f /* dB under the level of the speech at which a peak is no nucleus */
#define FOLLOW     0.02f /* of the level: half a second of speech */
#define VOICED_DB  1.5f  /* under the peak, where its voicing still counts */
#define SILENCE_DB (-120.0f)

static float smoothed_db(const struct syllables *syllables) {
    static const float weight[SYLLABLES_SMOOTH] = {0.11f, 0.22f, 0.34f, 0.22f, 0.11f};
    float sum = 1e-12f;
    for (int i = 0; i < SYLLABLES_SMOOTH; i++)
        sum += weight[i] * syllables->power[(syllables->at + i) % SYLLABLES_SMOOTH];
    return 10.0f * log10f(sum);
}

static void close_peak(struct syllables *syllables) {
    if (syllables->risen && syllables->voiced && syllables->peak > syllables->level - UNDER)
        syllables->count++;
}

static void take(struct syllables *syllables, float db, bool voiced) {
    if (!syllables->risen) {
        syllables->dip = fminf(syllables->dip, db);
        syllables->risen = db > syllables->dip + DIP;
        syllables->peak = db;
        syllables->voiced = false;
    }
    if (!syllables->risen)
        return;
    syllables->peak = fmaxf(syllables->peak, db);
    if (db > syllables->peak - VOICED_DB)
        syllables->voiced = syllables->voiced || voiced;
    if (db < syllables->peak - DIP) {
        close_peak(syllables);
        syllables->risen = false;
        syllables->dip = db;
    }
}

void syllables_hop(struct syllables *syllables, float power, bool voiced) {
    syllables->power[syllables->at] = power;
    syllables->at = (syllables->at + 1) % SYLLABLES_SMOOTH;
    float db = smoothed_db(syllables);
    if (!syllables->begun) {
        syllables->begun = true;
        syllables->level = db;
        syllables->dip = SILENCE_DB;
    }
    syllables->level += FOLLOW * (fmaxf(db, syllables->level - UNDER) - syllables->level);
    take(syllables, db, voiced);
}

void syllables_pause(struct syllables *syllables) {
    close_peak(syllables);
    syllables->risen = false;
    syllables->dip = SILENCE_DB;
    for (int i = 0; i < SYLLABLES_SMOOTH; i++)
        syllables->power[i] = 0.0f;
}
