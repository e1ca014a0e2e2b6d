#include "cli/program/program.h"
#include "base/system_error.h"

#include "base/process/child.h"

bool program_start(char **program, struct failure *failure)
{
    program_prepare();
    int status = child_detach(program[0], program);
    if (status == 0)
        return true;
    failure_system(failure, ERR_PROGRAM_START, program[0], status);
    return program_start_by_shell(program, failure);
}
