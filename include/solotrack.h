/* solotrack - keep the agent's track of a telephone call, erase the customer's voice.
 *
 * A `solo_engine` is made once per process, a `solo_call` once per call. Feed the call the two
 * legs in chunks of any size; it gives back the agent alone, `solo_call_latency()` samples later.
 * When in doubt it gives silence: only what is positively the agent's passes.
 *
 * Units     Sizes of audio are samples per leg unless a name ends in _ms or _bytes. 16-bit samples
 *           use the full int16_t range; float samples are in [-1, 1), louder ones are clipped.
 * Errors    Functions that return int give SOLO_OK (or a count) or a negative SOLO_E_*, and on an
 *           error have changed nothing. No function aborts, prints, or reads a clock.
 * Threads   An engine may be used from any number of threads at once. A call may be used from one
 *           thread at a time (serialise with the lock that your media hook already holds);
 *           different calls run in parallel freely.
 * Memory    Functions documented "Allocates: no" take no memory, lock or system call and are fit
 *           for a media thread. All of a call's memory is taken, and touched, when it is created.
 * Stack     Every function takes less than 64 kB of it.
 * Floats    Functions that take or give audio treat denormal numbers as zero while they run, and
 *           put the thread's own mode and exception flags back.
 * Versions  Structs with a struct_size grow at the end, and a new field's zero means what was done
 *           before there was one. So programs and libraries of different versions agree: what a
 *           program does not know is zero in its config, what a library does not know is zero in
 *           what it fills in, and a config that sets what a library does not know is refused. The
 *           other structs stay as they are. */
#ifndef SOLOTRACK_H
#define SOLOTRACK_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SOLO_VERSION_MAJOR 0
#define SOLO_VERSION_MINOR 1
#define SOLO_VERSION_PATCH 0

#if defined(__GNUC__) && !defined(SOLO_NO_EXPORT)
#define SOLO_API __attribute__((visibility("default")))
#else
#define SOLO_API
#endif

typedef struct solo_engine solo_engine; /* FFT plans, tables, networks: immutable, shared by all */
typedef struct solo_call solo_call;     /* one telephone call */
typedef struct solo_vad solo_vad;       /* voice activity of one leg */
typedef struct solo_voice solo_voice;   /* an agent's voice, enrolled once */

/* What went wrong. solo_strerror() says it in words. */
enum {
    SOLO_OK = 0,
    SOLO_E_ARG = -1,          /* a NULL or out-of-range argument */
    SOLO_E_RATE = -2,         /* a sample rate that is not supported here */
    SOLO_E_NOMEM = -3,        /* no memory, or the caller's memory is too small */
    SOLO_E_NO_VOICE = -4,     /* the agent is to be known by voice and no voice is enrolled */
    SOLO_E_STATE = -5,        /* not in this order: process after push, push after flush, ... */
    SOLO_E_VERSION = -6,      /* struct_size is of no version, or a later one's field is set */
    SOLO_E_FULL = -7,         /* the queue of this leg is full: pull first */
    SOLO_E_TOO_SHORT = -8,    /* too little speech to know a voice by */
    SOLO_E_VOICES = -9,       /* more than one voice where there must be one */
    SOLO_E_NOT_A_VOICE = -10, /* these bytes are no saved voice */
    SOLO_E_DAMAGED = -11,     /* a saved voice that is truncated or altered */
    SOLO_E_MODEL = -12 /* a voice that was enrolled with another speaker network: enrol anew */
};

/* What the legs carry. */
enum {
    SOLO_INPUT_STEREO = 1, /* one party on each leg; the customer may leak into the agent's leg */
    SOLO_INPUT_MIXED = 2   /* both parties in leg A */
};

/* Which leg is the agent's. Named by the caller, never guessed. */
enum {
    SOLO_LEG_A = 0, /* left, read, receive: whichever you feed as leg A */
    SOLO_LEG_B = 1
};
enum {
    SOLO_AGENT_LEG_A = SOLO_LEG_A,
    SOLO_AGENT_LEG_B = SOLO_LEG_B,
    SOLO_AGENT_BY_VOICE = 2,     /* the enrolled voice is the agent: mixed input only */
    SOLO_AGENT_FIRST_SPEAKER = 3 /* mixed input, nobody enrolled: whoever is the first to be heard
                                  * for 3 s or more is the agent. Until then all is erased */
};

