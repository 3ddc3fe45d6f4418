#include "render.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "activity.h"
#include "labels.h"

struct job {
    const struct recipe *recipe;
    const char *voices;
    struct render *out;
    float *scratch; /* n samples */
    char *error;
};

static bool fail(const struct job *job, const char *what) {
    snprintf(job->error, RECIPE_ERROR_MAX, "%s: %s", job->recipe->source, what);
    return false;
}

static bool fail_file(const struct job *job, int line, const char *file, const char *what) {
    snprintf(job->error, RECIPE_ERROR_MAX, "%.160s:%d: %.120s %.200s", job->recipe->source, line,
             file, what);
    return false;
}

static size_t sample_at(const struct job *job, double seconds) {
    size_t at = (size_t)floor(seconds * job->out->rate + 0.5);
    return at < job->out->n ? at : job->out->n;
}

static void quantise(float *x, size_t n) {
    for (size_t i = 0; i < n; i++) {
        x[i] = codec_quantise(x[i]);
    }
}

static void scale(float *x, size_t n, double db) {
    float gain = (float)pow(10.0, db / 20.0);
    for (size_t i = 0; i < n; i++) {
        x[i] *= gain;
    }
}

static void add(float *to, const float *x, size_t n) {
    for (size_t i = 0; i < n; i++) {
        to[i] += x[i];
    }
}

static bool load_voice_file(const struct job *job, enum party party, int line, const char *file,
                            struct sound_cut cut, struct sound *sound) {
    char path[4096];
    char why[128];
    char what[256];
    int length = snprintf(path, sizeof path, "%s/%s/%s", job->voices,
                          job->recipe->voice[party].folder, file);
    if (length < 0 || (size_t)length >= sizeof path) {
        return fail_file(job, line, file, "makes too long a path: move the voices folder");
    }
    if (sound_load(path, cut, job->out->rate, sound, why, sizeof why)) {
        return true;
    }
    snprintf(what, sizeof what, "(in %.60s) %.100s: check the name, or fetch the voices",
             job->recipe->voice[party].folder, why);
    return fail_file(job, line, file, what);
}

static bool add_say(const struct job *job, const struct recipe_say *say) {
    struct sound sound;
    if (!load_voice_file(job, say->party, say->line, say->file, say->cut, &sound)) {
        return false;
    }
    size_t at = sample_at(job, say->at_s);
    bool fits = at + sound.n <= job->out->n;
    if (fits) {
        float *stem = say->party == PARTY_AGENT ? job->out->agent : job->out->customer;
        scale(sound.x, sound.n, say->gain_db);
        add(stem + at, sound.x, sound.n);
    }
    free(sound.x);
    return fits || fail_file(job, say->line, say->file,
                             "runs past the end of the call: raise 'length' or cut with 'to S'");
}

/* Mean square over a stem's active frames. */
static bool active_power(const float *stem, size_t n, int rate, double *power) {
    size_t frames = activity_frame_count(n, rate);
    size_t length = activity_frame_length(rate);
    bool *active = malloc(frames + 1);
    if (active == NULL || !activity_mask(stem, n, rate, active)) {
        free(active);
        return false;
    }
    double sum = 0.0;
    size_t count = 0;
    for (size_t f = 0; f < frames; f++) {
        if (active[f]) {
            sum += mean_square(stem + f * length, length);
            count++;
        }
    }
    free(active);
    *power = count > 0 ? sum / (double)count : 0.0;
    return true;
}

static bool level_mixed_stems(const struct job *job) {
    struct render *out = job->out;
    double agent = 0.0;
    double customer = 0.0;
    if (!active_power(out->agent, out->n, out->rate, &agent) ||
        !active_power(out->customer, out->n, out->rate, &customer)) {
        return fail(job, "out of memory");
    }
    if (agent > 0.0 && customer > 0.0) {
        scale(out->agent, out->n, power_db(customer / agent) + job->recipe->mixed_db);
    }
    return true;
}

static bool make_stems(const struct job *job) {
    const struct recipe *recipe = job->recipe;
    struct render *out = job->out;
    for (size_t i = 0; i < recipe->say_count; i++) {
        if (!add_say(job, &recipe->say[i])) {
            return false;
        }
    }
    float *stem[PARTY_COUNT] = {out->agent, out->customer};
    for (int p = 0; p < PARTY_COUNT; p++) {
        if (recipe->telephone_band) {
            sound_telephone_band(stem[p], out->n, out->rate);
        }
        scale(stem[p], out->n, recipe->gain_db[p]);
    }
    if (recipe->mixed && !level_mixed_stems(job)) {
        return false;
    }
    quantise(out->agent, out->n);
    quantise(out->customer, out->n);
    return true;
}

static void add_noise(const struct job *job, enum party party, float *leg) {
    const struct recipe *recipe = job->recipe;
    struct sound_random random =
        sound_random_start(recipe->name, party == PARTY_AGENT ? "agent noise" : "customer noise");
    if (recipe->noisy[party]) {
        sound_noise(job->scratch, job->out->n, job->out->rate, recipe->noise_dbov[party],
                    recipe->telephone_band, &random);
        add(leg, job->scratch, job->out->n);
    }
}

