// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* What the kernel itself takes for look-ups in a hash of 50,000 entries, one by one and in batches: ns an entry, two numbers. */

#include <linux/bpf.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { entries = 50000, lookups = 400000, rounds = 9 };

static uint32_t keys[entries];
static uint64_t values[entries];

static long bpf(int command, union bpf_attr *attribute)
{
	return syscall(SYS_bpf, command, attribute, sizeof *attribute);
}

static double now_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1e9 + time.tv_nsec;
}

int main(void)
{
	union bpf_attr attribute = { .map_type = BPF_MAP_TYPE_HASH, .key_size = 4, .value_size = 8, .max_entries = 65536 };
	int map = bpf(BPF_MAP_CREATE, &attribute);
	double single = 1e9, batched = 1e9, began;
	uint32_t key;
	uint64_t value;

	if (map < 0)
		return 1;
	for (int round = 0; round < rounds; round++) {
		memset(&attribute, 0, sizeof attribute);
		attribute.map_fd = map;
		attribute.key = (uintptr_t)&key;
		attribute.value = (uintptr_t)&value;
		for (key = 0; round == 0 && key < entries; key++) {
			value = key;
			bpf(BPF_MAP_UPDATE_ELEM, &attribute);
		}
		began = now_ns();
		for (int turn = 0; turn < lookups; turn++) {
			key = turn % entries;
			bpf(BPF_MAP_LOOKUP_ELEM, &attribute);
		}
		if ((now_ns() - began) / lookups < single)
			single = (now_ns() - began) / lookups;

		memset(&attribute, 0, sizeof attribute);
		attribute.batch.map_fd = map;
		attribute.batch.out_batch = (uintptr_t)&key;
		attribute.batch.keys = (uintptr_t)keys;
		attribute.batch.values = (uintptr_t)values;
		attribute.batch.count = entries;
		began = now_ns();
		bpf(BPF_MAP_LOOKUP_BATCH, &attribute);
		if ((now_ns() - began) / entries < batched)
			batched = (now_ns() - began) / entries;
	}
	printf("%.0f %.0f\n", single, batched);
	return 0;
}
