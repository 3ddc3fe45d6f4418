/* The LADSPA plug-in in ffmpeg and sox, and in a host of our own that does what those do not: odd
 * blocks, controls that move, a rate that cannot be. SOLO_LADSPA: the folder of solotrack.so. */
#define _POSIX_C_SOURCE 200809L
#include "call.h"

#include <dlfcn.h>
#include <ladspa.h>
#include <math.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hooks.h"

enum { LEFT, RIGHT, OUT, AGENT, POLICY, LOOKAHEAD, LATENCY, PORTS };

static const struct bars bars = {40.0, 95.0, 95.0, 20.0};

/* ------------------------------------------------------------------ our own host */

struct host {
    void *library;
    const LADSPA_Descriptor *plugin;
    LADSPA_Handle handle;
    LADSPA_Data control[PORTS];
};

static struct host host_open(const char *path) {
    struct host host = {0};
    union {
        void *object;
        LADSPA_Descriptor_Function call;
    } entry; /* ISO C has no conversion of the one to the other */
    host.library = dlopen(path, RTLD_NOW);
    if (host.library == NULL) {
        fail_msg("%s", dlerror());
    }
    entry.object = dlsym(host.library, "ladspa_descriptor");
    assert_non_null(entry.object);
    host.plugin = entry.call(0);
    assert_non_null(host.plugin);
    assert_null(entry.call(1));
    assert_int_equal(host.plugin->PortCount, PORTS);
    return host;
}

static const char *plugin_path(char path[CALL_PATH_BYTES]) {
    snprintf(path, CALL_PATH_BYTES, "%s/solotrack.so", getenv("SOLO_LADSPA"));
    return path;
}

static void host_start(struct host *host, unsigned long rate, float agent, float lookahead) {
    char path[CALL_PATH_BYTES];
    *host = host_open(plugin_path(path));
    host->handle = host->plugin->instantiate(host->plugin, rate);
    assert_non_null(host->handle);
    for (unsigned long port = AGENT; port < PORTS; port++) {
        host->plugin->connect_port(host->handle, port, &host->control[port]);
    }
    host->control[AGENT] = agent;
    host->control[LOOKAHEAD] = lookahead;
    host->plugin->activate(host->handle);
}

static void host_stop(struct host *host) {
    host->plugin->cleanup(host->handle);
    dlclose(host->library);
}

static void host_run(struct host *host, const float *left, const float *right, float *out,
                     size_t n) {
    host->plugin->connect_port(host->handle, LEFT, (float *)left);
    host->plugin->connect_port(host->handle, RIGHT, (float *)right);
    host->plugin->connect_port(host->handle, OUT, out);
    host->plugin->run(host->handle, n);
}

static void host_run_blocks(struct host *host, const struct render *r, float *out, size_t block) {
    for (size_t at = 0; at < r->n; at += block) {
        size_t n = r->n - at < block ? r->n - at : block;
        host_run(host, r->left + at, r->right + at, out + at, n);
    }
}

static float *plane_new(size_t n) {
    float *x = malloc((n + 1) * sizeof *x);
    assert_non_null(x);
    for (size_t i = 0; i < n; i++) {
        x[i] = 1.0f; /* what the plug-in does not write is noticed */
    }
    return x;
}

static double energy(const float *x, size_t n) {
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        sum += (double)x[i] * (double)x[i];
    }
    return sum;
}

static void test_any_block_gives_the_same_samples(void **state) {
    const struct call *call = *state;
    const struct render *r = &call->render;
    const size_t blocks[] = {1, 7, 160, 441, 4096, 65536};
    float *whole = plane_new(r->n), *out = plane_new(r->n);
    struct host host;
    host_start(&host, (unsigned long)r->rate, 1, 500);
    host_run_blocks(&host, r, whole, r->n);
    assert_true(energy(whole, r->n) > 1.0);
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
        host.plugin->activate(host.handle); /* begins anew */
        host_run_blocks(&host, r, out, blocks[i]);
        assert_memory_equal(out, whole, r->n * sizeof *out);
    }
    host_stop(&host);
    free(whole);
    free(out);
}