static void add_music(const struct job *job, enum party party, float *leg) {
    for (size_t i = 0; i < job->recipe->music_count; i++) {
        const struct recipe_span *span = &job->recipe->music[i];
        size_t at = sample_at(job, span->at_s);
        size_t n = sample_at(job, span->at_s + span->length_s) - at;
        if (span->party == party) {
            sound_music(job->scratch, n, job->out->rate, span->level_dbfs);
            add(leg + at, job->scratch, n);
        }
    }
}

/* Discontinuous transmission: packets of 20 ms without speech become comfort noise, from 200 ms
 * after the last packet with speech. Speech is above -50 dBFS. */
static void send_comfort_noise(const struct job *job, enum party party, float *leg) {
    const double speech_power = 1e-5;
    size_t packet = (size_t)job->out->rate / 50;
    size_t quiet = 10;
    struct sound_random random =
        sound_random_start(job->recipe->name, party == PARTY_AGENT ? "agent cn" : "customer cn");
    if (!job->recipe->comfort[party]) {
        return;
    }
    sound_noise(job->scratch, job->out->n, job->out->rate, job->recipe->comfort_dbov[party],
                job->recipe->telephone_band, &random);
    for (size_t at = 0; at + packet <= job->out->n; at += packet) {
        quiet = mean_square(leg + at, packet) > speech_power ? 0 : quiet + 1;
        if (quiet > 10) {
            memcpy(leg + at, job->scratch + at, packet * sizeof *leg);
        }
    }
}

/* The codec's idle code: what the leg carried there never went over the line, so the components go
 * silent with it. `components` ends with NULL. */
static void send_idle(const struct job *job, enum party party, float *leg, float **components) {
    for (size_t i = 0; i < job->recipe->idle_count; i++) {
        const struct recipe_span *span = &job->recipe->idle[i];
        if (span->party != party) {
            continue;
        }
        size_t end = sample_at(job, span->at_s + span->length_s);
        for (size_t t = sample_at(job, span->at_s); t < end; t++) {
            leg[t] = codec_idle_value(job->recipe->codec);
            for (float **component = components; *component != NULL; component++) {
                (*component)[t] = 0.0f;
            }
        }
    }
}

static bool make_customer_leg(const struct job *job) {
    struct render *out = job->out;
    float *components[] = {out->customer, NULL};
    memcpy(out->customer_leg, out->customer, out->n * sizeof *out->customer_leg);
    add_music(job, PARTY_CUSTOMER, out->customer_leg);
    add_noise(job, PARTY_CUSTOMER, out->customer_leg);
    send_comfort_noise(job, PARTY_CUSTOMER, out->customer_leg);
    if (!codec_round_trip(job->recipe->codec, out->customer_leg, out->n, out->rate)) {
        return fail(job,
                    "the customer's leg cannot be coded: does this libsndfile have GSM 06.10?");
    }
    send_idle(job, PARTY_CUSTOMER, out->customer_leg, components);
    return true;
}

static bool make_leak(const struct job *job) {
    struct render *out = job->out;
    struct leak_jump none = {INFINITY, 0.0};
    struct sound_random random = sound_random_start(job->recipe->name, "room");
    for (size_t i = 0; i < job->recipe->path_count; i++) {
        if (!leak_add(&job->recipe->path[i], job->recipe->jumps ? job->recipe->jump : none,
                      out->customer_leg, out->n, out->rate, &random, out->leak)) {
            return fail(job, "out of memory");
        }
    }
    quantise(out->leak, out->n);
    return true;
}

static bool make_agent_leg(const struct job *job) {
    struct render *out = job->out;
    float *components[] = {out->agent, out->leak, NULL};
    memcpy(out->agent_leg, out->agent, out->n * sizeof *out->agent_leg);
    add(out->agent_leg, out->leak, out->n);
    add_music(job, PARTY_AGENT, out->agent_leg);
    add_noise(job, PARTY_AGENT, out->agent_leg);
    send_comfort_noise(job, PARTY_AGENT, out->agent_leg);
    if (!codec_round_trip(job->recipe->codec, out->agent_leg, out->n, out->rate)) {
        return fail(job, "the agent's leg cannot be coded: does this libsndfile have GSM 06.10?");
    }
    send_idle(job, PARTY_AGENT, out->agent_leg, components);
    return true;
}