/* How sure the library must be that a sound is the agent's before it passes. */
enum {
    SOLO_PRIVACY = 0,  /* erase if unsure; the default */
    SOLO_BALANCED = 1, /* the likelier of the two */
    SOLO_FIDELITY = 2  /* keep the agent if unsure */
};

/* What to do while both parties talk at once. */
enum {
    SOLO_OVERLAP_EXTRACT = 0, /* take the customer out; default for stereo. In mixed input he is
                               * only made 8 to 17 dB quieter, once some seconds of each voice
                               * alone were heard, and as with SOLO_OVERLAP_MUTE until then */
    SOLO_OVERLAP_MUTE = 1     /* erase both; default for mixed input */
};

/* What stands in erased time. */
enum {
    SOLO_FILL_SILENCE = 0, /* digital zero; the default */
    SOLO_FILL_NOISE = 1,   /* quiet white noise of our own making, -70 dBFS */
    SOLO_FILL_TONE = 2     /* a 400 Hz tone at -40 dBFS: the listener hears that time passes */
};

/* Layout of the output of the interleaved calls. */
enum {
    SOLO_OUTPUT_AGENT = 0, /* mono: the agent */
    SOLO_OUTPUT_SAME = 1 /* the input's layout, the customer's leg digital zero, or what is kept of
                          * him or altered */
};

/* Whether the customer has agreed to be kept. It is never inferred: the caller says so, or a key of
 * the telephone that the caller has named. */
enum {
    SOLO_CONSENT_OFF = 0,      /* not asked for on this call, which cannot keep him; the default */
    SOLO_CONSENT_NONE = 1,     /* not given, yet: he is erased */
    SOLO_CONSENT_GIVEN = 2,    /* both parties are kept */
    SOLO_CONSENT_WITHDRAWN = 3 /* no longer given: he is erased again */
};

/* What becomes of the customer where he has not agreed to be kept. */
enum {
    SOLO_CUSTOMER_ERASE = 0, /* he is erased; the default */
    SOLO_CUSTOMER_ALTER = 1  /* EXPERIMENTAL: who alters what he has of the customer too, several
                              * times, still knows him more often than he should. Stereo input alone:
                              * his own leg is heard in a voice that is not his, for who may keep the
                              * words. It is no erased recording: what he says, how fast, and how
                              * loud, stays. His leak in the agent's leg is erased as ever, and so
                              * are keys of his telephone, what is masked or lost, and all that is
                              * not surely on his leg alone */
};

/* Settings of a call. Fill with solo_config_init(), then change what you need. */
typedef struct solo_config {
    size_t struct_size; /* bytes, sizeof(solo_config); set by solo_config_init() */
    int input;          /* SOLO_INPUT_* */
    int sample_rate;    /* Hz, of both legs: 8000 and 16000 native, 11025 to 48000 resampled
                         * (multiples of 25) */
    int agent;          /* SOLO_AGENT_*; -1 until you name it, and then an error */
    int policy;         /* SOLO_PRIVACY, _BALANCED or _FIDELITY */
    int overlap;        /* SOLO_OVERLAP_* */
    int fill;           /* SOLO_FILL_* */
    int output;         /* SOLO_OUTPUT_*, of the interleaved call only */
    int lookahead_ms;   /* 0..1000: how far decisions may look ahead; adds to the latency. By voice
                         * it is 40 at the least, and from 500 on they are surer */
    int tail_ms;      /* 32..512: length of the leak path that is modelled, the room's ringing with
                       * it: what comes later than that may pass; stereo only */
    int max_delay_ms; /* 0..1000: latest leak that is searched for (at least tail_ms); what leaks
                       * later is taken for the agent; stereo only */
    const solo_voice *voice; /* the agent's, finished; NULL: none. It is copied when the call is
                              * made. SOLO_AGENT_BY_VOICE needs it; where a leg is the agent's, what
                              * is surely somebody else's voice there is erased too, for the memory
                              * and time of a mixed call on top */
    int consent;      /* SOLO_CONSENT_OFF, or the state that the call begins in: _NONE or _GIVEN.
                       * Beside OFF the look-ahead is 40 ms at the least, and a stereo call takes
                       * the memory of the customer's leg for that long on top */
    int consent_key;  /* '0'..'9', '*', '#', 'A'..'D': the key on the customer's leg, or in mixed
                       * input, that gives consent; 0: none */
    int withdraw_key; /* the key that withdraws it; 0: none */
    int metrics;      /* 1: figures of how the agent speaks, for solo_call_metrics(); 0: none */
    int customer; /* SOLO_CUSTOMER_*. ALTER goes with stereo input and SOLO_CONSENT_OFF alone (his
                   * own voice beside the altered one would tell how to turn it back), sees to
                   * 40 ms of look-ahead at the least, and takes the memory of the customer's
                   * leg for that long on top */
    uint64_t alter_seed[2]; /* of ALTER: bits that nobody can guess, new for each call, as
                             * getrandom() gives them; never both 0. Keep them nowhere: the call
                             * wipes its own copy with the rest. The same seed and legs give the
                             * same output; solo_call_reset() draws the next from it */
} solo_config;

