#include "page_draw.h"

#include <math.h>

enum {
    WIDTH = 1000,
    LEFT = 92,
    PLOT = 890,
    TOP = 22,
    LANE = 20,
    LANE_PITCH = 26,
    ROW = 84,
    ROW_HEAD = 24,
    FOOT = 40,
    MOST_TICKS = 12
};

static const struct {
    const char *name; /* and its style */
    uint32_t flags;   /* that hold together */
} lanes[DRAW_LANES] = {
    {"agent", SOLO_F_AGENT},
    {"customer", SOLO_F_CUSTOMER},
    {"overlap", SOLO_F_AGENT | SOLO_F_CUSTOMER},
    {"erased", SOLO_F_ERASED},
};

static int height_of(int tracks) {
    return TOP + DRAW_LANES * LANE_PITCH + 2 * tracks * (ROW_HEAD + ROW) + FOOT;
}

static double x_of(const struct draw *draw, double seconds) {
    return LEFT + (draw->seconds > 0.0 ? PLOT * seconds / draw->seconds : 0.0);
}

/* Seconds between two marks of the time axis. */
static int tick_of(double seconds) {
    static const int steps[] = {1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600};
    enum { STEPS = sizeof steps / sizeof *steps };
    for (int i = 0; i < STEPS; i++) {
        if (seconds / steps[i] <= MOST_TICKS) {
            return steps[i];
        }
    }
    return 3600 * (1 + (int)(seconds / (3600.0 * MOST_TICKS)));
}

static void draw_time_axis(const struct draw *draw, int bottom) {
    int tick = tick_of(draw->seconds);
    for (int at = 0; at <= (int)draw->seconds; at += tick) {
        double x = x_of(draw, at);
        fprintf(draw->stream,
                "<line class=\"grid\" x1=\"%.2f\" y1=\"%d\" x2=\"%.2f\" y2=\"%d\"/>"
                "<text class=\"mid\" x=\"%.2f\" y=\"%d\">",
                x, TOP - 4, x, bottom, x, bottom + 15);
        if (at >= 3600) {
            fprintf(draw->stream, "%d:%02d:%02d</text>\n", at / 3600, at / 60 % 60, at % 60);
        } else {
            fprintf(draw->stream, "%d:%02d</text>\n", at / 60, at % 60);
        }
    }
    fprintf(draw->stream,
            "<text class=\"mid\" x=\"%d\" y=\"%d\">time from the start of the call, "
            "%sminutes:seconds</text>\n",
            LEFT + PLOT / 2, bottom + 32, draw->seconds >= 3600.0 ? "hours:" : "");
}

void draw_begin(struct draw *draw, FILE *stream, int64_t frames, int rate, int tracks) {
    int height = height_of(tracks);
    *draw = (struct draw){.stream = stream, .rate = rate, .y = TOP};
    draw->seconds = (double)frames / rate;
    fprintf(
        stream,
        "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-labelledby=\"picture-title picture-text\">"
        "\n<title id=\"picture-title\">Who spoke when, and the sound before and after</title>\n"
        "<desc id=\"picture-text\">Lanes of the agent, the customer, overlap and erased time; "
        "below them waveforms and spectrograms of the original and of the erased recording, "
        "over the same time.</desc>\n",
        WIDTH, height);
    draw_time_axis(draw, height - FOOT);
    for (int i = 0; i < DRAW_LANES; i++) {
        int y = TOP + i * LANE_PITCH;
        fprintf(stream,
                "<text class=\"end\" x=\"%d\" y=\"%d\">%s</text>"
                "<rect class=\"lane\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>\n",
                LEFT - 8, y + 15, lanes[i].name, LEFT, y, PLOT, LANE);
    }
    draw->y = TOP + DRAW_LANES * LANE_PITCH;
}

/* The title is what a mouse that rests on it shows. */
static void close_stretch(const struct draw *draw, int lane) {
    const struct draw_lane *open = &draw->lanes[lane];
    double from = (double)open->from / draw->rate, to = (double)open->to / draw->rate;
    if (open->open) {
        fprintf(draw->stream,
                "<rect class=\"%s\" x=\"%.2f\" y=\"%d\" width=\"%.2f\" height=\"%d\"><title>%s "
                "%.3f s to %.3f s</title></rect>\n",
                lanes[lane].name, x_of(draw, from), TOP + lane * LANE_PITCH,
                x_of(draw, to) - x_of(draw, from), LANE, lanes[lane].name, from, to);
    }
}