/* What the recorder lost it lost from the leg (the first plane) and its components alike. */
static void lose_packets(const struct job *job, enum party party, float **planes) {
    const struct recipe_loss *loss = &job->recipe->loss[party];
    size_t packet = (size_t)job->out->rate / 50;
    struct sound_random random = sound_random_start(
        job->recipe->name, party == PARTY_AGENT ? "agent loss" : "customer loss");
    for (size_t at = packet; at + packet <= job->out->n; at += packet) {
        if (100.0 * sound_random_uniform(&random) >= loss->percent) {
            continue;
        }
        for (float **plane = planes; *plane != NULL; plane++) {
            float silence = plane == planes ? codec_idle_value(job->recipe->codec) : 0.0f;
            for (size_t t = at; t < at + packet; t++) {
                (*plane)[t] = loss->repeat ? (*plane)[t - packet] : silence;
            }
        }
    }
}

static bool make_mixture(const struct job *job) {
    struct render *out = job->out;
    memcpy(out->mixture, out->agent, out->n * sizeof *out->mixture);
    add(out->mixture, out->customer, out->n);
    add_noise(job, PARTY_AGENT, out->mixture);
    add_noise(job, PARTY_CUSTOMER, out->mixture);
    return codec_round_trip(job->recipe->codec, out->mixture, out->n, out->rate) ||
           fail(job, "the mixture cannot be coded: does this libsndfile have GSM 06.10?");
}

static bool grow_enrolment(const struct job *job, const struct sound *sound) {
    struct render *out = job->out;
    size_t pause = (size_t)out->rate * 3 / 10;
    float *grown = realloc(out->enrol, (out->enrol_n + sound->n + pause) * sizeof *grown);
    if (grown == NULL) {
        return fail(job, "out of memory");
    }
    memcpy(grown + out->enrol_n, sound->x, sound->n * sizeof *grown);
    memset(grown + out->enrol_n + sound->n, 0, pause * sizeof *grown);
    out->enrol = grown;
    out->enrol_n += sound->n + pause;
    return true;
}

static bool make_enrolment(const struct job *job) {
    const struct recipe *recipe = job->recipe;
    struct render *out = job->out;
    bool good = true;
    for (size_t i = 0; good && i < recipe->enrol_count; i++) {
        struct sound sound;
        struct sound_cut whole = {0.0, -1.0, 1};
        good = load_voice_file(job, PARTY_AGENT, recipe->enrol_line[i], recipe->enrol[i], whole,
                               &sound);
        if (good) {
            good = grow_enrolment(job, &sound);
            free(sound.x);
        }
    }
    if (good && out->enrol != NULL) {
        if (recipe->telephone_band) {
            sound_telephone_band(out->enrol, out->enrol_n, out->rate);
        }
        scale(out->enrol, out->enrol_n, recipe->gain_db[PARTY_AGENT]);
        quantise(out->enrol, out->enrol_n);
    }
    return good;
}

static void lay_out_channels(const struct job *job) {
    struct render *out = job->out;
    bool agent_right = job->recipe->agent_right != job->recipe->swapped;
    out->left = agent_right ? out->customer_leg : out->agent_leg;
    out->right = agent_right ? out->agent_leg : out->customer_leg;
    if (job->recipe->duplicate != DUPLICATE_NONE || job->recipe->mixed) {
        bool customer = job->recipe->duplicate == DUPLICATE_CUSTOMER;
        out->left = customer ? out->customer_leg : out->mixture;
        out->right = out->left;
    }
}

static bool render_all(const struct job *job) {
    struct render *out = job->out;
    float *agent_planes[] = {out->agent_leg, out->agent, out->leak, NULL};
    float *customer_planes[] = {out->customer_leg, NULL};
    if (!make_stems(job) || !make_customer_leg(job) || !make_leak(job) || !make_agent_leg(job)) {
        return false;
    }
    lose_packets(job, PARTY_AGENT, agent_planes);
    lose_packets(job, PARTY_CUSTOMER, customer_planes);
    if (!make_mixture(job) || !make_enrolment(job)) {
        return false;
    }
    lay_out_channels(job);
    out->rttm = labels_rttm(job->recipe->name, out->agent, out->customer, out->n, out->rate);
    return out->rttm != NULL || fail(job, "out of memory");
}

bool render_call(const struct recipe *recipe, const char *voices, struct render *render,
                 char *error) {
    *render = (struct render){.rate = recipe->rate};
    render->n = (size_t)floor(recipe->length_s * recipe->rate + 0.5);
    struct job job = {recipe, voices, render, NULL, error};
    float **plane[] = {&render->agent,        &render->customer, &render->leak, &render->agent_leg,
                       &render->customer_leg, &render->mixture,  &job.scratch};
    bool good = true;
    for (size_t i = 0; i < sizeof plane / sizeof plane[0]; i++) {
        *plane[i] = calloc(render->n, sizeof(float));
        good = good && *plane[i] != NULL;
    }
    good = good ? render_all(&job) : fail(&job, "out of memory");
    free(job.scratch);
    if (!good) {
        render_free(render);
    }
    return good;
}

void render_free(struct render *render) {
    free(render->agent);
    free(render->customer);
    free(render->leak);
    free(render->agent_leg);
    free(render->customer_leg);
    free(render->mixture);
    free(render->enrol);
    free(render->rttm);
    *render = (struct render){0};
}