/* Flags of an event: what held over its whole span. */
enum {
    SOLO_F_AGENT = 1u << 0,    /* the agent speaks */
    SOLO_F_CUSTOMER = 1u << 1, /* the customer speaks */
    SOLO_F_ERASED = 1u << 2,   /* the output is the fill: nothing of the input passed */
    SOLO_F_LEAK = 1u << 3,     /* the customer was being taken out of the agent's leg, or of mixed
                                * input: there up to 30 ms of him beside an overlap are only made
                                * quieter */
    SOLO_F_UNSURE = 1u << 4,   /* erased because it could not be told whose sound it was */
    SOLO_F_LOST = 1u << 5,   /* erased because samples of a leg were lost, NaN or infinite; without
                              * SOLO_F_ERASED: one party is missing, and the other is heard */
    SOLO_F_MASKED = 1u << 6, /* erased by solo_call_mask() */
    SOLO_F_SAME_LEGS = 1u << 7, /* erased because both legs carry the same recording (identical, or
                                 * up to 4 dB, 10 ms, polarity and codec noise): a mixed call, fed
                                 * as a stereo one. Known after three seconds of sound; where
                                 * consent is given, it passes */
    SOLO_F_KEY = 1u << 8,     /* the customer's leg, or mixed input, is erased because a key of the
                               * telephone (DTMF) may be pressed; where consent is not OFF, or the
                               * customer is altered */
    SOLO_F_ALTERED = 1u << 9, /* the customer's own leg is heard in another voice */
    SOLO_F_FAULT = 1u << 10   /* erased because a stage of the library gave what it never should (a
                               * value that is no number, a filter that makes it louder). All that was
                               * undecided is erased, and what was learnt of the call is forgotten:
                               * it goes on as it began, but SOLO_AGENT_FIRST_SPEAKER names nobody any
                               * more if nobody was named yet */
};

/* One stretch of the call. Stretches follow each other without gap or overlap. */
typedef struct solo_event {
    uint64_t from, to;   /* samples at the caller's rate since create or reset, on the input's time
                          * line: input sample s leaves at output sample s + latency */
    uint32_t flags;      /* SOLO_F_* that held in [from, to) */
    int policy;          /* SOLO_PRIVACY, ... in force */
    float confidence;    /* 0..1, the least certain 10 ms of the stretch */
    float customer_dbfs; /* mean level of the customer's leg in the stretch, dBFS; -120 if silent
                          * or, after a fault, not known */
    int consent;         /* SOLO_CONSENT_* in force */
} solo_event;

/* The call so far. All figures count input samples that have been decided on. */
typedef struct solo_stats {
    size_t struct_size;         /* bytes, sizeof(solo_stats); set by the caller */
    uint64_t samples_in;        /* fed to the call, per leg */
    uint64_t samples_out;       /* decided: samples_in less what still is in the look-ahead */
    uint64_t samples_agent;     /* only the agent spoke */
    uint64_t samples_customer;  /* only the customer spoke */
    uint64_t samples_overlap;   /* both spoke */
    uint64_t samples_erased;    /* replaced by the fill */
    uint64_t samples_lost;      /* SOLO_F_LOST: samples were lost, NaN or infinite, on the agent's
                                 * leg, or on the customer's while he is kept or altered, or his
                                 * leak could be of them */
    uint64_t samples_same_legs; /* SOLO_F_SAME_LEGS: the larger part of a call says that it is mixed
                                 * and wants SOLO_INPUT_MIXED */
    uint64_t events_dropped;    /* events that were not fetched in time */
    float leak_db;              /* level of the leak relative to the customer's leg; -120: none */
    int leak_delay_ms;          /* delay of that leak; -1: none found */
    float leak_drift_ppm;       /* how much later it comes, us a second; 0 until that is certain */
    float leak_reduction_db;    /* taken out by the canceller while the customer talked alone */
    int consent;                /* SOLO_CONSENT_* in force where the last decision fell */
    uint64_t samples_consent;   /* decided while consent was given */
    uint64_t samples_altered;   /* the customer is heard in another voice */
} solo_stats;

