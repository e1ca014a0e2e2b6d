#include "base/error.h"
#include "check.h"

#include <string.h>

static void each_failure_has_a_sentence_in_both_languages(void **state)
{
    (void)state;
    for (int code = ERR_NONE + 1; code < ERR_COUNT; code++) {
        struct failure f;
        char en[600], ru[600];
        failure_set(&f, (enum error_code)code, "%s", "DETAIL");
        failure_text(&f, LANG_EN, en, sizeof en);
        failure_text(&f, LANG_RU, ru, sizeof ru);
        assert_non_null(strstr(en, "DETAIL"));
        assert_non_null(strstr(ru, "DETAIL"));
    }
}

static void no_failure_is_ok_and_silent(void **state)
{
    (void)state;
    struct failure f;
    char text[10] = "x";
    failure_clear(&f);
    failure_text(&f, LANG_EN, text, sizeof text);
    assert_string_equal(text, "");
    assert_int_equal(failure_state(&f), STATE_OK);
}

static void a_long_detail_is_cut_at_a_whole_character(void **state)
{
    (void)state;
    char detail[600] = "x";
    for (int i = 0; i < 250; i++)
        strcat(detail, "я");
    struct failure f;
    failure_set(&f, ERR_SYSTEM, "%s", detail);
    assert_int_equal(strlen(f.detail), 399);
    failure_set(&f, ERR_SYSTEM, "%s", detail + 1);
    assert_int_equal(strlen(f.detail), 398);
}

static void a_detail_with_words_is_whole_in_either_language(void **state)
{
    (void)state;
    struct failure f;
    char text[600];
    failure_explain(&f, ERR_CONFIG, "%s: %d lines", "%s: строк: %d", "a.yaml", 7);
    failure_text(&f, LANG_EN, text, sizeof text);
    assert_string_equal(text, "a.yaml: 7 lines");
    failure_text(&f, LANG_RU, text, sizeof text);
    assert_string_equal(text, "a.yaml: строк: 7");
    failure_set(&f, ERR_CONFIG, "b.yaml");
    failure_text(&f, LANG_RU, text, sizeof text);
    assert_string_equal(text, "b.yaml");
}

static void state_words_and_back(void **state)
{
    (void)state;
    for (int s = STATE_OK; s <= STATE_PREREQUISITE; s++) {
        enum poll_state back;
        assert_true(poll_state_from_name(poll_state_name((enum poll_state)s), &back));
        assert_int_equal(back, s);
    }
    enum poll_state none;
    assert_false(poll_state_from_name("fine", &none));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_failure_has_a_sentence_in_both_languages),
        cmocka_unit_test(no_failure_is_ok_and_silent),
        cmocka_unit_test(a_long_detail_is_cut_at_a_whole_character),
        cmocka_unit_test(a_detail_with_words_is_whole_in_either_language),
        cmocka_unit_test(state_words_and_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
