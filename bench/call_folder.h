/* Reads a call from the folder that solo-render makes of it. */
#ifndef BENCH_CALL_FOLDER_H
#define BENCH_CALL_FOLDER_H

#include "calls.h"

/* As call_from_folder(), the sound only. */
enum call_load call_folder_read(const char *folder, struct render *render, char *error);

#endif