/* "0.1.0". Thread safety: safe. Allocates: no. */
SOLO_API const char *solo_version(void);

/* The error in English, for any int. Never NULL. Thread safety: safe. Allocates: no. */
SOLO_API const char *solo_strerror(int error);

/* Makes the tables that all calls share. NULL on failure, and then *error (may be NULL) is
 * SOLO_E_NOMEM. Make it at start-up: FFTW's own planner, where FFTW is linked, ends the process
 * when it finds no memory, and must not run while the host plans transforms of its own. Thread
 * safety: safe. Allocates: yes. */
SOLO_API solo_engine *solo_engine_create(int *error);

/* Frees an engine, after all of its calls. NULL is fine. Thread safety: safe. */
SOLO_API void solo_engine_destroy(solo_engine *engine);

/* Fills *config with the defaults for `input` (SOLO_INPUT_*) and `sample_rate` in Hz: privacy,
 * silence, 500 ms of look-ahead, 256 ms of tail, 1000 ms of delay. The agent is left unnamed: set
 * config->agent, or for mixed input config->voice. Returns SOLO_OK, SOLO_E_ARG or SOLO_E_RATE.
 * Thread safety: safe. Allocates: no.
 *
 * It is compiled into the program, so that a later library knows how large the program's struct is:
 * bindings of other languages call the second form with that, and it returns SOLO_E_VERSION where
 * no version's struct is of `struct_size` bytes. */
SOLO_API int solo_config_init_sized(solo_config *config, size_t struct_size, int input,
                                    int sample_rate);
static inline int solo_config_init(solo_config *config, int input, int sample_rate) {
    return solo_config_init_sized(config, sizeof(*config), input, sample_rate);
}

/* Makes a call. The config is copied; the engine must outlive the call. NULL on failure, and then
 * *error (may be NULL) is SOLO_E_ARG, _RATE, _NOMEM, _NO_VOICE, _STATE (the voice is not finished)
 * or _VERSION. Thread safety: safe. Allocates: yes. */
SOLO_API solo_call *solo_call_create(const solo_engine *engine, const solo_config *config,
                                     int *error);

/* Bytes that solo_call_init() needs for this config; 0 if the config is wrong or its rate is not
 * native (the resamplers of speexdsp take their own memory: use solo_call_create() there).
 * Thread safety: safe. Allocates: no. */
SOLO_API size_t solo_call_get_size(const solo_engine *engine, const solo_config *config);

/* Makes a call in the caller's own memory of `bytes` bytes, at any alignment, and gives it in
 * *call (a pointer into that memory). Never pass it to solo_call_destroy(): call solo_call_wipe()
 * before the memory is given up. Returns SOLO_OK, SOLO_E_ARG, _RATE, _NOMEM (too few bytes),
 * _NO_VOICE, _STATE (the voice is not finished) or _VERSION. Thread safety: safe. Allocates: no. */
SOLO_API int solo_call_init(void *memory, size_t bytes, const solo_engine *engine,
                            const solo_config *config, solo_call **call);

/* Overwrites every sample and estimate of the call with zeros; the call can then only be given up
 * (or, if created, destroyed). Like reset, rewind and destroy it also overwrites 48 kB of the stack
 * below it, where samples have passed through: end a call on the thread that fed it. NULL is fine.
 * Thread safety: one thread a call. Allocates: no. */
SOLO_API void solo_call_wipe(solo_call *call);

/* Wipes and frees a created or cloned call. NULL is fine. Thread safety: one thread a call. */
SOLO_API void solo_call_destroy(solo_call *call);

/* Wipes the call and starts a new one with the config it was created with (policy, mask, consent
 * and voice too). Returns SOLO_OK or SOLO_E_ARG. Thread safety: one thread a call. Allocates: no.
 */
SOLO_API int solo_call_reset(solo_call *call);

