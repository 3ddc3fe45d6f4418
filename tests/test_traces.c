/* What a call leaves outside of its own memory: on the stack of the thread that ran it, and in a
 * core dump of the process. The legs carry one magnitude with random signs, which is easy to find.
 */
#define _GNU_SOURCE /* MAP_ANONYMOUS, MADV_DONTDUMP */
#include "enrolled.h"
#include "hooks.h"
#include "support.h"

#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    MAGNITUDE = 12345,
    NEAR = 400,        /* a copy without DC, or with a leak taken out, is that far off */
    RUN = 8,           /* samples in a row that are no chance, */
    RUN_IN_CORE = 160, /* and that are in no registers */
    STACK_BYTES = 256 * 1024,
    FRAMES = 100
};

/* Runs of so many and more of the pattern, as floats and as 16-bit samples. */
static size_t runs_in(const void *memory, size_t bytes, size_t least) {
    const char *at = memory;
    size_t found = 0, run = 0;
    for (size_t i = 0; i + sizeof(float) <= bytes; i += sizeof(float)) {
        float x;
        memcpy(&x, at + i, sizeof(x));
        run = fabsf(fabsf(x) * 32768.0f - MAGNITUDE) < NEAR ? run + 1 : 0;
        found += run == least;
    }
    run = 0;
    for (size_t i = 0; i + sizeof(int16_t) <= bytes; i += sizeof(int16_t)) {
        int16_t x;
        memcpy(&x, at + i, sizeof(x));
        run = abs(abs(x) - MAGNITUDE) < NEAR ? run + 1 : 0;
        found += run == least;
    }
    return found;
}

/* How a call ends; the memory of one that was created is watched by test_privacy.c. */
enum ending { UNENDED, DESTROYED, RESET, REWOUND };

/* A call on a stack that can be looked at. */
struct media_thread {
    const solo_config *config;
    enum ending ending;
    size_t step;
    int16_t *frame; /* [2][step]; what the call gave replaces the first */
};

static void *run_call(void *argument) {
    struct media_thread *it = argument;
    uint32_t random = 17;
    solo_call *call = solo_call_create(engine(), it->config, NULL);
    for (int f = 0; call && f < FRAMES; f++) {
        for (size_t i = 0; i < 2 * it->step; i++)
            it->frame[i] = random_next(&random) & 1 ? MAGNITUDE : -MAGNITUDE;
        solo_call_process_s16(call, it->frame, it->frame + it->step, it->frame, it->step);
    }
    if (it->ending == RESET)
        solo_call_reset(call);
    if (it->ending == REWOUND)
        solo_call_rewind(call);
    if (it->ending == DESTROYED)
        solo_call_destroy(call);
    return it->ending == DESTROYED ? NULL : call;
}

/* Runs it on a stack of its own; gives what that holds then. Freed by the caller. */
static char *stack_after(void *(*run)(void *), void *argument, solo_call **call) {
    pthread_attr_t attributes;
    pthread_t thread;
    void *made = NULL;
    char *stack = aligned_alloc(4096, STACK_BYTES);
    assert_non_null(stack);
    memset(stack, 0, STACK_BYTES);
    assert_int_equal(pthread_attr_init(&attributes), 0);
    assert_int_equal(pthread_attr_setstack(&attributes, stack, STACK_BYTES), 0);
    assert_int_equal(pthread_create(&thread, &attributes, run, argument), 0);
    pthread_join(thread, &made);
    pthread_attr_destroy(&attributes);
    *call = made;
    return stack;
}

/* Runs of the samples on a stack on which a call ran and ended. */
static size_t runs_on_stack(const solo_config *config, enum ending ending) {
    struct media_thread it = {.config = config, .ending = ending};
    solo_call *call;
    it.step = (size_t)config->sample_rate / 50;
    it.frame = samples_new(2 * it.step);
    char *stack = stack_after(run_call, &it, &call);
    size_t found = runs_in(stack, STACK_BYTES, RUN);
    solo_call_destroy(call);
    free(it.frame);
    free(stack);
    return found;
}

static void test_stack(void **state) {
    static const int rates[] = {8000, 16000, 44100};
    static const char *const endings[] = {"", "destroy", "reset", "rewind"};
    (void)state;
    if (!hooks_work()) /* a sanitizer makes frames larger */
        skip();
    solo_voice *voice = agent_of("mixed-it");
    for (size_t i = 0; i < 2 * COUNT_OF(rates); i++) {
        solo_config config = config_of(rates[i / 2], SOLO_AGENT_LEG_A);
        config.consent = i & 1 ? SOLO_CONSENT_GIVEN : SOLO_CONSENT_OFF;
        config.voice = i & 1 ? voice : NULL;
        config.metrics = 1;
        if (rates[i / 2] ==
            8000) /* at others it is no longer the pattern, but what is left of it */
            assert_true(runs_on_stack(&config, UNENDED) > 0);
        for (int ending = DESTROYED; ending <= REWOUND; ending++) {
            size_t found = runs_on_stack(&config, (enum ending)ending);
            if (found > 0)
                fail_msg("%d Hz: %zu runs of the customer's samples are on the stack after a %s",
                         config.sample_rate, found, endings[ending]);
        }
    }
    solo_voice_destroy(voice);
}

