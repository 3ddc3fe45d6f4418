#define _POSIX_C_SOURCE 200809L
#include "rows.h"

#include "complain.h"
#include "json.h"

#include <errno.h>
#include <string.h>

/* The columns: texts, which may be missing, then seconds. */
enum { TEXTS = 7, TIMES = 5 };

static const char *const text_names[TEXTS] = {"call",   "state",        "reason",       "id",
                                              "output", "input_sha256", "output_sha256"};
static const char *const time_names[TIMES] = {"seconds", "seconds_agent", "seconds_customer",
                                              "seconds_overlap", "seconds_erased"};

struct row {
    const char *text[TEXTS]; /* NULL: none */
    double time[TIMES];
};

static bool failed(const char *name) {
    return complain(name, "cannot be written: %s", errno != 0 ? strerror(errno) : "a write failed");
}

/* Whether nothing is in it yet, which holds of every pipe. */
static bool find_new(FILE *stream, bool *is_new) {
    if (fseek(stream, 0, SEEK_END) != 0) {
        return errno == ESPIPE;
    }
    *is_new = ftell(stream) == 0;
    return true;
}

/* A crash may have torn the last line: then a new one begins. */
static bool begin_line(FILE *stream) {
    bool torn = fseek(stream, -1, SEEK_END) == 0 && fgetc(stream) != '\n';
    return fseek(stream, 0, SEEK_END) == 0 && (!torn || fputc('\n', stream) != EOF);
}

static bool open_one(FILE **stream, const char *name, bool resume, bool *is_new) {
    if (name == NULL) {
        return true;
    }
    *stream = fopen(name, "a+");
    if (*stream == NULL || !find_new(*stream, is_new)) {
        return failed(name);
    }
    if (!*is_new && !resume) {
        return complain(name, "is there already; say --resume to go on with it, or name another");
    }
    return *is_new || begin_line(*stream) || failed(name);
}

static bool finish_line(FILE *stream, const char *name) {
    errno = 0;
    return (fflush(stream) == 0 && ferror(stream) == 0) || failed(name);
}

static bool write_heads(struct rows *rows) {
    for (int i = 0; i < TEXTS; i++) {
        fprintf(rows->csv, "%s,", text_names[i]);
    }
    for (int i = 0; i < TIMES; i++) {
        fprintf(rows->csv, "%s%s", time_names[i], i + 1 < TIMES ? "," : "\r\n");
    }
    return finish_line(rows->csv, rows->csv_name);
}

bool rows_open(struct rows *rows, const char *csv, const char *jsonl, bool resume) {
    bool new_csv = true, new_jsonl = true;
    memset(rows, 0, sizeof *rows);
    rows->csv_name = csv;
    rows->jsonl_name = jsonl;
    return open_one(&rows->csv, csv, resume, &new_csv) &&
           open_one(&rows->jsonl, jsonl, resume, &new_jsonl) &&
           (csv == NULL || !new_csv || write_heads(rows));
}

static void put_csv(FILE *stream, const char *text) {
    fputc('"', stream);
    for (; *text != '\0'; text++) {
        fputs(*text == '"' ? "\"" : "", stream);
        fputc(*text, stream);
    }
    fputc('"', stream);
}

static void write_csv(FILE *stream, const struct row *row) {
    for (int i = 0; i < TEXTS; i++) {
        if (row->text[i] != NULL) {
            put_csv(stream, row->text[i]);
        }
        fputc(',', stream);
    }
    for (int i = 0; i < TIMES; i++) {
        fprintf(stream, "%.3f%s", row->time[i], i + 1 < TIMES ? "," : "\r\n");
    }
}

static void write_jsonl(FILE *stream, const struct row *row) {
    fputc('{', stream);
    for (int i = 0; i < TEXTS; i++) {
        json_text_field(stream, text_names[i], row->text[i]);
        fputs(", ", stream);
    }
    for (int i = 0; i < TIMES; i++) {
        json_number_field(stream, time_names[i], row->time[i], 3);
        fputs(i + 1 < TIMES ? ", " : "}\n", stream);
    }
}

static const char *if_any(const char *text) {
    return text[0] != '\0' ? text : NULL;
}

bool rows_add(struct rows *rows, const char *call, const char *state, const char *reason,
              const struct outcome *outcome) {
    static const struct outcome none = {.state = OUTCOME_FAILED};
    const struct outcome *of = outcome != NULL ? outcome : &none;
    struct row row = {{call, state, reason, if_any(of->id), if_any(of->output),
                       if_any(of->input_sha256), if_any(of->output_sha256)},
                      {of->seconds, of->seconds_agent, of->seconds_customer, of->seconds_overlap,
                       of->seconds_erased}};
    if (rows->csv != NULL) {
        write_csv(rows->csv, &row);
    }
    if (rows->jsonl != NULL) {
        write_jsonl(rows->jsonl, &row);
    }
    return (rows->csv == NULL || finish_line(rows->csv, rows->csv_name)) &&
           (rows->jsonl == NULL || finish_line(rows->jsonl, rows->jsonl_name));
}

static bool close_one(FILE *stream, const char *name) {
    return stream == NULL || fclose(stream) == 0 || failed(name);
}

bool rows_close(struct rows *rows) {
    bool csv = close_one(rows->csv, rows->csv_name);
    return close_one(rows->jsonl, rows->jsonl_name) && csv;
}
