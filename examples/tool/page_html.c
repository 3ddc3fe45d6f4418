#include "page_html.h"

#include "json.h"
#include "page_base64.h"
#include "page_draw.h"
#include "page_track.h"
#include "settings.h"
#include "when.h"

#include <string.h>

/* The policy lets nothing in but what stands in the page itself. */
static const char head[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<meta name=\"color-scheme\" content=\"light dark\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
    "'unsafe-inline'; img-src data:; media-src data:\">\n";

static const char style[] =
    "<style>\n"
    ":root{--paper:#fff;--ink:#1b2430;--soft:#55606e;--line:#d4dae1;--lane:#eef1f4;"
    "--agent:#0b6bb5;--customer:#c2570c;--overlap:#7d3c98;--erased:#59636f}\n"
    "@media screen and (prefers-color-scheme:dark){:root{--paper:#12171d;--ink:#e6eaef;"
    "--soft:#a3aebb;--line:#333d48;--lane:#1d242c;--agent:#5fb0f2;--customer:#f39a52;"
    "--overlap:#c893e0;--erased:#98a4b1}.steps{filter:invert(1) "
    "hue-rotate(180deg)}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0 auto;max-width:70rem;padding:1.5rem;background:var(--paper);color:var(--ink);"
    "font:1rem/1.5 system-ui,sans-serif}\n"
    "h1{font-size:1.5rem;margin:0;overflow-wrap:anywhere}h2{font-size:1.1rem;margin:2rem 0 "
    ".5rem}\n"
    "p{margin:.4rem 0}.soft{color:var(--soft);font-size:.9rem;max-width:60rem}\n"
    "table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;"
    "padding:.25rem .8rem .25rem 0;border-bottom:1px solid var(--line);font-weight:400}\n"
    "thead th{color:var(--soft);font-size:.9rem}th[scope=row]{width:17rem}\n"
    ".pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(20rem,1fr));gap:0 2rem}\n"
    ".num{font-variant-numeric:tabular-nums;white-space:pre-wrap}code{font-size:.85rem;overflow-"
    "wrap:anywhere}\n"
    ".passed,.failed{border-left:.3rem solid var(--agent);padding-left:.7rem}.failed{border-color:"
    "var(--customer)}\n"
    "audio{width:100%}.picture{overflow-x:auto}.picture svg{display:block;width:100%;"
    "min-width:44rem}\n"
    ":focus-visible{outline:3px solid var(--agent);outline-offset:2px}\n"
    "svg text{font-size:12px;fill:var(--ink)}svg .mid{text-anchor:middle}svg "
    ".end{text-anchor:end}svg .head{font-weight:600}\n"
    ".grid,.tick{stroke:var(--line)}.lane{fill:var(--lane)}.frame{fill:none;stroke:var(--line)}\n"
    ".agent{fill:var(--agent)}.customer{fill:var(--customer)}"
    ".overlap{fill:var(--overlap)}.erased{fill:var(--erased)}\n"
    ".steps{image-rendering:pixelated}img.steps{vertical-align:middle;border:1px solid "
    "var(--line)}\n"
    ".legend{list-style:none;display:flex;flex-wrap:wrap;gap:.2rem 1.5rem;padding:0;margin:.5rem "
    "0}.legend svg{width:14px;height:14px;vertical-align:-2px;margin-right:.4rem}\n"
    "@media print{body{max-width:none;padding:0;font-size:10pt}.listen{display:none}"
    ".picture "
    "svg{min-width:0;max-height:13cm}code{font-size:7.5pt}th[scope=row]{width:9rem}.picture,table{"
    "break-inside:avoid}h2{break-after:avoid}"
    "svg,img{print-color-adjust:exact;-webkit-print-color-adjust:exact}}\n"
    "</style>\n</head>\n<body>\n";

void html_text(FILE *stream, const char *text) {
    const unsigned char *p = (const unsigned char *)text;
    while (*p != '\0') {
        int length = json_utf8_length(p);
        /* U+0080 to U+009F print nothing either, and HTML forbids them */
        bool control = *p < 0x20 || *p == 0x7F || (*p == 0xC2 && p[1] < 0xA0);
        const char *name = *p == '&'    ? "&amp;"
                           : *p == '<'  ? "&lt;"
                           : *p == '>'  ? "&gt;"
                           : *p == '"'  ? "&quot;"
                           : *p == '\'' ? "&#39;"
                                        : NULL;
        if (length == 0 || control) {
            fputs("\xEF\xBF\xBD", stream);
            length = length == 0 ? 1 : length;
        } else if (name != NULL) {
            fputs(name, stream);
        } else {
            fwrite(p, 1, (size_t)length, stream);
        }
        p += length;
    }
}

static const char *const verdicts[] = {
    [VERDICT_PASSED] = "<p class=\"passed\">The erased recording passes <code>solotrack "
                       "verify</code>.</p>\n",
    [VERDICT_FAILED] = "<p class=\"failed\"><strong>The erased recording does not pass "
                       "<code>solotrack verify</code>:</strong> the customer may be heard in it, "
                       "so this page does not carry it.</p>\n",
    [VERDICT_UNSURE] = "<p class=\"failed\"><strong><code>solotrack verify</code> cannot tell "
                       "from the files whether too much of the customer is left</strong> in the "
                       "erased recording, so this page does not carry it.</p>\n"};

void html_begin(FILE *stream, const char *name, enum verdict verdict) {
    char now[WHEN_BYTES];
    when_text(when_now(), now);
    fputs(head, stream);
    fputs("<title>", stream);
    html_text(stream, name);
    fputs(" - what was erased</title>\n", stream);
    fputs(style, stream);
    fputs("<header>\n<h1>What was erased: ", stream);
    html_text(stream, name);
    fputs("</h1>\n", stream);
    fputs(verdicts[verdict], stream);
    fprintf(stream, "<p class=\"soft\">Made %s by solotrack %s.</p>\n</header>\n<main>\n", now,
            solo_version());
}

static void file_row(FILE *stream, const char *what, const struct html_file *file) {
    fprintf(stream, "<tr><th scope=\"row\">%s</th><td>", what);
    html_text(stream, file->name);
    fprintf(stream, "<br><span class=\"num\">%.3f s, %d Hz, %s</span><br>SHA-256 <code>%s</code>",
            (double)file->frames / file->rate, file->rate,
            file->channels == 2 ? "two channels" : "one channel", file->sha256);
    fputs("</td></tr>\n", stream);
}

void html_files(FILE *stream, const struct html_file *original, const struct html_file *output) {
    fputs("<section aria-labelledby=\"files\">\n<h2 id=\"files\">Files</h2>\n<table>\n<tbody>\n",
          stream);
    file_row(stream, "Original", original);
    file_row(stream, "Erased recording", output);
    fputs("</tbody>\n</table>\n</section>\n", stream);
}

void html_player(FILE *stream, const struct page_audio *audio, const char *name) {
    struct base64 base64;
    fputs("<section class=\"listen\" aria-labelledby=\"listen\">\n<h2 id=\"listen\">Listen to the "
          "erased recording</h2>\n",
          stream);
    if (audio->full) {
        fprintf(stream,
                "<p>It is too long to be carried in this page (more than %d MB): open the file "
                "itself, ",
                AUDIO_MOST_BYTES >> 20);
        html_text(stream, name);
        fputs(".</p>\n</section>\n", stream);
        return;
    }
    fputs("<audio controls preload=\"metadata\" aria-label=\"The erased recording\" "
          "src=\"data:audio/flac;base64,",
          stream);
    base64_begin(&base64, stream);
    base64_add(&base64, audio->bytes, audio->size);
    base64_end(&base64);
    fputs(
        "\"></audio>\n<p class=\"soft\">The agent's channel of the erased recording, 16 bits. The "
        "original is not in this page.</p>\n</section>\n",
        stream);
}

static void key(FILE *stream, const char *class, const char *text) {
    fprintf(stream,
            "<li><svg viewBox=\"0 0 14 14\" aria-hidden=\"true\"><rect class=\"%s\" width=\"14\" "
            "height=\"14\"/></svg>%s</li>\n",
            class, text);
}

void html_picture_begin(FILE *stream) {
    fputs("<section aria-labelledby=\"picture\">\n<h2 id=\"picture\">Who spoke when, before and "
          "after</h2>\n<ul class=\"legend\">\n",
          stream);
    key(stream, "agent", "agent speaks");
    key(stream, "customer", "customer speaks");
    key(stream, "overlap", "both speak");
    key(stream, "erased", "erased: nothing of the original is in the output");
    fputs("<li>level of a band, dBFS: \xE2\x88\x92"
          "75 ",
          stream);
    draw_steps(stream);
    fputs(" 0</li>\n</ul>\n<div class=\"picture\" role=\"region\" tabindex=\"0\" "
          "aria-labelledby=\"picture\">\n",
          stream);
}

void html_picture_end(FILE *stream) {
    fprintf(stream,
            "</div>\n<p class=\"soft\">The lanes are what solotrack decides on the original; the "
            "same times come as text from <code>solotrack label</code>. Waveforms and spectrograms "
            "are of the files. They are coarse on purpose, so that no words can be made out of a "
            "picture of the original: one peak for %d ms or more, and %d bands for %d ms or more, "
            "in steps of %d dB, without phase.</p>\n</section>\n",
            TRACK_PEAK_MS, TRACK_BANDS, TRACK_LEVEL_MS, TRACK_STEP_DB);
}

static void row(FILE *stream, const char *what, const char *value) {
    fprintf(stream, "<tr><th scope=\"row\">%s</th><td class=\"num\">%s</td></tr>\n", what, value);
}

static void table_begin(FILE *stream, const char *id, const char *title) {
    fprintf(stream, "<section aria-labelledby=\"%s\">\n<h2 id=\"%s\">%s</h2>\n<table>\n<tbody>\n",
            id, id, title);
}

static void table_end(FILE *stream) {
    fputs("</tbody>\n</table>\n</section>\n", stream);
}

/* A line is "  what, in 28 characters  value". */
void html_figures(FILE *stream, const char *figures) {
    enum { WHAT = 30 };
    fputs("<div class=\"pair\">\n", stream);
    table_begin(stream, "figures", "Measured on the files");
    while (*figures != '\0') {
        int length = (int)strcspn(figures, "\n");
        int what = length < WHAT ? length : WHAT, from = 2;
        const char *value = figures + what + strspn(figures + what, " ");
        while (what > 0 && figures[what - 1] == ' ') {
            what--;
        }
        from = from < what ? from : what;
        fprintf(stream, "<tr><th scope=\"row\">%s", figures[from] == ' ' ? "\xE2\x80\x93" : "");
        fprintf(stream, "%.*s</th><td class=\"num\">%.*s</td></tr>\n", what - from, figures + from,
                (int)(figures + length - value), value);
        figures += length + (figures[length] == '\n');
    }
    table_end(stream);
}

static void seconds_row(FILE *stream, const char *what, uint64_t samples, int rate) {
    char text[48];
    snprintf(text, sizeof text, "%.2f s", (double)samples / rate);
    row(stream, what, text);
}

void html_decided(FILE *stream, const solo_stats *stats, const solo_config *config,
                  const char *model) {
    int rate = config->sample_rate;
    table_begin(stream, "decided", "Decided on the original");
    row(stream, "policy", settings_word("policy", config->policy));
    row(stream, "in overlap", settings_word("overlap", config->overlap));
    row(stream, "the agent", settings_word("agent", config->agent));
    row(stream, "model of the voice", model[0] != '\0' ? model : "none, no voice given");
    seconds_row(stream, "only the agent speaks", stats->samples_agent, rate);
    seconds_row(stream, "only the customer speaks", stats->samples_customer, rate);
    seconds_row(stream, "both speak", stats->samples_overlap, rate);
    seconds_row(stream, "erased", stats->samples_erased, rate);
    table_end(stream);
    fputs("</div>\n", stream);
}

static void figure_row(FILE *stream, const char *what, const char *unit, double value, int known) {
    char text[64];
    snprintf(text, sizeof text, "%.2f%s", value, unit);
    row(stream, what, known ? text : "too little was heard");
}

void html_metrics(FILE *stream, const solo_metrics *metrics) {
    int talk = metrics->valid & SOLO_METRICS_TALK, speech = metrics->valid & SOLO_METRICS_SPEECH;
    int pitch = metrics->valid & SOLO_METRICS_PITCH;
    table_begin(stream, "metrics", "How the agent speaks");
    figure_row(stream, "share of the call", " %", 100.0 * (double)metrics->talk_ratio, talk);
    figure_row(stream, "mean pause", " s", (double)metrics->pause_mean_s,
               metrics->valid & SOLO_METRICS_PAUSES);
    figure_row(stream, "tempo", " syllables a second", (double)metrics->syllables_per_s, speech);
    figure_row(stream, "loudness", " dBFS", (double)metrics->loudness_dbfs, speech);
    figure_row(stream, "pitch, median", " Hz", (double)metrics->pitch_hz, pitch);
    figure_row(stream, "pitch, a tenth is lower", " Hz", (double)metrics->pitch_low_hz, pitch);
    figure_row(stream, "pitch, a tenth is higher", " Hz", (double)metrics->pitch_high_hz, pitch);
    fprintf(stream,
            "<tr><th scope=\"row\">pauses, interruptions</th><td class=\"num\">%d, %d</td></tr>\n",
            metrics->pauses, metrics->interruptions);
    table_end(stream);
}

void html_end(FILE *stream) {
    fputs("</main>\n</body>\n</html>\n", stream);
}
