#include "recogniser.h"

#include <stdio.h>
#include <string.h>

/* Reads lines up to "done"; without that the program has failed. */
static bool take_lines(FILE *from, size_t clips, struct words *heard) {
    char line[256];
    while (fgets(line, sizeof line, from) != NULL) {
        size_t clip = 0;
        double from_s = 0.0;
        double to_s = 0.0;
        char text[128];
        if (strcmp(line, "done\n") == 0) {
            return true;
        }
        if (sscanf(line, "%zu %lf %lf %127s", &clip, &from_s, &to_s, text) != 4 || clip >= clips ||
            !words_add(&heard[clip], text, from_s, to_s)) {
            return false;
        }
    }
    return false;
}

bool recognise(const struct clips *clips, struct words *heard) {
    struct peer peer;
    if (!clips_send(clips, RECOGNISER_PROGRAM, &peer)) {
        return false;
    }
    bool good = take_lines(peer.from, clips->count, heard);
    peer_stop(&peer);
    return good;
}
