/* setup where it has no part for the system yet. */
#include "cli/commands.h"

int cmd_setup(const struct args *args)
{
    struct failure failure = {0};
    failure_explain(&failure, ERR_USAGE, "`setup` is for Linux. Here: `zabbix-atol discover --scan`, then `%s`.",
                    "`setup` — для Linux. Здесь: `zabbix-atol discover --scan`, затем `%s`.",
                    "zabbix-atol service install");
    return command_fail(args, &failure);
}
