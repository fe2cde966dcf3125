"""Measures WebSocket 1011 closes with twelve managers of their own, and with one.

    python benches/websocket_1011/run.py [--svg FILE] [--json FILE] [--legacy-python PYTHON]

`README.md` beside this file says what the figures show, and what they do not.
"""

from __future__ import annotations

import argparse
import json
import sys
from importlib.metadata import version
from pathlib import Path

from chart import draw
from measure import Result, Scenario, measure

SCENARIOS = (
    Scenario("calm", "No limit, nothing fails", clients=80, rounds=4, maxclients=10000),
    Scenario("limit", "The server takes 100 clients", clients=300, rounds=3, maxclients=100),
    Scenario(
        "failover",
        "Every connection is cut, again and again",
        clients=80,
        rounds=12,
        maxclients=10000,
        kill_every=0.1,
    ),
)
MODES = {"separate": "12 managers, a pool each", "ssot": "12 managers, one pool"}
COLUMNS = {
    "handshakes": "handshakes",
    "closed_1011": "closed 1011",
    "ok": "ok",
    "other": "other",
    "peak_connections": "peak connections",
    "client_memory_kb": "client memory KB",
    "rejected_connections": "refused by Redis",
    "p50_ms": "p50 ms",
    "p99_ms": "p99 ms",
}


def table(results: list[Result]) -> str:
    """Return the results as a Markdown table."""
    rows = [
        ["scenario", "managers", *COLUMNS.values()],
        ["---", "---", *["--:"] * len(COLUMNS)],
    ]
    titles = {scenario.name: scenario.title for scenario in SCENARIOS}
    for result in results:
        values = [str(result.as_dict()[name]) for name in COLUMNS]
        rows.append([titles[result.scenario], MODES[result.mode], *values])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--svg", type=Path, help="draw the result into this file")
    parser.add_argument("--json", type=Path, help="write the result into this file")
    parser.add_argument(
        "--legacy-python",
        default=sys.executable,
        metavar="PYTHON",
        help="interpreter for the twelve separate managers, for another redis-py",
    )
    options = parser.parse_args()
    pythons = {"separate": options.legacy_python, "ssot": sys.executable}
    results = [measure(scenario, mode, pythons[mode]) for scenario in SCENARIOS for mode in MODES]
    print(f"redis-py {version('redis')}, websockets {version('websockets')}\n")
    print(table(results))
    if options.json:
        text = json.dumps([result.as_dict() for result in results], indent=2)
        options.json.write_text(text + "\n")
    if options.svg:
        options.svg.parent.mkdir(parents=True, exist_ok=True)
        options.svg.write_text(draw(SCENARIOS, MODES, results), encoding="utf-8")
    cured = [result for result in results if result.mode == "ssot"]
    return int(any(result.ok != result.handshakes for result in cured))


if __name__ == "__main__":
    sys.exit(main())
