#include "cli/commands.h"

int cmd_service(const struct args *args)
{
    struct failure failure = {0};
    failure_set(&failure, ERR_USAGE,
                "`service` is for Windows; here systemd runs `zabbix-atol serve`: zabbix-atol.service.");
    return command_fail(args, &failure);
}