/* Goes back to the start of the same call, which is then fed anew from its first sample: for
 * recordings, which can be heard twice. Keeps what was learnt of the leak (where it is, how it
 * sounds, its drift, what is left of it), of both legs' levels, and of the voices, and wipes
 * everything else. Then the agent's first words are kept too, which the first pass has to erase
 * where the customer's are on them, or where the two voices are not known yet.
 * Policy, mask and consent are those of the config again: say again what was said, at the same
 * samples (keys are heard again by themselves). Output depends on what was heard before and on
 * nothing else. Returns SOLO_OK or SOLO_E_ARG. Thread safety: one thread a call. Allocates: no. */
SOLO_API int solo_call_rewind(solo_call *call);

/* A second call in the same state, which then goes its own way. NULL on failure, and then *error
 * (may be NULL) is SOLO_E_ARG or _NOMEM. Thread safety: one thread a call. Allocates: yes. */
SOLO_API solo_call *solo_call_clone(const solo_call *call, int *error);

/* Samples from input to output, at the caller's rate; constant for the life of the call.
 * SOLO_E_ARG for NULL. Thread safety: safe. Allocates: no. */
SOLO_API int solo_call_latency(const solo_call *call);

/* Takes n samples of each leg and gives n samples of the agent in `out`, `latency` samples late
 * (zeros first, but for the 14 ms before the first sample that resampling spreads it over at rates
 * other than 8000 and 16000 Hz); where the customer's consent is given, or he is altered, of both
 * parties: the sum of the legs, cut off at full scale. Any n, also 0; `out` may be `a` or `b`. `b`
 * is ignored for mixed input. The output bytes do not depend on how the call is cut into chunks. A
 * NaN or infinite float counts as a lost sample. Returns n, SOLO_E_ARG (NULL, or n above INT_MAX),
 * or SOLO_E_STATE on a call that was fed by solo_call_push_*(). Thread safety: one thread a call.
 * Allocates: no. */
SOLO_API int solo_call_process_s16(solo_call *call, const int16_t *a, const int16_t *b,
                                   int16_t *out, size_t n);
SOLO_API int solo_call_process_f32(solo_call *call, const float *a, const float *b, float *out,
                                   size_t n);

/* The same with the legs interleaved (a, b, a, b, ...; mixed input: one leg). `out` holds n samples
 * for SOLO_OUTPUT_AGENT and as many as the input for SOLO_OUTPUT_SAME, where each party stays on
 * its own leg; it may be `legs`. Floats are in [-1, 1). Returns as above. Thread safety: one thread
 * a call. Allocates: no. */
SOLO_API int solo_call_process_interleaved_s16(solo_call *call, const int16_t *legs, int16_t *out,
                                               size_t n);
SOLO_API int solo_call_process_interleaved_f32(solo_call *call, const float *legs, float *out,
                                               size_t n);

/* Legs that arrive apart (audiohook, media bug, RTP fork): queue n samples of `leg` (SOLO_LEG_*),
 * or a gap of n samples whose packets were lost. A queue holds one second, that of mixed input half
 * of one. When a leg is full the other one is missing: pull, or push its gap as lost. Mixed input
 * has leg A alone. Returns SOLO_OK, SOLO_E_ARG, SOLO_E_FULL (nothing was taken), or SOLO_E_STATE on
 * a call that was fed by solo_call_process_*() or flushed. Two threads may push the two legs only
 * under one lock. Allocates: no. */
SOLO_API int solo_call_push_s16(solo_call *call, int leg, const int16_t *pcm, size_t n);
SOLO_API int solo_call_push_lost(solo_call *call, int leg, size_t n);

/* Takes what both legs have, at most `max` samples, through the call. Returns the samples written
 * to `out`, also 0, or SOLO_E_ARG / SOLO_E_STATE. Thread safety: one thread a call.
 * Allocates: no. */
SOLO_API int solo_call_pull_s16(solo_call *call, int16_t *out, size_t max);

/* Ends the call: a shorter leg is filled up as lost, and the last samples leave the look-ahead.
 * Call until it returns 0; then the output in all is `latency` zeros and every sample fed. After
 * it only reset, rewind, clone, wipe, destroy and the queries below are allowed. Returns the
 * samples written, or SOLO_E_ARG. Thread safety: one thread a call. Allocates: no. */
