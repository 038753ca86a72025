/*
 * answers_load: viewers who answer as fast as the server acknowledges them.
 *
 *   answers_load PLAN HOST PORT WARM_UP_S SECONDS SERVER_PIDS RATE    (make bench builds it: gcc -O2 -o build/answers_load load/answers_load.c)
 *
 * PLAN is text, one record a line:
 *   room CODE VIEWERS
 *   survey ID OPTIONS QUESTION…  a survey of the room above with these choice questions; its viewers answer the room's surveys in this order
 *
 * Each viewer is one connection: upgrade on /ws, "enter" as a new viewer, wait for "entered". When all have entered, every
 * connection sends its first answer (to all questions of a survey at once), and the next one when the last was accepted (closed loop, one
 * answer in flight). A refused answer is counted and the loop goes on, so that a server that refuses quickly cannot look fast: only
 * "accepted" counts. With a RATE above 0 it is an open loop instead: so many answers a second over all connections, each by the next
 * connection that waits for nothing, and its latency counts from the moment it was due.
 *
 * Counted are the acknowledgements read within SECONDS, after WARM_UP_S. The window ends early when a connection has no question
 * left ("ended_by":"questions"). After it nothing more is sent and what is in flight is waited for, so "accepted_total" is exactly
 * what the server must hold. Latency is from just before write() to the moment the acknowledgement was parsed.
 *
 * "generator_share", "server_share" and "others_share" are the processor time of this program, of the processes SERVER_PIDS (with commas
 * between them) and their children, and of all else on this machine, in cores: seconds of it per second of the window. "stolen_share": what
 * the host of a virtual machine kept from it while it had work.
 *
 * One JSON object on standard output; exit status 1 when a connection could not enter or the server went away.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { HEAD = 192, READ_SIZE = 1 << 18, TEXT = 64, MESSAGE = 8192, ENTER_TIMEOUT_S = 120, DRAIN_S = 20 };

struct survey { char id[TEXT]; int options; char (*questions)[TEXT]; int count; };
struct room { char code[TEXT]; int viewers; struct survey *surveys; int count; };

enum state { UPGRADING, ENTERING, READY, ENDED };

struct connection {
    int fd;
    enum state state;
    struct room *room;
    int next;                  /* index of the survey to answer next */
    int waiting;               /* 1 while an answer is in flight */
    uint32_t commands;
    uint64_t sent_ns;
    /* frame being read: its header, then the first HEAD bytes of its payload; the rest is only counted */
    uint8_t header[10];
    int header_length;
    uint64_t payload_left;
    int in_payload;
    int head_length;
    char head[HEAD + 1];
    char handshake[4];         /* the last bytes of the HTTP reply, to find its end */
    int handshake_length;
    char status[16];
};

static struct room *rooms;
static int room_count;
static struct connection *connections;
static int connection_count;

static uint32_t *latencies_us;
static size_t latency_count, latency_capacity;

static uint64_t accepted, accepted_total, refused, publications, tallies, others, bytes_read, closed, entered;
static char first_refusal[TEXT];
static int measuring, sending, out_of_questions, closed_loop;

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000ull + (uint64_t)t.tv_nsec;
}

