#include "cli/program/program.h"

void program_prepare(void)
{
}

bool program_start_by_shell(char **program, struct failure *failure)
{
    (void)program, (void)failure;
    return false;
}

void program_show_failure(const struct failure *failure, enum lang lang)
{
    (void)failure, (void)lang;
}
