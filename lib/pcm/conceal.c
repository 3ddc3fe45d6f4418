#include "conceal.h"

#include <math.h>
#include <string.h>

#define LOUD 1e-3f /* -60 dBFS: no idle line, whose few steps of a codec may repeat by chance */

enum {
    SHOWS = 250,    /* a second's part: 4 ms of one value */
    PIECE = 400,    /* 2.5 ms */
    PIECE_CD = 147, /* samples, at 44100 Hz and its halves, where a third of 10 ms is whole */
    FALL = 100      /* of the peak by 1 / e: 10 ms */
};

static int piece_of(int rate) {
    return rate % 11025 == 0 ? PIECE_CD : rate / PIECE;
}

/* The length of a run, no longer than what is asked for. */
static int longer(int run, bool goes_on, int most) {
    return goes_on ? run + (run < most) : 0;
}

/* Multiplied by 2^32 over the golden ratio, which sends bits up, and turned, which sends them down:
 * of a sample of 16 bits, or of fewer steps of a codec, only the upper ones are set. */
static uint32_t hash_of(uint32_t hash, float x) {
    uint32_t bits;
    float unsigned_zero = x + 0.0f;
    memcpy(&bits, &unsigned_zero, sizeof(bits));
    return ((hash << 5 | hash >> 27) ^ bits) * 0x9E3779B1U;
}

/* The piece that has come is one of those a packet before. One of a single value tells nothing. */
static bool is_again(const struct conceal *conceal, int piece, int rate) {
    static const int packets_ms[] = {5, 10, 20, 30, 40, 60};
    if (conceal->same >= piece - 1 || conceal->same >= rate / SHOWS)
        return false;
    for (size_t i = 0; i < sizeof(packets_ms) / sizeof(*packets_ms); i++) {
        int back = rate * packets_ms[i] / 1000 / piece;
        int at = (conceal->next + CONCEAL_PIECES - back) % CONCEAL_PIECES;
        if (back * piece * 1000 == rate * packets_ms[i] && conceal->past[at] == conceal->hash)
            return true;
    }
    return false;
}

static void end_piece(struct conceal *conceal, int piece, int rate) {
    int fewer = conceal->again > 0 ? conceal->again - 1 : 0;
    conceal->again = is_again(conceal, piece, rate) ? 2 : fewer;
    conceal->past[conceal->next] = conceal->hash;
    conceal->next = (conceal->next + 1) % CONCEAL_PIECES;
    conceal->hash = 0;
    conceal->came = 0;
}

bool conceal_find(struct conceal *conceal, const float *x, int n, int rate, uint16_t *made) {
    const int shows = rate / SHOWS, piece = piece_of(rate);
    const float fall = 1.0f - (float)FALL / (float)rate;
    struct conceal now = *conceal;
    bool any = false;
    for (int i = 0; i < n; i++) {
        now.same = longer(now.same, x[i] <= now.last && x[i] >= now.last, shows);
        now.hash = hash_of(now.hash, x[i]);
        now.last = x[i];
        if (++now.came == piece)
            end_piece(&now, piece, rate);
        bool same = now.same >= shows;
        now.loud = (same || now.again > 0) && (now.loud || now.peak > LOUD);
        int alike = same ? shows : 0, again = now.again > 0 && now.came == 0 ? piece : 0;
        made[i] = (uint16_t)(!now.loud ? 0 : alike > again ? alike : again);
        any = any || made[i] > 0;
        float level = fabsf(x[i]), faded = now.peak * fall;
        now.peak = level > faded ? level : faded;
    }
    *conceal = now;
    return any;
}
