/* Peers in processes of their own, which read frames of both legs and write frames of output: see
 * bench/peers/. They are no dependency: one whose program is not there does not take part. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "delay_probe.h"
#include "systems.h"

enum { PATH_BYTES = 4096, RATE_BYTES = 16, EXEC_FAILED = 127 };

struct peer {
    size_t frame;
    size_t latency;
    pid_t pid;
    FILE *to, *from;
};

/* SOLO_PEERS: the folder with the programs. */
static void program_path(char *path, const char *program) {
    const char *folder = getenv("SOLO_PEERS");
    snprintf(path, PATH_BYTES, "%s/%s", folder != NULL ? folder : "build/peers", program);
}

bool system_present(const struct bench_system *system) {
    char path[PATH_BYTES];
    if (system->program == NULL) {
        return true;
    }
    program_path(path, system->program);
    return access(path, X_OK) == 0;
}

void system_version(const struct bench_system *system, char *text, size_t size) {
    char path[PATH_BYTES];
    char command[PATH_BYTES + 32];
    program_path(path, system->program);
    snprintf(command, sizeof command, "'%s' --version 2>/dev/null", path);
    FILE *answer = popen(command, "r");
    text[0] = '\0';
    if (answer != NULL) {
        if (fgets(text, (int)size, answer) == NULL) {
            text[0] = '\0';
        }
        text[strcspn(text, "\n")] = '\0';
        pclose(answer);
    }
}

static void peer_close(void *state) {
    struct peer *peer = state;
    if (peer->to != NULL) {
        fclose(peer->to);
    }
    if (peer->from != NULL) {
        fclose(peer->from);
    }
    if (peer->pid > 0) {
        waitpid(peer->pid, NULL, 0);
    }
    free(peer);
}

/* A peer that has gone leaves silence. */
static void peer_process(void *state, const int16_t *agent, const int16_t *customer, int16_t *out) {
    struct peer *peer = state;
    memset(out, 0, peer->frame * sizeof *out);
    if (fwrite(agent, sizeof *agent, peer->frame, peer->to) != peer->frame ||
        fwrite(customer, sizeof *customer, peer->frame, peer->to) != peer->frame ||
        fflush(peer->to) != 0 || fread(out, sizeof *out, peer->frame, peer->from) != peer->frame) {
        memset(out, 0, peer->frame * sizeof *out);
    }
}

/* In the child: the ends of the pipes become standard input and output. */
static void become(const char *path, int rate, const int in[2], const int out[2]) {
    char text[RATE_BYTES];
    snprintf(text, sizeof text, "%d", rate);
    if (dup2(in[0], STDIN_FILENO) >= 0 && dup2(out[1], STDOUT_FILENO) >= 0) {
        execl(path, path, text, (char *)NULL);
    }
    _exit(EXEC_FAILED);
}

/* Closed in the children of other peers, or these would never see the end of their input. */
static bool make_pipe(int ends[2]) {
    return pipe(ends) == 0 && fcntl(ends[0], F_SETFD, FD_CLOEXEC) == 0 &&
           fcntl(ends[1], F_SETFD, FD_CLOEXEC) == 0;
}

static struct peer *start(const char *program, int rate) {
    char path[PATH_BYTES];
    int in[2], out[2];
    struct peer *peer = calloc(1, sizeof *peer);
    if (peer == NULL || !make_pipe(in) || !make_pipe(out)) {
        free(peer);
        return NULL;
    }
    program_path(path, program);
    signal(SIGPIPE, SIG_IGN);
    peer->frame = system_frame(rate);
    peer->pid = fork();
    if (peer->pid == 0) {
        become(path, rate, in, out);
    }
    close(in[0]);
    close(out[1]);
    peer->to = fdopen(in[1], "wb");
    peer->from = fdopen(out[0], "rb");
    if (peer->pid < 0 || peer->to == NULL || peer->from == NULL) {
        peer_close(peer);
        return NULL;
    }
    return peer;
}

static void *open_at(const char *program, int rate) {
    struct peer *probe = start(program, rate);
    struct peer *peer = start(program, rate);
    if (probe != NULL && peer != NULL) {
        peer->latency = delay_probe(peer_process, probe, rate);
    }
    if (probe != NULL) {
        peer_close(probe);
    }
    return peer;
}

static void *open_aec(int rate) {
    return open_at("webrtc", rate);
}

static void *open_aec3(int rate) {
    return open_at("webrtc-aec3", rate);
}

static size_t peer_latency(const void *state) {
    const struct peer *peer = state;
    return peer->latency;
}

const struct bench_system system_webrtc = {.key = "webrtc",
                                           .title = "WebRTC AEC",
                                           .program = "webrtc",
                                           .filters = &system_webrtc,
                                           .open = open_aec,
                                           .close = peer_close,
                                           .process = peer_process,
                                           .latency = peer_latency};

const struct bench_system system_webrtc_aec3 = {.key = "webrtc-aec3",
                                                .title = "WebRTC AEC3",
                                                .program = "webrtc-aec3",
                                                .filters = &system_webrtc_aec3,
                                                .open = open_aec3,
                                                .close = peer_close,
                                                .process = peer_process,
                                                .latency = peer_latency};
