#include "report_detection.h"

#include <math.h>

#include "table.h"

/* Of the detector that the others' speed is compared with; NaN when it did not take part. */
static double speexdsp_rtf(const struct detection *detection) {
    for (size_t i = 0; i < detection->count; i++) {
        if (detection->detected[i].detector == &detector_speexdsp) {
            return detection->detected[i].rtf;
        }
    }
    return (double)NAN;
}

static void detected_row(struct table *table, const struct detected *detected, double reference) {
    table_cell(table, "%s", detected->detector->title);
    for (int set = 0; set < DETECTION_SETS; set++) {
        table_number(table, detected->area[set], 4);
    }
    table_cell(table, "%d", detected->shift_ms[DETECTION_QUIET]);
    table_number(table, detected->onset_median_ms, 0);
    table_number(table, detected->onset_within_40_ms_percent, 1);
    table_number(table, detected->rtf, 5);
    table_number(table, detected->rtf / reference, 2);
}

bool report_detection(const struct detection *detection, bool markdown, FILE *file) {
    static const char *const title[] = {"shift ms", "onset ms", "in 40 ms, %", "RTF",
                                        "of speexdsp's"};
    struct table table;
    if (detection->count == 0) {
        return true;
    }
    fprintf(
        file,
        "\nVoice activity on %zu G.711 legs, %.0f minutes: ROC-AUC of frames of 10 ms, the truth "
        "being "
        "the energy of\nthe clean stem, the others at the shift that suits them best; delay of %zu "
        "beginnings without noise\nwhere 5 %% of the frames without speech pass\n\n",
        detection->legs, (double)detection->frames / DETECTOR_FRAMES_PER_S / 60.0,
        detection->onsets);
    table_start(&table, 1 + DETECTION_SETS + sizeof title / sizeof *title);
    table_cell(&table, "detector");
    for (int set = 0; set < DETECTION_SETS; set++) {
        table_cell(&table, "%s", detection_set_title((enum detection_set)set));
    }
    for (size_t i = 0; i < sizeof title / sizeof *title; i++) {
        table_cell(&table, "%s", title[i]);
    }
    for (size_t i = 0; i < detection->count; i++) {
        detected_row(&table, &detection->detected[i], speexdsp_rtf(detection));
    }
    return table_print(&table, markdown, file);
}
