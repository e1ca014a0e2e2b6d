/* Compile-time only: our declarations of the vendor's interface (driver/abi/abi.def) equal the vendor's own header,
 * function by function and number by number. The suite compiles this against the headers of the drivers 10.8 and 10.10.
 */
#include "driver/abi/abi.h"

#include <libfptr10.h>

#define FUNCTION(result, name, parameters)                                                                             \
    _Static_assert(                                                                                                    \
        __builtin_types_compatible_p(__typeof__(&libfptr_##name), __typeof__(((struct fptr_abi *)0)->name)),           \
        "libfptr_" #name " is declared otherwise");
#define PARAM(name, number)   _Static_assert(LIBFPTR_PARAM_##name == (number), #name);
#define DATA(name, number)    _Static_assert(LIBFPTR_##name == (number), #name);
#define FN_DATA(name, number) _Static_assert(LIBFPTR_##name == (number), #name);
#define VALUE(name, number)   _Static_assert(LIBFPTR_##name == (number), #name);
#define CODE(name, number)    _Static_assert(LIBFPTR_ERROR_##name == (number), #name);
#include "driver/abi/abi.def"
