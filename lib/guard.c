#include "guard.h"

#define ADDS       4.0f  /* energy after over energy before; the canceller itself stops at 2 */
#define QUIET      1e-9f /* of a sample: what rounding may leave of digital silence */
#define SHARE_MOST 1.01f /* 1, and rounding: of sums of 16 bit numbers in the delay search */
#define ALIKE_MOST 1.1f  /* the same of a likeness, whose voices are made of rounded ones */
#define DB_MOST    300.0f
#define NATS_MOST  100.0f /* of two voices over one: twice the concentration bounds it */

enum { LANES = 8 }; /* fixed trip counts: the compiler vectorises them */

bool guard_within(const float *x, int n, float least, float most) {
    int outside[LANES] = {0}, any = 0, i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int l = 0; l < LANES; l++)
            outside[l] |= !(x[i + l] >= least) | !(x[i + l] <= most);
    for (; i < n; i++)
        any |= !(x[i] >= least) | !(x[i] <= most);
    for (int l = 0; l < LANES; l++)
        any |= outside[l];
    return !any;
}

float guard_energy(const float *x, int n) {
    float lane[LANES] = {0}, sum = 0.0f;
    int i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int l = 0; l < LANES; l++)
            lane[l] += x[i + l] * x[i + l];
    for (; i < n; i++)
        sum += x[i] * x[i];
    for (int l = 0; l < LANES; l++)
        sum += lane[l];
    return sum;
}

bool guard_estimate(const float *leg, const float *left, int n) {
    return guard_energy(left, n) <= ADDS * guard_energy(leg, n) + QUIET * (float)n;
}

bool guard_share(float share) {
    return share >= 0.0f && share <= SHARE_MOST;
}

static bool are_shares(const struct who *who) {
    return guard_share(who->neither) && guard_share(who->agent) && guard_share(who->customer) &&
           guard_share(who->both);
}

bool guard_verdict(const struct verdict *verdict) {
    return guard_share(verdict->judged) && guard_share(verdict->confidence) &&
           guard_within(&verdict->customer_db, 1, -DB_MOST, DB_MOST);
}

bool guard_heard(const struct heard *heard) {
    bool shares = true;
    for (int half = 0; half < MIXED_HALVES; half++)
        shares = shares && guard_share(heard->speech[half]) &&
                 are_shares(&heard->answer.soon[half]) && are_shares(&heard->answer.late[half]);
    return shares;
}

bool guard_voices(const struct mixed_voices *voices) {
    const float alike[] = {voices->enrolled, voices->stranger, voices->alike, voices->whole};
    return guard_within(alike, 4, -ALIKE_MOST, ALIKE_MOST) &&
           guard_within(&voices->gain, 1, -NATS_MOST, NATS_MOST);
}
