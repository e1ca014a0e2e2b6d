/* Who has something open, on Windows: a file stands in for a port, which Wine does not name. */
#include "link/handles_win32.h"

#include "folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#define HELD "held.txt"

/* This program again, with the file open until its input ends. */
static HANDLE start_holder(const char *path, PROCESS_INFORMATION *started)
{
    char exe[MAX_PATH], line[1000];
    HANDLE ours, its, said, its_said;
    SECURITY_ATTRIBUTES inherit = {.nLength = sizeof inherit, .bInheritHandle = TRUE};
    DWORD n;
    assert_true(GetModuleFileNameA(NULL, exe, sizeof exe) > 0);
    assert_true(CreatePipe(&its, &ours, &inherit, 0) && CreatePipe(&said, &its_said, &inherit, 0));
    assert_true(SetHandleInformation(ours, HANDLE_FLAG_INHERIT, 0));
    (void)snprintf(line, sizeof line, "\"%s\" hold \"%s\"", exe, path);
    STARTUPINFOA start = {
        .cb = sizeof start, .dwFlags = STARTF_USESTDHANDLES, .hStdInput = its, .hStdOutput = its_said};
    assert_true(CreateProcessA(NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &start, started));
    (void)CloseHandle(its);
    (void)CloseHandle(its_said);
    assert_true(ReadFile(said, line, 1, &n, NULL) && n == 1);
    return ours;
}

static int hold(const char *path)
{
    char byte = 'h';
    DWORD n;
    HANDLE file = CreateFileA(path, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    if (file == INVALID_HANDLE_VALUE || !WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), &byte, 1, &n, NULL))
        return 1;
    (void)ReadFile(GetStdHandle(STD_INPUT_HANDLE), &byte, 1, &n, NULL);
    return 0;
}

static void another_process_is_named(void **state)
{
    (void)state;
    char path[400], text[96] = "", wanted[96];
    wchar_t name[1024];
    PROCESS_INFORMATION started;
    write_file(HELD, "x");
    path_in_folder(HELD, path, sizeof path);
    HANDLE mine = CreateFileA(path, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    assert_true(mine != INVALID_HANDLE_VALUE && handles_name(mine, name, 1024));
    /* our own handle is no rival */
    assert_false(handles_find(name, text, sizeof text));
    HANDLE input = start_holder(path, &started);
    assert_true(handles_find(name, text, sizeof text));
    (void)snprintf(wanted, sizeof wanted, "test_handles_win32.exe (pid %lu)", started.dwProcessId);
    assert_string_equal(text, wanted);
    (void)CloseHandle(input);
    (void)WaitForSingleObject(started.hProcess, INFINITE);
    assert_false(handles_find(name, text, sizeof text));
    (void)CloseHandle(mine);
}

static void what_nobody_has(void **state)
{
    (void)state;
    char text[96];
    assert_false(handles_find(L"\\Device\\Serial77", text, sizeof text));
}

static int remove_folder(void **state)
{
    (void)state;
    static const char *const names[] = {HELD, ""};
    return remove_all(names, sizeof names / sizeof names[0]);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(another_process_is_named),
        cmocka_unit_test(what_nobody_has),
    };
    if (argc == 3 && strcmp(argv[1], "hold") == 0)
        return hold(argv[2]);
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
