/* The commands of the tool over recordings of any bytes: what was refused leaves no file, and what
 * was erased is as long as the recording, with the customer's channel silent. */
#define _POSIX_C_SOURCE 200809L
#include "../../examples/tool/commands.h"
#include "../../examples/tool/erase.h"
#include "../../examples/tool/sound_in.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"

enum { PATH_BYTES = 512, FRAMES_MOST = 24000, ARGUMENTS = 16 };

enum command { ERASE, VERIFY, REPORT, LABEL, ENROLL, COMMANDS };

struct line {
    int count;
    char *word[ARGUMENTS];
    char in[PATH_BYTES], other[PATH_BYTES], out[PATH_BYTES], voice[PATH_BYTES];
};

static void add(struct line *line, const char *word) {
    line->word[line->count++] = (char *)word; /* the tool only reorders them */
}

/* Whether a recording is short enough to be heard here, whatever its header says. */
static bool is_short(const char *path) {
    struct sound_in in;
    int64_t frames = 0;
    if (!sound_in_open(&in, path))
        return true;
    struct samples *block = malloc(sizeof(*block));
    for (int got = 1; got > 0 && frames <= FRAMES_MOST; frames += got)
        got = sound_in_read(&in, block, BLOCK_FRAMES);
    free(block);
    sound_in_close(&in);
    return frames <= FRAMES_MOST;
}

static int files_in_folder(void) {
    int count = 0;
    DIR *stream = opendir(fuzz_folder());
    FUZZ_HOLDS(stream != NULL);
    for (const struct dirent *entry; (entry = readdir(stream)) != NULL;)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(stream);
    return count;
}

static bool holds_zero(int format) {
    int subtype = format & SF_FORMAT_SUBMASK, container = format & SF_FORMAT_TYPEMASK;
    return container != SF_FORMAT_OGG && subtype != SF_FORMAT_ALAW;
}

/* `same`: each party has a channel, and the agent is on the left. */
static void check_output(const struct line *line, const struct erase_result *result, bool same) {
    struct sound_in out;
    struct samples *block = malloc(sizeof(*block));
    FUZZ_HOLDS(sound_in_open(&out, line->out));
    FUZZ_HOLDS(out.frames == result->frames && out.info.samplerate == result->sample_rate);
    FUZZ_HOLDS(out.info.channels == (same ? 2 : 1));
    FUZZ_HOLDS(result->stats.samples_in == (uint64_t)result->frames);
    for (int got; same && holds_zero(out.info.format) &&
                  (got = sound_in_read(&out, block, BLOCK_FRAMES)) > 0;)
        for (int i = 0; i < got; i++)
            FUZZ_HOLDS(samples_value(block, 2 * i + 1) == 0.0f);
    sound_in_close(&out);
    free(block);
}

static void erase(struct line *line, unsigned how) {
    struct settings settings;
    struct erase_result result;
    int before = files_in_folder();
    bool same = how & 16;
    add(line, same ? "--output=same" : "--output=agent");
    add(line, how & 32 ? "--fill=tone" : "--policy=fidelity");
    add(line, line->out);
    FUZZ_HOLDS(settings_parse(&settings, "erase", line->count, line->word));
    bool done = erase_recording(&settings, &result);
    FUZZ_HOLDS(files_in_folder() == before + (done ? 1 : 0));
    if (done)
        check_output(line, &result, same && settings.agent != SOLO_AGENT_BY_VOICE);
}

static void run(struct line *line, enum command command, unsigned how) {
    static int (*const commands[])(int, char **) = {NULL, command_verify, command_report,
                                                    command_label, command_enroll};
    if (command == ERASE) {
        erase(line, how);
        return;
    }
    if (command == REPORT || command == ENROLL) {
        add(line, "-o");
        add(line, line->out);
    }
    if (command == VERIFY || command == REPORT)
        add(line, line->other);
    int status = commands[command](line->count, line->word);
    FUZZ_HOLDS(status == EXIT_DONE || status == EXIT_REFUSED || status == EXIT_USAGE);
}

static void name(char path[PATH_BYTES], const char *file) {
    snprintf(path, PATH_BYTES, "%s/%s", fuzz_folder(), file);
}

static void name_all(struct line *line, enum command command, unsigned how) {
    static const char *const outs[] = {"out.wav", "out.flac", "out.wav", "out.opus"};
    uint8_t voice[FUZZ_VOICE_BYTES] = {0};
    name(line->in, "in");
    name(line->other, "other");
    name(line->voice, "voice");
    name(line->out, command == REPORT   ? "out.html"
                    : command == ENROLL ? "out.voice"
                                        : outs[how >> 2 & 3]);
    fuzz_seal_voice(voice);
    fuzz_folder_put("voice", voice, sizeof(voice));
    unlink(line->out);
}

void fuzz_tool(const uint8_t *data, size_t size) {
    struct bytes bytes = {data, size};
    struct line line = {.count = 0};
    enum command command = (enum command)bytes_below(&bytes, COMMANDS);
    unsigned how = bytes_u8(&bytes);
    bool by_voice = how & 1, two = command == VERIFY || command == REPORT;
    name_all(&line, command, how);
    struct bytes other = bytes_take(&bytes, two ? bytes_u16(&bytes) : 0);
    fuzz_folder_put("other", other.at, other.left);
    fuzz_folder_put("in", bytes.at, bytes.left);
    if (!by_voice) {
        add(&line, "--agent=left");
    } else if (command != ENROLL) { /* to which a recording of one channel is the agent's */
        add(&line, "--agent=voice");
        add(&line, "--voice");
        add(&line, line.voice);
    }
    add(&line, line.in);
    if (is_short(line.in) && (!two || is_short(line.other)))
        run(&line, command, how);
    unlink(line.out);
}
