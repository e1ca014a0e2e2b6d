/* One poll at a time: two turns in one process are two polls, for the lock is of the open file. */
#include "link/turn.h"

#include "tree.h"

#include "link/key.h"

#include <fcntl.h>

static char own[512], common[512];
static const char *folders[TURN_FOLDERS] = {own, common};
static struct turn a, b;

static int make_tree(void **state)
{
    (void)state;
    if (plant() != 0)
        return 1;
    make("own", NULL);
    make("common", NULL);
    (void)in_tree("own", own);
    (void)in_tree("common", common);
    turn_use_folders(folders);
    turn_init(&a);
    turn_init(&b);
    return 0;
}

static bool exists(const char *path)
{
    char full[512];
    struct stat st;
    return lstat(in_tree(path, full), &st) == 0;
}

static void one_has_it_and_the_other_waits(void **state)
{
    (void)state;
    assert_true(turn_acquire(&a, "tcp-h-1"));
    assert_false(turn_acquire(&b, "tcp-h-1"));
    assert_true(turn_acquire(&b, "tcp-h-2"));
    turn_release(&b);
    turn_release(&a);
    assert_true(turn_acquire(&b, "tcp-h-1"));
    turn_release(&b);
    assert_false(exists("own/zabbix-atol-tcp-h-1.lock"));
}

static void a_file_that_another_user_had_to_make_elsewhere_counts(void **state)
{
    (void)state;
    folders[0] = "/nonexistent";
    assert_true(turn_acquire(&a, "usb-1-1"));
    assert_true(exists("common/zabbix-atol-usb-1-1.lock"));
    folders[0] = own;
    assert_false(turn_acquire(&b, "usb-1-1"));
    turn_release(&a);
    assert_true(turn_acquire(&b, "usb-1-1"));
    turn_release(&b);
}

static void without_a_folder_there_is_no_lock_and_the_poll_goes_on(void **state)
{
    (void)state;
    folders[0] = folders[1] = "/nonexistent";
    assert_true(turn_acquire(&a, "usb-1-1"));
    assert_true(turn_acquire(&b, "usb-1-1"));
    turn_release(&a);
    turn_release(&b);
    folders[0] = own;
    folders[1] = common;
}

static void a_planted_link_is_neither_followed_nor_removed(void **state)
{
    (void)state;
    join("own/zabbix-atol-x.lock", "victim");
    join("common/zabbix-atol-x.lock", "victim");
    assert_true(turn_acquire(&a, "x"));
    turn_release(&a);
    assert_false(exists("victim"));
    assert_true(exists("own/zabbix-atol-x.lock"));
}

static void who_waits_is_told_what_for(void **state)
{
    (void)state;
    struct failure failure = {0};
    assert_true(turn_acquire(&a, "tcp-h-1"));
    turn_explain("tcp-h-1", "tcp://h:1", &failure);
    assert_int_equal(failure.code, ERR_PORT_BUSY);
    assert_non_null(strstr(failure.detail, "tcp://h:1, by another poll of this computer"));
    assert_non_null(strstr(failure.detail_ru, "другой опрос этого компьютера"));
    turn_release(&a);
}

static void an_address_gives_the_name_of_a_file(void **state)
{
    (void)state;
    struct failure failure = {0};
    char key[TURN_KEY_MAX];
    static const struct {
        const char *address, *key;
    } rows[] = {
        {"tcp://10.0.0.15",              "tcp-10.0.0.15-5555" },
        {"driver:tcp/KASSA.shop:7777",   "tcp-kassa.shop-7777"},
        {"driver:usb/../../etc/x",       "usb-..-..-etc-x"    },
        {"driver:usb/1-2.4",             "usb-1-2.4"          },
        {"serial:/dev/null",             "tty-1-3"            },
        {"driver:com//dev/null",         "tty-1-3"            },
        {"serial:/dev/there-is-no-such", ""                   },
    };
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct connect *connect = connect_parse(rows[i].address, &failure);
        assert_non_null(connect);
        key_of(connect, key);
        connect_release(connect);
        assert_string_equal(key, rows[i].key);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_has_it_and_the_other_waits),
        cmocka_unit_test(a_file_that_another_user_had_to_make_elsewhere_counts),
        cmocka_unit_test(without_a_folder_there_is_no_lock_and_the_poll_goes_on),
        cmocka_unit_test(a_planted_link_is_neither_followed_nor_removed),
        cmocka_unit_test(who_waits_is_told_what_for),
        cmocka_unit_test(an_address_gives_the_name_of_a_file),
    };
    return cmocka_run_group_tests(tests, make_tree, fell);
}
