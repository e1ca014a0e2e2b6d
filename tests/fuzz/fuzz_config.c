/* zabbix-atol.yaml: read whole, or refused with file and line. What it includes is looked for in a folder of the
 * fuzzer's own. */
#include "fuzz.h"

#include "address/connect.h"
#include "base/text.h"
#include "config/config.h"
#include "config/load.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64], path[100];
static int file = -1;

static void write_text(const char *name, const char *text)
{
    char whole[200];
    (void)snprintf(whole, sizeof whole, "%s/%s", folder, name);
    FILE *f = fopen(whole, "w");
    REQUIRE(f != NULL && fputs(text, f) >= 0 && fclose(f) == 0);
}

/* A folder of its own, in which there is something to include: what TMPDIR names, for a name by chance would be another
 * input in each run. */
static void prepare(void)
{
    const char *tmp = getenv("TMPDIR");
    REQUIRE(tmp && (size_t)snprintf(folder, sizeof folder, "%s/config", tmp) < sizeof folder);
    REQUIRE(mkdir(folder, 0700) == 0 || errno == EEXIST);
    write_text("part.yaml", "registers:\n- {name: part, connect: 'tcp://10.0.0.1'}\n");
    write_text("empty.yaml", "");
    write_text("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.yaml", "registers: []\n");
    (void)snprintf(path, sizeof path, "%s/fuzz.yaml", folder);
    file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    REQUIRE(file >= 0);
}

static void write_file(const uint8_t *data, size_t size)
{
    REQUIRE(pwrite(file, data, size, 0) == (ssize_t)size);
    REQUIRE(ftruncate(file, (off_t)size) == 0); /* not before: the disk would give the file a new block each time */
}

/* An absolute path, or one that climbs out, would make the run depend on the machine. */
static bool stays_here(const uint8_t *data, size_t size)
{
    return memmem(data, size, "include", 7) == NULL || memchr(data, '/', size) == NULL;
}

static void require_whole(const struct config *c)
{
    REQUIRE(c->state_dir && c->push.sender && c->polls > 0 && c->driver_polls > 0);
    for (uint32_t i = 0; i < c->kkt_count; i++) {
        const struct config_kkt *k = &c->kkts[i];
        REQUIRE(k->name[0] != '\0' && k->name[0] != '-' && text_is_utf8(k->name, strlen(k->name)));
        REQUIRE(k->connect && connect_is_address(k->connect->text));
        REQUIRE(k->interval_s > 0 && k->identity_interval_s >= k->interval_s && k->timeout_s > 0);
        REQUIRE(k->network == CONFIG_NO_NETWORK || k->network < c->network_count);
        REQUIRE(i == 0 || strcmp(c->kkts[i - 1].name, k->name) < 0);
        REQUIRE(config_find(c, k->name) == k);
        REQUIRE(config_kkt_change(c, k, c, k) == CONFIG_SAME);
        REQUIRE((k->location == NULL || (k->location->lat[0] == '\0') == (k->location->lon[0] == '\0')));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct failure failure = {0};
    if (file < 0)
        prepare();
    if (!stays_here(data, size))
        return 0;
    write_file(data, size);
    struct config *config = config_load(path, NULL, &failure);
    if (config) {
        require_whole(config);
        config_free(config);
        return 0;
    }
    REQUIRE(failure.code == ERR_CONFIG || failure.code == ERR_SYSTEM);
    REQUIRE(failure.code != ERR_CONFIG || strncmp(failure.detail, folder, strlen(folder)) == 0);
    REQUIRE(text_is_utf8(failure.detail, strlen(failure.detail)));
    REQUIRE(text_is_utf8(failure.detail_ru, strlen(failure.detail_ru)));
    return 0;
}
