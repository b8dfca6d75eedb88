/* What the harness can have the clients do; each job prints one line of JSON when it is done. */
#pragma once

/* Prepares for at most so many clients, spread over so many rooms. */
void jobs_begin(unsigned clients, unsigned rooms);

/* More clients connect and join, `in_flight` at a time. */
void job_connect(unsigned count, unsigned in_flight);

/* So many people come into the first room and go again, `in_flight` at a time. */
void job_visit(unsigned count, unsigned in_flight);

/* All clients in turn say something, `rate` times a second whatever the server does. */
void job_send(double rate, double seconds);

/* So many clients say something, and again as soon as it is acknowledged. */
void job_post(unsigned senders, unsigned count);

/* One client after the other, `in_flight` at a time, asks for the page before a message. The
   messages are the lines of a file; the pages are of the room of the clients that ask. */
void job_pages(unsigned count, unsigned in_flight, const char *path);

/* Just stay connected. */
void job_idle(double seconds);
