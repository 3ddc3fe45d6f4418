/* Recipes that are read and rendered, and those that are refused, with the line and the reason. */
#include "corpus.h"
#include "groups.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void test_real_recipes_parse(void **state) {
    (void)state;
    char error[RECIPE_ERROR_MAX];
    glob_t found;
    struct recipe *recipe = malloc(sizeof *recipe);
    find_recipes("real/*.call", &found);
    assert_true(found.gl_pathc >= 11);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        if (!recipe_load(found.gl_pathv[i], recipe, error)) {
            fail_msg("%s", error);
        }
    }
    globfree(&found);
    free(recipe);
}

/* The customer of each says twenty words and more that are known, in English. */
static void test_recipes_with_words(void **state) {
    (void)state;
    char error[RECIPE_ERROR_MAX];
    glob_t found;
    struct recipe *recipe = malloc(sizeof *recipe);
    find_recipes("words/*.call", &found);
    assert_true(found.gl_pathc >= 11);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        struct render render;
        size_t known = 0;
        if (!recipe_load(found.gl_pathv[i], recipe, error) ||
            !render_call(recipe, voices(), &render, error)) {
            fail_msg("%s", error);
        }
        render_free(&render);
        for (size_t s = 0; s < recipe->say_count; s++) {
            known += recipe->say[s].party == PARTY_CUSTOMER && recipe->say[s].words[0] != '\0';
        }
        assert_in_range(known, 20, recipe->say_count);
        assert_string_equal(recipe->voice[PARTY_CUSTOMER].language, "en");
    }
    globfree(&found);
    free(recipe);
}

static const char GOOD[] = "name x\nlength 30\nvoice agent en female a\nvoice customer it male b\n"
                           "say agent 1 x.wav\nsay customer 2 y.wav\n";

static void assert_refused(const char *text, const char *where, const char *why) {
    char path[] = "/tmp/solo-recipe-XXXXXX";
    char error[RECIPE_ERROR_MAX] = "";
    char place[64];
    int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    assert_int_equal(write(descriptor, text, strlen(text)), (long)strlen(text));
    close(descriptor);
    struct recipe *recipe = malloc(sizeof *recipe);
    bool loaded = recipe_load(path, recipe, error);
    struct render render;
    if (loaded) {
        loaded = render_call(recipe, "/nonexistent", &render, error);
    }
    free(recipe);
    unlink(path);
    snprintf(place, sizeof place, "%s%s", path, where);
    if (loaded || strncmp(error, place, strlen(place)) != 0 || strstr(error, why) == NULL ||
        strchr(error, '\n') != NULL) {
        fail_msg("refused with \"%s\", wanted \"%s\" and \"%s\"", error, place, why);
    }
}

/* A good recipe with one line more, the seventh. */
static void assert_line_refused(const char *line, const char *why) {
    char text[8192];
    snprintf(text, sizeof text, "%s%s\n", GOOD, line);
    assert_refused(text, ":7: ", why);
}

static void test_bad_recipes(void **state) {
    (void)state;
    char words[1024] = "enrol";
    for (int i = 0; i < 100; i++) {
        strcat(words, " a.wav");
    }
    assert_line_refused("speak agent 1 x.wav", "'speak' is unknown");
    assert_line_refused("say agent 1", "needs a sound file");
    assert_line_refused("say nobody 1 x.wav", "takes agent|customer, not 'nobody'");
    assert_line_refused("say agent soon x.wav", "'soon' is not a time");
    assert_line_refused("say agent -1 x.wav", "'-1' is not a time");
    assert_line_refused("say agent nan x.wav", "'nan' is not a time");
    assert_line_refused("say agent 1 ../x.wav", "leaves the voices folder");
    assert_line_refused("say agent 1 /etc/passwd", "leaves the voices folder");
    assert_line_refused("say agent 1 x.wav loudly", "'loudly' means nothing");
    assert_line_refused("say agent 1 x.wav words", "needs what is said");
    assert_line_refused("say agent 1 x.wav words a-very-long-word another-very-long-word "
                        "and-another-very-long-word and-yet-another-one",
                        "more than 79 characters of words");
    assert_line_refused("leak", "needs a gain");
    assert_line_refused("leak -12 delay", "needs a delay");
    assert_line_refused("leak -12 colour 3", "'colour' is no part of a leak");
    assert_line_refused("name y", "a second 'name'");
    assert_line_refused("rate 44100", "takes 8000|16000, not '44100'");
    assert_line_refused("codec opus", "takes none|ulaw|alaw|gsm");
    assert_line_refused("loss agent 2 guess", "takes zero|repeat");
    assert_line_refused("swapped today", "'today' is too much");
    assert_line_refused("jump 3 100", "'jump' without a 'leak'");
    assert_line_refused("rate 16000", "the codec works at 8000 Hz only");
    assert_line_refused(words, "more than");
    assert_refused("name x\n", ":1: ", "no 'length'");
    assert_refused("", ":0: ", "no 'name'");
    assert_refused("name x\nlength 30\n", ":2: ", "no 'voice' line");
    assert_refused("name ../x\n", ":1: ", "cannot name a folder");
    assert_refused(GOOD, ":5: ", "x.wav (in a) cannot be opened");
}

static void test_missing_recipe(void **state) {
    (void)state;
    char error[RECIPE_ERROR_MAX];
    struct recipe *recipe = malloc(sizeof *recipe);
    assert_false(recipe_load("/nonexistent/x.call", recipe, error));
    assert_non_null(strstr(error, "/nonexistent/x.call: cannot be opened"));
    free(recipe);
}

/* A real voice file, used wrongly: the error names the line and the file. */
static void test_bad_cuts(void **state) {
    (void)state;
    static const char *const line[][2] = {
        {"say agent 29.9 vm-intro.wav", "runs past the end"},
        {"say agent 1 vm-intro.wav from 3 to 99", "the cut from 3.00 s to 99.00 s is not in it"},
        {"say agent 1 vm-intro.wav channel 2", "there is no channel 2"},
        {"say agent 1 ../copyright", "leaves the voices folder"},
        {"say agent 1 no-such-prompt.wav", "cannot be opened"},
    };
    for (size_t i = 0; i < sizeof line / sizeof line[0]; i++) {
        char path[] = "/tmp/solo-recipe-XXXXXX";
        char error[RECIPE_ERROR_MAX] = "";
        struct render render;
        int descriptor = mkstemp(path);
        FILE *file = fdopen(descriptor, "w");
        fprintf(file,
                "name x\nlength 30\nvoice agent it male asterisk-core-sounds-it-wav/it_IT_m_Carlo\n"
                "voice customer it male asterisk-core-sounds-it-wav/it_IT_m_Carlo\n"
                "say customer 1 vm-intro.wav\n%s\n",
                line[i][0]);
        fclose(file);
        struct recipe *recipe = malloc(sizeof *recipe);
        bool good =
            recipe_load(path, recipe, error) && render_call(recipe, voices(), &render, error);
        free(recipe);
        unlink(path);
        assert_false(good);
        assert_non_null(strstr(error, ":6: "));
        assert_non_null(strstr(error, line[i][1]));
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_real_recipes_parse), cmocka_unit_test(test_recipes_with_words),
    cmocka_unit_test(test_bad_recipes),        cmocka_unit_test(test_missing_recipe),
    cmocka_unit_test(test_bad_cuts),
};

const struct group data_recipes_group = GROUP("data: recipes", tests);