/* Ways to make a call, and to ask for its size, of a config that lies elsewhere. */
static void *make_call(void *config) {
    return solo_call_create(engine(), config, NULL);
}

static void *make_call_in_place(void *config) {
    static char memory[400000];
    solo_call *call = NULL;
    solo_call_init(memory, sizeof(memory), engine(), config, &call);
    return call;
}

static void *size_call(void *config) {
    return solo_call_get_size(engine(), config) > 0 ? NULL : config;
}

/* Who knows the seed can turn the altered voice back. */
static void test_seed_is_not_on_the_stack(void **state) {
    void *(*const ways[])(void *) = {make_call, make_call_in_place, size_call};
    (void)state;
    if (!hooks_work())
        skip();
    solo_config config = config_of(8000, SOLO_AGENT_LEG_A);
    config.customer = SOLO_CUSTOMER_ALTER;
    config.alter_seed[0] = 0x9d2c5680a1b3c4d5u;
    config.alter_seed[1] = 0x1234567890abcdefu;
    for (size_t way = 0; way < COUNT_OF(ways); way++) {
        solo_call *call;
        char *stack = stack_after(ways[way], &config, &call);
        assert_true((call != NULL) == (ways[way] != size_call));
        for (size_t i = 0; i + sizeof(uint64_t) <= STACK_BYTES; i++)
            for (int half = 0; half < 2; half++)
                if (memcmp(stack + i, &config.alter_seed[half], sizeof(uint64_t)) == 0)
                    fail_msg("way %zu leaves half %d of the seed on the stack", way, half);
        solo_call_destroy(call);
        free(stack);
    }
}

/* ------------------------------------------------------------------ core dumps */

enum { MARKED_BYTES = 1024 * 1024 };

/* Memory that core dumps leave out: what docs/ARCHITECTURE.md shows. */
static char *marked_memory(void) {
    void *memory =
        mmap(NULL, MARKED_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(memory != MAP_FAILED);
    assert_int_equal(madvise(memory, MARKED_BYTES, MADV_DONTDUMP), 0);
    return memory;
}

/* The kernel's flags of the mapping that an address is in; "dd": not dumped. */
static void flags_of(const void *address, char *flags, size_t room) {
    char line[512];
    bool inside = false;
    FILE *stream = fopen("/proc/self/smaps", "r");
    assert_non_null(stream);
    *flags = '\0';
    while (fgets(line, sizeof(line), stream)) {
        unsigned long from, to;
        if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
            inside = (uintptr_t)address >= from && (uintptr_t)address < to;
        else if (inside && strncmp(line, "VmFlags:", 8) == 0)
            snprintf(flags, room, "%s", line + 8);
    }
    fclose(stream);
}

static void test_marked_memory(void **state) {
    solo_config config = config_of(8000, SOLO_AGENT_LEG_A);
    solo_call *call = NULL;
    char flags[512], *memory = marked_memory();
    (void)state;
    assert_int_equal(solo_call_init(memory, MARKED_BYTES, engine(), &config, &call), SOLO_OK);
    flags_of(call, flags, sizeof(flags));
    if (!strstr(flags, " dd"))
        fail_msg("the call's memory is marked, and its flags are%s", flags);
    solo_call_wipe(call);
    munmap(memory, MARKED_BYTES);
}

/* Everything of a call in marked memory: call, frames, and the stack that it runs on. */
struct marked_call {
    char *memory, *stack;
    int16_t *frame;
};

static void *run_and_crash(void *argument) {
    struct marked_call *it = argument;
    solo_config config = config_of(8000, SOLO_AGENT_LEG_A);
    solo_call *call = NULL;
    uint32_t random = 17;
    if (solo_call_init(it->memory, MARKED_BYTES / 2, engine(), &config, &call) != SOLO_OK)
        _exit(1);
    for (int f = 0; f < FRAMES; f++) {
        for (size_t i = 0; i < 320; i++)
            it->frame[i] = random_next(&random) & 1 ? MAGNITUDE : -MAGNITUDE;
        solo_call_process_s16(call, it->frame, it->frame + 160, it->frame, 160);
    }
    memset(it->frame, 0, 640);
    abort();
}

/* What a process does before it crashes. */
enum crash { CRASH_IDLE, CRASH_IN_CALL, CRASH_IN_MARKED_CALL };

static void crash(enum crash when) {
    struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};
    struct marked_call it = {.memory = marked_memory()};
    pthread_attr_t attributes;
    pthread_t thread;
    die_of_crashes();
    if (setrlimit(RLIMIT_CORE, &all) != 0 || chdir(getenv("SOLO_TMP")) != 0)
        _exit(1);
    if (when == CRASH_IDLE)
        abort();
    if (when == CRASH_IN_CALL && madvise(it.memory, MARKED_BYTES, MADV_DODUMP) != 0)
        _exit(1);
    it.stack = it.memory + MARKED_BYTES / 2;
    it.frame = (int16_t *)(void *)(it.stack + STACK_BYTES);
    pthread_attr_init(&attributes);
    pthread_attr_setstack(&attributes, it.stack, STACK_BYTES);
    pthread_create(&thread, &attributes, run_and_crash, &it);
    pthread_join(thread, NULL);
    _exit(1);
}

