#include "base/system_error.h"
#include "base/text.h"
#include "driver/abi/abi.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if defined __x86_64__
#define OWN_MACHINE EM_X86_64
#elif defined __i386__
#define OWN_MACHINE EM_386
#elif defined __aarch64__
#define OWN_MACHINE EM_AARCH64
#elif defined __arm__
#define OWN_MACHINE EM_ARM
#else
#define OWN_MACHINE EM_NONE
#endif

/* The loader's own message for a library of another processor differs from system to system, so the header is read. */
static bool other_machine(const char *file, struct failure *failure)
{
    unsigned char head[20];
    FILE *f = fopen(file, "rb");
    size_t n = f ? fread(head, 1, sizeof head, f) : 0;
    if (f)
        (void)fclose(f);
    if (n < sizeof head || memcmp(head, ELFMAG, SELFMAG) != 0)
        return false;
    unsigned own = sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32;
    unsigned machine = head[18] | (unsigned)head[19] << 8;
    if (head[EI_CLASS] == own && (OWN_MACHINE == EM_NONE || machine == OWN_MACHINE))
        return false;
    failure_explain(failure, ERR_DRIVER_BITNESS, "%s is a %d-bit library for processor type %u, this program is %d-bit",
                    "%s — %d-битная библиотека для процессора типа %u, а эта программа %d-битная", TEXT_PATH(file),
                    head[EI_CLASS] == ELFCLASS64 ? 64 : 32, machine, (int)sizeof(void *) * 8);
    return true;
}

bool fptr_is_built(struct failure *failure)
{
    (void)failure;
    return true;
}

void *fptr_library_open(const char *file, struct failure *failure)
{
    bool path = strchr(file, '/') != NULL;
    if (path && access(file, F_OK) != 0) {
        failure_system(failure, ERR_DRIVER_MISSING, file, -errno);
        return NULL;
    }
    void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
    if (library)
        return library;
    const char *why = dlerror();
    if (path && other_machine(file, failure))
        return NULL;
    /* Without a path the loader searched by itself: not finding it is the usual case. */
    size_t length = strlen(file);
    bool missing = !path && why && strncmp(why, file, length) == 0 && strstr(why, "cannot open shared object file");
    /* The loader's words are English. */
    failure_explain(failure, missing ? ERR_DRIVER_MISSING : ERR_DRIVER_LOAD, "%s", "«%s»", TEXT_PATH(why ? why : file));
    return NULL;
}

fptr_symbol *fptr_library_symbol(void *library, const char *name)
{
    fptr_symbol *function = NULL;
    void *found = dlsym(library, name);
    memcpy(&function, &found, sizeof function);
    return function;
}

enum fptr_place fptr_library_place(unsigned index, char *file, size_t cap)
{
    static const char *const places[] = {
        "/opt/ATOL/drivers10/lib/" FPTR_LIBRARY,
        "/opt/atol/drivers10/lib/" FPTR_LIBRARY,
        "/usr/local/lib/" FPTR_LIBRARY,
        "/usr/lib/" FPTR_LIBRARY,
        "/usr/lib64/" FPTR_LIBRARY,
        FPTR_LIBRARY,
    };
    if (index >= sizeof places / sizeof places[0])
        return FPTR_PLACE_END;
    (void)snprintf(file, cap, "%s", places[index]);
    return FPTR_PLACE_FILE;
}

bool fptr_environment(const char *name, char *value, size_t cap)
{
    const char *found = getenv(name);
    return found && found[0] && (size_t)snprintf(value, cap, "%s", found) < cap;
}

bool fptr_port_problem(const char *device, struct failure *failure)
{
    if (device[0] != '/')
        return false;
    if (access(device, F_OK) != 0) {
        failure_system(failure, ERR_PORT_MISSING, device, -errno);
        return true;
    }
    if (access(device, R_OK | W_OK) != 0) {
        failure_system(failure, ERR_PORT_RIGHTS, device, -errno);
        return true;
    }
    return false;
}

/* The driver makes ~/.atol/drivers10 with five files at its first use, and works as well where it cannot (seen with
 * 10.8.0.0 and 10.10.8.0). Where the user works with the driver already, its folder is left in use: it may hold log
 * settings that somebody chose. */
void fptr_quiet_logs(void)
{
    char folder[512];
    const char *home = getenv("HOME");
    int n = snprintf(folder, sizeof folder, "%s/.atol", home ? home : "");
    if (!home || n < 0 || (size_t)n >= sizeof folder || access(folder, F_OK) != 0)
        (void)setenv("HOME", "/dev/null", 1);
}
