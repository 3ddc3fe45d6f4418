/* Calls of recorded voices for the tests that run the tool in a folder. */
#ifndef TESTS_RENDERED_H
#define TESTS_RENDERED_H

#include "archive.h"

/* Renders SOLO_DATA/NAME.call with the voices of SOLO_VOICES into the folder: legs.wav, mixed.wav,
 * and enrol.wav where the recipe has one. */
void render_in(const struct archive *archive, const char *name);

#endif
