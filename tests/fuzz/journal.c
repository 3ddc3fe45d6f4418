/* The journal of a batch: any bytes are read, torn lines are cut off, and what is added is found
 * again. */
#define _POSIX_C_SOURCE 200809L
#include "../../examples/tool/journal.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"

enum { LINE = 5 + KEY_DIGITS + 1 + 36 + 2 * 65 + 1 };

static const char id[] = "01234567-89ab-4def-8123-456789abcdef";
static const char hash[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/* Opens it, adds a call, and opens it again: false where it is refused, and then nothing is lost.
 */
static bool use(int folder, struct key key, size_t size) {
    struct journal journal;
    struct stat status;
    bool good = journal_open(&journal, folder, "journal", "own", true);
    FUZZ_HOLDS(fstatat(folder, "journal-own", &status, 0) == 0);
    FUZZ_HOLDS(good ? status.st_size % LINE == 0 : (size_t)status.st_size <= size);
    if (good) {
        bool zero = key.high == 0 && key.low == 0; /* stands for none: no path has it */
        FUZZ_HOLDS(journal_add(&journal, key, id, hash, hash));
        journal_close(&journal);
        FUZZ_HOLDS(journal_open(&journal, folder, "journal", "own", true));
        FUZZ_HOLDS(zero || journal_has(&journal, key));
        FUZZ_HOLDS(fstatat(folder, "journal-own", &status, 0) == 0 && status.st_size % LINE == 0);
    }
    journal_close(&journal);
    return good;
}

void fuzz_journal(const uint8_t *data, size_t size) {
    struct bytes bytes = {data, size};
    struct key key = {bytes_u8(&bytes), bytes_u8(&bytes)};
    size_t own = bytes_u16(&bytes);
    struct bytes first = bytes_take(&bytes, own);
    fuzz_folder_put("journal-own", first.at, first.left);
    fuzz_folder_put("journal-other", bytes.at, bytes.left);
    int folder = open(fuzz_folder(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    FUZZ_HOLDS(folder >= 0);
    use(folder, key, first.left);
    close(folder);
}
