#include "fft_table.h"

#include <pthread.h>
#include <stddef.h>

/* The one global of the library. Sizes in use: analysis, canceller and the
 * networks' front end, extraction at 8 and 16 kHz. */
enum { TABLE_SIZE = 8 };
static struct {
    pthread_mutex_t lock;
    struct fft plan[TABLE_SIZE];
} table = {.lock = PTHREAD_MUTEX_INITIALIZER};

static struct fft *find(int n) {
    for (int i = 0; i < TABLE_SIZE; i++)
        if (table.plan[i].n == n)
            return &table.plan[i];
    return NULL;
}

const struct fft *fft_acquire(int n) {
    if (n < 16 || n > FFT_MAX || n % 2 != 0)
        return NULL;
    pthread_mutex_lock(&table.lock);
    struct fft *plan = find(n);
    if (!plan && (plan = find(0)) != NULL) {
        plan->n = n;
        if (!fft_plan_make(plan)) {
            *plan = (struct fft){0};
            plan = NULL;
        }
    }
    if (plan)
        plan->users++;
    pthread_mutex_unlock(&table.lock);
    return plan;
}

void fft_release(const struct fft *plan) {
    if (!plan)
        return;
    pthread_mutex_lock(&table.lock);
    struct fft *entry = find(plan->n);
    if (entry && --entry->users == 0) {
        fft_plan_free(entry);
        *entry = (struct fft){0};
    }
    pthread_mutex_unlock(&table.lock);
}
