#include "driver/abi/abi.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

/* Where each function belongs in the table. A pointer to a function and one of any other function type have the same
 * shape wherever dlsym or GetProcAddress exist. */
static const struct symbol {
    const char *name;
    size_t offset;
} symbols[] = {
#define FUNCTION(result, name, parameters) {"libfptr_" #name, offsetof(struct fptr_abi, name)},
#include "driver/abi/abi.def"
};

static bool bind_symbols(struct fptr_abi *abi, const char *file, struct failure *failure)
{
    abi->library = fptr_library_open(file, failure);
    if (!abi->library)
        return false;
    (void)snprintf(abi->file, sizeof abi->file, "%s", file);
    for (unsigned i = 0; i < sizeof symbols / sizeof symbols[0]; i++) {
        fptr_symbol *found = fptr_library_symbol(abi->library, symbols[i].name);
        if (!found)
            return failure_explain(failure, ERR_DRIVER_SYMBOL, "%s has no %s", "в %s нет %s", TEXT_PATH(file),
                                   symbols[i].name);
        memcpy((char *)abi + symbols[i].offset, &found, sizeof found);
    }
    failure_clear(failure);
    return true;
}

/* A driver built for another architecture is no reason to stop: the fitting one may stand in a later place. */
static bool search_places(struct fptr_abi *abi, struct failure *failure)
{
    char place[512];
    struct failure other = {0};
    enum fptr_place kind;
    for (unsigned i = 0; (kind = fptr_library_place(i, place, sizeof place)) != FPTR_PLACE_END; i++) {
        if (kind == FPTR_PLACE_NONE)
            continue;
        if (bind_symbols(abi, place, failure))
            return true;
        if (failure->code == ERR_DRIVER_BITNESS && other.code == ERR_NONE)
            other = *failure;
        else if (failure->code != ERR_DRIVER_BITNESS && failure->code != ERR_DRIVER_MISSING)
            return false;
    }
    if (other.code == ERR_NONE)
        return failure_explain(failure, ERR_DRIVER_MISSING,
                               FPTR_LIBRARY " is not in the vendor's folders nor in the system's",
                               FPTR_LIBRARY " нет ни в папках драйвера, ни в системных");
    *failure = other;
    return false;
}

bool fptr_abi_load(struct fptr_abi *abi, const char *file, struct failure *failure)
{
    char named[512];
    memset(abi, 0, sizeof *abi);
    if (file[0])
        return bind_symbols(abi, file, failure);
    if (fptr_environment("ZABBIX_ATOL_DRIVER", named, sizeof named))
        return bind_symbols(abi, named, failure);
    return search_places(abi, failure);
}
