#include "peer.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATH_BYTES = 4096, EXEC_FAILED = 127 };

static void program_path(char *path, const char *program) {
    const char *folder = getenv("SOLO_PEERS");
    snprintf(path, PATH_BYTES, "%s/%s", folder != NULL ? folder : "build/peers", program);
}

bool peer_present(const char *program) {
    char path[PATH_BYTES];
    program_path(path, program);
    return access(path, X_OK) == 0;
}

void peer_version(const char *program, char *text, size_t size) {
    char path[PATH_BYTES];
    char command[PATH_BYTES + 32];
    program_path(path, program);
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

/* In the child: the ends of the pipes become standard input and output. */
static void become(const char *path, const char *const argument[3], const int in[2],
                   const int out[2]) {
    if (dup2(in[0], STDIN_FILENO) >= 0 && dup2(out[1], STDOUT_FILENO) >= 0) {
        execl(path, path, argument[0], argument[1], argument[2], (char *)NULL);
    }
    _exit(EXEC_FAILED);
}

/* Closed in the children of other peers, or these would never see the end of their input. */
static bool make_pipe(int ends[2]) {
    return pipe(ends) == 0 && fcntl(ends[0], F_SETFD, FD_CLOEXEC) == 0 &&
           fcntl(ends[1], F_SETFD, FD_CLOEXEC) == 0;
}

bool peer_start(struct peer *peer, const char *program, const char *const argument[3]) {
    char path[PATH_BYTES];
    int in[2], out[2];
    *peer = (struct peer){0};
    if (!make_pipe(in) || !make_pipe(out)) {
        return false;
    }
    program_path(path, program);
    signal(SIGPIPE, SIG_IGN);
    peer->pid = fork();
    if (peer->pid == 0) {
        become(path, argument, in, out);
    }
    close(in[0]);
    close(out[1]);
    peer->to = fdopen(in[1], "wb");
    peer->from = fdopen(out[0], "rb");
    if (peer->pid < 0 || peer->to == NULL || peer->from == NULL) {
        peer_stop(peer);
        return false;
    }
    return true;
}

bool peer_end_input(struct peer *peer) {
    bool good = fclose(peer->to) == 0;
    peer->to = NULL;
    return good;
}

void peer_stop(struct peer *peer) {
    if (peer->to != NULL) {
        fclose(peer->to);
    }
    if (peer->from != NULL) {
        fclose(peer->from);
    }
    if (peer->pid > 0) {
        waitpid(peer->pid, NULL, 0);
    }
    *peer = (struct peer){0};
}
