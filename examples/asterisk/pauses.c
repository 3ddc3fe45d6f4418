#include "pauses.h"

#include <string.h>

void pauses_init(struct pauses *pauses, int rate) {
    memset(pauses, 0, sizeof *pauses);
    pauses->cell = rate / 100;
}

void pauses_mark(struct pauses *pauses, int64_t from, int64_t to, bool paused) {
    for (int64_t at = from; at < to;) {
        int64_t cell = at / pauses->cell;
        bool *mark = &pauses->paused[cell % PAUSES_CELLS];
        bool begun = at % pauses->cell != 0; /* some samples of it have their mark already */
        *mark = paused || (begun && *mark);
        at = (cell + 1) * pauses->cell;
    }
}

int pauses_run(const struct pauses *pauses, int64_t at, int n, bool *paused) {
    int64_t cell = at / pauses->cell, end = (cell + 1) * pauses->cell;
    *paused = pauses->paused[cell % PAUSES_CELLS];
    return end - at < n ? (int)(end - at) : n;
}
