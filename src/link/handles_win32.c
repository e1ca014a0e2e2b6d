#include "link/handles_win32.h"
#include "base/text.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* windows.h before winternl.h */
#include <windows.h>

#include <winternl.h>

#define NAME_CAP    1024
#define TABLE_FIRST (1U << 20)
#define TABLE_MAX   (1U << 28)
#define PATIENCE_MS 1000

#define CLASS_EXTENDED_HANDLES ((SYSTEM_INFORMATION_CLASS)64)
#define CLASS_OBJECT_NAME      ((OBJECT_INFORMATION_CLASS)1)
#define STATUS_TOO_SHORT       ((NTSTATUS)0xC0000004L)

/* The system's own structures (winternl.h has them only in part): SYSTEM_HANDLE_INFORMATION_EX. */
struct handle_entry {
    PVOID object;
    ULONG_PTR process;
    ULONG_PTR handle;
    ULONG access;
    USHORT trace, type;
    ULONG attributes, reserved;
};

struct handle_table {
    ULONG_PTR count;
    ULONG_PTR reserved;
    struct handle_entry entries[];
};

/* Between the thread that looks and the one that waits; the last of the two frees it. */
struct search {
    wchar_t name[NAME_CAP];
    DWORD found; /* pid; 0: none */
    LONG users;
};

static LONG stuck; /* a search that never came back: no other is begun */

bool handles_name(void *handle, wchar_t *name, size_t cap)
{
    union {
        UNICODE_STRING text;
        BYTE bytes[sizeof(UNICODE_STRING) + NAME_CAP * sizeof(wchar_t)];
    } buffer;
    ULONG needed;
    if (NtQueryObject(handle, CLASS_OBJECT_NAME, &buffer, sizeof buffer, &needed) < 0)
        return false;
    size_t length = buffer.text.Length / sizeof(wchar_t);
    if (length == 0 || length >= cap)
        return false;
    memcpy(name, buffer.text.Buffer, length * sizeof(wchar_t));
    name[length] = L'\0';
    return true;
}

/* All handles of the system; free() it. */
static struct handle_table *read_table(void)
{
    for (ULONG size = TABLE_FIRST; size <= TABLE_MAX; size *= 2) {
        ULONG needed;
        void *table = malloc(size);
        NTSTATUS status = table ? NtQuerySystemInformation(CLASS_EXTENDED_HANDLES, table, size, &needed) : -1;
        if (table && status >= 0)
            return table;
        free(table);
        if (status != STATUS_TOO_SHORT)
            break;
    }
    return NULL;
}

static bool is_searched(HANDLE process, HANDLE handle, const struct search *s)
{
    wchar_t name[NAME_CAP];
    HANDLE copy;
    if (!DuplicateHandle(process, handle, GetCurrentProcess(), &copy, 0, FALSE, DUPLICATE_SAME_ACCESS))
        return false;
    bool same = handles_name(copy, name, NAME_CAP) && _wcsicmp(name, s->name) == 0;
    (void)CloseHandle(copy);
    return same;
}

/* The table lists the handles of a process one behind another: each process is opened once. */
static DWORD look(const struct search *s, const struct handle_table *table)
{
    HANDLE process = NULL;
    ULONG_PTR opened = 0;
    DWORD found = 0;
    for (ULONG_PTR i = 0; i < table->count && found == 0; i++) {
        const struct handle_entry *e = &table->entries[i];
        if (e->process == GetCurrentProcessId())
            continue;
        if (e->process != opened) {
            if (process)
                (void)CloseHandle(process);
            process = OpenProcess(PROCESS_DUP_HANDLE, FALSE, (DWORD)e->process);
            opened = e->process;
        }
        if (process && is_searched(process, (HANDLE)e->handle, s))
            found = (DWORD)e->process;
    }
    if (process)
        (void)CloseHandle(process);
    return found;
}

static void release_search(struct search *s)
{
    if (InterlockedDecrement(&s->users) == 0)
        free(s);
}

static DWORD WINAPI search_thread(LPVOID context)
{
    struct search *s = context;
    struct handle_table *table = read_table();
    if (table)
        s->found = look(s, table);
    free(table);
    (void)InterlockedExchange(&stuck, 0);
    release_search(s);
    return 0;
}

static DWORD find_process(const wchar_t *name)
{
    struct search *s = wcslen(name) < NAME_CAP ? calloc(1, sizeof *s) : NULL;
    DWORD found = 0;
    if (!s)
        return 0;
    (void)wcscpy(s->name, name);
    s->users = 2;
    HANDLE thread = InterlockedExchange(&stuck, 1) == 0 ? CreateThread(NULL, 0, search_thread, s, 0, NULL) : NULL;
    if (!thread) {
        free(s);
        return 0;
    }
    if (WaitForSingleObject(thread, PATIENCE_MS) == WAIT_OBJECT_0)
        found = s->found;
    (void)CloseHandle(thread);
    release_search(s);
    return found;
}

bool handles_find(const wchar_t *name, char *buf, size_t cap)
{
    wchar_t path[NAME_CAP];
    char program[3 * 128] = "?";
    DWORD size = NAME_CAP, pid = find_process(name);
    if (pid == 0)
        return false;
    HANDLE process = OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, pid);
    if (process && QueryFullProcessImageNameW(process, 0, path, &size)) {
        const wchar_t *slash = wcsrchr(path, L'\\');
        if (WideCharToMultiByte(CP_UTF8, 0, slash ? slash + 1 : path, -1, program, sizeof program, NULL, NULL) == 0)
            (void)snprintf(program, sizeof program, "?");
    }
    if (process)
        (void)CloseHandle(process);
    (void)snprintf(buf, cap, "%s (pid %lu)", TEXT_SHORT(program), (unsigned long)pid);
    return true;
}
