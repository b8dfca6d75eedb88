"""The cases of the benchmark, in the order of the report; one subject a file."""

from bench.cases import (
    attacks,
    connect,
    connections,
    containers,
    crossing,
    elsewhere,
    fan_out,
    history,
    idle,
    lost_container,
    memory,
    page,
    post,
    rooms,
    saturation,
    small_rooms,
)
from bench.cases.base import Case

CASES: dict[str, Case] = {
    case.name: case
    for case in (
        fan_out.CASE,
        saturation.CASE,
        small_rooms.CASE,
        small_rooms.STORED,
        memory.CASE,
        connect.CASE,
        post.CASE,
        idle.CASE,
        page.CASE,
        crossing.CASE,
        crossing.MANY,
        containers.CASE,
        elsewhere.CASE,
        lost_container.CASE,
        connections.CASE,
        rooms.CASE,
        history.SQLITE,
        history.DYNAMODB,
        attacks.CASE,
    )
}
