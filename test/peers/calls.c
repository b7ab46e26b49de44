/*
 * A server that answers and receives by the system call that it is told.
 *
 *   calls <address> <children>    listens there; prints its port; with children, those accept and the parent waits
 *
 * The target of a request is /<send by>/<body bytes>/<receive the next request by>; /upgrade changes to an echo.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CAPACITY = 4 << 20, PIECE = 3, PIECES = 1000 };

static char answer[CAPACITY], request[CAPACITY];

#define CHECK(call)             \
  ({                            \
    long result_ = (call);      \
    if (result_ < 0) {          \
      perror(#call);            \
      _exit(1);                 \
    }                           \
    result_;                    \
  })

/* One io_uring operation at a time, waited for. */
static struct {
  int fd;
  char *submissions, *completions;
  struct io_uring_sqe *entries;
  struct io_uring_params parameters;
} ring;

static void make_ring(void) {
  struct io_uring_params *p = &ring.parameters;
  ring.fd = CHECK(syscall(SYS_io_uring_setup, 4, p));
  int protection = PROT_READ | PROT_WRITE;
  ring.submissions = mmap(0, p->sq_off.array + p->sq_entries * 4, protection, MAP_SHARED, ring.fd, IORING_OFF_SQ_RING);
  ring.completions = mmap(0, p->cq_off.cqes + p->cq_entries * sizeof(struct io_uring_cqe), protection, MAP_SHARED,
                          ring.fd, IORING_OFF_CQ_RING);
  ring.entries = mmap(0, p->sq_entries * sizeof(struct io_uring_sqe), protection, MAP_SHARED, ring.fd, IORING_OFF_SQES);
}

static long by_ring(int operation, int fd, void *data, size_t size) {
  if (ring.entries == NULL) make_ring();
  struct io_uring_params *p = &ring.parameters;
  unsigned *tail = (unsigned *)(ring.submissions + p->sq_off.tail);
  unsigned mask = *(unsigned *)(ring.submissions + p->sq_off.ring_mask);
  unsigned slot = *tail & mask;
  ring.entries[slot] = (struct io_uring_sqe){.opcode = operation, .fd = fd, .addr = (unsigned long)data, .len = size};
  ((unsigned *)(ring.submissions + p->sq_off.array))[slot] = slot;
  __atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
  CHECK(syscall(SYS_io_uring_enter, ring.fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0));
  unsigned *head = (unsigned *)(ring.completions + p->cq_off.head);
  unsigned completed = *head & *(unsigned *)(ring.completions + p->cq_off.ring_mask);
  long result = ((struct io_uring_cqe *)(ring.completions + p->cq_off.cqes))[completed].res;
  __atomic_store_n(head, *head + 1, __ATOMIC_RELEASE);
  return result;
}

