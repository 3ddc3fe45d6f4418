/* The hooks of tests/hooks.h as names that the program exports: a plug-in that is loaded at run
 * time then takes its memory and its locks from them too. */
#pragma GCC visibility push(default)
#include "../hooks.c"
