/* What bounds the time of a frame besides its work: no page fault, no denormal number, little
 * stack.
 */
#define _GNU_SOURCE /* RUSAGE_THREAD */
#include "hooks.h"
#include "mixtures.h"
#include "support.h"

#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

enum { FRAME_MS = 20, FRAME_MAX = 16000 * FRAME_MS / 1000 };

/* Ways to use a call; the rich ones ask for everything. */
static const struct kind {
    int input, rate;
    bool rich, pushed;
} kinds[] = {
    {SOLO_INPUT_STEREO, 8000, false, true},  {SOLO_INPUT_STEREO, 16000, true, false},
    {SOLO_INPUT_MIXED, 16000, false, false}, {SOLO_INPUT_MIXED, 8000, true, true},
    {SOLO_INPUT_MIXED, 16000, true, false},
};

/* A call and what it is fed, over and over. */
struct line {
    struct kind kind;
    solo_config config;
    solo_voice *voice;
    struct legs16 legs;
    size_t frame, at;
    solo_call *call;
};

static struct line line_of(const struct kind *kind) {
    struct line line = {.kind = *kind, .frame = (size_t)(kind->rate * FRAME_MS / 1000)};
    bool mixed = kind->input == SOLO_INPUT_MIXED;
    const struct scene *scene = scene_named("it-handset");
    struct legs16 mixture = mixture_of("mixed-it");
    line.legs = legs_at_rate(mixed ? mixture : scene->legs, 8000, kind->rate);
    line.voice = agent_of("mixed-it");
    line.config =
        mixed ? config_mixed(kind->rate, line.voice) : config_of(kind->rate, SOLO_AGENT_LEG_A);
    if (kind->rich) {
        line.config.voice = line.voice;
        line.config.metrics = 1;
        line.config.consent = SOLO_CONSENT_NONE;
        line.config.consent_key = '1';
        line.config.overlap = SOLO_OVERLAP_EXTRACT;
    }
    legs_free(mixture);
    line.call = call_of(&line.config);
    return line;
}

static void line_drop(struct line *line) {
    solo_call_destroy(line->call);
    solo_voice_destroy(line->voice);
    legs_free(line->legs);
}

/* The next frame; gives the number of errors. */
static int step(struct line *line) {
    int16_t out[FRAME_MAX];
    size_t n = line->frame;
    solo_event event;
    line->at = line->at + n > line->legs.n ? 0 : line->at;
    const int16_t *a = line->legs.a + line->at, *b = line->legs.b + line->at;
    bool mixed = line->kind.input == SOLO_INPUT_MIXED, good;
    if (line->kind.pushed)
        good = solo_call_push_s16(line->call, SOLO_LEG_A, a, n) == SOLO_OK &&
               (mixed || solo_call_push_s16(line->call, SOLO_LEG_B, b, n) == SOLO_OK) &&
               solo_call_pull_s16(line->call, out, n) == (int)n;
    else
        good = solo_call_process_s16(line->call, a, b, out, n) == (int)n;
    while (solo_call_next_event(line->call, &event) == 1)
        ;
    line->at += n;
    return !good;
}

static int steps(struct line *line, int seconds) {
    int errors = 0;
    for (int i = 0; i < seconds * 1000 / FRAME_MS; i++)
        errors += step(line);
    return errors;
}

static long page_faults(void) {
    struct rusage usage;
    assert_int_equal(getrusage(RUSAGE_THREAD, &usage), 0);
    return usage.ru_minflt + usage.ru_majflt;
}

/* Of a new call's first minutes, when another call has had the code and the weights brought in. The
 * system itself may disturb a run: of three one must be without. */
static void test_no_page_fault(void **state) {
    enum { WARM_S = 30, SECONDS = 60, TRIES = 3 };
    (void)state;
    if (!hooks_work())
        skip(); /* a sanitizer's own */
#if defined(M_MMAP_THRESHOLD)
    mallopt(M_MMAP_THRESHOLD, 65536); /* a call's memory is new, and not what others have touched */
#endif
    for (size_t k = 0; k < COUNT_OF(kinds); k++) {
        struct line warm = line_of(&kinds[k]);
        assert_int_equal(steps(&warm, WARM_S), 0);
        long faults = 1;
        for (int i = 0; i < TRIES && faults > 0; i++) {
            struct line line = line_of(&kinds[k]);
            long before = page_faults();
            int errors = steps(&line, SECONDS);
            faults = page_faults() - before;
            line_drop(&line);
            assert_int_equal(errors, 0);
        }
        line_drop(&warm);
        assert_int_equal(faults, 0);
    }
}

