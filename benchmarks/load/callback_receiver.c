/*
 * callback_receiver: takes callbacks faster than anybody sends them, and remembers every one.
 *
 *   callback_receiver PORT MARK    (make bench builds it: gcc -O2 -o build/callback_receiver load/callback_receiver.c)
 *
 * A POST is answered by the first word of its path: /ok/N with 200, /fail/N with 500, /hang/N with nothing for ever; any other with 404.
 * Connections are kept open. Of each call to one of the three it remembers the moment at which it was complete (CLOCK_REALTIME), its path,
 * and its id: the letters, digits, _ and - that follow the first MARK, in any case, in its headers or its body; "-" where there is none.
 *
 * GET /count     one line: how many calls it remembers of /ok, of /fail and of /hang
 * GET /calls     every call in the order they came, one a line: microseconds, path, id; and forgets them
 *
 * Ends with SIGTERM.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { REQUEST = 1 << 16, PATH = 32, ID = 64, EVENTS = 256, KINDS = 3 };

struct connection { int fd; size_t length; char *text; };
struct call { uint64_t at_us; char path[PATH]; char id[ID]; };

static const char *kinds[KINDS] = {"/ok/", "/fail/", "/hang/"};
static const char *answers[KINDS] = {
    "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n", NULL};
static const char not_found[] = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";

static const char *mark;
static struct call *calls;
static size_t call_count, call_capacity;
static uint64_t counts[KINDS];

static void die(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("callback_receiver: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

static void *need(void *memory)
{
    if (!memory)
        die("out of memory");
    return memory;
}

static uint64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (uint64_t)t.tv_sec * 1000000ull + (uint64_t)t.tv_nsec / 1000;
}

static int is_of_id(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
}

/* Writes all of it, waiting for the other side: replies to callbacks fit the socket's buffer, and the rest is for the benchmark alone. */
static int write_all(int fd, const char *text, size_t length)
{
    while (length) {
        ssize_t n = write(fd, text, length);
        if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
            usleep(100);
            continue;
        }
        if (n <= 0)
            return -1;
        text += n;
        length -= (size_t)n;
    }
    return 0;
}

static int tell(int fd, const char *text, size_t length)
{
    char head[96];
    int n = snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\n\r\n", length);
    return write_all(fd, head, (size_t)n) || write_all(fd, text, length) ? -1 : 0;
}

static int tell_counts(int fd)
{
    char line[96];
    int n = snprintf(line, sizeof line, "%lu %lu %lu\n", (unsigned long)counts[0], (unsigned long)counts[1], (unsigned long)counts[2]);
    return tell(fd, line, (size_t)n);
}

static int tell_calls(int fd)
{
    char *text = need(malloc(call_count * (24 + PATH + ID) + 1));
    size_t length = 0;
    for (size_t i = 0; i < call_count; i++)
        length += (size_t)sprintf(text + length, "%lu %s %s\n", (unsigned long)calls[i].at_us, calls[i].path, calls[i].id);
    call_count = 0;
    memset(counts, 0, sizeof counts);
    int failed = tell(fd, text, length);
    free(text);
    return failed;
}

static void remember(int kind, const char *path, int path_length, const char *request)
{
    if (call_count == call_capacity) {
        call_capacity = call_capacity ? call_capacity * 2 : 1 << 16;
        calls = need(realloc(calls, call_capacity * sizeof *calls));
    }
    struct call *call = &calls[call_count++];
    call->at_us = now_us();
    snprintf(call->path, PATH, "%.*s", path_length, path);
    int length = 0;
    const char *at = strcasestr(request, mark);
    for (at = at ? at + strlen(mark) : at; at && is_of_id(at[length]) && length < ID - 1;)
        length++;
    snprintf(call->id, ID, "%.*s", at ? length : 1, at ? at : "-");
    counts[kind]++;
}

/* Answers one whole request, a string of its own. -1 when the connection is of no use any more. */
static int answer(int fd, const char *request)
{
    if (!strncmp(request, "GET /count ", 11))
        return tell_counts(fd);
    if (!strncmp(request, "GET /calls ", 11))
        return tell_calls(fd);
    for (int kind = 0; kind < KINDS && !strncmp(request, "POST ", 5); kind++) {
        const char *path = request + 5;
        if (strncmp(path, kinds[kind], strlen(kinds[kind])))
            continue;
        remember(kind, path, (int)strcspn(path, " "), request);
        return answers[kind] ? write_all(fd, answers[kind], strlen(answers[kind])) : 0;
    }
    return write_all(fd, not_found, sizeof not_found - 1);
}

/* Length of the request at the beginning of what was read; 0 while it is not complete. */
static size_t request_length(const struct connection *c)
{
    const char *end = memmem(c->text, c->length, "\r\n\r\n", 4);
    if (!end)
        return 0;
    size_t head = (size_t)(end - c->text) + 4, body = 0;
    for (const char *line = c->text; line < end; line = (const char *)memchr(line, '\n', (size_t)(end + 2 - line)) + 1)
        if (!strncasecmp(line, "content-length:", 15))
            body = strtoul(line + 15, NULL, 10);
    if (head + body > REQUEST)
        die("a request of %zu bytes", head + body);
    return c->length >= head + body ? head + body : 0;
}

static int serve(struct connection *c)
{
    for (;;) {
        ssize_t n = read(c->fd, c->text + c->length, REQUEST - c->length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return 0;
        if (n <= 0)
            return -1;
        c->length += (size_t)n;
        for (size_t length; (length = request_length(c));) {
            char after = c->text[length];
            c->text[length] = 0;
            int failed = answer(c->fd, c->text);
            c->text[length] = after;
            if (failed)
                return -1;
            memmove(c->text, c->text + length, c->length - length);
            c->length -= length;
        }
    }
}

static int listen_on(int port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) || listen(fd, 4096))
        die("cannot listen on port %d: %s", port, strerror(errno));
    return fd;
}

static void take_new(int listener, int poll)
{
    for (int fd, one = 1; (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0;) {
        struct connection *c = need(calloc(1, sizeof *c));
        c->fd = fd;
        c->text = need(malloc(REQUEST + 1));
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
        epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event);
    }
}

int main(int argc, char **argv)
{
    if (argc != 3)
        die("callback_receiver PORT MARK");
    mark = argv[2];
    int listener = listen_on(atoi(argv[1])), poll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL}, events[EVENTS];
    epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        int n = epoll_wait(poll, events, EVENTS, -1);
        for (int i = 0; i < n; i++) {
            struct connection *c = events[i].data.ptr;
            if (!c) {
                take_new(listener, poll);
            } else if (serve(c)) {
                close(c->fd);
                free(c->text);
                free(c);
            }
        }
    }
}
