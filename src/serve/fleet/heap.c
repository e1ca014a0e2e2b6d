#include "serve/fleet/heap.h"

#include <stdlib.h>

bool heap_reserve(struct heap *heap, uint32_t count)
{
    if (count <= heap->capacity)
        return true;
    uint32_t capacity = heap->capacity ? heap->capacity * 2 : 64;
    if (capacity < count)
        capacity = count;
    struct schedule_item **items = realloc(heap->items, capacity * sizeof *items);
    if (!items)
        return false;
    heap->items = items;
    heap->capacity = capacity;
    return true;
}

static void place(struct heap *heap, uint32_t at, struct schedule_item *item)
{
    heap->items[at] = item;
    item->heap_at = at;
}

static void sift_up(struct heap *heap, uint32_t at, struct schedule_item *item)
{
    while (at > 0 && heap->items[(at - 1) / 2]->due_ms > item->due_ms) {
        place(heap, at, heap->items[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    place(heap, at, item);
}

static void sift_down(struct heap *heap, uint32_t at, struct schedule_item *item)
{
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= heap->count)
            break;
        if (child + 1 < heap->count && heap->items[child + 1]->due_ms < heap->items[child]->due_ms)
            child++;
        if (heap->items[child]->due_ms >= item->due_ms)
            break;
        place(heap, at, heap->items[child]);
        at = child;
    }
    place(heap, at, item);
}

void heap_push(struct heap *heap, struct schedule_item *item)
{
    sift_up(heap, heap->count++, item);
}

struct schedule_item *heap_top(const struct heap *heap)
{
    return heap->count > 0 ? heap->items[0] : NULL;
}

void heap_remove(struct heap *heap, struct schedule_item *item)
{
    uint32_t at = item->heap_at;
    struct schedule_item *last = heap->items[--heap->count];
    item->heap_at = HEAP_NOWHERE;
    if (last == item)
        return;
    if (at > 0 && heap->items[(at - 1) / 2]->due_ms > last->due_ms)
        sift_up(heap, at, last);
    else
        sift_down(heap, at, last);
}