#if defined(__SSE__)

/* Speech, a silence in which every sum dies away, and a sound that fades through all that a float
 * can hold. Gives the number of errors. */
static int fade(struct line *line) {
    enum { SPEECH_S = 8, SILENCE_S = 20, FADE_FRAMES = 500 };
    static float a[FADE_FRAMES * FRAME_MAX], b[FADE_FRAMES * FRAME_MAX], zero[FRAME_MAX];
    float out[FRAME_MAX], level = 0.5f;
    int errors = 0, n = (int)line->frame;
    for (size_t i = 0; i < FADE_FRAMES * line->frame; i++) {
        a[i] = level * (float)line->legs.a[i % line->legs.n] / 32768.0f;
        b[i] = level * (float)line->legs.b[i % line->legs.n] / 32768.0f;
        level *= line->kind.rate == 8000 ? 0.9988f : 0.9994f;
    }
    unsigned before = _mm_getcsr(), trapped = before & ~(unsigned)_MM_MASK_DENORM;
    _mm_setcsr(trapped); /* from here on a denormal number is a signal */
    for (size_t f = 0; f < SPEECH_S * 1000 / FRAME_MS; f++) {
        const float *from = a + f % 50 * line->frame, *beside = b + f % 50 * line->frame;
        errors += solo_call_process_f32(line->call, from, beside, out, line->frame) != n;
    }
    for (size_t f = 0; f < SILENCE_S * 1000 / FRAME_MS; f++)
        errors += solo_call_process_f32(line->call, zero, zero, out, line->frame) != n;
    for (size_t at = 0; at < FADE_FRAMES * line->frame; at += line->frame)
        errors += solo_call_process_f32(line->call, a + at, b + at, out, line->frame) != n;
    while (solo_call_flush_f32(line->call, out, line->frame) > 0)
        ;
    errors += _mm_getcsr() != trapped;
    _mm_setcsr(before);
    return errors;
}

/* Uses one itself. */
static int stumble(struct line *line) {
    volatile float tiny = 1e-40f;
    (void)line;
    _mm_setcsr(_mm_getcsr() & ~(unsigned)_MM_MASK_DENORM);
    tiny = tiny * 0.5f;
    return 0;
}

