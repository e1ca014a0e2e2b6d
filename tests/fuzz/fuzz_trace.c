/* A trace that a stranger sent: read, told and replayed, or refused with the line. */
#include "fuzz.h"

#include "base/text.h"
#include "output/trace_text.h"
#include "poll/replay.h"

static struct snapshot snapshot;

static void require_story(const struct trace *trace)
{
    char *story = trace_story(trace);
    REQUIRE(story != NULL && text_is_utf8(story, strlen(story)));
    for (const char *at = story; *at; at++)
        REQUIRE(*at == '\n' || ((unsigned char)*at >= 0x20 && *at != 0x7F));
    free(story);
}

/* What was read is written as it was, and read again. */
static void write_again(const struct trace *trace)
{
    struct failure failure = {0};
    char *text = trace_text(trace);
    REQUIRE(text != NULL);
    struct trace *again = trace_parse(text, strlen(text), &failure);
    REQUIRE(again != NULL);
    REQUIRE(again->event_count == trace->event_count && again->byte_count == trace->byte_count);
    REQUIRE(trace->byte_count == 0 || memcmp(again->bytes, trace->bytes, trace->byte_count) == 0);
    REQUIRE(memcmp(&again->wanted, &trace->wanted, sizeof trace->wanted) == 0);
    free(text);
    trace_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct failure failure = {0};
    char *text = input_text((struct input){data, size});
    struct trace *trace = trace_parse(text, size, &failure);
    free(text);
    if (trace) {
        require_story(trace);
        write_again(trace);
        if (poll_replay(trace, &snapshot, &failure)) {
            enum poll_state state = failure_state(&snapshot.failure);
            REQUIRE(poll_state_was_read(state) || metric_set_empty(&snapshot.present));
            trace_free(trace);
            return 0;
        }
    }
    REQUIRE(failure.code == ERR_USAGE && strncmp(failure.detail, "line ", 5) == 0);
    REQUIRE(text_is_utf8(failure.detail, strlen(failure.detail)));
    trace_free(trace);
    return 0;
}
