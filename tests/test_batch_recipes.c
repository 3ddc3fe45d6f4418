/* `solotrack batch --recipes`: what is read, and what is refused before anything is done. */
#define _POSIX_C_SOURCE 200809L
#include "test_batch.h"

#include <stdio.h>
#include <string.h>

/* A text of some editors begins with a mark of its byte order, which belongs to no glob. */
static void test_byte_order_mark(void **state) {
    const struct archive *archive = *state;
    struct result result;
    write_call(archive, "in/secret.wav", 2.0, 1);
    write_text(archive, "recipes", "\xef\xbb\xbfsecret* record=never\n");
    RUN(archive, &result, "batch", "-j1", "--agent", "left", "--recipes", "recipes", "in", "out");
    assert_status(&result, 0);
    assert_says(result.out, "skipped                1\n");
    assert_false(is_there(archive, "out/secret.wav"));
}

/* A voice is looked for beside the recipes. */
static void test_voice_of_recipe(void **state) {
    const struct archive *archive = *state;
    struct result result;
    write_call(archive, "in/a.wav", 2.0, 1);
    write_text(archive, "conf/recipes", "*.wav agent=voice voice=ann.voice\n");
    RUN(archive, &result, "batch", "-j", "1", "--recipes", "conf/recipes", "in", "out");
    assert_status(&result, 1);
    assert_says(result.error, "solotrack: in/a.wav: conf/ann.voice: the voice cannot be read");
}

static void test_wrong_recipes(void **state) {
    static const struct {
        const char *text, *says;
    } wrong[] = {
        {"* agent=left\n* agent=middle\n", "recipes: line 2: agent does not take 'middle'"},
        {"* colour=red\n", "recipes: line 1: there is no 'colour'"},
        {"\n* never\n", "recipes: line 2: 'never' is no NAME=VALUE"},
        {"* keep=0\n", "recipes: line 1: keep takes 1 to 36500, not '0'"},
        {"* consent-key=1 withdraw-key=1\n",
         "recipes: line 1: consent-key and withdraw-key name the same key"},
        {"* resume=1\n", "recipes: line 1: there is no 'resume'"},
        {"* agent=left voice=\n* agent=left voice\n", "recipes: line 2: 'voice' is no NAME=VALUE"},
    };
    const struct archive *archive = *state;
    struct result result;
    write_call(archive, "in/a.wav", 2.0, 1);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        write_text(archive, "recipes", wrong[i].text);
        RUN(archive, &result, "batch", "--agent", "left", "--recipes", "recipes", "in", "out");
        assert_status(&result, 1);
        assert_says(result.error, wrong[i].says);
    }
    assert_false(is_there(archive, "out"));
}

/* A line may say everything that can be said. */
static void test_whole_line(void **state) {
    const struct archive *archive = *state;
    struct result result;
    write_call(archive, "in/a.wav", 2.0, 1);
    write_text(
        archive, "recipes",
        "* agent=left overlap=mute policy=privacy fill=noise output=same lookahead=200 "
        "consent=none consent-key=1 withdraw-key=2 campaign=spring agent-name=ann class=sale "
        "keep=30 record=never voice=ann.voice\n");
    RUN(archive, &result, "batch", "-j1", "--recipes", "recipes", "in", "out");
    assert_status(&result, 0);
    assert_says(result.out, "skipped                1\n");
}

/* What a line says and what the command line says must go together. */
static void test_recipes_and_options(void **state) {
    static const struct {
        const char *text, *option, *value, *says;
    } wrong[] = {
        {"* agent=left\n* withdraw-key=1\n", "--consent-key", "1",
         "recipes: line 2: consent-key and withdraw-key name the same key, one of them on the "
         "command line\n"},
        {"* consent-key=#\n", "--withdraw-key", "#",
         "recipes: line 1: consent-key and withdraw-key name the same key, one of them on the "
         "command line\n"},
        {"* keep=30\n", "--no-sidecar", "--resume",
         "recipes: line 1: keep is kept in the sidecars; leave out --no-sidecar\n"},
        {"* agent=left\n\n* class=sale\n", "--no-sidecar", "--resume",
         "recipes: line 3: class is kept in the sidecars; leave out --no-sidecar\n"},
        {"* agent-name=ann campaign=spring\n", "--no-sidecar", "--resume",
         "recipes: line 1: campaign is kept in the sidecars; leave out --no-sidecar\n"},
    };
    const struct archive *archive = *state;
    struct result result;
    write_call(archive, "in/a.wav", 2.0, 1);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        write_text(archive, "recipes", wrong[i].text);
        RUN(archive, &result, "batch", "-j1", "--agent", "left", wrong[i].option, wrong[i].value,
            "--recipes", "recipes", "in", "out");
        assert_status(&result, 1);
        assert_says(result.error, wrong[i].says);
    }
    assert_false(is_there(archive, "out"));
}

/* Without a sidecar nothing would ever be deleted, nor found by what it is. */
static void test_no_sidecar(void **state) {
    static const char *const options[][2] = {
        {"--keep", "30"}, {"--class", "sale"}, {"--campaign", "spring"}, {"--agent-name", "ann"}};
    const struct archive *archive = *state;
    struct result result;
    char wanted[PATH_BYTES];
    write_call(archive, "in/a.wav", 2.0, 1);
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        RUN(archive, &result, "batch", "-j1", "--agent", "left", "--no-sidecar", options[i][0],
            options[i][1], "in", "out");
        assert_status(&result, 1);
        snprintf(wanted, sizeof wanted,
                 "solotrack: in: %s is kept in the sidecars; leave out --no-sidecar\n",
                 options[i][0]);
        assert_string_equal(result.error, wanted);
    }
    assert_false(is_there(archive, "out"));
}

static const struct CMUnitTest tests[] = {
    TEST(test_byte_order_mark), TEST(test_voice_of_recipe),     TEST(test_wrong_recipes),
    TEST(test_whole_line),      TEST(test_recipes_and_options), TEST(test_no_sidecar),
};
const struct group batch_recipes_group = GROUP("batch: recipes", tests);
