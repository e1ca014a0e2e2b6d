#include "cli/commands.h"

int cmd_service(const struct args *args)
{
    (void)args;
    struct failure failure = {0};
    failure_explain(&failure, ERR_USAGE,
                    "`service` is for Windows; here systemd runs `zabbix-atol serve`: zabbix-atol.service.",
                    "`service` — для Windows; здесь `zabbix-atol serve` запускает systemd: zabbix-atol.service.");
    return command_fail(&failure);
}
