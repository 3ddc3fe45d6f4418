#include "chart.h"

#include <math.h>

/* Pixels. */
enum {
    PANEL_WIDTH = 460,
    PLOT_LEFT = 64,
    PLOT_TOP = 122,
    PLOT_WIDTH = 372,
    PLOT_HEIGHT = 260,
    HEIGHT = PLOT_TOP + PLOT_HEIGHT + 62,
    LEGEND_STEP = 20,
    STYLES = 4
};

/* Colours that can be told apart without seeing red or green (after Okabe and Ito), lighter ones on
 * dark pages. */
static const char *const style_sheet =
    "text{font-family:'DejaVu Sans',Verdana,Arial,sans-serif;font-size:12px;fill:#24292f}"
    ".title{font-size:16px;font-weight:bold}.panel{font-size:13px;font-weight:bold}"
    ".page{fill:#ffffff}.grid{stroke:#d0d7de}.axis{stroke:#57606a}"
    ".line{fill:none;stroke-width:2.2;stroke-linejoin:round}.dashed{stroke-dasharray:7 5;"
    "stroke-width:1.6}"
    ".s0{stroke:#0072b2;color:#0072b2}.s1{stroke:#b85000;color:#b85000}"
    ".s2{stroke:#007a5a;color:#007a5a}.s3{stroke:#6e7781;color:#6e7781}"
    ".mark{fill:currentColor}"
    "@media(prefers-color-scheme:dark){text{fill:#e6edf3}.page{fill:#0d1117}"
    ".grid{stroke:#30363d}.axis{stroke:#8b949e}"
    ".s0{stroke:#58b4f0;color:#58b4f0}.s1{stroke:#f0a050;color:#f0a050}"
    ".s2{stroke:#4ac99b;color:#4ac99b}.s3{stroke:#9aa4af;color:#9aa4af}}";

static void text(FILE *file, double x, double y, const char *class, const char *anchor,
                 const char *what) {
    fprintf(file, "<text x=\"%.1f\" y=\"%.1f\" class=\"%s\" text-anchor=\"%s\">", x, y, class,
            anchor);
    for (const char *p = what; *p != '\0'; p++) {
        if (*p == '<' || *p == '&') {
            fputs(*p == '<' ? "&lt;" : "&amp;", file);
        } else {
            fputc(*p, file);
        }
    }
    fputs("</text>\n", file);
}

static void stroke(FILE *file, const char *class, double x1, double y1, double x2, double y2) {
    fprintf(file, "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n", class,
            x1, y1, x2, y2);
}

/* Where a value is on an axis, 0 at its beginning and 1 at its end. */
static double place(const struct chart_axis *axis, double value) {
    double from = axis->tick[0];
    double to = axis->tick[axis->ticks - 1];
    double at =
        axis->logarithmic ? log(value / from) / log(to / from) : (value - from) / (to - from);
    return fmin(1.0, fmax(0.0, at));
}

static double to_x(const struct chart_panel *panel, double left, double value) {
    return left + PLOT_LEFT + PLOT_WIDTH * place(&panel->x, value);
}

static double to_y(const struct chart_panel *panel, double value) {
    return PLOT_TOP + PLOT_HEIGHT * (1.0 - place(&panel->y, value));
}

static void axes(const struct chart_panel *panel, double left, FILE *file) {
    char label[32];
    double bottom = PLOT_TOP + PLOT_HEIGHT;
    double right = left + PLOT_LEFT + PLOT_WIDTH;
    double middle = PLOT_TOP + PLOT_HEIGHT / 2.0;
    for (size_t i = 0; i < panel->x.ticks; i++) {
        double x = to_x(panel, left, panel->x.tick[i]);
        stroke(file, "grid", x, PLOT_TOP, x, bottom);
        snprintf(label, sizeof label, "%g", panel->x.tick[i]);
        text(file, x, bottom + 18, "", "middle", label);
    }
    for (size_t i = 0; i < panel->y.ticks; i++) {
        double y = to_y(panel, panel->y.tick[i]);
        stroke(file, "grid", left + PLOT_LEFT, y, right, y);
        snprintf(label, sizeof label, "%g", panel->y.tick[i]);
        text(file, left + PLOT_LEFT - 8, y + 4, "", "end", label);
    }
    stroke(file, "axis", left + PLOT_LEFT, bottom, right, bottom);
    stroke(file, "axis", left + PLOT_LEFT, PLOT_TOP, left + PLOT_LEFT, bottom);
    text(file, left + PLOT_LEFT + PLOT_WIDTH / 2.0, bottom + 42, "", "middle", panel->x.title);
    fprintf(file, "<g transform=\"rotate(-90 %.1f %.1f)\">", left + 16, middle);
    text(file, left + 16, middle, "", "middle", panel->y.title);
    fputs("</g>\n", file);
}

