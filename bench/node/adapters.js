import { createAdapter, createShardedAdapter } from "@socket.io/redis-adapter";
import { Redis } from "ioredis";

const ADAPTERS = { redis: createAdapter, sharded: createShardedAdapter };

/** Joins several processes: each event to a room is published, and told by the others, too. */
export function openAdapter(name, url) {
  const publisher = new Redis(url);
  return ADAPTERS[name](publisher, publisher.duplicate());
}
