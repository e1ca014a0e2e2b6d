/* The items of a schedule by their due time. Only serve/fleet/ includes this. */
#ifndef SERVE_FLEET_HEAP_H
#define SERVE_FLEET_HEAP_H

#include "serve/fleet/item.h"

/* A binary heap; each item knows its place (heap_at). Start with zeros. */
struct heap {
    struct schedule_item **items;
    uint32_t count, capacity;
};

#define HEAP_NOWHERE UINT32_MAX

/* Makes room for so many items; false when there is no memory. */
bool heap_reserve(struct heap *heap, uint32_t count);
/* Adds an item for which there is room. */
void heap_push(struct heap *heap, struct schedule_item *item);
/* The item with the least due time, NULL when it is empty. */
struct schedule_item *heap_top(const struct heap *heap);
void heap_remove(struct heap *heap, struct schedule_item *item);

#endif
