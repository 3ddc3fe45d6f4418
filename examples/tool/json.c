#include "json.h"

#include <math.h>
#include <stddef.h>
#include <stdint.h>

/* By the table of RFC 3629, section 4. */
int json_utf8_length(const unsigned char *p) {
    static const struct {
        unsigned char first_low, first_high, second_low, second_high;
        int length;
    } rows[] = {
        {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3}, {0xE1, 0xEC, 0x80, 0xBF, 3},
        {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3}, {0xF0, 0xF0, 0x90, 0xBF, 4},
        {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4},
    };
    if (p[0] < 0x80) {
        return 1;
    }
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (p[0] < rows[i].first_low || p[0] > rows[i].first_high) {
            continue;
        }
        if (p[1] < rows[i].second_low || p[1] > rows[i].second_high) {
            return 0;
        }
        for (int k = 2; k < rows[i].length; k++) {
            if ((p[k] & 0xC0) != 0x80) {
                return 0;
            }
        }
        return rows[i].length;
    }
    return 0;
}

void json_string(FILE *file, const char *text) {
    const unsigned char *p = (const unsigned char *)text;
    fputc('"', file);
    while (*p != '\0') {
        int length = json_utf8_length(p);
        if (length == 0) {
            fputs("\\ufffd", file);
            length = 1;
        } else if (*p == '"' || *p == '\\') {
            fprintf(file, "\\%c", *p);
        } else if (*p < 0x20 || *p == 0x7F) {
            fprintf(file, "\\u%04x", *p);
        } else {
            fwrite(p, 1, (size_t)length, file);
        }
        p += length;
    }
    fputc('"', file);
}

void json_text_field(FILE *file, const char *key, const char *text) {
    json_string(file, key);
    fputs(": ", file);
    if (text == NULL) {
        fputs("null", file);
    } else {
        json_string(file, text);
    }
}

void json_number_field(FILE *file, const char *key, double value, int decimals) {
    json_string(file, key);
    if (isfinite(value)) {
        fprintf(file, ": %.*f", decimals, value);
    } else {
        fputs(": null", file);
    }
}