void draw_event(void *to, const solo_event *event) {
    struct draw *draw = to;
    for (int i = 0; i < DRAW_LANES; i++) {
        struct draw_lane *lane = &draw->lanes[i];
        if ((event->flags & lanes[i].flags) != lanes[i].flags) {
            close_stretch(draw, i);
            lane->open = false;
        } else if (!lane->open) {
            *lane = (struct draw_lane){true, event->from, event->to};
        } else {
            lane->to = event->to;
        }
    }
}

void draw_lanes_end(struct draw *draw) {
    for (int i = 0; i < DRAW_LANES; i++) {
        close_stretch(draw, i);
    }
}

/* The heading and the frame of a row. Returns where its plot begins. */
static int begin_row(struct draw *draw, const char *name, const char *what) {
    int y = draw->y + ROW_HEAD;
    fprintf(draw->stream,
            "<text class=\"head\" x=\"%d\" y=\"%d\">%s: %s</text>"
            "<rect class=\"frame\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>\n",
            LEFT, y - 7, name, what, LEFT, y, PLOT, ROW);
    draw->y = y + ROW;
    return y;
}

static void draw_y_tick(const struct draw *draw, double y, const char *text) {
    fprintf(draw->stream,
            "<line class=\"tick\" x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\"/>"
            "<text class=\"end\" x=\"%d\" y=\"%.1f\">%s</text>\n",
            LEFT - 5, y, LEFT, y, LEFT - 8, y + 4.0, text);
}

void draw_waveform(struct draw *draw, const struct track *track, const char *name,
                   const char *style, float peak) {
    int y = begin_row(draw, name, "waveform (peaks), share of full scale");
    double middle = y + ROW / 2.0, scale = peak > 0.0F ? 0.5 * ROW / (double)peak : 0.0;
    double wide = (double)PLOT / track->peak_columns;
    char text[32];
    fprintf(draw->stream, "<path class=\"%s\" d=\"", style);
    for (int i = 0; i < track->peak_columns; i++) {
        double half = scale * (double)track->peak[i];
        if (half > 0.0) {
            fprintf(draw->stream, "M%.2f %.1fh%.2fv%.1fh%.2fz", LEFT + i * wide, middle - half,
                    wide, 2.0 * half, -wide);
        }
    }
    fputs("\"/>\n", draw->stream);
    snprintf(text, sizeof text, "+%.2f", (double)peak);
    draw_y_tick(draw, y + 4.0, text);
    draw_y_tick(draw, middle, "0");
    snprintf(text, sizeof text, "\xE2\x88\x92%.2f", (double)peak); /* a minus sign */
    draw_y_tick(draw, y + ROW - 4.0, text);
}

void draw_spectrogram(struct draw *draw, const struct track *track, const char *name) {
    uint8_t steps[TRACK_BANDS * TRACK_COLUMNS];
    int y = begin_row(draw, name, "spectrogram, kHz");
    double top = track_top_hz(track) / 1000.0;
    char text[32];
    track_steps(track, steps);
    fprintf(draw->stream,
            "<image class=\"steps\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" "
            "preserveAspectRatio=\"none\" href=\"",
            LEFT, y, PLOT, ROW);
    png_write_uri(draw->stream, steps, track->level_columns, TRACK_BANDS);
    fputs("\"/>\n", draw->stream);
    for (int i = 0; i <= 2; i++) {
        snprintf(text, sizeof text, "%g", 0.5 * top * i);
        draw_y_tick(draw, y + ROW - 4.0 - (ROW - 8.0) * i / 2.0, text);
    }
}

void draw_end(struct draw *draw) {
    fputs("</svg>\n", draw->stream);
}

void draw_steps(FILE *stream) {
    uint8_t steps[PNG_STEPS];
    for (int i = 0; i < PNG_STEPS; i++) {
        steps[i] = (uint8_t)i;
    }
    fputs("<img class=\"steps\" width=\"160\" height=\"14\" alt=\"from paper to ink\" src=\"",
          stream);
    png_write_uri(stream, steps, PNG_STEPS, 1);
    fputs("\">", stream);
}
