#include "listen.h"

enum {
    MOST_SECONDS = 90,
    CUSTOMER_SECONDS = 20, /* of his speech: the canceller gains nothing from more */
    MOVED_MS = 20,         /* the search's own grain */
    SURE_SECONDS = 3       /* until a jump has been found */
};

void listen_begin(struct listen *listen, int rate, int64_t length) {
    uint64_t most = (uint64_t)rate * MOST_SECONDS;
    listen->rate = (uint64_t)rate;
    listen->limit = length >= 0 && (uint64_t)length < most ? (uint64_t)length : most;
    listen->delay_ms = -1;
}

enum listen_state listen_look(struct listen *listen, const solo_stats *stats) {
    int before = listen->delay_ms, now = stats->leak_delay_ms;
    uint64_t sure = listen->rate * SURE_SECONDS;
    listen->delay_ms = now;
    if (before >= 0 && now >= 0 && (now > before + MOVED_MS || now < before - MOVED_MS)) {
        listen->delay_ms = -1;
        listen->limit = stats->samples_in > sure ? stats->samples_in - sure : 0;
        return LISTEN_AGAIN;
    }
    uint64_t heard = stats->samples_customer + stats->samples_overlap;
    return stats->samples_in >= listen->limit || heard >= listen->rate * CUSTOMER_SECONDS
               ? LISTEN_ENOUGH
               : LISTEN_ON;
}