static double cpu_seconds(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void die(const char *format, ...);

/* User and system time of another process, all its threads, and the id of its parent (proc(5): stat, fields 4, 14 and 15). 0 when it is gone. */
static int read_process(const char *pid, int *parent, double *cpu_seconds)
{
    char path[64], text[1024];
    snprintf(path, sizeof path, "/proc/%.32s/stat", pid);
    FILE *file = fopen(path, "r");
    size_t n = file ? fread(text, 1, sizeof text - 1, file) : 0;
    if (file)
        fclose(file);
    text[n] = 0;
    char *after_name = strrchr(text, ')');
    unsigned long user, system;
    if (!after_name || sscanf(after_name + 2, "%*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", parent, &user, &system) != 3)
        return 0;
    *cpu_seconds = (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
    return 1;
}

/* Of these processes and their children. */
static double cpu_seconds_of(const char *pids)
{
    int servers[8], count = 0, found = 0;
    for (const char *at = pids; at && count < 8; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
        servers[count++] = atoi(at);
    double sum = 0;
    DIR *processes = opendir("/proc");
    for (struct dirent *entry; processes && (entry = readdir(processes));) {
        int pid = atoi(entry->d_name), parent = 0;
        double spent = 0;
        if (pid <= 0 || !read_process(entry->d_name, &parent, &spent))
            continue;
        for (int i = 0; i < count; i++) {
            found += servers[i] == pid;
            sum += servers[i] == pid || servers[i] == parent ? spent : 0;
        }
    }
    if (processes)
        closedir(processes);
    if (found != count)
        die("not all of the processes %s run", pids);
    return sum;
}

/* Time all processors of this machine were busy or taken away (proc(5), stat: all fields but idle and iowait; guests are in user). */
/* Without what was stolen from the machine, which is told apart. */
static double cpu_seconds_of_all(double *stolen)
{
    unsigned long user, nice, system, irq, soft_irq, steal;
    FILE *file = fopen("/proc/stat", "r");
    int n = file ? fscanf(file, "cpu %lu %lu %lu %*u %*u %lu %lu %lu", &user, &nice, &system, &irq, &soft_irq, &steal) : 0;
    if (n != 6)
        die("cannot read /proc/stat");
    fclose(file);
    *stolen = (double)steal / (double)sysconf(_SC_CLK_TCK);
    return (double)(user + nice + system + irq + soft_irq) / (double)sysconf(_SC_CLK_TCK);
}

static void die(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("answers_load: ", stderr);
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

static void read_plan(const char *path)
{
    static char line[MESSAGE];
    FILE *file = fopen(path, "r");
    if (!file)
        die("cannot read %s: %s", path, strerror(errno));
    while (fgets(line, sizeof line, file)) {
        char word[TEXT];
        int number, at;
        if (sscanf(line, "room %63s %d", word, &number) == 2) {
            rooms = need(realloc(rooms, (size_t)(room_count + 1) * sizeof *rooms));
            struct room *room = &rooms[room_count++];
            memset(room, 0, sizeof *room);
            memcpy(room->code, word, TEXT);
            room->viewers = number;
        } else if (sscanf(line, "survey %63s %d%n", word, &number, &at) == 2 && room_count) {
            struct room *room = &rooms[room_count - 1];
            room->surveys = need(realloc(room->surveys, (size_t)(room->count + 1) * sizeof *room->surveys));
            struct survey *survey = &room->surveys[room->count++];
            memset(survey, 0, sizeof *survey);
            memcpy(survey->id, word, TEXT);
            survey->options = number;
            for (char *question = strtok(line + at, " \n"); question; question = strtok(NULL, " \n")) {
                survey->questions = need(realloc(survey->questions, (size_t)(survey->count + 1) * TEXT));
                snprintf(survey->questions[survey->count++], TEXT, "%s", question);
            }
        } else if (line[0] != '\n' && line[0] != '#') {
            die("cannot read this line of the plan: %s", line);
        }
    }
    fclose(file);
}

/* One masked frame (RFC 6455 5.2). The closed loop keeps at most one small command in a socket's buffer, so a short write is a failure. */
static void send_frame(struct connection *c, int opcode, const char *payload, size_t length)
{
    static uint32_t key = 0x9e3779b9u;
    static uint8_t frame[MESSAGE + 16];
    size_t at = 0;
    key = key * 1664525u + 1013904223u;
    uint8_t mask[4];
    memcpy(mask, &key, 4);
    frame[at++] = (uint8_t)(0x80 | opcode);
    if (length < 126) {
        frame[at++] = (uint8_t)(0x80 | length);
    } else {
        frame[at++] = 0x80 | 126;
        frame[at++] = (uint8_t)(length >> 8);
        frame[at++] = (uint8_t)(length & 255);
    }
    memcpy(frame + at, mask, 4);
    at += 4;
    if (length > MESSAGE)
        die("a command of %zu bytes is too long for this program", length);
    for (size_t i = 0; i < length; i++)
        frame[at + i] = (uint8_t)payload[i] ^ mask[i & 3];
    at += length;
    ssize_t written = write(c->fd, frame, at);
    if (written != (ssize_t)at)
        die("the server does not read: wrote %zd of %zu bytes (%s)", written, at, strerror(errno));
}

static void send_enter(struct connection *c, int index)
{
    uint8_t random[12];
    char hex[25], text[256];
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
        die("no random bytes");
    for (int i = 0; i < 12; i++)
        snprintf(hex + 2 * i, 3, "%02x", random[i]);
    int n = snprintf(text, sizeof text, "{\"op\":\"enter\",\"id\":\"%s\",\"room\":\"%s\",\"name\":\"Viewer %d\"}", hex, c->room->code, index + 1);
    send_frame(c, 1, text, (size_t)n);
    c->state = ENTERING;
}

static void send_answer(struct connection *c, uint64_t due_ns)
{
    static char text[MESSAGE];
    if (c->next >= c->room->count) {
        out_of_questions = 1;
        return;
    }
    const struct survey *survey = &c->room->surveys[c->next];
    unsigned chance = (unsigned)(c - connections) + (unsigned)c->next;
    c->next++;
    int n = snprintf(text, sizeof text, "{\"op\":\"answer\",\"id\":\"a%u\",\"survey\":\"%s\",\"answers\":[", c->commands++, survey->id);
    for (int i = 0; i < survey->count && n < MESSAGE - 2 * TEXT; i++)
        n += snprintf(text + n, sizeof text - (size_t)n, "%s{\"question\":\"%s\",\"choices\":[%u]}", i ? "," : "", survey->questions[i],
                      (chance + (unsigned)i) % (unsigned)survey->options);
    n += snprintf(text + n, sizeof text - (size_t)n, "]}");
    c->waiting = 1;
    c->sent_ns = due_ns;
    send_frame(c, 1, text, (size_t)n);
}

/* Open loop: sends what is due by now, each answer through the next connection that waits for nothing. */
static void send_due(double rate, uint64_t start_ns, uint64_t *sent)
{
    static int turn;
    while (!out_of_questions) {
        uint64_t due_ns = start_ns + (uint64_t)((double)*sent / rate * 1e9);
        if (due_ns > now_ns())
            return;
        int tried = 0;
        while (tried < connection_count && connections[turn].waiting)
            turn = (turn + 1) % connection_count, tried++;
        if (tried == connection_count)
            return;
        send_answer(&connections[turn], due_ns);
        turn = (turn + 1) % connection_count;
        (*sent)++;
    }
}

static void note_latency(uint64_t ns)
{
    if (latency_count == latency_capacity) {
        latency_capacity = latency_capacity ? latency_capacity * 2 : 1 << 20;
        latencies_us = need(realloc(latencies_us, latency_capacity * sizeof *latencies_us));
    }
    latencies_us[latency_count++] = (uint32_t)(ns / 1000);
}

/* True when the message's "op" is this one. Servers write it first; a blank after the colon is allowed. */
static int is_op(const struct connection *c, const char *op)
{
    const char *at = strstr(c->head, "\"op\":");
    if (!at)
        return 0;
    at += 5;
    while (*at == ' ')
        at++;
    size_t n = strlen(op);
    return *at == '"' && !strncmp(at + 1, op, n) && at[1 + n] == '"';
}

static void note_refusal(const struct connection *c)
{
    refused++;
    const char *code = strstr(c->head, "\"code\":");
    if (code && !first_refusal[0]) {
        code += 7;
        while (*code == ' ' || *code == '"')
            code++;
        for (int i = 0; i < TEXT - 1 && code[i] && code[i] != '"'; i++)
            first_refusal[i] = code[i];
    }
}

static void handle_message(struct connection *c)
{
    c->head[c->head_length] = 0;
    if (is_op(c, "accepted") || is_op(c, "refused")) {
        int was_accepted = is_op(c, "accepted");
        if (c->state == ENTERING)
            die("could not enter: %s", c->head);
        if (!c->waiting)
            die("an acknowledgement nobody asked for: %s", c->head);
        if (was_accepted) {
            accepted_total++;
            if (measuring) {
                accepted++;
                note_latency(now_ns() - c->sent_ns);
            }
        } else {
            note_refusal(c);
        }
        c->waiting = 0;
        if (sending && closed_loop)
            send_answer(c, now_ns());
    } else if (is_op(c, "entered")) {
        c->state = READY;
        entered++;
    } else if (is_op(c, "tally")) {
        tallies++;
    } else if (is_op(c, "publication")) {
        publications++;
    } else {
        others++;
    }
}

static void handle_frame(struct connection *c)
{
    int opcode = c->header[0] & 15;
    if (opcode == 1) {
        handle_message(c);
    } else if (opcode == 9) {
        send_frame(c, 10, c->head, (size_t)(c->head_length < 125 ? c->head_length : 125));
    } else if (opcode == 8) {
        int code = c->head_length >= 2 ? ((uint8_t)c->head[0] << 8 | (uint8_t)c->head[1]) : 0;
        fprintf(stderr, "answers_load: the server ended a connection with %d\n", code);
        closed++;
        c->state = ENDED;
    }
}

/* Bytes of frames, in pieces of any size. Server frames are not masked. */
static void feed(struct connection *c, const uint8_t *data, size_t length)
{
    while (length) {
        if (!c->in_payload) {
            int wanted = 2;
            if (c->header_length >= 2) {
                int size = c->header[1] & 127;
                wanted = size == 126 ? 4 : size == 127 ? 10 : 2;
            }
            if (c->header_length < wanted) {
                c->header[c->header_length++] = *data++;
                length--;
                if (c->header_length < 2)
                    continue;
                int size = c->header[1] & 127;
                wanted = size == 126 ? 4 : size == 127 ? 10 : 2;
                if (c->header_length < wanted)
                    continue;
            }
            uint64_t payload = c->header[1] & 127;
            if (payload == 126) {
                payload = (uint64_t)c->header[2] << 8 | c->header[3];
            } else if (payload == 127) {
                payload = 0;
                for (int i = 2; i < 10; i++)
                    payload = payload << 8 | c->header[i];
            }
            c->payload_left = payload;
            c->head_length = 0;
            c->in_payload = 1;
        }
        size_t take = length < c->payload_left ? length : (size_t)c->payload_left;
        size_t keep = take < (size_t)(HEAD - c->head_length) ? take : (size_t)(HEAD - c->head_length);
        memcpy(c->head + c->head_length, data, keep);
        c->head_length += (int)keep;
        c->payload_left -= take;
        data += take;
        length -= take;
        if (!c->payload_left) {
            c->in_payload = 0;
            c->header_length = 0;
            handle_frame(c);
        }
    }
}

/* The reply to the upgrade: its first line must say 101, and frames may follow its end in the same piece. */
static void handshake(struct connection *c, int index, const uint8_t *data, size_t length)
{
    while (length) {
        if (c->handshake_length < (int)sizeof c->status - 1)
            c->status[c->handshake_length] = (char)*data;
        c->handshake_length++;
        memmove(c->handshake, c->handshake + 1, 3);
        c->handshake[3] = (char)*data++;
        length--;
        if (!memcmp(c->handshake, "\r\n\r\n", 4)) {
            if (strncmp(c->status, "HTTP/1.1 101", 12))
                die("the upgrade was answered with: %s", c->status);
            send_enter(c, index);
            feed(c, data, length);
            return;
        }
    }
}

static void connect_one(struct connection *c, const char *host, int port, int poller, int index)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    if (inet_pton(AF_INET, host, &address.sin_addr) != 1)
        die("%s is not an IPv4 address", host);
    c->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (c->fd < 0)
        die("no socket: %s", strerror(errno));
    int on = 1;
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(c->fd, (struct sockaddr *)&address, sizeof address))
        die("cannot connect: %s", strerror(errno));
    char request[512];
    int n = snprintf(request, sizeof request,
                     "GET /ws HTTP/1.1\r\nHost: %s:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n", host, port);
    if (write(c->fd, request, (size_t)n) != n)
        die("cannot write the upgrade");
    fcntl(c->fd, F_SETFL, O_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)index};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, c->fd, &event))
        die("epoll: %s", strerror(errno));
}

