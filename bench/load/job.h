/* The job that runs: its people, what is counted of it, and its report. */
#pragma once

#include "client.h"
#include "histogram.h"

struct job {
	unsigned number;
	uint64_t began;
	double cpu_began;
	unsigned invited, ready, closed, sent, acknowledged, refused;
	uint64_t delivered, late;
	uint64_t others[MOST_PORTS]; /* other events, by the port of those who got them */
	uint64_t away; /* microseconds until all who lost their connection were back */
	struct histogram deliveries;
	struct histogram stayed, crossed; /* those to people at the sender's port, and at others */
	char error[160];
};

extern struct job job;
extern struct client *clients;
extern unsigned opened, rooms;
extern void (*next_request)(struct client *client); /* called after an answer, if a job sets it */

/* Prepares for at most `clients` clients, spread over the rooms. */
void prepare(unsigned clients, unsigned rooms);

void begin(void);
bool is_over(void);

/* Waits for events until that time at most, and handles them. */
void turn(uint64_t until);

void say(struct client *client, uint64_t due);
void await_the_last(void);

/* Prints the report. */
void finish(void);

/* Callbacks of the clients, which a job may replace. */
void on_ready(struct client *client);
void on_closed(struct client *client, const char *reason);
void note_error(const char *text, size_t length);