SOLO_API int solo_call_flush_s16(solo_call *call, int16_t *out, size_t max);
SOLO_API int solo_call_flush_f32(solo_call *call, float *out, size_t max);

/* The same in the layout of the interleaved calls: `max` and what is returned count samples per
 * leg, so `out` holds 2 * max for SOLO_OUTPUT_SAME of stereo input. Returns the samples written, or
 * SOLO_E_ARG. Thread safety: one thread a call. Allocates: no. */
SOLO_API int solo_call_flush_interleaved_s16(solo_call *call, int16_t *out, size_t max);
SOLO_API int solo_call_flush_interleaved_f32(solo_call *call, float *out, size_t max);

/* Erase everything (on = 1: a card number is read out) or go back to the policy (on = 0). Holds
 * from the next input sample on (with push: for what is pushed, or pulled, meanwhile), at the next
 * multiple of 10 ms, rounded so that more is erased. Returns SOLO_OK or SOLO_E_ARG. Thread safety:
 * one thread a call. Allocates: no. */
SOLO_API int solo_call_mask(solo_call *call, int on);

/* The customer's consent: SOLO_CONSENT_GIVEN keeps both parties, SOLO_CONSENT_NONE and _WITHDRAWN
 * erase him. Holds from the next input sample on, at the next multiple of 10 ms, rounded so that
 * more is erased (with push: given, for what is pushed after it; else for what is pulled after it),
 * until it is said anew or a key says otherwise. A consent key counts once it has been let go, for
 * what comes after it, a withdraw key from the moment it is recognised, and for a second after it
 * is let go it holds also against GIVEN that is said, since it may have been pressed after that
 * was; an event tells where a state came into force. A consent key that went down before NONE or
 * WITHDRAWN was said gives none, whenever it is let go (with push: in all that was pushed of either
 * leg by then); one that goes down 0.1 s after it, or later, does. A key of which any part is
 * masked gives none either, nor, for 1.5 s, one after a loss on the agent's leg that may have been
 * his own press (more than 20 ms in a row, or beside a piece of it). A withdraw key of which a
 * packet is lost counts.
 *
 * Where consent is given, the agent's leg passes whole, less the customer's leak, and the
 * customer's leg passes sample for sample; mixed input passes whole. What is masked, and packets
 * that were lost, stay silent. Keys of the customer's telephone (DTMF; a card number) are erased
 * all the same: tones of 30 ms or more, from -27 dBm0 on, with 40 ms before and 10 ms after them,
 * and pieces of them beside lost packets; in stereo the agent's leg is then decided on as if there
 * were no consent for as long as the leak of a key may be late (max_delay_ms + tail_ms), and so it
 * is after consent is given and after a mask ends, or more than 20 ms of his leg are lost in a row:
 * what the customer said before leaks too. Speech is taken for a key, and lost for 60 ms, once in
 * one to three minutes.
 *
 * In stereo a consent key that the agent has pressed too within the 1.5 s before, and not more
 * softly, gives no consent: it is his, sent back by the customer's line. In mixed input nobody
 * knows whose key it is.
 *
 * Returns SOLO_OK, SOLO_E_ARG, or SOLO_E_STATE where the config says SOLO_CONSENT_OFF. Thread
 * safety: one thread a call. Allocates: no. */
SOLO_API int solo_call_set_consent(solo_call *call, int consent);

/* SOLO_PRIVACY, _BALANCED or _FIDELITY for the hops of 10 ms that end after the next input sample;
 * an event tells where it came into force, and nothing before that changes. Returns SOLO_OK or
 * SOLO_E_ARG. Thread safety: one thread a call. Allocates: no. */
SOLO_API int solo_call_set_policy(solo_call *call, int policy);

/* Fetches the oldest event in *event. Returns 1, 0 when there is none, or SOLO_E_ARG. The last 64
 * are kept; a flushed call has closed its last one. Thread safety: one thread a call.
 * Allocates: no. */
SOLO_API int solo_call_next_event(solo_call *call, solo_event *event);

/* Fills *stats; the caller has set stats->struct_size. Returns SOLO_OK, SOLO_E_ARG or
 * SOLO_E_VERSION. Thread safety: one thread a call. Allocates: no. */
SOLO_API int solo_call_stats(const solo_call *call, solo_stats *stats);