static void test_in_place(void **state) {
    const struct call *call = *state;
    const struct render *r = &call->render;
    float *apart = plane_new(r->n), *same = plane_new(r->n);
    struct host host;
    host_start(&host, (unsigned long)r->rate, 1, 500);
    host_run_blocks(&host, r, apart, 256);
    for (int leg = LEFT; leg <= RIGHT; leg++) {
        memcpy(same, leg == LEFT ? r->left : r->right, r->n * sizeof *same);
        host.plugin->activate(host.handle);
        host_run(&host, leg == LEFT ? same : r->left, leg == RIGHT ? same : r->right, same, r->n);
        assert_memory_equal(same, apart, r->n * sizeof *same);
    }
    host_stop(&host);
    free(apart);
    free(same);
}

static void test_nobody_named_is_silence(void **state) {
    const struct call *call = *state;
    const struct render *r = &call->render;
    float *out = plane_new(r->n);
    const float nobody[] = {0.0f, -1.0f, 3.0f, NAN};
    struct host host;
    for (size_t i = 0; i < sizeof nobody / sizeof *nobody; i++) {
        host_start(&host, (unsigned long)r->rate, nobody[i], 500);
        host_run_blocks(&host, r, out, 4096);
        assert_true(energy(out, r->n) == 0.0);
        host_stop(&host);
    }
    free(out);
}

/* Naming the other leg keeps the other party, and starts from nothing. */
static void test_legs_swapped(void **state) {
    const struct call *call = *state;
    const struct render *r = &call->render;
    float *left = plane_new(r->n), *right = plane_new(r->n);
    struct host host;
    host_start(&host, (unsigned long)r->rate, 1, 500);
    host_run_blocks(&host, r, left, 1024);
    host.control[AGENT] = 2;
    for (size_t at = 0; at < r->n; at += 1024) {
        size_t n = r->n - at < 1024 ? r->n - at : 1024;
        host_run(&host, r->right + at, r->left + at, right + at, n);
    }
    assert_memory_equal(left, right, r->n * sizeof *left);
    host_stop(&host);
    free(left);
    free(right);
}

/* Where nothing leaks the agent's samples pass unaltered: their place tells the true latency. */
static void test_latency_port_is_true(void **state) {
    (void)state;
    struct call *call = call_new("en-no-leak");
    const struct render *r = &call->render;
    const float lookaheads[] = {0, 40, 500, 1000, NAN};
    const int expected_ms[] = {40, 80, 540, 1040, 540};
    float *out = plane_new(r->n);
    for (size_t i = 0; i < sizeof lookaheads / sizeof *lookaheads; i++) {
        struct host host;
        host_start(&host, (unsigned long)r->rate, 1, lookaheads[i]);
        host_run_blocks(&host, r, out, 512);
        size_t latency = (size_t)host.control[LATENCY], same = 0, passed = 0;
        assert_int_equal(latency, expected_ms[i] * r->rate / 1000);
        for (size_t s = latency; s < r->n; s++) {
            passed += out[s] != 0.0f;
            same += out[s] != 0.0f && out[s] == r->agent_leg[s - latency];
        }
        assert_true(passed > r->n / 10);
        assert_true((double)same > 0.95 * (double)passed); /* the rest is faded */
        host_stop(&host);
    }
    free(out);
    call_drop(call);
}

/* From the hop at which the control moves, fidelity passes at least what privacy does. */
static void test_policy_moves_live(void **state) {
    const struct call *call = *state;
    const struct render *r = &call->render;
    size_t half = r->n / 2;
    float *privacy = plane_new(r->n), *moved = plane_new(r->n);
    struct host host;
    host_start(&host, (unsigned long)r->rate, 1, 500);
    host_run_blocks(&host, r, privacy, 512);
    host.plugin->activate(host.handle);
    host_run(&host, r->left, r->right, moved, half);
    host.control[POLICY] = 2;
    host_run(&host, r->left + half, r->right + half, moved + half, r->n - half);
    assert_memory_equal(moved, privacy, half * sizeof *moved);
    assert_true(memcmp(moved + half, privacy + half, (r->n - half) * sizeof *moved) != 0);
    host_stop(&host);
    free(privacy);
    free(moved);
}

static void test_rates_that_cannot_be(void **state) {
    (void)state;
    const unsigned long wrong[] = {0, 1, 7999, 8001, 96000, 1000000000, (unsigned long)-1};
    const unsigned long right[] = {8000, 11025, 16000, 22050, 32000, 44100, 48000};
    char path[CALL_PATH_BYTES];
    struct host host = host_open(plugin_path(path));
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_null(host.plugin->instantiate(host.plugin, wrong[i]));
    }
    for (size_t i = 0; i < sizeof right / sizeof *right; i++) {
        host.handle = host.plugin->instantiate(host.plugin, right[i]);
        assert_non_null(host.handle);
        host.plugin->cleanup(host.handle);
    }
    dlclose(host.library);
}

