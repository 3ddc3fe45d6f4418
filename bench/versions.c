#include "versions.h"

#include <stdio.h>
#include <string.h>

#include "../lib/spectrum/fft.h"
#include "solotrack.h"

struct versions versions_now(void) {
    struct versions versions = {.solotrack = solo_version(), .fft = fft_name()};
    FILE *answer = popen("pkg-config --modversion speexdsp 2>/dev/null", "r");
    if (answer != NULL) {
        if (fgets(versions.speexdsp, sizeof versions.speexdsp, answer) == NULL) {
            versions.speexdsp[0] = '\0';
        }
        versions.speexdsp[strcspn(versions.speexdsp, "\n")] = '\0';
        pclose(answer);
    }
    return versions;
}
