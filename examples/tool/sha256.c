#define _POSIX_C_SOURCE 200809L
#include "sha256.h"

#include <errno.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

/* FIPS 180-4, 4.2.2: the first 32 bits of the fractional parts of the cube roots of the first 64
 * primes. */
static const uint32_t round_constant[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t rotate_right(uint32_t x, unsigned bits) {
    return x >> bits | x << (32 - bits);
}

static uint32_t big_endian_32(const uint8_t *p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* 6.2.2, step 1 */
static void expand(uint32_t w[64], const uint8_t block[64]) {
    for (int t = 0; t < 16; t++) {
        w[t] = big_endian_32(block + 4 * t);
    }
    for (int t = 16; t < 64; t++) {
        uint32_t a = w[t - 15], b = w[t - 2];
        uint32_t sigma0 = rotate_right(a, 7) ^ rotate_right(a, 18) ^ a >> 3;
        uint32_t sigma1 = rotate_right(b, 17) ^ rotate_right(b, 19) ^ b >> 10;
        w[t] = sigma1 + w[t - 7] + sigma0 + w[t - 16];
    }
}

/* 6.2.2, steps 2 to 4; v[0] to v[7] are the standard's a to h */
static void compress(uint32_t state[8], const uint8_t block[64]) {
    uint32_t w[64], v[8];
    expand(w, block);
    memcpy(v, state, sizeof v);
    for (int t = 0; t < 64; t++) {
        uint32_t sum1 = rotate_right(v[4], 6) ^ rotate_right(v[4], 11) ^ rotate_right(v[4], 25);
        uint32_t choice = (v[4] & v[5]) ^ (~v[4] & v[6]);
        uint32_t t1 = v[7] + sum1 + choice + round_constant[t] + w[t];
        uint32_t sum0 = rotate_right(v[0], 2) ^ rotate_right(v[0], 13) ^ rotate_right(v[0], 22);
        uint32_t majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);
        memmove(v + 1, v, 7 * sizeof *v);
        v[4] += t1;
        v[0] = t1 + sum0 + majority;
    }
    for (int i = 0; i < 8; i++) {
        state[i] += v[i];
    }
}

void sha256_init(struct sha256 *hash) {
    /* 5.3.3: the fractional parts of the square roots of the first 8 primes */
    static const uint32_t first[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    memset(hash, 0, sizeof *hash);
    memcpy(hash->state, first, sizeof first);
}

void sha256_add(struct sha256 *hash, const void *data, size_t bytes) {
    const uint8_t *p = data;
    while (bytes > 0) {
        size_t used = (size_t)(hash->bytes % 64);
        size_t take = bytes < 64 - used ? bytes : 64 - used;
        memcpy(hash->block + used, p, take);
        hash->bytes += take;
        p += take;
        bytes -= take;
        if (used + take == 64) {
            compress(hash->state, hash->block);
        }
    }
}

void sha256_finish(struct sha256 *hash, char hex[SHA256_HEX_BYTES]) {
    static const uint8_t padding[64] = {0x80};
    uint64_t bits = hash->bytes * 8;
    uint8_t length[8];
    for (int i = 0; i < 8; i++) {
        length[i] = (uint8_t)(bits >> (56 - 8 * i));
    }
    size_t used = (size_t)(hash->bytes % 64);
    sha256_add(hash, padding, used < 56 ? 56 - used : 120 - used);
    sha256_add(hash, length, sizeof length);
    for (int i = 0; i < 64; i++) {
        uint32_t digit = hash->state[i / 8] >> (28 - 4 * (i % 8)) & 15;
        hex[i] = "0123456789abcdef"[digit];
    }
    hex[64] = '\0';
}

int sha256_of_fd(int fd, char hex[SHA256_HEX_BYTES]) {
    struct sha256 hash;
    uint8_t buffer[65536];
    off_t position = 0;
    sha256_init(&hash);
    for (;;) {
        ssize_t got = pread(fd, buffer, sizeof buffer, position);
        if (got < 0) {
            return errno;
        }
        if (got == 0) {
            break;
        }
        sha256_add(&hash, buffer, (size_t)got);
        position += got;
    }
    sha256_finish(&hash, hex);
    return 0;
}
