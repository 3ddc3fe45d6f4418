/* solo-stages: one live call, frame after frame, its first 30 s, for callgrind to count
 * (bench/stages.sh). */
#include <stdio.h>
#include <string.h>

#include "crowd.h"
#include "systems.h"

enum { FRAMES_MAX = 30 * SYSTEM_FRAMES_PER_S };

static int fail(const char *line) {
    fprintf(stderr, "solo-stages: %s\n", line);
    return 1;
}

/* The folder is one that solo-render wrote. Prints the frames that were fed. */
int main(int argc, char **argv) {
    char error[RECIPE_ERROR_MAX] = "";
    struct bench_call call;
    struct crowd_source source;
    struct crowd_call live;
    int16_t out[CROWD_FRAME_MAX];
    if (argc < 2 || argc > 3 || (argc == 3 && strcmp(argv[2], "extract") != 0)) {
        fputs("usage: solo-stages FOLDER [extract]\n", stderr);
        return 2;
    }
    if (call_from_folder(argv[1], &call, error) != CALL_READY) {
        return fail(error);
    }
    bool good = crowd_source_open(&call, call.facts.rate, &source);
    call_free(&call);
    if (!good) {
        return fail("out of memory, or the enrolment is refused");
    }
    source.config.overlap = argc == 3 ? SOLO_OVERLAP_EXTRACT : source.config.overlap;
    good = crowd_call_open(&source, &live);
    size_t frames = source.legs.frames < FRAMES_MAX ? source.legs.frames : FRAMES_MAX;
    for (size_t f = 0; good && f < frames; f++) {
        crowd_step(&source, &live, out);
    }
    printf("%zu\n", frames);
    solo_call_destroy(live.call);
    crowd_source_close(&source);
    return good ? 0 : fail("out of memory");
}
