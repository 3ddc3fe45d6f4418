/* `solotrack batch` in folders and over names that are awkward. */
#define _POSIX_C_SOURCE 200809L
#include "test_batch.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { LONG_BYTES = 2048, PART_BYTES = 230 };

/* Makes FIRST/eee.../eee... of so many parts, moves the file `name` there, and gives the folder. */
static void move_deep(const struct archive *archive, const char *first, int parts, const char *name,
                      char folder[LONG_BYTES]) {
    char part[PART_BYTES + 1];
    int top = open(archive->folder, O_RDONLY | O_DIRECTORY), at = top;
    memset(part, 'e', PART_BYTES);
    part[PART_BYTES] = '\0';
    folder[0] = '\0';
    for (int i = 0; i <= parts; i++) {
        const char *next = i == 0 ? first : part;
        size_t length = strlen(folder);
        assert_int_equal(mkdirat(at, next, 0777), 0);
        int below = openat(at, next, O_RDONLY | O_DIRECTORY);
        assert_true(below >= 0);
        snprintf(folder + length, LONG_BYTES - length, "%s%s", i == 0 ? "" : "/", next);
        if (at != top) {
            close(at);
        }
        at = below;
    }
    assert_int_equal(renameat(top, name, at, name), 0);
    close(at);
    close(top);
}

/* Why a call fails is said whole, and once, wherever it is. */
static void test_reasons(void **state) {
    static const struct {
        const char *first;
        int parts;
    } folders[] = {{"a: b", 0}, {"c: d", 4}, {"deep", 6}, {"a\nline", 0}};
    const struct archive *archive = *state;
    struct result result;
    char folder[LONG_BYTES], begin[2 * LONG_BYTES], wanted[2 * LONG_BYTES];
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        write_hopeless_call(archive, "call.wav");
        move_deep(archive, folders[i].first, folders[i].parts, "call.wav", folder);
        RUN(archive, &result, "batch", "-j1", "--agent", "left", "--in-place", "--yes", folder);
        assert_status(&result, 1);
        for (char *newline; (newline = strchr(folder, '\n')) != NULL;) {
            *newline = '?';
        }
        snprintf(begin, sizeof begin, "solotrack: %s/call.wav: its output: ", folder);
        assert_memory_equal(result.error, begin, strlen(begin));
        assert_says(result.error + strlen(begin), "the customer");
        assert_null(strchr(result.error + strlen(begin), '/'));
    }
    write_text(archive, "bad.wav", "no sound");
    move_deep(archive, "in", 6, "bad.wav", folder);
    RUN(archive, &result, "batch", "-j1", "--agent", "left", "in", "out");
    snprintf(wanted, sizeof wanted, "solotrack: %s/bad.wav: not a recording", folder);
    assert_memory_equal(result.error, wanted, strlen(wanted));
}

/* A folder that gives its own group to what is made in it (setgid) does not give it to what is
 * replaced. Only root has groups to spare. */
static void test_group_kept(void **state) {
    enum { OTHERS = 65534 };
    const struct archive *archive = *state;
    struct result result;
    char path[PATH_BYTES];
    struct stat status;
    if (geteuid() != 0) {
        skip();
    }
    write_call(archive, "arch/call.wav", 4.0, 1);
    assert_int_equal(chmod(path_in(archive, "arch/call.wav", path), 0640), 0);
    path_in(archive, "arch", path);
    assert_int_equal(chown(path, 0, OTHERS), 0);
    assert_int_equal(chmod(path, 02755), 0);
    RUN(archive, &result, "batch", "-j1", "--agent", "left", "--in-place", "--yes", "arch");
    assert_status(&result, 0);
    assert_int_equal(stat(path_in(archive, "arch/call.wav", path), &status), 0);
    assert_int_equal(status.st_gid, getegid());
    assert_int_equal(status.st_mode & 07777, 0640);
}

