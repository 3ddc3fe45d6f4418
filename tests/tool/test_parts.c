/* What the papers of the tool are made of: hashes and JSON. */
#include "groups.h"
#include "json_check.h"

#include "json.h"
#include "sha256.h"

#include <stdio.h>
#include <string.h>

static void hash_of_text(const char *text, size_t repeat, char hex[SHA256_HEX_BYTES]) {
    struct sha256 hash;
    sha256_init(&hash);
    for (size_t i = 0; i < repeat; i++) {
        sha256_add(&hash, text, strlen(text));
    }
    sha256_finish(&hash, hex);
}

/* The examples that NIST publishes with FIPS 180-4. */
static void test_sha256_vectors(void **state) {
    static const struct {
        const char *text;
        size_t repeat;
        const char *hex;
    } vectors[] = {
        {"", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
        {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrl"
         "m"
         "nopqrsmnopqrstnopqrstu",
         1, "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
        {"a", 1000000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        char hex[SHA256_HEX_BYTES];
        hash_of_text(vectors[i].text, vectors[i].repeat, hex);
        assert_string_equal(hex, vectors[i].hex);
    }
}

static void test_json_checker_can_fail(void **state) {
    (void)state;
    assert_true(is_json("{\"a\": [1, -2.5, {\"b\": null}], \"c\": \"\\u00e9\\\"\"}\n"));
    assert_false(is_json("{\"a\": 1,}"));
    assert_false(is_json("{\"a\": nan}"));
    assert_false(is_json("{\"a\": \"\n\"}"));
    assert_false(is_json("{} {}"));
    assert_false(is_json("{\"a\": 1"));
}

static void test_json_string_any_bytes(void **state) {
    static const struct {
        const char *bytes, *json;
    } cases[] = {
        {"plain.wav", "\"plain.wav\""},
        {"q\"b\\n\nt\t", "\"q\\\"b\\\\n\\u000at\\u0009\""},
        {"\xc3\xa6\xe2\x82\xac\xf0\x9f\x93\x9e", "\"\xc3\xa6\xe2\x82\xac\xf0\x9f\x93\x9e\""},
        {"a\xff\xc3", "\"a\\ufffd\\ufffd\""}, /* never valid; cut short */
        {"\xc0\xaf\xed\xa0\x80",
         "\"\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd\""}, /* overlong, surrogate */
        {"\x7f", "\"\\u007f\""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[128] = {0};
        FILE *file = tmpfile();
        json_string(file, cases[i].bytes);
        rewind(file);
        assert_true(fread(text, 1, sizeof text - 1, file) > 0);
        fclose(file);
        assert_string_equal(text, cases[i].json);
        assert_true(is_json(text));
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_sha256_vectors),
    cmocka_unit_test(test_json_checker_can_fail),
    cmocka_unit_test(test_json_string_any_bytes),
};

const struct group tool_parts_group = GROUP("tool: parts", tests);
