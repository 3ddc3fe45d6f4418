#include "page_png.h"

#include "page_base64.h"

#include <stddef.h>

struct png {
    struct base64 base64;
    uint32_t crc;              /* of the chunk */
    uint32_t adler_a, adler_b; /* of the pixels, RFC 1950 */
};

/* CRC-32 of ISO 3309, as annex D of the standard has it. */
static uint32_t crc_of(uint32_t crc, uint8_t byte) {
    crc ^= byte;
    for (int bit = 0; bit < 8; bit++) {
        crc = crc & 1 ? crc >> 1 ^ 0xEDB88320U : crc >> 1;
    }
    return crc;
}

static void put(struct png *png, const void *data, size_t bytes) {
    const uint8_t *from = data;
    for (size_t i = 0; i < bytes; i++) {
        png->crc = crc_of(png->crc, from[i]);
    }
    base64_add(&png->base64, data, bytes);
}

static void put_word(struct png *png, uint32_t word) {
    uint8_t bytes[4] = {(uint8_t)(word >> 24), (uint8_t)(word >> 16), (uint8_t)(word >> 8),
                        (uint8_t)word};
    put(png, bytes, sizeof bytes);
}

static void begin_chunk(struct png *png, const char *type, size_t bytes) {
    put_word(png, (uint32_t)bytes);
    png->crc = UINT32_MAX; /* the length does not count */
    put(png, type, 4);
}

static void end_chunk(struct png *png) {
    put_word(png, ~png->crc);
}

/* Paper, a middle blue, ink: in equal steps of lightness, so that it is read in grey print too. */
static void put_palette(struct png *png) {
    static const int stops[3][3] = {{255, 255, 255}, {84, 148, 196}, {8, 28, 72}};
    begin_chunk(png, "PLTE", (size_t)3 * PNG_STEPS);
    for (int step = 0; step < PNG_STEPS; step++) {
        int at = 2 * step, half = at < PNG_STEPS - 1 ? 0 : 1, part = at - half * (PNG_STEPS - 1);
        for (int i = 0; i < 3; i++) {
            int from = stops[half][i], to = stops[half + 1][i];
            uint8_t value = (uint8_t)(from + (to - from) * part / (PNG_STEPS - 1));
            put(png, &value, 1);
        }
    }
    end_chunk(png);
}

static void put_pixels(struct png *png, const uint8_t *data, size_t bytes) {
    enum { ADLER = 65521 };
    for (size_t i = 0; i < bytes; i++) {
        png->adler_a = (png->adler_a + data[i]) % ADLER;
        png->adler_b = (png->adler_b + png->adler_a) % ADLER;
    }
    put(png, data, bytes);
}

/* One stored block of RFC 1951: nothing is compressed, the picture is small. */
static void put_data(struct png *png, const uint8_t *steps, int width, int height) {
    size_t bytes = (size_t)height * ((size_t)width + 1);
    uint8_t head[] = {0x78,
                      0x01,
                      0x01,
                      (uint8_t)bytes,
                      (uint8_t)(bytes >> 8),
                      (uint8_t)~bytes,
                      (uint8_t)(~bytes >> 8)};
    begin_chunk(png, "IDAT", sizeof head + bytes + 4);
    put(png, head, sizeof head);
    png->adler_a = 1;
    png->adler_b = 0;
    for (int row = 0; row < height; row++) {
        const uint8_t no_filter = 0;
        put_pixels(png, &no_filter, 1);
        put_pixels(png, steps + (size_t)row * (size_t)width, (size_t)width);
    }
    put_word(png, png->adler_b << 16 | png->adler_a);
    end_chunk(png);
}

void png_write_uri(FILE *stream, const uint8_t *steps, int width, int height) {
    static const uint8_t signature[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
    static const uint8_t indexed[] = {8, 3, 0, 0, 0}; /* 8 bits, palette, as there is no other */
    struct png png = {.crc = 0};
    fputs("data:image/png;base64,", stream);
    base64_begin(&png.base64, stream);
    put(&png, signature, sizeof signature);
    begin_chunk(&png, "IHDR", 13);
    put_word(&png, (uint32_t)width);
    put_word(&png, (uint32_t)height);
    put(&png, indexed, sizeof indexed);
    end_chunk(&png);
    put_palette(&png);
    put_data(&png, steps, width, height);
    begin_chunk(&png, "IEND", 0);
    end_chunk(&png);
    base64_end(&png.base64);
}
