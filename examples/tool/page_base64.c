#include "page_base64.h"

void base64_begin(struct base64 *base64, FILE *stream) {
    base64->stream = stream;
    base64->bits = 0;
    base64->waiting = 0;
}

static void write_group(struct base64 *base64) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint32_t bits = base64->bits << 8 * (3 - base64->waiting);
    for (int i = 0; i < 4; i++) {
        fputc(i <= base64->waiting ? digits[bits >> (18 - 6 * i) & 63] : '=', base64->stream);
    }
    base64->bits = 0;
    base64->waiting = 0;
}

void base64_add(struct base64 *base64, const void *data, size_t bytes) {
    const uint8_t *from = data;
    for (size_t i = 0; i < bytes; i++) {
        base64->bits = base64->bits << 8 | from[i];
        if (++base64->waiting == 3) {
            write_group(base64);
        }
    }
}

void base64_end(struct base64 *base64) {
    if (base64->waiting > 0) {
        write_group(base64);
    }
}
