/* Reads a call from the folder that solo-render makes of it. */
#ifndef BENCH_CALL_FOLDER_H
#define BENCH_CALL_FOLDER_H

#include "calls.h"

/* Whether there is a recording in the folder. */
bool call_folder_is_call(const char *folder);

/* As call_from_folder(), the sound only; *mixed is set to whether the call is a mixed one. */
enum call_load call_folder_read(const char *folder, struct render *render, bool *mixed,
                                char *error);

#endif
