/* What is measured, by version. */
#ifndef BENCH_VERSIONS_H
#define BENCH_VERSIONS_H

struct versions {
    const char *solotrack;
    const char *fft;   /* the library that solotrack is linked with */
    char speexdsp[32]; /* as pkg-config knows it, for the library cannot be asked; else empty */
};

struct versions versions_now(void);

#endif