/* Figures of solo_metrics that are known; those of a bit that is not set are 0. */
enum {
    SOLO_METRICS_TALK = 1, /* something was decided: talk_ratio, speech_s, pauses, interruptions */
    SOLO_METRICS_PAUSES = 2, /* he has paused: pause_mean_s */
    SOLO_METRICS_SPEECH = 4, /* 3 s of him alone were heard: syllables_per_s, loudness_dbfs */
    SOLO_METRICS_PITCH = 8   /* 1 s of these was voiced: pitch_hz, pitch_low_hz, pitch_high_hz */
};

/* How the agent speaks, so far: measured on his own sound, where he is heard alone, and on when he
 * speaks. Nothing is measured on the customer's voice, whatever he has consented to. */
typedef struct solo_metrics {
    size_t struct_size;    /* bytes, sizeof(solo_metrics); set by the caller */
    int valid;             /* SOLO_METRICS_*, joined by | */
    float talk_ratio;      /* share of the call in which he speaks, 0..1; what is masked, or lost on
                            * his leg, and in mixed input where it cannot be told who speaks, is
                            * left out of it, and of all else */
    float speech_s;        /* seconds in which he speaks */
    int pauses;            /* silences of 0.25 to 3 s within what he says */
    float pause_mean_s;    /* their mean, seconds */
    float syllables_per_s; /* syllables a second of speech, pauses left out */
    float pitch_hz;        /* median of his pitch, Hz */
    float pitch_low_hz;    /* a tenth of it is lower, Hz */
    float pitch_high_hz;   /* a tenth of it is higher, Hz */
    float loudness_dbfs;   /* mean level of his speech, dBFS */
    int interruptions;     /* times that he began, after 1 s of silence or more, while the customer
                            * had been speaking for 0.3 s or more */
} solo_metrics;

/* Fills *metrics; the caller has set metrics->struct_size. Returns SOLO_OK, SOLO_E_ARG, _STATE (the
 * config does not ask for it) or _VERSION. Thread safety: one thread a call. Allocates: no. */
SOLO_API int solo_call_metrics(const solo_call *call, solo_metrics *metrics);

/* What is known of a voice. */
typedef struct solo_voice_facts {
    size_t struct_size; /* bytes, sizeof(solo_voice_facts); set by the caller */
    int finished;       /* 1: fit for use */
    float speech_s;     /* seconds of speech heard, pauses left out */
    float quality;      /* 0..1: how alike its seconds are to the whole; below 0.5 enrol anew. 0
                         * until finished */
    char model[17];     /* the speaker network that it is bound to, with a final zero */
} solo_voice_facts;

#define SOLO_VOICE_BYTES_MAX 4096 /* bytes of a saved voice, at most */

/* Begins to enrol a voice from recordings in which the agent alone speaks, 10 s or more of which
 * 6 s are speech and not pauses: solo_voice_begin(), _push_s16() for each recording, then
 * _finish(). An enrolled voice is biometric data. NULL on failure, and then *error (may be NULL) is
 * SOLO_E_ARG or _NOMEM. The engine must outlive it. Thread safety: safe. Allocates: yes. */
SOLO_API solo_voice *solo_voice_create(const solo_engine *engine, int *error);

/* Wipes and frees a voice; calls made with it keep their own copy. NULL is fine. Thread safety: one
 * thread a voice. */
SOLO_API void solo_voice_destroy(solo_voice *voice);

/* Begins another recording, of 8000 or 16000 Hz: whole sentences, since nobody can be told in less
 * than a second of sound. Returns SOLO_OK, SOLO_E_ARG, _RATE, or _STATE on a
 * finished voice. Thread safety: one thread a voice. Allocates: no. */
SOLO_API int solo_voice_begin(solo_voice *voice, int sample_rate);

/* Takes n samples of the recording that was begun. Returns n, SOLO_E_ARG or _STATE. Thread safety:
 * one thread a voice. Allocates: no. */
SOLO_API int solo_voice_push_s16(solo_voice *voice, const int16_t *pcm, size_t n);

/* Makes the voice out of what was pushed, and wipes that. Returns SOLO_OK, SOLO_E_ARG, _STATE, or
 * SOLO_E_TOO_SHORT (also where the recordings are of less than a second each) or _VOICES (more than
 * one person speaks) and then more may be pushed. Thread safety: one thread a voice.
 * Allocates: no. */
SOLO_API int solo_voice_finish(solo_voice *voice);

