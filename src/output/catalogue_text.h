/* The catalogue for documents and generators: what `zabbix-atol metrics` prints. */
#ifndef OUTPUT_CATALOGUE_TEXT_H
#define OUTPUT_CATALOGUE_TEXT_H

/* docs/metrics.md, and the whole catalogue as JSON: groups, words, reasons, metrics with all their facts. Memory is the
 * caller's; NULL when there is none. */
char *catalogue_markdown(void);
char *catalogue_json(void);

#endif
