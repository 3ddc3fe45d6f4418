/* The agent known by voice, in mixed recordings of real voices. */
#include "calls.h"
#include "groups.h"
#include "recorded.h"
#include "run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static void mix(struct call *call) {
    for (int i = 0; i < call->frames; i++) {
        call->agent[i] += call->customer[i];
    }
}

static char *enrol_agent(const struct place *place, char voice[NAME_BYTES]) {
    char path[ENROLLED_PROMPTS][NAME_BYTES];
    struct result result;
    for (int i = 0; i < ENROLLED_PROMPTS; i++) {
        prompt_path(enrolled_prompts[i], path[i]);
    }
    name_in(place, "agent.voice", voice);
    RUN(place, &result, &plain, "enroll", "-o", voice, path[0], path[1], path[2], path[3]);
    assert_done(&result);
    assert_non_null(strstr(result.out, "s of speech"));
    return voice;
}

/* Share of a party's loud samples that is heard in the output, %. */
static double share_heard(const float *party, const float *out, int frames) {
    int loud = 0, heard = 0;
    for (int i = 0; i < frames; i++) {
        bool is_loud = fabsf(party[i]) > 0.02F;
        loud += is_loud;
        heard += is_loud && out[i] != 0.0F;
    }
    return 100.0 * heard / loud;
}

static void assert_agent_alone(const struct call *call, const char *path) {
    SF_INFO info;
    float *out = read_channel(path, 0, &info);
    assert_int_equal(info.frames, call->frames);
    assert_int_equal(info.channels, 1);
    double agent = share_heard(call->agent, out, call->frames);
    double customer = share_heard(call->customer, out, call->frames);
    if (agent < 75.0 || customer > 5.0) {
        fail_msg("%.1f %% of the agent and %.1f %% of the customer are heard", agent, customer);
    }
    free(out);
}

