/* What serve must know of the Zabbix agent's configuration, which zabbix_sender reads: how many servers there are, and
 * which files TLS needs. */
#ifndef PUSH_AGENT_CONFIG_H
#define PUSH_AGENT_CONFIG_H

#include "base/error.h"

#define AGENT_PATH_MAX 512

enum agent_file { AGENT_PSK_FILE, AGENT_CA_FILE, AGENT_CERT_FILE, AGENT_KEY_FILE, AGENT_FILES };

struct agent_config {
    unsigned servers;            /* that zabbix_sender sends to: the commas of ServerActive; 0 = none is named */
    char server[AGENT_PATH_MAX]; /* the first of them, as written: HOST, HOST:PORT, [IPv6]:PORT; perhaps cut */
    char files[AGENT_FILES][AGENT_PATH_MAX]; /* TLSPSKFile, TLSCAFile, TLSCertFile, TLSKeyFile; "" = not named */
    unsigned timeout_s;                      /* Timeout, 3 by default; the last line of several counts */
    char user[64];                           /* User, "zabbix" by default */
    char kkt_get[AGENT_PATH_MAX]; /* the command of UserParameter=kkt.get[*], perhaps cut; "" = there is none */
};

/* Reads the file and what it includes. False with ERR_FILE when one of them cannot be read. */
bool agent_config_read(const char *path, struct agent_config *config, struct failure *failure);

/* "TLSPSKFile" */
const char *agent_file_key(enum agent_file file);

#endif
