"""What the cases of several containers share: whom they are compared with, and what that means.

All containers are on the core for servers, the bus is on that of the load generator: a machine with
two cores has no others. So two containers take turns, and what they could do together is unknown.
CPU is what they need, whatever they share a core with. Latency is an upper bound: on machines of
their own, one container sends to its people while the other one does.
"""

from bench.cases.base import Target

SERVERS = ("ours", "node-redis", "node-sharded")
BETTER = tuple(Target(server, 1.0) for server in SERVERS[1:])
