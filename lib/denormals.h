/* Numbers below 1.2e-38, which many CPUs compute a hundred times slower, as zero: sums that die
 * away in a long silence would make the frame late that comes then. The caller's own mode and
 * exception flags are put back. */
#ifndef SOLO_DENORMALS_H
#define SOLO_DENORMALS_H

#if defined(__SSE__)

#include <xmmintrin.h>

enum { DENORMALS_OFF = 0x8040 }; /* MXCSR: flush to zero, denormals are zero */

typedef unsigned denormals_mode;

static inline denormals_mode denormals_begin(void) {
    unsigned before = _mm_getcsr();
    _mm_setcsr(before | DENORMALS_OFF);
    return before;
}

static inline void denormals_end(denormals_mode before) {
    _mm_setcsr(before);
}

#elif defined(__aarch64__)

#include <stdint.h>

typedef struct {
    uint64_t control, status; /* FPCR, FPSR */
} denormals_mode;

static inline denormals_mode denormals_begin(void) {
    denormals_mode before;
    __asm__ volatile("mrs %0, fpsr" : "=r"(before.status));
    __asm__ volatile("mrs %0, fpcr" : "=r"(before.control));
    __asm__ volatile("msr fpcr, %0" : : "r"(before.control | UINT64_C(1) << 24)); /* FZ */
    return before;
}

static inline void denormals_end(denormals_mode before) {
    __asm__ volatile("msr fpcr, %0" : : "r"(before.control));
    __asm__ volatile("msr fpsr, %0" : : "r"(before.status));
}

#else /* none known that is slow */

typedef unsigned denormals_mode;

static inline denormals_mode denormals_begin(void) {
    return 0;
}

static inline void denormals_end(denormals_mode before) {
    (void)before;
}

#endif
#endif