static long receive_by(const char *way, int fd, char *data, size_t size) {
  if (strcmp(way, "readv") == 0) {
    struct iovec parts[3] = {{data, 10}, {data + 10, 20}, {data + 30, size - 30}};
    return readv(fd, parts, 3);
  }
  if (strcmp(way, "recvmsg") == 0) {
    struct iovec parts[2] = {{data, 40}, {data + 40, size - 40}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    return recvmsg(fd, &message, 0);
  }
  if (strcmp(way, "peek") == 0) {
    long seen = recv(fd, data, size, MSG_PEEK);
    return seen <= 0 ? seen : recv(fd, data, seen, 0);
  }
  if (strcmp(way, "recv") == 0) return recv(fd, data, size, 0);
  if (strcmp(way, "uring-recv") == 0) return by_ring(IORING_OP_RECV, fd, data, size);
  if (strcmp(way, "uring-read") == 0) return by_ring(IORING_OP_READ, fd, data, size);
  return read(fd, data, size);
}

/* Everything, by a call that may take less than it is given. */
#define WHOLE(size, call)                                \
  for (size_t done = 0; done < (size); done += CHECK(call)) continue

static void by_splice(int fd, const char *data, size_t size) {
  int ends[2];
  CHECK(pipe(ends));
  for (size_t done = 0; done < size;) {
    size_t part = CHECK(write(ends[1], data + done, size - done < 4096 ? size - done : 4096));
    done += part;
    while (part > 0) part -= CHECK(splice(ends[0], NULL, fd, NULL, part, SPLICE_F_MORE));
  }
  close(ends[0]);
  close(ends[1]);
}

static void by_sendfile(int fd, const char *data, size_t size) {
  int file = CHECK(memfd_create("body", 0));
  WHOLE(size, write(file, data + done, size - done));
  off_t offset = 0;
  WHOLE(size, sendfile(fd, file, &offset, size - done));
  close(file);
}

static void by_pieces(int fd, char *data, size_t size) {
  for (size_t done = 0; done < size;) {
    struct iovec parts[PIECES];
    int count = 0;
    for (size_t at = done; at < size && count < PIECES; at += PIECE)
      parts[count++] = (struct iovec){data + at, size - at < PIECE ? size - at : PIECE};
    done += CHECK(writev(fd, parts, count));
  }
}

static void without_blocking(int fd, const char *data, size_t size) {
  int small = 4096;
  CHECK(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof small));
  for (size_t done = 0; done < size;) {
    struct pollfd writable = {.fd = fd, .events = POLLOUT};
    CHECK(poll(&writable, 1, -1));
    long part = send(fd, data + done, size - done, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (part > 0) done += part;
  }
}

static void send_by(const char *way, int fd, size_t head, size_t size) {
  if (strcmp(way, "writev") == 0) {
    by_pieces(fd, answer, size);
  } else if (strcmp(way, "sendmsg") == 0) {
    struct iovec parts[2] = {{answer, head}, {answer + head, size - head}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    CHECK(sendmsg(fd, &message, 0));
  } else if (strcmp(way, "sendfile") == 0) {
    CHECK(send(fd, answer, head, MSG_MORE));
    by_sendfile(fd, answer + head, size - head);
  } else if (strcmp(way, "splice") == 0) {
    CHECK(write(fd, answer, head));
    by_splice(fd, answer + head, size - head);
  } else if (strcmp(way, "partial") == 0) {
    without_blocking(fd, answer, size);
  } else if (strcmp(way, "uring-send") == 0) {
    WHOLE(size, by_ring(IORING_OP_SEND, fd, answer + done, size - done));
  } else if (strcmp(way, "uring-write") == 0) {
    WHOLE(size, by_ring(IORING_OP_WRITE, fd, answer + done, size - done));
  } else {
    WHOLE(size, write(fd, answer + done, size - done));
  }
}

static void echo(int fd) {
  static const char agreed[] = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n";
  CHECK(write(fd, agreed, sizeof agreed - 1));
  for (long size; (size = read(fd, request, CAPACITY)) > 0;) CHECK(write(fd, request, size));
}

/* One request after the other; a request ends where its head and its Content-Length say. */
static void serve(int fd) {
  char next[32] = "read", way[32];
  for (;;) {
    size_t have = 0, wanted = 1, bytes = 0;
    while (have < wanted) {
      long part = receive_by(next, fd, request + have, CAPACITY - 1 - have);
      if (part <= 0) return;
      have += part;
      request[have] = 0;
      char *end = strstr(request, "\r\n\r\n");
      char *length = strcasestr(request, "\r\nContent-Length:");
      size_t body = end != NULL && length != NULL && length < end ? strtoul(length + 17, NULL, 10) : 0;
      wanted = end == NULL ? have + 1 : (size_t)(end + 4 - request) + body;
    }
    if (strstr(request, " /upgrade ") != NULL) return echo(fd);
    if (sscanf(request, "%*s /%31[^/]/%zu/%31[^ ] HTTP", way, &bytes, next) != 3) return;
    size_t head = sprintf(answer, "HTTP/1.1 200 OK\r\nServer: calls\r\nContent-Length: %zu\r\n\r\n", bytes);
    memset(answer + head, 'x', bytes);
    send_by(way, fd, head, head + bytes);
  }
}

static void accept_all(int listener) {
  for (;;) {
    int fd = CHECK(accept(listener, NULL, NULL));
    serve(fd);
    close(fd);
  }
}

int main(int count, char **parameters) {
  signal(SIGPIPE, SIG_IGN);
  const char *address = parameters[1];
  int is_ipv6 = strchr(address, ':') != NULL;
  struct sockaddr_in ipv4 = {.sin_family = AF_INET};
  struct sockaddr_in6 ipv6 = {.sin6_family = AF_INET6};
  CHECK(inet_pton(is_ipv6 ? AF_INET6 : AF_INET, address, is_ipv6 ? (void *)&ipv6.sin6_addr : &ipv4.sin_addr));
  struct sockaddr *name = is_ipv6 ? (struct sockaddr *)&ipv6 : (struct sockaddr *)&ipv4;
  socklen_t size = is_ipv6 ? sizeof ipv6 : sizeof ipv4;
  int listener = CHECK(socket(name->sa_family, SOCK_STREAM, 0));
  CHECK(bind(listener, name, size));
  CHECK(listen(listener, 100));
  CHECK(getsockname(listener, name, &size));
  printf("port %d\n", ntohs(is_ipv6 ? ipv6.sin6_port : ipv4.sin_port));
  fflush(stdout);

  int children = count > 2 ? atoi(parameters[2]) : 0;
  for (int child = 0; child < children; child++) {
    if (CHECK(fork()) != 0) continue;
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    accept_all(listener);
  }
  if (children == 0) accept_all(listener);
  while (wait(NULL) > 0) continue;
}
