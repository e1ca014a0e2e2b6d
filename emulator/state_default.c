/* A believable healthy register of each generation. */
#include "clock.h"
#include "state.h"

#include <stdio.h>

/* clang-format off */
static const char common[] =
    "{'device':{'serial':'00106112345678','clock_drift_s':0,'blocked':0,'fiscal':1,'mac':'00:1C:AB:12:34:56',"
    "'boot_version':'3.0.6503','configuration_version':'5.7.0013','ffd_version_max':110},"
    "'printer':{'paper_present':1,'cover_opened':0,'drawer_opened':0,'cutter_error':0,'overheat':0,'temperature_c':31},"
    "'shift':{'state':1,'number':451,'receipt_number':37},"
    "'fn':{'present':1,'serial':'9960440300123456','version':'fn_v_1_1_2','release':1,'state':3,'flags':0,"
    "'registrations_done':1,'registrations_left':29,'last_document':18243},"
    "'ofd':{'status':0,'message_read':0,'unsent_count':0,'network_error':0,'ofd_error':0,'fn_error':0,'error_document':0,"
    "'error_command':0,'host':'k-server.1-ofd.ru','port':7777,'channel':2},"
    "'registration':{'number':'0001234567052253','date':'2026-02-14','organization_name':'ООО \"Ромашка\"','organization_inn':'7701234560',"
    "'organization_address':'г. Москва, ул. Тверская, д. 1','organization_email':'kassa@romashka.example',"
    "'payments_address':'Магазин №1','machine_number':'1','ofd_inn':'7709364346','ofd_name':'АО \"ЭСК\"',"
    "'fns_url':'www.nalog.gov.ru','taxation':1,'agent':0,'ffd_version':105,'auto_mode':0,'autonomous':0,'encryption':0,"
    "'internet':0,'service':0,'bso':0,'lottery':0,'gambling':0,'excise':0,'vending_printer':0},"
    "'counters':{'cash_kop':1250050,'cash_ins':2,'cash_in_kop':1000000,'cash_outs':1,'cash_out_kop':250000,"
    "'sell_receipts':36,'sell_return_receipts':1,'buy_receipts':0,'buy_return_receipts':0,"
    "'cutter_work':48211,'head_work':912345},"
    "'power':{'on_battery':0,'battery_charging':0,'battery_can_print':1,'battery_mv':7400,'battery_percent':98}}";

static const char protocol_3[] =
    "{'device':{'model':'АТОЛ 11Ф','model_code':67,'firmware':'3.0.5755','uptime_s':86400},"
    "'printer':{'error':0,'connection_lost':0},'counters':{'revenue_kop':3456700,'shift_documents':40}}";

static const char protocol_5[] =
    "{'device':{'model':'АТОЛ 30Ф','model_code':61,'firmware':'5.17.0'},"
    "'printer':{'paper_near_end':0},"
    "'fn':{'resource_days':400,'free_documents_5y':238000,'free_memory_30d':51200},"
    "'faults':{'no_serial_number':0,'rtc':0,'settings':0,'counters':0,'user_memory':0,'service_counters':0,'attributes':0,"
    "'fn':0,'wrong_fn':0,'hardware':0,'memory_manager':0,'scripts':0,'wait_for_reboot':0,'universal_counters':0}}";
/* clang-format on */

/* The texts above use ' for " so that they can be read. */
static json_t *parse(const char *text)
{
    char copy[4096];
    int used = 0;
    for (const char *p = text; *p && used < (int)sizeof copy - 2; p++) {
        if (*p == '"')
            copy[used++] = '\\';
        copy[used++] = *p == '\'' ? '"' : *p;
    }
    copy[used] = '\0';
    return json_loads(copy, 0, NULL);
}

/* A moment, as a date alone or with the time of day. */
static void set_time(json_t *root, const char *group, const char *key, int64_t wall, bool with_time)
{
    struct tm tm = clock_to_tm(wall);
    char text[40];
    if (strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &tm) == 0)
        return;
    if (!with_time)
        text[10] = '\0';
    (void)json_object_set_new(json_object_get(root, group), key, json_string(text));
}

json_t *state_default(int protocol)
{
    json_t *root = parse(common), *more = parse(protocol == 3 ? protocol_3 : protocol_5);
    if (!root || !more || json_object_update_recursive(root, more) != 0) {
        json_decref(more);
        json_decref(root);
        return NULL;
    }
    json_decref(more);
    struct state empty = {0};
    int64_t now = state_clock(&empty, 0);
    int64_t minute = now - now % 60;
    set_time(root, "fn", "valid_until", now + 400 * 86400, false);
    set_time(root, "fn", "last_document_time", minute - 600, true);
    set_time(root, "ofd", "last_sent", now - 590, true);
    set_time(root, "shift", "expires", minute + 15 * 3600, true);
    return root;
}