static void test_no_memory(void **state) {
    (void)state;
    if (!hooks_work()) {
        skip();
    }
    char path[CALL_PATH_BYTES];
    struct host host = host_open(plugin_path(path));
    bool ran_out = true;
    long k = 0;
    while (ran_out) {
        hooks_fail(++k);
        LADSPA_Handle handle = host.plugin->instantiate(host.plugin, 44100);
        ran_out = hooks_failed();
        hooks_fail(0);
        assert_true((handle == NULL) == ran_out);
        if (handle != NULL) {
            host.plugin->cleanup(handle);
        }
    }
    assert_true(k > 3);
    dlclose(host.library);
}

/* A call that cannot be made anew when the look-ahead moves: silence, no crash, and the next
 * activation has it. */
static void test_no_memory_in_activate(void **state) {
    const struct call *call = *state;
    const struct render *r = &call->render;
    if (!hooks_work()) {
        skip();
    }
    float *out = plane_new(r->n);
    struct host host;
    host_start(&host, (unsigned long)r->rate, 1, 500);
    host.control[LOOKAHEAD] = 200;
    hooks_fail(1);
    host.plugin->activate(host.handle);
    assert_true(hooks_failed());
    hooks_fail(0);
    host_run_blocks(&host, r, out, 4096);
    assert_true(energy(out, r->n) == 0.0);
    host.plugin->activate(host.handle);
    host_run_blocks(&host, r, out, 4096);
    assert_true(energy(out, r->n) > 1.0);
    host_stop(&host);
    free(out);
}

static void test_run_takes_no_memory_and_no_lock(void **state) {
    const struct call *call = *state;
    const struct render *r = &call->render;
    if (!hooks_work()) {
        skip();
    }
    const unsigned long rates[] = {8000, 44100};
    float *out = plane_new(r->n);
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        struct host host;
        host_start(&host, rates[i], 1, 500);
        hooks_start();
        host_run_blocks(&host, r, out, 333);
        host.control[POLICY] = 1;
        host.control[AGENT] = 2;
        host_run_blocks(&host, r, out, 64);
        struct hooks_count count = hooks_stop();
        assert_int_equal(count.allocations, 0);
        assert_int_equal(count.locks, 0);
        host_stop(&host);
    }
    free(out);
}

/* ------------------------------------------------------------------ hosts of Debian */

/* The latency as the plug-in reports it at that rate, samples. */
static int latency_at(int rate) {
    struct host host;
    float none = 0.0f;
    host_start(&host, (unsigned long)rate, 1, 500);
    host_run(&host, &none, &none, &none, 0);
    int latency = (int)host.control[LATENCY];
    host_stop(&host);
    return latency;
}

static void need(const char *program) {
    if (!call_has_program(program)) {
        print_message("SKIPPED: %s is not installed\n", program);
        skip();
    }
}

static void run_ffmpeg(const struct call *call, int rate, int block, const char *out) {
    int late = latency_at(rate);
    int status = call_run(call,
                          "ffmpeg -nostdin -y -i legs.wav -af 'aresample=%d,asetnsamples=n=%d:p=0,"
                          "apad=pad_len=%d,ladspa=file=solotrack:plugin=solotrack:"
                          "controls=c0=1|c1=0|c2=500,atrim=start_sample=%d,"
                          "asetpts=PTS-STARTPTS,aresample=%d' -c:a pcm_s16le %s",
                          rate, block, late, late, call->render.rate, out);
    assert_int_equal(status, 0);
}

static void test_ffmpeg(void **state) {
    const struct call *call = *state;
    need("ffmpeg");
    run_ffmpeg(call, 8000, 1024, "ffmpeg-8000.wav");
    call_assert_figures(call, "ffmpeg-8000.wav", 0, bars);
    run_ffmpeg(call, 44100, 1000, "ffmpeg-44100.wav");
    call_assert_figures(call, "ffmpeg-44100.wav", 2, bars);
    run_ffmpeg(call, 48000, 37, "ffmpeg-48000.wav");
    call_assert_figures(call, "ffmpeg-48000.wav", 2, bars);
}

