/* One direction of a call on its way into the library: placed on the time line, at the recording's
 * rate. */
#ifndef SOLOTRACK_ASTERISK_LEG_H
#define SOLOTRACK_ASTERISK_LEG_H

#include "feed.h"
#include "ring.h"
#include "track.h"

#include <speex/speex_resampler.h>
#include <stdbool.h>

struct leg {
    int number;   /* SOLO_LEG_A or _B */
    int64_t lead; /* samples that go before the leg */
    struct feed *feed;
    struct track track;
    SpeexResamplerState *resampler; /* NULL: frames have the recording's rate */
    int from_rate;                  /* Hz, of the frames */
};

/* The agent's leg is put so much behind the customer's. A leak can then be found even if it seems
 * to come before its source: the first frame of a leg says where the leg lies, and may itself have
 * been late, and then the leg runs ahead of the clock. */
enum { LEG_LEAD_MS = TRACK_CUSTOMER_AHEAD_MS };

void leg_init(struct leg *leg, int number, struct feed *feed, int rate, bool customer);
void leg_free(struct leg *leg);

/* All give false when there is no room for what they push, or memory is out. Clocks are samples at
 * the recording's rate. */
bool leg_frame(struct leg *leg, const struct ring_frame *frame, int16_t *pcm, int64_t clock);
bool leg_wait(struct leg *leg, int64_t clock);

/* Up to the last sample of either leg, leads included. */
bool leg_end(struct leg *leg, int64_t last);

#endif