/* Where an access list says who may read, the group that the mode alone would let in stays out. */
static void test_access_list_kept(void **state) {
    static const char acl[] = "system.posix_acl_access";
    /* version 2; the owner, user 1, the group, the mask and others, each with its rights and an id
     */
    static const uint8_t list[] = {2, 0, 0,   0,   1,   0,   6,  0, 255, 255, 255, 255, 2,   0,  4,
                                   0, 1, 0,   0,   0,   4,   0,  0, 0,   255, 255, 255, 255, 16, 0,
                                   4, 0, 255, 255, 255, 255, 32, 0, 0,   0,   255, 255, 255, 255};
    const struct archive *archive = *state;
    struct result result;
    char path[PATH_BYTES];
    uint8_t kept[sizeof list + 1];
    write_call(archive, "arch/plain.wav", 4.0, 1);
    write_call(archive, "arch/call.wav", 4.0, 1);
    path_in(archive, "arch/call.wav", path);
    if (setxattr(path, acl, list, sizeof list, 0) != 0) {
        skip(); /* the file system has none */
    }
    path_in(archive, "arch", path); /* and what is made there from now on has one by itself */
    assert_int_equal(setxattr(path, "system.posix_acl_default", list, sizeof list, 0), 0);
    RUN(archive, &result, "batch", "-j1", "--agent", "left", "--in-place", "--yes", "arch");
    assert_status(&result, 0);
    assert_says(result.out, "done                   2 ");
    assert_int_equal(getxattr(path_in(archive, "arch/plain.wav", path), acl, kept, sizeof kept),
                     -1);
    path_in(archive, "arch/call.wav", path);
    assert_int_equal(getxattr(path, acl, kept, sizeof kept), sizeof list);
    assert_memory_equal(kept, list, sizeof list);
}

/* A recording may be called what its sidecar has no room for, where none is wanted. */
static void test_long_name(void **state) {
    const struct archive *archive = *state;
    struct result result;
    char name[PATH_BYTES] = "in/", *out = name + 3;
    memset(out, 'n', 251);
    memcpy(out + 251, ".wav", 5);
    write_call(archive, name, 2.0, 1);
    RUN(archive, &result, "batch", "-j1", "--agent", "left", "in", "out");
    assert_status(&result, 1);
    assert_says(result.error,
                "File name too long; use a shorter name: that of its sidecar has 15 ");
    assert_int_equal(count_files(archive, "out", ""), 0);
    RUN(archive, &result, "batch", "-j1", "--agent", "left", "--no-sidecar", "in", "out");
    assert_status(&result, 0);
    assert_int_equal(count_files(archive, "out", ".wav"), 1);
}

/* Erases `in` into a folder, where `name` stands and is left as it is. */
static void assert_refuses(const struct archive *archive, const char *folder, const char *name,
                           const char *option, int done) {
    struct result result;
    char wanted[2 * PATH_BYTES], before[SHA256_HEX_BYTES], after[SHA256_HEX_BYTES];
    hash_of(archive, name, before);
    RUN(archive, &result, "batch", "-j1", "--agent", "left", option, "in", folder);
    hash_of(archive, name, after);
    assert_string_equal(before, after);
    assert_status(&result, 1);
    snprintf(wanted, sizeof wanted,
             "solotrack: in/a.au: %s is there already, and not by this batch; move it away, or "
             "give another folder for the output\n",
             name);
    assert_string_equal(result.error, wanted);
    snprintf(wanted, sizeof wanted, "done           %9d ", done);
    assert_says(result.out, wanted);
}

/* What stands in the output's folder and is none of this batch's may be another original: it stays,
 * and a sidecar too, however often the batch is run. */
static void test_stands_there(void **state) {
    static const char *const standing[][2] = {{"out1", "out1/a.au.wav"},
                                              {"out2", "out2/a.au.wav.solotrack.json"}};
    const struct archive *archive = *state;
    struct result result;
    char path[PATH_BYTES];
    write_call(archive, "in/a.au", 2.0, 1);
    write_call(archive, "in/b.wav", 2.0, 2);
    for (int i = 0; i < 2; i++) {
        const char *folder = standing[i][0], *name = standing[i][1];
        write_text(archive, name, "the only one");
        assert_int_equal(chmod(path_in(archive, name, path), 0444), 0);
        assert_refuses(archive, folder, name, "--policy=privacy", 1);
        assert_refuses(archive, folder, name, "--resume", 0);
        assert_refuses(archive, folder, name, "--resume", 0);
        assert_int_equal(unlink(path), 0);
        RUN(archive, &result, "batch", "-j1", "--agent", "left", "--resume", "in", folder);
        assert_status(&result, 0);
        assert_int_equal(count_files(archive, folder, ".solotrack.json"), 2);
    }
}

static const struct CMUnitTest tests[] = {
    TEST(test_reasons),   TEST(test_group_kept),   TEST(test_access_list_kept),
    TEST(test_long_name), TEST(test_stands_there),
};
const struct group batch_names_group = GROUP("batch: names", tests);