static void test_ffmpeg_wideband(void **state) {
    (void)state;
    need("ffmpeg");
    struct call *call = call_new("it-wideband");
    run_ffmpeg(call, call->render.rate, 4096, "ffmpeg-16000.wav");
    call_assert_figures(call, "ffmpeg-16000.wav", 0, bars);
    call_drop(call);
}

/* Nobody is named where the user sets no control. */
static void test_ffmpeg_default_is_silence(void **state) {
    const struct call *call = *state;
    need("ffmpeg");
    assert_int_equal(
        call_run(call,
                 "ffmpeg -nostdin -y -i legs.wav -af ladspa=solotrack:solotrack none.raw.wav"),
        0);
    char path[CALL_PATH_BYTES];
    unsigned char bytes[4096];
    size_t n, sound = 0;
    FILE *file = fopen(call_path(call, "none.raw.wav", path), "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 256, SEEK_SET), 0); /* past the header */
    while ((n = fread(bytes, 1, sizeof bytes, file)) > 0) {
        for (size_t i = 0; i < n; i++) {
            sound += bytes[i] != 0;
        }
    }
    assert_int_equal(ferror(file), 0);
    fclose(file);
    assert_int_equal(sound, 0);
}

static void test_sox(void **state) {
    const struct call *call = *state;
    need("sox");
    int late = latency_at(8000);
    for (int buffer = 64; buffer <= 65536; buffer *= 32) {
        assert_int_equal(call_run(call,
                                  "sox -D --buffer %d legs.wav sox.wav pad 0 %ds "
                                  "ladspa solotrack solotrack 1 0 500 0 trim %ds remix 1",
                                  buffer, late, late),
                         0);
        call_assert_figures(call, "sox.wav", 0, bars);
    }
    assert_int_not_equal(call_run(call, "sox legs.wav no.wav rate 96000 "
                                        "ladspa solotrack solotrack 1 0 500 0"),
                         0);
}

static int open_call(void **state) {
    *state = call_new("it-handset");
    return *state != NULL ? 0 : -1;
}

static int close_call(void **state) {
    call_drop(*state);
    return 0;
}

static void *come_and_go(void *user) {
    const LADSPA_Descriptor *plugin = user;
    for (int i = 0; i < 40; i++) {
        LADSPA_Handle handle = plugin->instantiate(plugin, 8000);
        if (handle != NULL) {
            plugin->cleanup(handle);
        }
    }
    return NULL;
}

/* Two plug-ins that hold a copy of the library each, as those for LADSPA and GStreamer do, plan
 * their FFTs in one process. */
static void test_two_copies(void **state) {
    char path[CALL_PATH_BYTES], copy[CALL_PATH_BYTES], command[3 * CALL_PATH_BYTES];
    pthread_t thread[2];
    (void)state;
    plugin_path(path);
    snprintf(copy, sizeof copy, "%s/copy-%ld.so", getenv("SOLO_TMP"), (long)getpid());
    snprintf(command, sizeof command, "cp '%s' '%s'", path, copy);
    assert_int_equal(system(command), 0);
    struct host hosts[2] = {host_open(path), host_open(copy)};
    assert_ptr_not_equal(hosts[0].plugin, hosts[1].plugin);
    for (int i = 0; i < 2; i++) {
        void *plugin = (void *)(uintptr_t)hosts[i].plugin;
        assert_int_equal(pthread_create(&thread[i], NULL, come_and_go, plugin), 0);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(thread[i], NULL);
        dlclose(hosts[i].library);
    }
    unlink(copy);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_copies),
        cmocka_unit_test(test_any_block_gives_the_same_samples),
        cmocka_unit_test(test_in_place),
        cmocka_unit_test(test_nobody_named_is_silence),
        cmocka_unit_test(test_legs_swapped),
        cmocka_unit_test(test_latency_port_is_true),
        cmocka_unit_test(test_policy_moves_live),
        cmocka_unit_test(test_rates_that_cannot_be),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_no_memory_in_activate),
        cmocka_unit_test(test_run_takes_no_memory_and_no_lock),
        cmocka_unit_test(test_ffmpeg),
        cmocka_unit_test(test_ffmpeg_wideband),
        cmocka_unit_test(test_ffmpeg_default_is_silence),
        cmocka_unit_test(test_sox),
    };
    setenv("LADSPA_PATH", getenv("SOLO_LADSPA") != NULL ? getenv("SOLO_LADSPA") : "", 1);
    return cmocka_run_group_tests_name("ladspa", tests, open_call, close_call);
}
