#include "recorded.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CARLO   "asterisk-core-sounds-it-wav/it_IT_m_Carlo/"
#define MENARDI "asterisk-prompt-it-menardi-wav/it_IT_f_Menardi/"

const char *const enrolled_prompts[ENROLLED_PROMPTS] = {
    CARLO "vm-newuser.wav", CARLO "agent-alreadyon.wav", CARLO "vm-rec-unv.wav",
    CARLO "vm-review.wav"};
const char *const agent_prompts[TURNS_EACH] = {CARLO "vm-intro.wav", CARLO "vm-tempgreeting2.wav"};
const char *const customer_prompts[TURNS_EACH] = {MENARDI "queue-periodic-announce.wav",
                                                  MENARDI "dir-instr.wav"};

char *prompt_path(const char *name, char path[NAME_BYTES]) {
    const char *voices = getenv("SOLO_VOICES");
    if (voices == NULL) {
        fail_msg("set SOLO_VOICES to the folder that data/voices.sh filled");
    }
    snprintf(path, NAME_BYTES, "%s/%s", voices, name);
    return path;
}

struct call recorded_call(void) {
    struct call call = {8000, 60 * 8000, NULL, NULL};
    call.agent = calloc((size_t)call.frames, sizeof *call.agent);
    call.customer = calloc((size_t)call.frames, sizeof *call.customer);
    int at = 8000;
    for (int turn = 0; turn < 2 * TURNS_EACH; turn++) {
        SF_INFO info;
        char path[NAME_BYTES];
        bool agent = turn % 2 == 0;
        float *leg = agent ? call.agent : call.customer;
        float *prompt = read_channel(
            prompt_path((agent ? agent_prompts : customer_prompts)[turn / 2], path), 0, &info);
        assert_int_equal(info.samplerate, 8000);
        assert_true(at + info.frames < call.frames);
        memcpy(leg + at, prompt, sizeof *leg * (size_t)info.frames);
        at += (int)info.frames + 4000;
        free(prompt);
    }
    call.frames = at;
    return call;
}
