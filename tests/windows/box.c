/* For the tests of the Windows programs: the person who looks at the desktop.
 *
 * box         prints the size of the screen, WIDTHxHEIGHT
 * box TITLE   waits for a message box of that title, prints its texts in UTF-8, a line each, then `end`; presses its
 * default button when standard input ends */
#include <stdio.h>
#include <string.h>
#include <wchar.h>
#include <windows.h>

#define WAIT_MS 60000
#define STEP_MS 50
#define SAID    2048

static HWND find_box(const wchar_t *title)
{
    for (DWORD waited = 0; waited < WAIT_MS; waited += STEP_MS) {
        HWND box = FindWindowW(L"#32770", title); /* the class of every dialog */
        if (box && IsWindowVisible(box))
            return box;
        Sleep(STEP_MS);
    }
    return NULL;
}

static BOOL CALLBACK print_text(HWND part, LPARAM nothing)
{
    wchar_t wide[SAID];
    char text[3 * SAID];
    (void)nothing;
    if (GetWindowTextLengthW(part) > 0 && SendMessageW(part, WM_GETTEXT, SAID, (LPARAM)wide) > 0 &&
        WideCharToMultiByte(CP_UTF8, 0, wide, -1, text, sizeof text, NULL, NULL) > 0)
        (void)puts(text);
    return TRUE;
}

int wmain(int argc, wchar_t **argv);

int wmain(int argc, wchar_t **argv)
{
    if (argc == 1)
        return printf("%dx%d\n", GetSystemMetrics(SM_CXSCREEN), GetSystemMetrics(SM_CYSCREEN)) > 0 ? 0 : 1;
    HWND box = argc == 2 ? find_box(argv[1]) : NULL;
    if (!box)
        return 1;
    (void)EnumChildWindows(box, print_text, 0);
    (void)puts("end");
    (void)fflush(stdout);
    (void)getchar();
    return PostMessageW(box, WM_COMMAND, IDOK, 0) ? 0 : 1;
}
