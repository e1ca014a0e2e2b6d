/* For the tests of the Windows programs: another program that has a file or a port open, or makes a shortcut.
 *
 * holder hold PATH   opens it for reading, shares it for reading only, says `held`, lets go when standard input ends
 * holder view PATH   the same, but shares it for writing too: a viewer of logs
 * holder read PATH   reads it again and again so, until standard input ends; says what it saw: `whole N broken N gone
 * N`
 * holder link LNK TARGET ARGUMENTS   makes a shortcut */
#define COBJMACROS
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
/* windows.h before shlobj.h */
#include <windows.h>

#include <shlobj.h>

#define FILE_MAX (1 << 20)

static volatile LONG over;

static HANDLE open_file(const wchar_t *path, DWORD share)
{
    return CreateFileW(path, GENERIC_READ, share, NULL, OPEN_EXISTING, 0, NULL);
}

static DWORD WINAPI wait_for_end(LPVOID nothing)
{
    char byte;
    DWORD count;
    (void)nothing;
    while (ReadFile(GetStdHandle(STD_INPUT_HANDLE), &byte, 1, &count, NULL) && count > 0)
        continue;
    InterlockedExchange(&over, 1);
    return 0;
}

static int hold(const wchar_t *path, DWORD share)
{
    HANDLE file = open_file(path, share);
    (void)puts(file == INVALID_HANDLE_VALUE ? "not held" : "held");
    (void)fflush(stdout);
    (void)wait_for_end(NULL);
    return file == INVALID_HANDLE_VALUE;
}

/* A JSON document and its newline. */
static bool is_whole(const char *bytes, DWORD count)
{
    return count > 2 && bytes[0] == '{' && memcmp(bytes + count - 2, "}\n", 2) == 0;
}

static int read_again_and_again(const wchar_t *path)
{
    static char bytes[FILE_MAX];
    unsigned whole = 0, broken = 0, gone = 0;
    (void)CreateThread(NULL, 0, wait_for_end, NULL, 0, NULL);
    while (!over) {
        DWORD count = 0;
        HANDLE file = open_file(path, FILE_SHARE_READ);
        if (file == INVALID_HANDLE_VALUE) {
            gone += whole > 0 && GetLastError() == ERROR_FILE_NOT_FOUND;
            Sleep(1);
            continue;
        }
        /* A reader that takes its time, as an agent does. */
        Sleep(15);
        bool good = ReadFile(file, bytes, FILE_MAX, &count, NULL) && is_whole(bytes, count);
        *(good ? &whole : &broken) += 1;
        (void)CloseHandle(file);
        Sleep(15);
    }
    (void)printf("whole %u broken %u gone %u\n", whole, broken, gone);
    return 0;
}

static int make_link(const wchar_t *path, const wchar_t *target, const wchar_t *arguments)
{
    IShellLinkW *link = NULL;
    IPersistFile *file = NULL;
    (void)CoInitialize(NULL);
    bool good =
        SUCCEEDED(CoCreateInstance(&CLSID_ShellLink, NULL, CLSCTX_INPROC_SERVER, &IID_IShellLinkW, (void **)&link)) &&
        SUCCEEDED(IShellLinkW_SetPath(link, target)) && SUCCEEDED(IShellLinkW_SetArguments(link, arguments)) &&
        SUCCEEDED(IShellLinkW_QueryInterface(link, &IID_IPersistFile, (void **)&file)) &&
        SUCCEEDED(IPersistFile_Save(file, path, TRUE));
    return good ? 0 : 1;
}

int wmain(int argc, wchar_t **argv);

int wmain(int argc, wchar_t **argv)
{
    if (argc == 3 && wcscmp(argv[1], L"hold") == 0)
        return hold(argv[2], FILE_SHARE_READ);
    if (argc == 3 && wcscmp(argv[1], L"view") == 0)
        return hold(argv[2], FILE_SHARE_READ | FILE_SHARE_WRITE);
    if (argc == 3 && wcscmp(argv[1], L"read") == 0)
        return read_again_and_again(argv[2]);
    if (argc == 5 && wcscmp(argv[1], L"link") == 0)
        return make_link(argv[2], argv[3], argv[4]);
    return 2;
}
