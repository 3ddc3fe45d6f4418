#include "table.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void table_start(struct table *table, size_t columns) {
    *table = (struct table){.columns = columns};
}

static bool make_room(struct table *table) {
    if (table->cells < table->room) {
        return true;
    }
    size_t room = table->room > 0 ? 2 * table->room : 64;
    void *cell = realloc(table->cell, room * sizeof *table->cell);
    if (cell == NULL) {
        table->failed = true;
        return false;
    }
    table->cell = cell;
    table->room = room;
    return true;
}

void table_cell(struct table *table, const char *format, ...) {
    va_list arguments;
    if (!make_room(table)) {
        return;
    }
    va_start(arguments, format);
    vsnprintf(table->cell[table->cells++], TABLE_CELL_BYTES, format, arguments);
    va_end(arguments);
}

void table_titles(struct table *table, const char *const *title, size_t columns) {
    table_start(table, columns);
    for (size_t c = 0; c < columns; c++) {
        table_cell(table, "%s", title[c]);
    }
}

void table_number_text(char *text, double value, int decimals) {
    if (isfinite(value)) {
        /* No minus sign before a zero. */
        value = fabs(value) < 0.5 * pow(10.0, -decimals) ? 0.0 : value;
        snprintf(text, TABLE_CELL_BYTES, "%.*f", decimals, value);
    } else {
        snprintf(text, TABLE_CELL_BYTES, "%s", isnan(value) ? "-" : "never");
    }
}

void table_number(struct table *table, double value, int decimals) {
    char text[TABLE_CELL_BYTES];
    table_number_text(text, value, decimals);
    table_cell(table, "%s", text);
}

static void measure(const struct table *table, int *width) {
    memset(width, 0, TABLE_COLUMNS_MAX * sizeof *width);
    for (size_t i = 0; i < table->cells; i++) {
        int length = (int)strlen(table->cell[i]);
        int *widest = &width[i % table->columns];
        *widest = length > *widest ? length : *widest;
    }
}

static void rule(const struct table *table, const int *width, bool markdown, FILE *file) {
    for (size_t c = 0; c < table->columns; c++) {
        fputs(markdown ? "|-" : (c == 0 ? "" : "  "), file);
        for (int i = 0; i < width[c]; i++) {
            fputc('-', file);
        }
        fputs(markdown ? (c == 0 ? "-" : ":") : "", file);
    }
    fputs(markdown ? "|\n" : "\n", file);
}

static void row(const struct table *table, size_t first, const int *width, bool markdown,
                FILE *file) {
    for (size_t c = 0; c < table->columns; c++) {
        fputs(markdown ? "| " : (c == 0 ? "" : "  "), file);
        fprintf(file, c == 0 ? "%-*s" : "%*s", width[c], table->cell[first + c]);
        fputs(markdown ? " " : "", file);
    }
    fputs(markdown ? "|\n" : "\n", file);
}

bool table_print(struct table *table, bool markdown, FILE *file) {
    int width[TABLE_COLUMNS_MAX];
    bool good =
        !table->failed && table->columns <= TABLE_COLUMNS_MAX && table->cells % table->columns == 0;
    if (good) {
        measure(table, width);
        for (size_t first = 0; first < table->cells; first += table->columns) {
            row(table, first, width, markdown, file);
            if (first == 0) {
                rule(table, width, markdown, file);
            }
        }
    }
    free(table->cell);
    *table = (struct table){0};
    return good;
}
