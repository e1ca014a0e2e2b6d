/* Who holds a port, over a made-up /proc and /var/lock. The device is /dev/null: any character device will do. */
#include "link/ports/holder.h"

#include "tree.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/wait.h>

#define DEVICE "/dev/null"

static char proc[512], locks[512];

static int make_tree(void **state)
{
    (void)state;
    if (plant() != 0)
        return 1;
    make("proc/77/comm", "frontol\n");
    make("proc/77/fd/x", "");
    make("proc/77/fdinfo/x", "");
    make("locks/x", "");
    (void)in_tree("proc", proc);
    (void)in_tree("locks", locks);
    return 0;
}

static void write_lock(const char *name, const void *bytes, size_t count)
{
    char path[512];
    char file[64];
    (void)snprintf(file, sizeof file, "locks/%s", name);
    FILE *f = fopen(in_tree(file, path), "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, count, 1, f), 1);
    assert_int_equal(fclose(f), 0);
}

static void a_port_that_nobody_has_open_has_no_holder(void **state)
{
    (void)state;
    char who[HOLDER_TEXT_MAX];
    join("proc/77/fd/3", "/dev/zero");
    assert_false(holder_find_in(proc, locks, DEVICE, who, sizeof who));
}

static void who_has_it_open_is_named(void **state)
{
    (void)state;
    char who[HOLDER_TEXT_MAX];
    join("proc/77/fd/4", DEVICE);
    assert_true(holder_find_in(proc, locks, DEVICE, who, sizeof who));
    assert_string_equal(who, "frontol (pid 77)");
}

static void a_name_is_printable_whatever_the_process_calls_itself(void **state)
{
    (void)state;
    char who[HOLDER_TEXT_MAX];
    join("proc/77/fd/4", DEVICE);
    make("proc/77/comm", "\033[31mx\n");
    assert_true(holder_find_in(proc, locks, DEVICE, who, sizeof who));
    assert_string_equal(who, "?[31mx (pid 77)");
    make("proc/77/comm", "frontol\n");
}

static void a_lock_file_counts_while_its_process_lives(void **state)
{
    (void)state;
    char who[HOLDER_TEXT_MAX], text[32];
    int parent = (int)getppid();
    join("proc/77/fd/4", "/dev/zero");
    int n = snprintf(text, sizeof text, "%10d\n", parent);
    write_lock("LCK..null", text, (size_t)n);
    assert_true(holder_find_in(proc, locks, DEVICE, who, sizeof who));
    write_lock("LCK..null", &parent, sizeof parent);
    assert_true(holder_find_in(proc, locks, DEVICE, who, sizeof who));
    pid_t dead = fork();
    if (dead == 0)
        _exit(0);
    assert_int_equal(waitpid(dead, NULL, 0), dead);
    n = snprintf(text, sizeof text, "%10d\n", (int)dead);
    write_lock("LCK..null", text, (size_t)n);
    assert_false(holder_find_in(proc, locks, DEVICE, who, sizeof who));
    static const char *const wrecks[] = {"no number", "99999999999999999999\n", "4294967297\n", "-1\n", "0\n"};
    for (unsigned i = 0; i < sizeof wrecks / sizeof wrecks[0]; i++) {
        write_lock("LCK..null", wrecks[i], strlen(wrecks[i]));
        assert_false(holder_find_in(proc, locks, DEVICE, who, sizeof who));
    }
}

static void no_proc_means_no_holder(void **state)
{
    (void)state;
    char who[HOLDER_TEXT_MAX];
    assert_false(holder_find_in("/nonexistent", "/nonexistent", DEVICE, who, sizeof who));
}

static void who_locks_a_file_is_told(void **state)
{
    (void)state;
    char path[512], who[HOLDER_TEXT_MAX], wanted[32];
    int told[2], go[2];
    make("file", "");
    int file = open(in_tree("file", path), O_RDWR | O_CLOEXEC);
    assert_true(file >= 0);
    assert_false(holder_of_lock(file, who, sizeof who));
    assert_int_equal(pipe(told), 0);
    assert_int_equal(pipe(go), 0);
    pid_t child = fork();
    if (child == 0) {
        char byte = 0;
        int own = open(path, O_RDONLY);
        (void)flock(own, LOCK_EX);
        (void)!write(told[1], &byte, 1);
        (void)close(go[1]);
        (void)!read(go[0], &byte, 1);
        _exit(0);
    }
    char byte;
    assert_int_equal(read(told[0], &byte, 1), 1);
    assert_true(holder_of_lock(file, who, sizeof who));
    (void)snprintf(wanted, sizeof wanted, "(pid %d)", (int)child);
    assert_non_null(strstr(who, wanted));
    (void)close(go[1]);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_false(holder_of_lock(file, who, sizeof who));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_port_that_nobody_has_open_has_no_holder),
        cmocka_unit_test(who_has_it_open_is_named),
        cmocka_unit_test(a_name_is_printable_whatever_the_process_calls_itself),
        cmocka_unit_test(a_lock_file_counts_while_its_process_lives),
        cmocka_unit_test(no_proc_means_no_holder),
        cmocka_unit_test(who_locks_a_file_is_told),
    };
    return cmocka_run_group_tests(tests, make_tree, fell);
}
