/* LD_PRELOAD: what getaddrinfo says of a name is FAKE_LOOKUP, "127.0.0.2,127.0.0.1" or "hang". */
#include <arpa/inet.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **result)
{
    const char *list = getenv("FAKE_LOOKUP");
    struct addrinfo **end = result;
    (void)name;
    (void)hints;
    if (strcmp(list, "hang") == 0)
        sleep(60);
    while (*list) {
        size_t length = strcspn(list, ",");
        char text[64] = "";
        struct addrinfo *info = calloc(1, sizeof *info + sizeof(struct sockaddr_in));
        struct sockaddr_in *address = (struct sockaddr_in *)(info + 1);
        memcpy(text, list, length);
        address->sin_family = AF_INET;
        address->sin_port = htons((unsigned short)atoi(service));
        inet_pton(AF_INET, text, &address->sin_addr);
        *info = (struct addrinfo){.ai_family = AF_INET,
                                  .ai_socktype = SOCK_STREAM,
                                  .ai_addrlen = sizeof *address,
                                  .ai_addr = (struct sockaddr *)address};
        *end = info;
        end = &info->ai_next;
        list += length + (list[length] == ',');
    }
    return 0;
}

void freeaddrinfo(struct addrinfo *list)
{
    while (list) {
        struct addrinfo *next = list->ai_next;
        free(list);
        list = next;
    }
}
