/* The jobs that the benchmark can run; each job prints one line of JSON when it is done. */
#pragma once

#include <stdbool.h>

/* `count` more clients connect and join, `in_flight` at a time. */
void job_connect(unsigned count, unsigned in_flight);

/* `count` people connect, join the first room and disconnect, `in_flight` at a time. */
void job_visit(unsigned count, unsigned in_flight);

/* All clients in turn send messages, `rate` a second, even if the server is slower; or only those at
   the first port. */
void job_send(double rate, double seconds, bool at_first_port);

/* `senders` clients send `count` messages in all, each the next one when the last is acknowledged. */
void job_post(unsigned senders, unsigned count);

/* The clients request pages, `in_flight` at a time, each from the client's own room. The page is the
   one before a message; the ids of the messages are the lines of a file. */
void job_pages(unsigned count, unsigned in_flight, const char *path);

/* Stay connected and do nothing. */
void job_idle(double seconds);

/* Waits until a port dies other than the first. Its people come to the first one, each after a random
   time of at most `spread` seconds. Until all are back, those who are there send. The deliveries to
   those who were not away are counted. */
void job_come_back(double rate, double spread);