static int run_apart(int (*use)(struct line *), struct line *line) {
    int status = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        die_of_crashes();
        _exit(use(line) > 0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void test_no_denormal(void **state) {
    (void)state;
    for (size_t k = 0; k < COUNT_OF(kinds); k++) {
        struct line line = line_of(&kinds[k]);
        int faded = run_apart(fade, &line), caught = run_apart(stumble, &line);
        line_drop(&line);
        assert_true(WIFSIGNALED(caught));
        if (WIFSIGNALED(faded))
            fail_msg("kind %zu died of signal %d", k, WTERMSIG(faded));
        assert_int_equal(WEXITSTATUS(faded), 0);
    }
}

#else

static void test_no_denormal(void **state) {
    (void)state;
    skip(); /* only here can it be told */
}

#endif

/* All that is done with a call, from the engine on. */
static void *use_all(void *argument) {
    struct line *line = argument;
    int errors = 0;
    solo_engine *own = solo_engine_create(NULL);
    solo_call *shared = line->call, *made = solo_call_create(own, &line->config, NULL);
    line->call = made;
    errors += made == NULL || steps(line, 15) > 0;
    solo_call_destroy(solo_call_clone(made, NULL));
    errors += solo_call_rewind(made) != SOLO_OK || steps(line, 2) > 0;
    errors += solo_call_reset(made) != SOLO_OK || steps(line, 2) > 0;
    for (int16_t out[FRAME_MAX]; solo_call_flush_s16(made, out, line->frame) > 0;)
        ;
    solo_call_destroy(made);
    solo_engine_destroy(own);
    line->call = shared;
    return errors > 0 ? argument : NULL;
}

enum { STACK_BYTES = 1 << 20, PAINT = 0xA5 };

/* The stack of a thread, painted before it ran; the caller frees it. */
static unsigned char *stack_of(void *(*run)(void *), void *argument) {
    pthread_t thread;
    pthread_attr_t attributes;
    void *stack = NULL, *failed = NULL;
    assert_int_equal(posix_memalign(&stack, 65536, STACK_BYTES), 0);
    memset(stack, PAINT, STACK_BYTES);
    assert_int_equal(pthread_attr_init(&attributes), 0);
    assert_int_equal(pthread_attr_setstack(&attributes, stack, STACK_BYTES), 0);
    assert_int_equal(pthread_create(&thread, &attributes, run, argument), 0);
    assert_int_equal(pthread_join(thread, &failed), 0);
    pthread_attr_destroy(&attributes);
    assert_null(failed);
    return stack;
}

/* Where the stack begins to be touched; the system's own begin of a thread is above it too. */
static size_t end_of(const unsigned char *stack) {
    size_t left = 0;
    while (left < STACK_BYTES && stack[left] == PAINT)
        left++;
    return left;
}

/* The header states 64 kB. */
static void test_stack(void **state) {
    enum { STATED = 64 * 1024, LEAST = 8 * 1024 };
    size_t most = 0;
    (void)state;
#ifndef __OPTIMIZE__
    skip();
#endif
    if (!hooks_work())
        skip(); /* a sanitizer's own frames */
    for (size_t k = 0; k < COUNT_OF(kinds); k++) {
        struct line line = line_of(&kinds[k]);
        unsigned char *stack = stack_of(use_all, &line);
        size_t used = STACK_BYTES - end_of(stack);
        most = used > most ? used : most;
        free(stack);
        line_drop(&line);
    }
    print_message("             %zu bytes of stack\n", most);
    assert_in_range(most, LEAST, STATED);
}

static void *use_and_wipe(void *argument) {
    struct line *line = argument;
    int errors = steps(line, 60);
    solo_call_wipe(line->call);
    return errors > 0 ? argument : NULL;
}

enum { HEARD = 2 * 8000 }; /* samples */

static void *detect_and_wipe(void *pcm) {
    float probability[HEARD / 80 + 1];
    solo_vad *vad = solo_vad_create(engine(), 8000, NULL);
    int n = solo_vad_process_s16(vad, pcm, HEARD, probability, COUNT_OF(probability));
    solo_vad_destroy(vad);
    return n > 0 ? NULL : pcm;
}

static void *enrol_and_wipe(void *pcm) {
    solo_voice *voice = solo_voice_create(engine(), NULL);
    int error = solo_voice_begin(voice, 8000);
    int n = solo_voice_push_s16(voice, pcm, HEARD);
    solo_voice_destroy(voice);
    return error == SOLO_OK && n == HEARD ? NULL : pcm;
}

static void assert_wiped(const char *what, void *(*run)(void *), void *argument) {
    enum { WIPED = 32 * 1024 };
    unsigned char *stack = stack_of(run, argument);
    size_t end = end_of(stack);
    for (size_t i = 0; i < WIPED; i++)
        if (stack[end + i] != 0)
            fail_msg("%s: %zu bytes over the deepest one the stack is not wiped", what, i);
    free(stack);
}

/* The audio path goes no deeper than what a wipe overwrites. */
static void test_stack_is_wiped(void **state) {
    (void)state;
#if !defined(__OPTIMIZE__) || defined(LIB_UNOPTIMISED)
    skip();
#endif
    if (!hooks_work())
        skip(); /* a sanitizer's own frames */
    for (size_t k = 0; k < COUNT_OF(kinds); k++) {
        struct line line = line_of(&kinds[k]);
        assert_wiped("a call", use_and_wipe, &line);
        line_drop(&line);
    }
    struct legs16 legs = cut(scene_named("it-handset"), 0.0, 2.0);
    int16_t *pcm = samples_copy(legs.a, HEARD);
    assert_wiped("voice activity", detect_and_wipe, pcm);
    assert_wiped("an enrolment", enrol_and_wipe, pcm);
    free(pcm);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_no_page_fault),
    cmocka_unit_test(test_no_denormal),
    cmocka_unit_test(test_stack),
    cmocka_unit_test(test_stack_is_wiped),
};
const struct group bounded_group = {"bounded", tests, COUNT_OF(tests)};
