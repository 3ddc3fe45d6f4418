/* The least that a program needs, on a call made of noise: the customer talks, leaks into the
 * agent's leg 12 dB down and 5 ms late, then the agent talks. Fails when he is not erased or the
 * agent not kept. cc minimal.c $(pkg-config --cflags --libs solotrack) -lm */
#include <math.h>
#include <solotrack.h>
#include <stdio.h>
#include <stdlib.h>

enum { RATE = 8000, HALF = 8 * RATE, ALL = 2 * HALF, LEAK = RATE / 200 };

int main(void) {
    static int16_t agent[ALL], customer[ALL], out[ALL];
    double power_in[2] = {0, 0}, power_out[2] = {0, 0};
    for (int i = LEAK; i < ALL; i++) { /* syllables of noise, four a second */
        int16_t noise = (int16_t)((rand() % 8192 - 4096) * fmax(0.0, sin(8 * 3.1416 * i / RATE)));
        customer[i] = i < HALF ? noise : 0;
        agent[i] = i < HALF ? (int16_t)(customer[i - LEAK] / 4) : noise;
    }
    solo_config config;
    solo_engine *engine = solo_engine_create(NULL);
    solo_config_init(&config, SOLO_INPUT_STEREO, RATE);
    config.agent = SOLO_AGENT_LEG_A;
    solo_call *call = solo_call_create(engine, &config, NULL);
    if (!call)
        return fputs("minimal: no call could be made\n", stderr), 1;
    int late = solo_call_latency(call);
    solo_call_process_s16(call, agent, customer, out, ALL);
    for (int i = late; i < ALL; i++) {
        power_in[i - late >= HALF] += pow(agent[i - late], 2);
        power_out[i - late >= HALF] += pow(out[i], 2);
    }
    solo_call_destroy(call);
    solo_engine_destroy(engine);
    double erased = 10 * log10(power_in[0] / (power_out[0] + 1)), kept = power_out[1] / power_in[1];
    printf("customer erased by %.0f dB, %.0f %% of the agent kept\n", erased, 100 * kept);
    if (erased < 40 || kept < 0.9)
        return fputs("minimal: the effect did not happen\n", stderr), 1;
    return 0;
}
