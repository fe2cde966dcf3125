"""Draws the results as an SVG that reads well on light and on dark."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape

from measure import Result, Scenario

WIDTH = 860
LEFT, RIGHT = 40, 40
PANEL_GAP = 48
TOP = 104
BAR, BAR_GAP = 22, 6
GROUP_GAP = 34
TITLE_ROOM = 24

STYLE = """
  .paper { fill: #ffffff; }
  .ink { fill: #1f2328; }
  .soft { fill: #59636e; }
  .rule { stroke: #d1d9e0; }
  .separate { fill: #bc4c00; }
  .ssot { fill: #0969da; }
  text { font: 13px system-ui, -apple-system, "Segoe UI", sans-serif; }
  .title { font-size: 18px; font-weight: 600; }
  .head { font-weight: 600; }
  .value { font-variant-numeric: tabular-nums; }
  @media (prefers-color-scheme: dark) {
    .paper { fill: #0d1117; }
    .ink { fill: #f0f6fc; }
    .soft { fill: #9198a1; }
    .rule { stroke: #3d444d; }
    .separate { fill: #f0883e; }
    .ssot { fill: #58a6ff; }
  }
"""


def draw(scenarios: Sequence[Scenario], modes: Mapping[str, str], results: Sequence[Result]) -> str:
    """Return the chart: 1011 closes on the left, connections to Redis on the right."""
    panel = (WIDTH - LEFT - RIGHT - PANEL_GAP) / 2
    found = {(result.scenario, result.mode): result for result in results}
    group = TITLE_ROOM + len(modes) * (BAR + BAR_GAP) + GROUP_GAP
    height = TOP + 26 + group * len(scenarios)
    peak = max(result.peak_connections for result in results)

    def share(result: Result) -> tuple[float, str]:
        part = result.closed_1011 / result.handshakes
        percent = f"{part:.0%}" if part in (0, 1) else f"{part:.1%}"
        return part, f"{percent} ({result.closed_1011} of {result.handshakes})"

    def connections(result: Result) -> tuple[float, str]:
        limit = next(each.maxclients for each in scenarios if each.name == result.scenario)
        # One is the connection that watches.
        full = ", the limit" if result.peak_connections >= limit - 1 else ""
        return result.peak_connections / peak, f"{result.peak_connections}{full}"

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        'aria-labelledby="title desc">',
        '<title id="title">WebSocket closes with 1011, before and after</title>',
        f'<desc id="desc">{escape(_described(scenarios, modes, found))}</desc>',
        f"<style>{STYLE}</style>",
        f'<rect class="paper" width="{WIDTH}" height="{height}" rx="8"/>',
        _text(LEFT, 38, "Twelve managers: a pool each, or one pool for all", "ink title"),
        *_legend(modes),
        *_panel(LEFT, panel, "Handshakes closed with 1011", scenarios, modes, found, share),
        *_panel(
            LEFT + panel + PANEL_GAP,
            panel,
            "Connections to Redis, at the peak",
            scenarios,
            modes,
            found,
            connections,
        ),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _legend(modes: Mapping[str, str]) -> Iterable[str]:
    x = float(LEFT)
    for mode, title in modes.items():
        yield f'<rect class="{mode}" x="{x}" y="55" width="14" height="14" rx="3"/>'
        yield _text(x + 21, 67, title, "soft")
        x += 36 + 7 * len(title)


def _panel(
    left: float,
    width: float,
    title: str,
    scenarios: Sequence[Scenario],
    modes: Mapping[str, str],
    found: Mapping[tuple[str, str], Result],
    measured: Callable[[Result], tuple[float, str]],
) -> Iterable[str]:
    yield _text(left, TOP, title, "ink head")
    yield f'<path class="rule" d="M{left} {TOP + 10}h{width}"/>'
    y = TOP + 34.0
    for scenario in scenarios:
        yield _text(left, y, scenario.title, "soft")
        y += TITLE_ROOM - 14
        for mode in modes:
            part, label = measured(found[scenario.name, mode])
            # The longest bar leaves room for its label; none is too thin to see.
            length = max(part * (width - 140), 2)
            yield (
                f'<rect class="{mode}" x="{left}" y="{y:.1f}" width="{length:.1f}" '
                f'height="{BAR}" rx="3"/>'
            )
            yield _text(left + length + 8, y + 16, label, "ink value")
            y += BAR + BAR_GAP
        y += GROUP_GAP + 14 - BAR_GAP


def _text(x: float, y: float, text: str, kind: str) -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'


def _described(
    scenarios: Sequence[Scenario],
    modes: Mapping[str, str],
    found: Mapping[tuple[str, str], Result],
) -> str:
    said = []
    for scenario in scenarios:
        for mode, title in modes.items():
            result = found[scenario.name, mode]
            said.append(
                f"{scenario.title}: {title}: {result.closed_1011} of {result.handshakes} "
                f"handshakes closed with 1011, {result.peak_connections} connections."
            )
    return " ".join(said)
