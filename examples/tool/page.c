/* `report`: one page that shows what was erased from a recording. */
#define _POSIX_C_SOURCE 200809L
#include "call_run.h"
#include "commands.h"
#include "complain.h"
#include "help.h"
#include "page_audio.h"
#include "page_draw.h"
#include "page_html.h"
#include "page_track.h"
#include "paths.h"
#include "sound_in.h"
#include "stop.h"
#include "textfile.h"
#include "verify.h"
#include "verify_same.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of the original one channel or both, then of the output. */
struct shown {
    const char *name, *style;
    struct sound_in *in;
    int channel; /* MIXED: the mean of all */
    struct track track;
};

enum { MIXED = -1 };

struct page {
    const struct settings *settings;
    struct textfile file;
    struct sound_in original, output;
    char original_sha256[SHA256_HEX_BYTES], output_sha256[SHA256_HEX_BYTES];
    char *figures; /* what verify prints */
    size_t figures_bytes;
    enum verdict verdict;
    struct shown *shown; /* DRAW_TRACKS of them */
    int shown_count;
    struct page_audio audio;
    struct call_run run;
    struct draw draw;
};

/* The page may be none of the files that are read. */
static bool check_names(const struct settings *settings) {
    const char *read[] = {settings->files[0], settings->files[1], settings->voice};
    if (path_is_pipe(settings->report)) {
        return complain("-", "report writes a file; name it with -o OUT.html");
    }
    if (path_is_pipe(read[0]) || path_is_pipe(read[1])) {
        return complain("-", "report reads its files more than once; name files");
    }
    for (int i = 0; i < 3; i++) {
        if (read[i] != NULL && path_same_file(read[i], settings->report)) {
            return complain(settings->report, "is the same file as %s; name another", read[i]);
        }
    }
    return true;
}

/* What could not be compared has no figures, and no page. Nor has what is judged by its name and is
 * another file by now than the one that is open, which the page would carry. */
static bool take_figures(struct page *page) {
    const struct stat opened[2] = {page->original.before, page->output.before};
    FILE *stream = open_memstream(&page->figures, &page->figures_bytes);
    if (stream == NULL) {
        return complain(page->settings->report, "no memory");
    }
    page->verdict = verify_opened(page->settings, opened, stream, NULL);
    return fclose(stream) == 0 && page->figures_bytes > 0;
}

static void show(struct page *page, const char *name, const char *style, struct sound_in *in,
                 int channel) {
    struct shown *shown = &page->shown[page->shown_count++];
    shown->name = name;
    shown->style = style;
    shown->in = in;
    shown->channel = channel;
    track_begin(&shown->track, in->frames, in->info.samplerate);
}

static bool choose_tracks(struct page *page) {
    int agent = page->settings->agent;
    bool stereo = agent == SOLO_AGENT_LEG_A || agent == SOLO_AGENT_LEG_B;
    page->shown = calloc(DRAW_TRACKS, sizeof *page->shown);
    if (page->shown == NULL || !page_audio_begin(&page->audio, page->output.info.samplerate)) {
        return complain(page->settings->report, "no memory for the page");
    }
    if (stereo) {
        show(page, "Before, agent's channel", "agent", &page->original, agent);
        show(page, "Before, customer's channel", "customer", &page->original, 1 - agent);
    } else {
        show(page, "Before, both parties", "overlap", &page->original, MIXED);
    }
    show(page, "After", "agent", &page->output, page->output.info.channels == 2 ? agent : 0);
    return true;
}

static void take_channel(const struct shown *shown, const struct samples *from, struct samples *to,
                         int frames) {
    if (shown->channel == MIXED) {
        samples_mix(from, shown->in->info.channels, to, frames);
    } else {
        samples_pick(from, shown->in->info.channels, shown->channel, to, frames);
    }
}

/* One file through the tracks that show it. */
static bool read_tracks(struct page *page, struct sound_in *in) {
    struct samples legs, one;
    int frames;
    while ((frames = sound_in_read(in, &legs, in->info.samplerate / 10)) > 0) {
        for (int k = 0; k < page->shown_count; k++) {
            struct shown *shown = &page->shown[k];
            if (shown->in != in) {
                continue;
            }
            take_channel(shown, &legs, &one, frames);
            for (int i = 0; i < frames; i++) {
                track_push(&shown->track, samples_value(&one, i));
            }
            if (in == &page->output && page->verdict == VERDICT_PASSED) {
                page_audio_add(&page->audio, &one, frames);
            }
        }
        if (stop_requested()) {
            return complain(in->name, "interrupted; nothing was kept");
        }
    }
    return frames == 0;
}

