#include "wary.h"

enum {
    WHILE = LEG_RATE * 3 / 2,    /* of a leak, until it is found again: 1.3 s were seen */
    TAIL = LEG_RATE * 256 / 1000 /* of a leak, as the library models it */
};

void wary_look(struct wary *wary, solo_call *call, struct leg *leg) {
    solo_stats stats = {.struct_size = sizeof stats};
    solo_call_stats(call, &stats);
    if (leg->moved_by > 0 && stats.leak_delay_ms >= 0) {
        int64_t late = (int64_t)stats.leak_delay_ms * LEG_RATE / 1000 + leg->moved_by + TAIL;
        bool more = wary->left > 0;
        wary->late = more && wary->late > late ? wary->late : late;
        wary->from = more && wary->from < leg->moved_at ? wary->from : leg->moved_at;
        wary->left = WHILE;
    }
    leg->moved_by = 0;
}

void wary_mask(struct wary *wary, solo_call *call, const struct leg *customer, int64_t n,
               int64_t to) {
    bool masked = wary->left > 0 && to > wary->from && to - n < customer->loud_to + wary->late;
    solo_call_mask(call, masked);
    wary->left -= masked ? n : 0;
}
