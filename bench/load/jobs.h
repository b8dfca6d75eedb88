/* The jobs that the benchmark can run; each job prints one line of JSON when it is done. */
#pragma once

/* Prepares for at most `clients` clients, spread over the rooms. */
void jobs_begin(unsigned clients, unsigned rooms);

/* `count` more clients connect and join, `in_flight` at a time. */
void job_connect(unsigned count, unsigned in_flight);

/* `count` people connect, join the first room and disconnect, `in_flight` at a time. */
void job_visit(unsigned count, unsigned in_flight);

/* All clients in turn send messages, `rate` a second, even if the server is slower. */
void job_send(double rate, double seconds);

/* `senders` clients send `count` messages in all, each the next one when the last is acknowledged. */
void job_post(unsigned senders, unsigned count);

/* The clients request pages, `in_flight` at a time, each from the client's own room. The page is the
   one before a message; the ids of the messages are the lines of a file. */
void job_pages(unsigned count, unsigned in_flight, const char *path);

/* Stay connected and do nothing. */
void job_idle(double seconds);