/* Both files are held open from before verify reads them: what changes meanwhile is noticed. */
static bool measure(struct page *page) {
    bool measured = take_figures(page) && choose_tracks(page) &&
                    read_tracks(page, &page->original) && read_tracks(page, &page->output) &&
                    sound_in_hash(&page->original, page->original_sha256) &&
                    sound_in_hash(&page->output, page->output_sha256);
    return measured &&
           (page_audio_end(&page->audio) ||
            complain(page->settings->report, "the recording cannot be put into it: no memory"));
}

static struct html_file file_of(const struct sound_in *in, const char *sha256) {
    return (struct html_file){in->name, sha256, in->info.channels, in->info.samplerate,
                              in->frames_read};
}

static void write_head(const struct page *page) {
    FILE *stream = page->file.stream;
    struct html_file original = file_of(&page->original, page->original_sha256);
    struct html_file output = file_of(&page->output, page->output_sha256);
    html_begin(stream, path_name(page->output.name), page->verdict);
    html_files(stream, &original, &output);
    if (page->verdict == VERDICT_PASSED) { /* else the customer may be heard in it */
        html_player(stream, &page->audio, page->output.name);
    }
}

/* The largest peak, up to the next hundredth. */
static float scale_of(const struct page *page) {
    float most = 0.01F;
    for (int k = 0; k < page->shown_count; k++) {
        const struct track *track = &page->shown[k].track;
        for (int i = 0; i < track->peak_columns; i++) {
            most = fmaxf(most, track->peak[i]);
        }
    }
    return ceilf(100.0F * most) / 100.0F;
}

/* The lanes are written as the call is heard once more. */
static bool write_picture(struct page *page) {
    struct draw *draw = &page->draw;
    html_picture_begin(page->file.stream);
    draw_begin(draw, page->file.stream, page->original.frames, page->original.info.samplerate,
               page->shown_count);
    page->run.each = draw_event;
    page->run.each_to = draw;
    if (!call_run_all(&page->run)) {
        return false;
    }
    draw_lanes_end(draw);
    float scale = scale_of(page);
    for (int k = 0; k < page->shown_count; k++) {
        const struct shown *shown = &page->shown[k];
        draw_waveform(draw, &shown->track, shown->name, shown->style, scale);
    }
    for (int k = 0; k < page->shown_count; k++) {
        draw_spectrogram(draw, &page->shown[k].track, page->shown[k].name);
    }
    draw_end(draw);
    html_picture_end(page->file.stream);
    return true;
}

static void write_figures(const struct page *page) {
    const struct call_run *run = &page->run;
    solo_voice_facts facts = {.struct_size = sizeof facts};
    if (run->voice == NULL || solo_voice_info(run->voice, &facts) != SOLO_OK) {
        facts.model[0] = '\0';
    }
    html_figures(page->file.stream, page->figures);
    html_decided(page->file.stream, &run->stats, &run->config, facts.model);
    if (run->config.metrics) {
        html_metrics(page->file.stream, &run->metrics);
    }
    html_end(page->file.stream);
}

static bool write_page(struct page *page) {
    if (!call_run_open(&page->run, page->settings->files[0], page->settings)) {
        return false;
    }
    bool written = verify_same(&page->run.in, &page->original.before);
    if (written) {
        write_head(page);
        written = write_picture(page);
    }
    if (written) {
        write_figures(page);
    }
    call_run_close(&page->run);
    return written;
}

static bool open_files(struct page *page) {
    char *const *names = page->settings->files;
    if (!sound_in_open(&page->original, names[0])) {
        return false;
    }
    if (sound_in_open(&page->output, names[1])) {
        return true;
    }
    sound_in_close(&page->original);
    return false;
}

/* The exit status; the page is made also of an output that does not pass. */
static int make_page(const struct settings *settings) {
    struct page page;
    memset(&page, 0, sizeof page);
    page.settings = settings;
    if (!check_names(settings) || !open_files(&page)) {
        return EXIT_REFUSED;
    }
    stop_block();
    bool done = textfile_open(&page.file, settings->report) && measure(&page) &&
                write_page(&page) && textfile_finish(&page.file) && textfile_place(&page.file);
    int status = done ? verdict_status(page.verdict) : EXIT_REFUSED;
    textfile_close(&page.file, done);
    page_audio_free(&page.audio);
    sound_in_close(&page.original);
    sound_in_close(&page.output);
    free(page.shown);
    free(page.figures);
    stop_let_through();
    return status;
}

int command_report(int argc, char **argv) {
    struct settings settings;
    if (!settings_parse(&settings, "report", argc, argv)) {
        return help_usage_error("report");
    }
    if (settings.help) {
        help_command(stdout, "report");
        return EXIT_DONE;
    }
    if (settings.file_count != 2 || settings.report == NULL) {
        return help_usage_error("report");
    }
    return make_page(&settings);
}
