#define _POSIX_C_SOURCE 200809L
#include "tags.h"

#include <string.h>
#include <unistd.h>

enum { ID3V1_BYTES = 128, APE_HEADER = 32, ID3V2_HEADER = 10 };

int64_t tags_before(int fd) {
    uint8_t head[ID3V2_HEADER];
    if (pread(fd, head, sizeof head, 0) < ID3V2_HEADER || memcmp(head, "ID3", 3) != 0) {
        return 0;
    }
    int64_t bytes = ID3V2_HEADER; /* and 28 bits of a size, 7 in a byte */
    for (int i = 0; i < 4; i++) {
        bytes += (int64_t)(head[6 + i] & 127) << (21 - 7 * i);
    }
    return bytes;
}

/* Some writers fill their last block. */
static bool zeros_end(int fd, int64_t position, int64_t size) {
    enum { MOST = 65536 };
    uint8_t block[4096];
    ssize_t got = size - position < MOST;
    while (position < size && got > 0) {
        got = pread(fd, block, sizeof block, (off_t)position);
        for (ssize_t i = 0; i < got; i++) {
            if (block[i] != 0) {
                return false;
            }
        }
        position += got;
    }
    return position == size;
}

bool tags_end(int fd, int64_t position, int64_t size) {
    uint8_t head[APE_HEADER] = {0};
    bool more = pread(fd, head, sizeof head, (off_t)position) > 0;
    if (more && memcmp(head, "APETAGEX", 8) == 0) {
        uint32_t rest = head[12] | (uint32_t)head[13] << 8 | (uint32_t)head[14] << 16 |
                        (uint32_t)head[15] << 24;
        position += APE_HEADER + (int64_t)rest;
        more = pread(fd, head, sizeof head, (off_t)position) > 0;
    }
    if (more && memcmp(head, "TAG", 3) == 0) {
        position += ID3V1_BYTES;
    }
    return zeros_end(fd, position, size);
}