static void mark(FILE *file, int style, double x, double y) {
    const double r = 4.0;
    fprintf(file, "<path class=\"mark s%d\" d=\"", style);
    switch (style) {
    case 0:
        fprintf(file, "M%.1f %.1fa%.1f %.1f 0 1 0 %.1f 0a%.1f %.1f 0 1 0 %.1f 0z", x - r, y, r, r,
                2.0 * r, r, r, -2.0 * r);
        break;
    case 1:
        fprintf(file, "M%.1f %.1fh%.1fv%.1fh%.1fz", x - r, y - r, 2.0 * r, 2.0 * r, -2.0 * r);
        break;
    case 2:
        fprintf(file, "M%.1f %.1fL%.1f %.1fL%.1f %.1fz", x, y - 1.3 * r, x + 1.2 * r, y + r,
                x - 1.2 * r, y + r);
        break;
    default:
        fprintf(file, "M%.1f %.1fL%.1f %.1fL%.1f %.1fL%.1f %.1fz", x, y - 1.3 * r, x + 1.3 * r, y,
                x, y + 1.3 * r, x - 1.3 * r, y);
        break;
    }
    fputs("\"/>\n", file);
}

static void draw_line(const struct chart_panel *panel, const struct chart_line *line, double left,
                      FILE *file) {
    int style = line->style % STYLES;
    const char *move = "M";
    fprintf(file, "<path class=\"line s%d%s\" d=\"", style, line->dashed ? " dashed" : "");
    for (size_t i = 0; i < line->count; i++) {
        if (isfinite(line->y[i])) {
            fprintf(file, "%s%.1f %.1f", move, to_x(panel, left, line->x[i]),
                    to_y(panel, line->y[i]));
            move = "L";
        }
    }
    fputs("\"/>\n", file);
    for (size_t i = 0; i < line->count && !line->dashed; i++) {
        if (isfinite(line->y[i])) {
            mark(file, style, to_x(panel, left, line->x[i]), to_y(panel, line->y[i]));
        }
    }
}

/* Two columns between the panel's title and its plot. */
static void legend(const struct chart_panel *panel, double left, FILE *file) {
    for (size_t i = 0; i < panel->lines; i++) {
        const struct chart_line *line = &panel->line[i];
        char class[32];
        double x = left + PLOT_LEFT + (double)(i % 2) * PLOT_WIDTH / 2.0;
        double y = 80.0 + (double)(i / 2) * LEGEND_STEP;
        snprintf(class, sizeof class, "line s%d%s", line->style % STYLES,
                 line->dashed ? " dashed" : "");
        stroke(file, class, x, y, x + 28.0, y);
        if (!line->dashed) {
            mark(file, line->style % STYLES, x + 14.0, y);
        }
        text(file, x + 36.0, y + 4.0, "", "start", line->title);
    }
}

void chart_write(const char *title, const struct chart_panel *panel, size_t panels, FILE *file) {
    int width = (int)panels * PANEL_WIDTH + 16;
    fprintf(file,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" "
            "height=\"%d\" role=\"img\">\n",
            width, HEIGHT, width, HEIGHT);
    fprintf(file, "<style>%s</style>\n<rect class=\"page\" width=\"%d\" height=\"%d\"/>\n",
            style_sheet, width, HEIGHT);
    text(file, 16, 28, "title", "start", title);
    for (size_t p = 0; p < panels; p++) {
        double left = (double)p * PANEL_WIDTH;
        text(file, left + PLOT_LEFT, 58, "panel", "start", panel[p].title);
        axes(&panel[p], left, file);
        for (size_t i = 0; i < panel[p].lines; i++) {
            draw_line(&panel[p], &panel[p].line[i], left, file);
        }
        legend(&panel[p], left, file);
    }
    fputs("</svg>\n", file);
}
