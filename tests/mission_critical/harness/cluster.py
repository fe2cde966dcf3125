"""A cluster of three masters, and a Sentinel set-up: real processes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from .server import HOST, Server, wait_for

SLOTS = 16384


NODE = ("cluster-enabled yes", "cluster-node-timeout 3000", "cluster-replica-validity-factor 0")


@contextmanager
def three_masters() -> Iterator[list[Server]]:
    """Start three masters and make them one cluster, the slots split evenly."""
    with ExitStack() as stack:
        nodes = [stack.enter_context(Server(*NODE)) for _ in range(3)]
        bounds = [number * SLOTS // len(nodes) for number in range(len(nodes) + 1)]
        for node, first, after in zip(nodes, bounds, bounds[1:], strict=False):
            node.admin.execute_command("CLUSTER ADDSLOTSRANGE", first, after - 1)
            node.admin.execute_command("CLUSTER MEET", HOST, nodes[0].port)
        for node in nodes:
            wait_for("a whole cluster", lambda node=node: _whole(node, len(nodes)), 30)
        yield nodes


@contextmanager
def replica_of(nodes: list[Server], number: int) -> Iterator[Server]:
    """Add a replica of one of the masters, and wait until it has its data."""
    with Server(*NODE) as replica:
        master = nodes[number].admin.execute_command("CLUSTER MYID")
        replica.admin.execute_command("CLUSTER MEET", HOST, nodes[0].port)
        for node in (*nodes, replica):
            wait_for("a known replica", lambda node=node: _whole(node, len(nodes) + 1), 30)
        replica.admin.execute_command("CLUSTER REPLICATE", master)
        wait_for("replication", lambda: replicating(replica), 30)
        yield replica


def replicating(replica: Server) -> bool:
    return replica.admin.info("replication").get("master_link_status") == "up"


def _whole(node: Server, count: int) -> bool:
    info = node.admin.execute_command("CLUSTER INFO")
    return info["cluster_state"] == "ok" and info["cluster_known_nodes"] == str(count)


class Sentinels:
    """A master, its replica, and three sentinels that watch them."""

    service = "mymaster"

    def __init__(self, stack: ExitStack) -> None:
        self.master = stack.enter_context(Server())
        self.replica = stack.enter_context(Server(f"replicaof {HOST} {self.master.port}"))
        wait_for("replication", lambda: replicating(self.replica), 30)
        watch = (
            f"sentinel monitor {self.service} {HOST} {self.master.port} 2",
            f"sentinel down-after-milliseconds {self.service} 500",
            f"sentinel failover-timeout {self.service} 3000",
        )
        self.sentinels = [stack.enter_context(Server(*watch, sentinel=True)) for _ in range(3)]
        wait_for("sentinels that know each other", self._acquainted, 30)

    def _acquainted(self) -> bool:
        states = [each.admin.sentinel_master(self.service) for each in self.sentinels]
        return all(
            state["num-other-sentinels"] == 2 and state["num-slaves"] == 1 for state in states
        )

    def promoted(self) -> bool:
        """Tell whether the replica has taken over."""
        return self.replica.admin.info("replication")["role"] == "master"

    def agreed(self) -> bool:
        """Tell whether every sentinel names the replica as the master."""
        return self.promoted() and all(
            each.admin.sentinel_get_master_addr_by_name(self.service) == (HOST, self.replica.port)
            for each in self.sentinels
        )

    @property
    def hosts(self) -> str:
        return ",".join(f"{HOST}:{each.port}" for each in self.sentinels)


@contextmanager
def sentinels() -> Iterator[Sentinels]:
    with ExitStack() as stack:
        yield Sentinels(stack)
