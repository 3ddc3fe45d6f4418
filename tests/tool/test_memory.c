/* Memory does not grow with the call. */
#include "calls.h"
#include "groups.h"
#include "run.h"

#include <sys/resource.h>

/* Ten minutes take no more memory than four seconds, or whatever ran before, took. */
static void test_constant_memory(void **state) {
#ifdef __SANITIZE_ADDRESS__
    (void)state;
    skip(); /* the sanitizer keeps what is freed */
#else
    enum { KILOBYTES = 8 * 1024, SECONDS = 600 };
    const struct place *place = *state;
    char in[NAME_BYTES], out[NAME_BYTES];
    struct result result;
    struct rusage before, after;
    make_file(name_in(place, "in.wav", in), 8000, wav16, 2);
    RUN(place, &result, &plain, "erase", "--agent", "left", in, name_in(place, "o.wav", out));
    assert_done(&result);
    getrusage(RUSAGE_CHILDREN, &before);
    struct call call = make_call(8000, SECONDS);
    write_call(in, &call, wav16, 2);
    free_call(&call);
    RUN(place, &result, &plain, "erase", "--agent", "left", in, out);
    assert_done(&result);
    getrusage(RUSAGE_CHILDREN, &after);
    assert_true(after.ru_maxrss - before.ru_maxrss < KILOBYTES);
#endif
}

static const struct CMUnitTest tests[] = {
    IN_PLACE(test_constant_memory),
};

const struct group tool_memory_group = GROUP("tool: memory", tests);
