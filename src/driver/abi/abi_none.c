/* The system's part of a build without the vendor's driver (-Ddriver=disabled): a static program cannot load a library.
 */
#include "base/text.h"
#include "driver/abi/abi.h"

#include <stdio.h>

bool fptr_is_built(struct failure *failure)
{
    return failure_set(failure, ERR_DRIVER_NOT_BUILT, "%s", FPTR_LIBRARY);
}

/* The one place is there so that the loader asks, and gets the true reason. */
enum fptr_place fptr_library_place(unsigned index, char *file, size_t cap)
{
    if (index > 0)
        return FPTR_PLACE_END;
    (void)snprintf(file, cap, "%s", FPTR_LIBRARY);
    return FPTR_PLACE_FILE;
}

void *fptr_library_open(const char *file, struct failure *failure)
{
    failure_set(failure, ERR_DRIVER_NOT_BUILT, "%s", TEXT_PATH(file));
    return NULL;
}

fptr_symbol *fptr_library_symbol(void *library, const char *name)
{
    (void)library, (void)name;
    return NULL;
}

bool fptr_environment(const char *name, char *value, size_t cap)
{
    (void)name, (void)value, (void)cap;
    return false;
}

bool fptr_port_problem(const char *device, struct failure *failure)
{
    (void)device, (void)failure;
    return false;
}

void fptr_quiet_logs(void)
{
}
