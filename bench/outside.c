/*
 * What an observation costs a process that is not observed: nanoseconds of a system call that is no socket I/O
 * (getppid), and of a one-byte send and receive on a loopback TCP connection. Prints both on one line.
 */

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { CALLS = 2000000, TRANSFERS = 200000 };

static double now_ns(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1e9 + time.tv_nsec;
}

static void need(int ok, const char *what) {
    if (!ok) {
        perror(what);
        exit(1);
    }
}

int main(void) {
    double begun = now_ns();
    for (int i = 0; i < CALLS; i++) syscall(SYS_getppid);
    double call_ns = (now_ns() - begun) / CALLS;

    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int one = 1;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    need(bind(listener, (void *)&address, sizeof address) == 0 && listen(listener, 1) == 0, "listen");
    getsockname(listener, (void *)&address, &length);
    int client = socket(AF_INET, SOCK_STREAM, 0);
    need(connect(client, (void *)&address, sizeof address) == 0, "connect");
    int server = accept(listener, NULL, NULL);
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);

    char byte = 'x';
    begun = now_ns();
    for (int i = 0; i < TRANSFERS; i++) {
        need(send(client, &byte, 1, 0) == 1 && recv(server, &byte, 1, 0) == 1, "transfer");
    }
    printf("%.1f %.1f\n", call_ns, (now_ns() - begun) / TRANSFERS / 2);
    return 0;
}
