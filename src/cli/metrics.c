/* metrics: the catalogue with the source of each value in the three ways. docs/metrics.md is its output. */
#include "base/log.h"
#include "base/process/console.h"
#include "cli/commands.h"
#include "output/catalogue_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int cmd_metrics(const struct args *args)
{
    bool json = args->json || (args->format && strcmp(args->format, "json") == 0);
    char *text = json ? catalogue_json() : catalogue_markdown(log_language());
    if (!text) {
        struct failure failure;
        failure_explain(&failure, ERR_NO_MEMORY, "the catalogue", "каталог метрик");
        return command_fail(&failure);
    }
    console_print(stdout, "%s%s", text, json ? "\n" : "");
    free(text);
    return EXIT_DONE;
}
