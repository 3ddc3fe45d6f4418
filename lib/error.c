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
        return "of a version that this library does not know";
    case SOLO_E_FULL:
        return "the queue of this leg is full: pull first";
    case SOLO_E_TOO_SHORT:
        return "too little speech to know the voice by";
    case SOLO_E_VOICES:
        return "more than one voice where there must be one";
    case SOLO_E_NOT_A_VOICE:
        return "this is no enrolled voice";
    case SOLO_E_DAMAGED:
        return "the enrolled voice is truncated or altered";
    case SOLO_E_MODEL:
        return "the voice was enrolled with another speaker network: enrol it anew";
    default:
        return error > 0 ? "no error" : "unknown error";
    }
}
