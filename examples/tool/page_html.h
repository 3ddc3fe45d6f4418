/* The words of a page: HTML that is whole in one file. */
#ifndef SOLOTRACK_TOOL_PAGE_HTML_H
#define SOLOTRACK_TOOL_PAGE_HTML_H

#include "page_audio.h"
#include "verdict.h"

#include "solotrack.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct html_file {
    const char *name, *sha256;
    int channels, rate;
    int64_t frames;
};

/* Text of any bytes: what HTML reads as more than text is escaped, and what is no UTF-8 or no
 * printing character becomes U+FFFD. */
void html_text(FILE *stream, const char *text);

/* Up to the first section: the name, what verify says of the recording, and when the page was
 * made. */
void html_begin(FILE *stream, const char *name, enum verdict verdict);

void html_files(FILE *stream, const struct html_file *original, const struct html_file *output);
void html_player(FILE *stream, const struct page_audio *audio, const char *name);
void html_picture_begin(FILE *stream);
void html_picture_end(FILE *stream);

/* The figures as `verify` prints them, a line each. */
void html_figures(FILE *stream, const char *figures);

void html_decided(FILE *stream, const solo_stats *stats, const solo_config *config,
                  const char *model);
void html_metrics(FILE *stream, const solo_metrics *metrics);
void html_end(FILE *stream);

#endif