static void read_some(int poller, int timeout_ms)
{
    static uint8_t buffer[READ_SIZE];
    struct epoll_event events[1024];
    int n = epoll_wait(poller, events, 1024, timeout_ms);
    for (int i = 0; i < n; i++) {
        int index = (int)events[i].data.u32;
        struct connection *c = &connections[index];
        ssize_t length = read(c->fd, buffer, sizeof buffer);
        if (length < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (length <= 0) {
            if (c->state != ENDED)
                die("the server closed connection %d", index);
            epoll_ctl(poller, EPOLL_CTL_DEL, c->fd, NULL);
            continue;
        }
        bytes_read += (uint64_t)length;
        if (c->state == UPGRADING)
            handshake(c, index, buffer, (size_t)length);
        else
            feed(c, buffer, (size_t)length);
    }
}

static int by_size(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static double percentile_ms(double part)
{
    if (!latency_count)
        return 0;
    size_t at = (size_t)((double)latency_count * part);
    return latencies_us[at < latency_count ? at : latency_count - 1] / 1e3;
}

int main(int argc, char **argv)
{
    if (argc != 8)
        die("usage: answers_load PLAN HOST PORT WARM_UP_S SECONDS SERVER_PIDS RATE");
    const char *servers = argv[6];
    read_plan(argv[1]);
    const char *host = argv[2];
    int port = atoi(argv[3]);
    double warm_up_s = atof(argv[4]), seconds = atof(argv[5]), rate = atof(argv[7]);
    closed_loop = rate <= 0;
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);

    for (int r = 0; r < room_count; r++)
        connection_count += rooms[r].viewers;
    if (!connection_count)
        die("the plan has no viewers");
    connections = need(calloc((size_t)connection_count, sizeof *connections));
    int poller = epoll_create1(0), index = 0;
    uint64_t began = now_ns();
    for (int r = 0; r < room_count; r++) {
        for (int v = 0; v < rooms[r].viewers; v++, index++) {
            connections[index].room = &rooms[r];
            connect_one(&connections[index], host, port, poller, index);
            read_some(poller, 0);
        }
    }
    while (entered < (uint64_t)connection_count) {
        read_some(poller, 100);
        if (now_ns() - began > ENTER_TIMEOUT_S * 1000000000ull)
            die("only %lu of %d viewers entered within %d s", (unsigned long)entered, connection_count, ENTER_TIMEOUT_S);
    }
    double enter_s = (double)(now_ns() - began) / 1e9;

    sending = 1;
    uint64_t loop_start = now_ns(), sent = 0;
    for (int i = 0; closed_loop && i < connection_count; i++)
        send_answer(&connections[i], now_ns());
    uint64_t warm_until = now_ns() + (uint64_t)(warm_up_s * 1e9);
    while (now_ns() < warm_until && !out_of_questions) {
        if (!closed_loop) {
            send_due(rate, loop_start, &sent);
            usleep(50); /* so that waiting for the next due moment does not take the whole core */
        }
        read_some(poller, closed_loop ? 10 : 0);
    }
    if (out_of_questions)
        die("a viewer had answered every question before the warm-up was over: the plan needs more questions");

    double cpu_before = cpu_seconds(), server_before = cpu_seconds_of(servers), stolen_before, all_before = cpu_seconds_of_all(&stolen_before);
    uint64_t tallies_before = tallies, start = now_ns(), until = start + (uint64_t)(seconds * 1e9);
    measuring = 1;
    while (now_ns() < until && !out_of_questions) {
        if (!closed_loop) {
            send_due(rate, loop_start, &sent);
            usleep(50); /* so that waiting for the next due moment does not take the whole core */
        }
        read_some(poller, closed_loop ? 10 : 0);
    }
    measuring = 0;
    double measured_s = (double)(now_ns() - start) / 1e9, share = (cpu_seconds() - cpu_before) / measured_s;
    double server_share = (cpu_seconds_of(servers) - server_before) / measured_s;
    double stolen, others_share = (cpu_seconds_of_all(&stolen) - all_before) / measured_s - share - server_share;
    double stolen_share = (stolen - stolen_before) / measured_s;
    uint64_t tallies_measured = tallies - tallies_before;
    sending = 0;

    uint64_t drain_until = now_ns() + DRAIN_S * 1000000000ull;
    int in_flight = 1;
    while (in_flight && now_ns() < drain_until) {
        in_flight = 0;
        for (int i = 0; i < connection_count; i++)
            in_flight += connections[i].waiting && connections[i].state == READY;
        if (in_flight)
            read_some(poller, 50);
    }
    qsort(latencies_us, latency_count, sizeof *latencies_us, by_size);
    printf("{\"connections\":%d,\"entered\":%lu,\"enter_s\":%.3f,\"measured_s\":%.3f,\"ended_by\":\"%s\",\"accepted\":%lu,"
           "\"accepted_per_s\":%.0f,\"accepted_total\":%lu,\"refused\":%lu,\"first_refusal\":\"%s\",\"unanswered\":%d,"
           "\"p50_ms\":%.2f,\"p99_ms\":%.2f,\"max_ms\":%.2f,\"tallies\":%lu,\"publications\":%lu,\"other_messages\":%lu,"
           "\"closed\":%lu,\"bytes_read\":%lu,\"generator_share\":%.3f,\"server_share\":%.3f,\"others_share\":%.3f,"
           "\"stolen_share\":%.3f}\n",
           connection_count, (unsigned long)entered, enter_s, measured_s, out_of_questions ? "questions" : "time",
           (unsigned long)accepted, (double)accepted / measured_s, (unsigned long)accepted_total, (unsigned long)refused, first_refusal,
           in_flight, percentile_ms(0.50), percentile_ms(0.99), percentile_ms(1.0), (unsigned long)tallies_measured,
           (unsigned long)publications, (unsigned long)others, (unsigned long)closed, (unsigned long)bytes_read, share, server_share, others_share,
           stolen_share);
    return closed || in_flight ? 1 : 0;
}
