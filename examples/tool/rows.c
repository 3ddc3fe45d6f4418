#define _POSIX_C_SOURCE 200809L
#include "rows.h"

#include "complain.h"
#include "json.h"
#include "paths.h"
#include "stop.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The columns: texts, which may be missing, then seconds. */
enum { TEXTS = 7, TIMES = 5, HEAD_BYTES = 256 };

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

static bool finish_line(const struct rows_file *file) {
    errno = 0;
    return (fflush(file->stream) == 0 && ferror(file->stream) == 0) || failed(file->name);
}

/* Whether nothing is in it yet, which holds of every pipe. */
static bool find_new(FILE *stream, bool *is_new) {
    if (fseeko(stream, 0, SEEK_END) != 0) {
        return errno == ESPIPE;
    }
    *is_new = ftello(stream) == 0;
    return true;
}

/* How far the rows are whole, and how far the last line break reaches: within quotes it is none. */
static bool measure(FILE *stream, bool quotes, off_t *whole, off_t *broken) {
    bool quoted = false;
    off_t at = 0;
    *whole = *broken = 0;
    rewind(stream);
    for (int c; (c = getc(stream)) != EOF;) {
        at++;
        quoted = quoted != (quotes && c == '"');
        if (c == '\n') {
            *broken = at;
            *whole = quoted ? *whole : at;
        }
    }
    return ferror(stream) == 0;
}

/* What begins so is ours, and maybe no more than a part of the beginning. */
static bool is_ours(FILE *stream, const char *head) {
    char begin[HEAD_BYTES];
    rewind(stream);
    size_t got = fread(begin, 1, strlen(head), stream);
    return ferror(stream) == 0 && memcmp(begin, head, got) == 0;
}

/* A crash may have torn the last row: it is cut off, lest it swallows the next. */
static bool cut_torn(const struct rows_file *file, bool quotes) {
    off_t whole, broken;
    if (!measure(file->stream, quotes, &whole, &broken)) {
        return failed(file->name);
    }
    if (broken > whole) {
        return complain(file->name,
                        "is damaged at byte %lld, where a row has no end; move it away, or "
                        "name another",
                        (long long)whole);
    }
    return (fseeko(file->stream, 0, SEEK_END) == 0 && ftello(file->stream) == whole) ||
           ftruncate(file->fd, whole) == 0 || failed(file->name);
}

/* Whoever reads a pipe's other end too would wait for himself once the reader is gone. */
static bool is_pipe(const char *name) {
    struct stat status;
    return stat(name, &status) == 0 && !S_ISREG(status.st_mode);
}

static bool open_one(struct rows_file *file, const char *name) {
    file->name = name;
    if (name == NULL) {
        return true;
    }
    file->is_pipe = is_pipe(name);
    int way = file->is_pipe ? O_WRONLY : O_RDWR;
    file->fd = open(name, way | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    file->stream = file->fd >= 0 ? fdopen(file->fd, file->is_pipe ? "a" : "a+") : NULL;
    if (file->stream == NULL) {
        int error = errno;
        close(file->fd);
        errno = error;
    }
    return file->stream != NULL || failed(name);
}

/* Goes on behind what is there. Writes the head where nothing is. */
static bool begin(const struct rows_file *file, const char *head, bool is_csv, bool resume) {
    bool is_new = true;
    if (file->stream == NULL) {
        return true;
    }
    if (!find_new(file->stream, &is_new)) {
        return failed(file->name);
    }
    if (!is_new && !resume) {
        return complain(file->name,
                        "is there already; say --resume to go on with it, or name another");
    }
    if (!is_new && !is_ours(file->stream, head)) {
        return complain(file->name, "holds no rows of %s; name another",
                        is_csv ? "--csv" : "--jsonl");
    }
    if (!is_new && !cut_torn(file, is_csv)) {
        return false;
    }
    if (!find_new(file->stream, &is_new)) {
        return failed(file->name);
    }
    if (is_csv && is_new) {
        fputs(head, file->stream);
    }
    return finish_line(file);
}

static bool are_apart(const struct rows_file *csv, const struct rows_file *jsonl) {
    struct stat one, other;
    if (csv->stream == NULL || jsonl->stream == NULL) {
        return true;
    }
    if (fstat(csv->fd, &one) != 0 || fstat(jsonl->fd, &other) != 0) {
        return failed(csv->name);
    }
    return !S_ISREG(one.st_mode) || one.st_dev != other.st_dev || one.st_ino != other.st_ino ||
           complain(jsonl->name, "is the same file as %s; name another", csv->name);
}

static void write_head(char head[HEAD_BYTES]) {
    size_t used = 0;
    for (int i = 0; i < TEXTS + TIMES; i++) {
        used += (size_t)snprintf(head + used, HEAD_BYTES - used, "%s%s",
                                 i < TEXTS ? text_names[i] : time_names[i - TEXTS],
                                 i + 1 < TEXTS + TIMES ? "," : "\r\n");
    }
}

bool rows_open(struct rows *rows, const char *csv, const char *jsonl, bool resume) {
    char head[HEAD_BYTES];
    memset(rows, 0, sizeof *rows);
    if ((csv != NULL && path_is_pipe(csv)) || (jsonl != NULL && path_is_pipe(jsonl))) {
        return complain("-", "the summary goes to standard output; name a file for the rows");
    }
    write_head(head);
    return open_one(&rows->csv, csv) && open_one(&rows->jsonl, jsonl) &&
           are_apart(&rows->csv, &rows->jsonl) && begin(&rows->csv, head, true, resume) &&
           begin(&rows->jsonl, "{\"call\": ", false, resume);
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

/* A row that a full disk has torn is the last one: --resume cuts it off. A reader that is slow does
 * not keep the batch from being stopped. */
static bool add(const struct rows_file *file, void write(FILE *stream, const struct row *row),
                const struct row *row) {
    if (file->stream == NULL) {
        return true;
    }
    if (ferror(file->stream) != 0 || (file->is_pipe && !stop_wait_for(file->fd, true))) {
        return false;
    }
    write(file->stream, row);
    return finish_line(file);
}

bool rows_add(struct rows *rows, const char *call, const char *state, const char *reason,
              const struct outcome *outcome) {
    static const struct outcome none = {.state = OUTCOME_FAILED};
    const struct outcome *of = outcome != NULL ? outcome : &none;
    struct row row = {{call, state, reason, if_any(of->id), if_any(of->output),
                       if_any(of->input_sha256), if_any(of->output_sha256)},
                      {of->seconds, of->seconds_agent, of->seconds_customer, of->seconds_overlap,
                       of->seconds_erased}};
    bool csv = add(&rows->csv, write_csv, &row);
    return add(&rows->jsonl, write_jsonl, &row) && csv;
}

static bool close_one(const struct rows_file *file) {
    return file->stream == NULL || fclose(file->stream) == 0 || failed(file->name);
}

bool rows_close(struct rows *rows) {
    bool csv = close_one(&rows->csv);
    return close_one(&rows->jsonl) && csv;
}