static void test_mixed(void **state) {
    const struct place *place = *state;
    char voice[NAME_BYTES], in[NAME_BYTES], out[NAME_BYTES], both[NAME_BYTES], report[NAME_BYTES];
    struct result result;
    struct stat status;
    size_t bytes;
    struct call call = recorded_call(), mixture = recorded_call();
    mix(&mixture);
    write_call(name_in(place, "mixed.wav", in), &mixture, wav16, 1);
    enrol_agent(place, voice);
    assert_int_equal(stat(voice, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    name_in(place, "out.wav", out);
    name_in(place, "out.json", report);
    RUN(place, &result, &plain, "erase", "--agent", "voice", "--voice", voice, "--report", report,
        in, out);
    assert_done(&result);
    assert_agent_alone(&call, out);
    /* one channel needs no --agent; the layout of one channel is one channel */
    RUN(place, &result, &plain, "erase", "--voice", voice, "--output", "same", "--report", report,
        in, out);
    assert_done(&result);
    assert_agent_alone(&call, out);
    char *text = read_bytes(report, &bytes);
    assert_non_null(strstr(text, "\"output_layout\": \"agent\""));
    free(text);
    RUN(place, &result, &plain, "label", "--voice", voice, in);
    assert_done(&result);
    assert_non_null(strstr(result.out, "<NA> agent <NA>"));
    assert_non_null(strstr(result.out, "<NA> customer <NA>"));
    RUN(place, &result, &plain, "verify", "--voice", voice, in, out);
    assert_done(&result);
    assert_non_null(strstr(result.out, "customer speaks"));
    RUN(place, &result, &plain, "verify", "--voice", voice, in, in);
    assert_refused(&result, in, "of the time in which the customer speaks");
    RUN(place, &result, &plain, "verify", in, out);
    assert_refused(&result, in, "--voice FILE for a mixed call");
    RUN(place, &result, &plain, "erase", "--voice", voice, "--overlap", "extract", in, out);
    assert_done(&result);
    assert_agent_alone(&call, out);
    /* the mixture on both channels of a stereo file */
    memcpy(mixture.customer, mixture.agent, sizeof *mixture.agent * (size_t)mixture.frames);
    write_call(name_in(place, "both.wav", both), &mixture, wav16, 2);
    RUN(place, &result, &plain, "erase", "--agent", "voice", "--voice", voice, both, out);
    assert_done(&result);
    assert_agent_alone(&call, out);
    /* through a pipe it is heard once */
    struct start pipe = {in, NULL, 0, false, false};
    pipe.out = name_in(place, "piped.wav", both);
    RUN(place, &result, &pipe, "erase", "--voice", voice, "-", "-");
    assert_done(&result);
    free_call(&call);
    free_call(&mixture);
}

/* The customer alone: silence, and a word on why. */
static void test_nobody_kept(void **state) {
    const struct place *place = *state;
    char voice[NAME_BYTES], in[NAME_BYTES], out[NAME_BYTES];
    struct result result;
    SF_INFO info;
    struct call call = recorded_call();
    memcpy(call.agent, call.customer, sizeof *call.agent * (size_t)call.frames);
    write_call(name_in(place, "alone.wav", in), &call, wav16, 1);
    enrol_agent(place, voice);
    RUN(place, &result, &plain, "erase", "--voice", voice, in, name_in(place, "out.wav", out));
    assert_int_equal(result.status, 0);
    assert_non_null(strstr(result.error, "all of it is erased: the agent could not be told"));
    float *heard = read_channel(out, 0, &info);
    for (sf_count_t i = 0; i < info.frames; i++) {
        assert_true(heard[i] == 0.0F);
    }
    free(heard);
    free_call(&call);
}

/* A tree of such calls: the word comes through, and in place the original is not given up for it.
 */
static void test_nobody_kept_of_many(void **state) {
    const struct place *place = *state;
    char voice[NAME_BYTES], in[NAME_BYTES], path[NAME_BYTES], out[NAME_BYTES];
    char before[SHA256_HEX_BYTES], after[SHA256_HEX_BYTES];
    struct result result;
    struct call call = recorded_call();
    memcpy(call.agent, call.customer, sizeof *call.agent * (size_t)call.frames);
    assert_int_equal(mkdir(name_in(place, "in", in), 0700), 0);
    write_call(name_in(place, "in/alone.wav", path), &call, wav16, 1);
    hash_file(path, before);
    enrol_agent(place, voice);
    RUN(place, &result, &plain, "batch", "-j1", "--voice", voice, in, name_in(place, "out", out));
    assert_int_equal(result.status, 0);
    assert_non_null(strstr(result.error, "in/alone.wav: all of it is erased: the agent could not"));
    RUN(place, &result, &plain, "batch", "-j1", "--voice", voice, "--in-place", "--yes", in);
    assert_int_equal(result.status, 1);
    assert_non_null(strstr(result.error, "in/alone.wav: not replaced: all of it is erased: the"));
    hash_file(path, after);
    assert_string_equal(before, after);
    free_call(&call);
}

/* Two channels and the agent's voice, but the channel is the customer's. */
static void test_voice_of_another(void **state) {
    const struct place *place = *state;
    char voice[NAME_BYTES], in[NAME_BYTES], path[NAME_BYTES], out[NAME_BYTES];
    char before[SHA256_HEX_BYTES], after[SHA256_HEX_BYTES];
    struct result result;
    struct call call = recorded_call();
    assert_int_equal(mkdir(name_in(place, "in", in), 0700), 0);
    write_call(name_in(place, "in/call.wav", path), &call, wav16, 2);
    hash_file(path, before);
    enrol_agent(place, voice);
    name_in(place, "out.wav", out);
    RUN(place, &result, &plain, "erase", "--agent", "left", "--voice", voice, path, out);
    assert_done(&result);
    RUN(place, &result, &plain, "erase", "--agent", "right", "--voice", voice, path, out);
    assert_int_equal(result.status, 0);
    assert_non_null(strstr(result.error, "in/call.wav: most of what is said on the agent's"));
    RUN(place, &result, &plain, "batch", "-j1", "--agent", "right", "--voice", voice, "--in-place",
        "--yes", in);
    assert_int_equal(result.status, 1);
    assert_non_null(strstr(result.error, "in/call.wav: not replaced: most of what is said on"));
    hash_file(path, after);
    assert_string_equal(before, after);
    free_call(&call);
}

static void test_voice_files(void **state) {
    const struct place *place = *state;
    char voice[NAME_BYTES], in[NAME_BYTES], out[NAME_BYTES], path[2][NAME_BYTES];
    struct result result;
    size_t bytes;
    struct call call = recorded_call();
    write_call(name_in(place, "stereo.wav", in), &call, wav16, 2);
    /* from a stereo recording, and of a rate that is resampled */
    RUN(place, &result, &plain, "enroll", "--agent", "left", "-o", name_in(place, "a.voice", voice),
        in, prompt_path(enrolled_prompts[0], path[0]));
    assert_done(&result);
    call.rate = 11025;
    write_call(name_in(place, "odd.wav", in), &call, wav16, 2);
    RUN(place, &result, &plain, "enroll", "--agent=left", "-o", voice, in);
    assert_done(&result);
    RUN(place, &result, &plain, "enroll", "-o", voice, prompt_path(customer_prompts[0], path[0]),
        prompt_path(agent_prompts[0], path[1]));
    assert_refused(&result, voice, "more than one voice");
    free_call(&call);
    enrol_agent(place, voice);
    char *data = read_bytes(voice, &bytes);
    make_file(name_in(place, "mono.wav", in), 8000, wav16, 1);
    name_in(place, "out.wav", out);
    data[60] = (char)(data[60] ^ 1);
    write_bytes(voice, data, bytes);
    RUN(place, &result, &plain, "erase", "--voice", voice, in, out);
    assert_refused(&result, voice, "enrol anew");
    data[60] = (char)(data[60] ^ 1);
    write_bytes(voice, data, bytes - 1);
    RUN(place, &result, &plain, "label", "--voice", voice, in);
    assert_refused(&result, voice, "enrol anew");
    data[16] =
        data[16] == '0' ? '1' : '0'; /* another speaker network's; then the checksum is wrong too */
    write_bytes(voice, data, bytes);
    RUN(place, &result, &plain, "label", "--voice", voice, in);
    assert_refused(&result, voice, NULL);
    free(data);
}

/* Seconds of speech that `enroll` says it heard. */
static double seconds_enrolled(const struct place *place, const char *in, bool stereo) {
    char voice[NAME_BYTES];
    struct result result;
    RUN(place, &result, &plain, "enroll", "-o", name_in(place, "heard.voice", voice),
        stereo ? "--agent=left" : "--", in);
    assert_done(&result);
    const char *said = strstr(result.out, ".voice: ");
    assert_non_null(said);
    return strtod(said + strlen(".voice: "), NULL);
}

/* A recording that ends in the middle of a word is heard to its end, whatever the channels. */
static void test_enroll_hears_the_end(void **state) {
    const struct place *place = *state;
    char mono[NAME_BYTES], stereo[NAME_BYTES];
    struct call call = recorded_call();
    int end = call.frames;
    while (end > 0 && fabsf(call.agent[end - 1]) < 0.05F) {
        end--;
    }
    memset(call.customer, 0, sizeof *call.customer * (size_t)call.frames);
    call.frames = end;
    write_call(name_in(place, "mono.wav", mono), &call, wav16, 1);
    write_call(name_in(place, "stereo.wav", stereo), &call, wav16, 2);
    double alone = seconds_enrolled(place, mono, false),
           beside = seconds_enrolled(place, stereo, true);
    if (fabs(alone - beside) > 0.2) {
        fail_msg("%.1f s of speech in one channel, %.1f in two", alone, beside);
    }
    free_call(&call);
}

static const struct CMUnitTest tests[] = {
    IN_PLACE(test_mixed),
    IN_PLACE(test_nobody_kept),
    IN_PLACE(test_nobody_kept_of_many),
    IN_PLACE(test_voice_of_another),
    IN_PLACE(test_voice_files),
    IN_PLACE(test_enroll_hears_the_end),
};

const struct group tool_voices_group = GROUP("tool: voices", tests);