/* Fills *facts; the caller has set facts->struct_size. Returns SOLO_OK, SOLO_E_ARG or
 * SOLO_E_VERSION. Thread safety: one thread a voice. Allocates: no. */
SOLO_API int solo_voice_info(const solo_voice *voice, solo_voice_facts *facts);

/* Writes a finished voice into a buffer of `max` bytes (SOLO_VOICE_BYTES_MAX always do), with a
 * version, the speaker network's id and a checksum. Returns the bytes written, SOLO_E_ARG, _STATE,
 * or _NOMEM (too small). Thread safety: one thread a voice. Allocates: no. */
SOLO_API int solo_voice_save(const solo_voice *voice, void *buffer, size_t max);

/* Makes a finished voice from saved bytes. NULL on failure, and then *error (may be NULL) is
 * SOLO_E_ARG, _NOMEM, _NOT_A_VOICE, _VERSION (of a later version), _DAMAGED or _MODEL. Thread
 * safety: safe. Allocates: yes. */
SOLO_API solo_voice *solo_voice_load(const solo_engine *engine, const void *buffer, size_t bytes,
                                     int *error);

/* Joins two finished voices of one person, weighted by how much each has heard. Returns SOLO_OK,
 * SOLO_E_ARG, _STATE, or _VOICES where they are not alike. Thread safety: one thread a voice.
 * Allocates: no. */
SOLO_API int solo_voice_merge(solo_voice *into, const solo_voice *other);

/* How alike two finished voices are, -1..1 in *result: two enrolments of one person are mostly
 * above 0.5, of two persons below it. Returns SOLO_OK, SOLO_E_ARG or _STATE. Thread safety: safe.
 * Allocates: no. */
SOLO_API int solo_voice_likeness(const solo_voice *a, const solo_voice *b, float *result);

/* Voice activity alone: how likely it is that anybody speaks, for each 10 ms of one leg, 8000 or
 * 16000 Hz. NULL on failure, and then *error (may be NULL) is SOLO_E_ARG, _RATE or _NOMEM. The
 * engine must outlive it. Thread safety: safe. Allocates: yes. */
SOLO_API solo_vad *solo_vad_create(const solo_engine *engine, int sample_rate, int *error);

/* Bytes that solo_vad_init() needs; 0 if an argument is wrong. Thread safety: safe. Allocates: no.
 */
SOLO_API size_t solo_vad_get_size(const solo_engine *engine, int sample_rate);

/* Makes one in the caller's own memory of `bytes` bytes, at any alignment, and gives it in *vad.
 * Never pass it to solo_vad_destroy(): call solo_vad_wipe() before the memory is given up. Returns
 * SOLO_OK, SOLO_E_ARG, _RATE or _NOMEM (too few bytes). Thread safety: safe. Allocates: no. */
SOLO_API int solo_vad_init(void *memory, size_t bytes, const solo_engine *engine, int sample_rate,
                           solo_vad **vad);

/* Overwrites everything heard; it can then only be given up. NULL is fine. Thread safety: one
 * thread a vad. Allocates: no. */
SOLO_API void solo_vad_wipe(solo_vad *vad);

/* Wipes and frees a created one. NULL is fine. Thread safety: one thread a vad. */
SOLO_API void solo_vad_destroy(solo_vad *vad);

/* Wipes it and begins anew. Returns SOLO_OK or SOLO_E_ARG. Thread safety: one thread a vad.
 * Allocates: no. */
SOLO_API int solo_vad_reset(solo_vad *vad);

/* Samples that an answer is late: 40 ms. SOLO_E_ARG for NULL. Thread safety: safe. Allocates: no.
 */
SOLO_API int solo_vad_latency(const solo_vad *vad);

/* Takes n samples; gives a probability, 0..1, for each 10 ms that they complete: the k-th since the
 * beginning comes with the end of the k-th 10 ms and is about the 10 ms that ended `latency`
 * samples earlier (the first four are about the time before). `max` says how many fit; (n / 10 ms)
 * + 1 always do. The answers do not depend on how the samples are cut. Returns how many were
 * written, or SOLO_E_ARG (NULL, n above INT_MAX, or too few fit) with nothing taken. Thread safety:
 * one thread a vad. Allocates: no. */
SOLO_API int solo_vad_process_s16(solo_vad *vad, const int16_t *pcm, size_t n, float *probability,
                                  size_t max);

#ifdef __cplusplus
}
#endif
#endif
