#include "../include/solotrack.h"

#define TEXT_OF(x) #x
#define TEXT(x)    TEXT_OF(x)

const char *solo_version(void) {
    return TEXT(SOLO_VERSION_MAJOR) "." TEXT(SOLO_VERSION_MINOR) "." TEXT(SOLO_VERSION_PATCH);
}

const char *solo_strerror(int error) {
    switch (error) {
    case SOLO_OK:
        return "no error";
    case SOLO_E_ARG:
        return "an argument is missing or out of range";
    case SOLO_E_RATE:
        return "this sample rate is not supported";
    case SOLO_E_NOMEM:
        return "not enough memory";
    case SOLO_E_NO_VOICE:
        return "no voice enrolled: a mixed call needs the agent's";
    case SOLO_E_STATE:
        return "the call cannot do this in its present state";
    case SOLO_E_VERSION:
        return "struct_size is not of a version this library knows";
    case SOLO_E_FULL:
        return "the queue of this leg is full: pull first";
    default:
        return error > 0 ? "no error" : "unknown error";
    }
}