/* Runs of the samples in the core of a process that crashed; -1: it left no core. */
static long runs_in_core(enum crash when) {
    char path[1024];
    int status = 0;
    (void)engine();
    snprintf(path, sizeof(path), "%s/core", getenv("SOLO_TMP"));
    remove(path);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        crash(when);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    FILE *stream = fopen(path, "rb");
    if (!stream)
        return -1;
    fseek(stream, 0, SEEK_END);
    size_t bytes = (size_t)ftell(stream);
    char *core = malloc(bytes);
    rewind(stream);
    assert_true(core && fread(core, 1, bytes, stream) == bytes);
    fclose(stream);
    remove(path);
    long found = (long)runs_in(core, bytes, RUN_IN_CORE);
    free(core);
    return found;
}

/* Where the machine writes cores as plain files (core_pattern "core"). */
static bool cores_are_files(void) {
    char pattern[8] = "", with_pid[8] = "";
    FILE *stream = fopen("/proc/sys/kernel/core_pattern", "r");
    if (stream && fgets(pattern, sizeof(pattern), stream))
        fclose(stream);
    stream = fopen("/proc/sys/kernel/core_uses_pid", "r");
    if (stream && fgets(with_pid, sizeof(with_pid), stream))
        fclose(stream);
    return strcmp(pattern, "core\n") == 0 && with_pid[0] == '0' && getenv("SOLO_TMP");
}

static void test_core(void **state) {
    (void)state;
    if (!hooks_work() || !cores_are_files())
        skip();
    scenes_drop();                          /* the core need not hold them */
    long before = runs_in_core(CRASH_IDLE); /* other tests' */
    if (before < 0)
        skip(); /* cores are forbidden here */
    assert_true(runs_in_core(CRASH_IN_CALL) > before);
    assert_int_equal(runs_in_core(CRASH_IN_MARKED_CALL), before);
}

/* ------------------------------------------------------------------ the tool */

enum { NOBODY = 65534 };

/* Starts a program, as nobody if this is root, that waits for its standard input. */
static pid_t start(const char *const *argv, int *input) {
    int ends[2], program = open(argv[0], O_RDONLY | O_CLOEXEC); /* nobody may not reach it */
    assert_true(program >= 0);
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct rlimit limit;
        getrlimit(RLIMIT_CORE, &limit);
        limit.rlim_cur = limit.rlim_max; /* a limit that is there already says nothing */
        setrlimit(RLIMIT_CORE, &limit);
        dup2(ends[0], STDIN_FILENO);
        close(ends[1]);
        if (getuid() != 0 || setuid(NOBODY) == 0)
            fexecve(program, (char *const *)argv, environ);
        _exit(127);
    }
    close(program);
    close(ends[0]);
    *input = ends[1];
    return child;
}

static void end(pid_t child, int input) {
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    close(input);
}

/* Whether its memory is nobody's business, not even that of its user's other programs, a debugger
 * or whatever collects cores: /proc then gives it to root. */
static bool is_shut(pid_t child) {
    char path[64];
    struct stat facts;
    snprintf(path, sizeof(path), "/proc/%d/mem", (int)child);
    assert_int_equal(waitpid(child, NULL, WNOHANG), 0); /* it runs */
    return stat(path, &facts) == 0 && facts.st_uid == 0;
}

/* /proc tells it to everybody, prlimit() only to the process's own user. */
static bool writes_no_core(pid_t child) {
    char path[64], line[256];
    long most = -1;
    snprintf(path, sizeof(path), "/proc/%d/limits", (int)child);
    FILE *stream = fopen(path, "r");
    while (stream && fgets(line, sizeof(line), stream))
        if (sscanf(line, "Max core file size %ld", &most) == 1)
            break;
    if (stream)
        fclose(stream);
    return most == 0;
}

/* The tool shuts itself before it reads anything; `cat` stays open. */
static void test_tool_is_shut(void **state) {
    const char *tool = getenv("SOLO_TOOL");
    const char *const control[] = {"/bin/cat", NULL};
    const char *const erase[] = {tool, "erase", "--agent", "left", "-", "/dev/null", NULL};
    int input;
    bool shut = false;
    (void)state;
    if (!tool || access(tool, X_OK) != 0)
        skip();
    pid_t child = start(control, &input);
    usleep(100000); /* it is `cat` by now */
    assert_false(is_shut(child));
    end(child, input);
    child = start(erase, &input);
    for (int i = 0; i < 500 && !shut; i++) { /* five seconds at most */
        usleep(10000);
        shut = is_shut(child) && writes_no_core(child);
    }
    end(child, input);
    assert_true(shut);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_stack),         cmocka_unit_test(test_seed_is_not_on_the_stack),
    cmocka_unit_test(test_marked_memory), cmocka_unit_test(test_core),
    cmocka_unit_test(test_tool_is_shut),
};
const struct group traces_group = {"traces", tests, COUNT_OF(tests)};
