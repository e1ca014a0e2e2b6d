/* What zabbix_sender prints, which repeats what a server said: the portions in which it comes change nothing, and what
 * is kept of it is harmless text. */
#include "fuzz.h"

#include "base/text.h"
#include "push/sender_output.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sender_output whole = {0}, parts = {0};
    struct input in = {data, size};
    uint8_t portion = input_byte(&in);
    struct input all = in;
    if (all.left > 0)
        sender_output_parse(&whole, (const char *)all.at, all.left);
    sender_output_parse(&whole, NULL, 0);
    while (in.left > 0) {
        struct input part = input_part(&in, 1U + portion % 16);
        sender_output_parse(&parts, (const char *)part.at, part.left);
    }
    sender_output_parse(&parts, NULL, 0);
    REQUIRE(whole.responses == parts.responses && whole.refused == parts.refused && whole.total == parts.total);
    REQUIRE(whole.wrong_line == parts.wrong_line && strcmp(whole.last, parts.last) == 0);
    REQUIRE(text_is_utf8(whole.last, strlen(whole.last)));
    for (const char *at = whole.last; *at; at++)
        REQUIRE((unsigned char)*at >= 0x20 && *at != 0x7F);
    return 0;
}
