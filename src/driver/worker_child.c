/* worker: not for people. The program starts itself so for one task of the vendor's driver, which may hang or crash:
 * then only this process is lost. */
#include "base/exit_status.h"
#include "base/log.h"
#include "driver/worker.h"
#include "driver/worker_wire.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef __linux__
#include <signal.h>
#include <sys/prctl.h>
#endif
#ifdef _WIN32
#include <io.h>
#endif

static bool write_answer(FILE *to, const struct snapshot *s, const char *next, bool last,
                         const struct fptr_driver *driver)
{
    struct worker_message head = {.magic = WORKER_MAGIC, .size = (uint32_t)snapshot_packed_size(s), .last = last};
    (void)snprintf(head.next, sizeof head.next, "%s", next);
    if (driver)
        head.driver = *driver;
    void *packed = malloc(head.size);
    if (!packed)
        return false;
    snapshot_pack(s, packed);
    bool written = fwrite(&head, sizeof head, 1, to) == 1 && fwrite(packed, head.size, 1, to) == 1 && fflush(to) == 0;
    free(packed);
    return written;
}

static void on_progress(const struct snapshot *so_far, const char *next, void *user)
{
    /* The parent has closed the pipe: there is nobody to read for. */
    if (!write_answer(user, so_far, next, false, NULL))
        exit(EXIT_NOT_READ);
}

static void run(const struct worker_order *order, const struct connect *connect, struct snapshot *s,
                struct fptr_driver *driver, FILE *to)
{
    struct fptr_ask ask = {.connect = connect, .wanted = order->wanted, .budget_ms = order->budget_ms};
    memcpy(ask.password, order->password, sizeof ask.password);
    switch (order->task) {
    case WORKER_READ:
        fptr_read(&ask, s, on_progress, to);
        break;
    case WORKER_CONTROL:
        fptr_control(&ask, order->action, &order->clock, &s->failure);
        break;
    case WORKER_DESCRIBE:
        (void)fptr_describe(connect, driver, &s->failure);
        break;
    }
}

/* A parent that was killed cannot kill: the register must be free for the next poll all the same. */
static void end_with_parent(uint32_t lifetime_s)
{
#ifdef __linux__
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)prctl(PR_SET_NAME, "zabbix-atol"); /* it was started by the number of a descriptor */
#endif
#ifdef _WIN32
    (void)lifetime_s;
#else
    (void)alarm(lifetime_s);
#endif
}

int worker_main(void)
{
    static struct worker_order order;
    static struct snapshot s;
    struct fptr_driver driver = {0};
#ifdef _WIN32
    (void)_setmode(0, _O_BINARY);
#endif
#ifndef _WIN32
    (void)fcntl(WORKER_FD, F_SETFD, FD_CLOEXEC); /* a helper of the driver's must not keep the parent waiting */
#endif
    FILE *to = fdopen(WORKER_FD, "wb");
    if (!to || fread(&order, sizeof order, 1, stdin) != 1 || order.magic != WORKER_MAGIC ||
        order.size != sizeof order || !memchr(order.connect, '\0', sizeof order.connect)) {
        fputs(log_language() == LANG_RU
                  ? "zabbix-atol worker: программа запускает это сама; для людей есть get и show\n"
                  : "zabbix-atol worker: the program starts this by itself; use get or show\n",
              stderr);
        return EXIT_USAGE;
    }
    end_with_parent(order.lifetime_s);
    snapshot_clear(&s);
    const struct connect *connect = connect_parse(order.connect, &s.failure);
    if (connect)
        run(&order, connect, &s, &driver, to);
    connect_release(connect);
    return write_answer(to, &s, "", true, &driver) ? EXIT_DONE : EXIT_NOT_READ;
}
