/* Opening hours: outside them Zabbix is told that the shop is closed, so that it does not miss its values. */
#include "base/time/clock.h"
#include "serve/fleet/fleet_internal.h"

#define CLOSED_KEY "kkt.closed"
#define WEEK_S     (7U * 86400U)
/* A closed register is looked at each SCHEDULE_LOOK_S: each second look sends it. */
#define CLOSED_AGAIN_S (SCHEDULE_LOOK_S + SCHEDULE_LOOK_S / 10)

int64_t fleet_open_s(const struct kkt *k, int64_t passed_s)
{
    struct civil now;
    if (!config_shop_time(k->config, clock_unix_ms() / 1000, &now))
        return passed_s;
    int64_t open = hours_open_for(k->config->hours, &now);
    return passed_s < open ? passed_s : open;
}

static uint32_t closed_s(const struct config_kkt *c)
{
    struct civil now;
    if (!config_shop_time(c, clock_unix_ms() / 1000, &now))
        return 0;
    uint32_t seconds = hours_until_open(c->hours, &now);
    return seconds > WEEK_S ? WEEK_S : seconds;
}

uint32_t fleet_closed_s(const struct kkt *k)
{
    return closed_s(k->config);
}

bool fleet_is_closed(const struct config_kkt *kkt)
{
    return closed_s(kkt) > 0;
}

void fleet_publish_closed(struct fleet *f, struct kkt *k)
{
    uint32_t now_s = (uint32_t)(clock_steady_ms() / 1000);
    if (!f->spool || (k->shop == SHOP_CLOSED && now_s - k->published_hours_s < CLOSED_AGAIN_S))
        return;
    k->shop = SHOP_CLOSED;
    k->published_hours_s = now_s;
    fleet_push(f, k, CLOSED_KEY, clock_unix_ms(), "1");
}

/* Whoever never had hours has never been closed. An earlier run may have sent that it is. */
void fleet_publish_open(struct fleet *f, struct kkt *k)
{
    if (!f->spool || k->shop == SHOP_OPEN || (k->shop == SHOP_UNKNOWN && !k->config->hours))
        return;
    k->shop = SHOP_OPEN;
    fleet_push(f, k, CLOSED_KEY, clock_unix_ms(), "0");
}
