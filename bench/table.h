/* Tables of text, aligned for a terminal or as Markdown. */
#ifndef BENCH_TABLE_H
#define BENCH_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { TABLE_COLUMNS_MAX = 20, TABLE_CELL_BYTES = 48 };

struct table {
    size_t columns;
    size_t cells; /* filled so far, row after row; the first row is the heading */
    size_t room;
    char (*cell)[TABLE_CELL_BYTES];
    bool failed; /* out of memory: later cells are dropped and nothing is printed */
};

void table_start(struct table *table, size_t columns);

/* The same, and its heading. */
void table_titles(struct table *table, const char *const *title, size_t columns);

/* Appends a cell. */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
void table_cell(struct table *table, const char *format, ...);

/* Appends a number, or a dash for NaN and "never" for infinity. */
void table_number(struct table *table, double value, int decimals);

/* The text of table_number(), into `text` of TABLE_CELL_BYTES. */
void table_number_text(char *text, double value, int decimals);

/* Prints the table and frees it. The first column is aligned left, the others right. */
bool table_print(struct table *table, bool markdown, FILE *file);

#endif
