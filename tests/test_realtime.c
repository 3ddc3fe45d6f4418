/* No memory, lock, clock or system call in the audio path: counted by the program's own malloc()
 * and locks, and proved by a child that may do nothing but end. */
#include "hooks.h"
#include "mixtures.h"
#include "support.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FRAME_MS = 20, FRAME_MAX = 48 * FRAME_MS, TEN_SECONDS = 10 };

/* Calls that ask for everything that their input may ask for; one stereo call has no voice. */
static const struct kind {
    int rate;
    bool mixed;
} kinds[] = {{8000, false},  {16000, false}, {11025, false},
             {44100, false}, {8000, true},   {16000, true}};

long syscall(long number, ...); /* POSIX alone does not declare it */

/* A call of ten seconds at some rate, ready to be fed. */
struct ready {
    solo_call *call;
    struct legs16 legs;
    size_t frame;
    bool mixed;
};

static struct ready get_ready(const struct kind *kind) {
    const struct scene *scene = scene_named("it-handset");
    struct legs16 mixture = mixture_of("mixed-it"), cut_out = cut(scene, 4.0, 4.0 + TEN_SECONDS);
    solo_voice *voice = agent_of("mixed-it");
    solo_config config =
        kind->mixed ? config_mixed(kind->rate, voice) : config_of(kind->rate, SOLO_AGENT_LEG_A);
    config.voice = kind->mixed || kind->rate != 8000 ? voice : NULL;
    config.overlap = SOLO_OVERLAP_EXTRACT;
    config.metrics = 1;
    config.fill = SOLO_FILL_TONE;
    config.consent = SOLO_CONSENT_NONE;
    config.consent_key = '1';
    mixture.n = cut_out.n;
    struct ready ready = {call_of(&config),
                          legs_at_rate(kind->mixed ? mixture : cut_out, scene->rate, kind->rate),
                          (size_t)(kind->rate * FRAME_MS / 1000), kind->mixed};
    solo_voice_destroy(voice);
    legs_free(mixture);
    return ready;
}

static void unready(struct ready ready) {
    solo_call_destroy(ready.call);
    legs_free(ready.legs);
}

/* What a media thread does besides audio. Gives the number of errors. */
static int query(solo_call *call, size_t i) {
    solo_event event;
    solo_stats stats = {.struct_size = sizeof(stats)};
    solo_metrics metrics = {.struct_size = sizeof(metrics)};
    int errors = solo_call_mask(call, i % 50 > 40) != SOLO_OK;
    errors += solo_call_set_policy(call, (int)(i % 3)) != SOLO_OK;
    errors += solo_call_set_consent(call, 1 + (int)(i % 3)) != SOLO_OK;
    errors += solo_call_stats(call, &stats) != SOLO_OK;
    errors += solo_call_metrics(call, &metrics) != SOLO_OK;
    errors += solo_call_latency(call) <= 0;
    for (int n = 1; n > 0;) {
        n = solo_call_next_event(call, &event);
        errors += n < 0;
    }
    return errors;
}

static int process_all(struct ready r) {
    int16_t out[FRAME_MAX];
    float a[FRAME_MAX], b[FRAME_MAX];
    int errors = 0, n = (int)r.frame;
    size_t half = r.legs.n / 2;
    for (size_t at = 0; at + r.frame <= half; at += r.frame) {
        errors += solo_call_process_s16(r.call, r.legs.a + at, r.legs.b + at, out, r.frame) != n;
        errors += query(r.call, at / r.frame);
    }
    for (size_t at = half; at + r.frame <= r.legs.n; at += r.frame) {
        for (size_t i = 0; i < r.frame; i++) {
            a[i] = (float)r.legs.a[at + i] / 32768.0f;
            b[i] = (float)r.legs.b[at + i] / 32768.0f;
        }
        errors += solo_call_process_f32(r.call, a, b, a, r.frame) != n;
    }
    while (solo_call_flush_s16(r.call, out, r.frame) > 0)
        errors += query(r.call, 0);
    return errors + (solo_call_reset(r.call) != SOLO_OK);
}

static int push_all(struct ready r) {
    int16_t out[FRAME_MAX];
    int errors = 0, n = (int)r.frame;
    for (size_t at = 0; at + r.frame <= r.legs.n; at += r.frame) {
        size_t i = at / r.frame;
        errors += solo_call_push_s16(r.call, SOLO_LEG_A, r.legs.a + at, r.frame) != SOLO_OK;
        int result = r.mixed       ? SOLO_OK
                     : i % 40 == 7 ? solo_call_push_lost(r.call, SOLO_LEG_B, r.frame)
                                   : solo_call_push_s16(r.call, SOLO_LEG_B, r.legs.b + at, r.frame);
        errors += result != SOLO_OK;
        errors += solo_call_pull_s16(r.call, out, r.frame) != n;
        errors += query(r.call, i);
    }
    return errors;
}

static void count(int (*use)(struct ready)) {
    if (!hooks_work())
        skip();
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        struct ready ready = get_ready(&kinds[i]);
        hooks_start();
        int errors = use(ready);
        struct hooks_count count = hooks_stop();
        assert_int_equal(errors, 0);
        assert_int_equal(count.allocations, 0);
        assert_int_equal(count.locks, 0);
        assert_int_equal(count.clocks, 0);
        unready(ready);
    }
}

static void test_no_memory_or_lock_in_process(void **state) {
    (void)state;
    count(process_all);
}

static void test_no_memory_or_lock_in_packets(void **state) {
    (void)state;
    count(push_all);
}

/* The counters count: a call that is made and freed shows. */
static void test_the_counters_count(void **state) {
    (void)state;
    if (!hooks_work())
        skip();
    hooks_start();
    solo_engine_destroy(solo_engine_create(NULL));
    struct hooks_count count = hooks_stop();
    assert_true(count.allocations >= 2);
    assert_true(count.locks >= 2);
}

/* From here on this process may only exit; anything else kills it with SIGSYS. */
static void allow_exit_only(void) {
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
    };
    struct sock_fprog program = {COUNT_OF(code), code};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        _exit(77);
}

/* What became of a child that used the library, or asked for its number, in that state. */
static int run_confined(int (*use)(struct ready), struct ready ready) {
    int status = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        die_of_crashes();
        allow_exit_only();
        int errors = use(ready);
        syscall(SYS_exit_group, errors > 0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static int ask_for_number(struct ready unused) {
    (void)unused;
    return syscall(SYS_getpid) < 0;
}

static void test_no_system_call(void **state) {
    (void)state;
    if (!hooks_work())
        skip();
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        struct ready ready = get_ready(&kinds[i]);
        int processed = run_confined(process_all, ready), pushed = run_confined(push_all, ready);
        int caught = run_confined(ask_for_number, ready);
        unready(ready);
        if (WIFEXITED(caught) && WEXITSTATUS(caught) == 77)
            skip(); /* this kernel has no seccomp */
        assert_true(WIFSIGNALED(caught));
        assert_true(WIFEXITED(processed));
        assert_int_equal(WEXITSTATUS(processed), 0);
        assert_true(WIFEXITED(pushed));
        assert_int_equal(WEXITSTATUS(pushed), 0);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_no_memory_or_lock_in_process),
    cmocka_unit_test(test_no_memory_or_lock_in_packets),
    cmocka_unit_test(test_the_counters_count),
    cmocka_unit_test(test_no_system_call),
};
const struct group realtime_group = {"realtime", tests, COUNT_OF(tests)};
