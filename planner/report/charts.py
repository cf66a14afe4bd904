"""Native charts, drawn from the blocks of the chart data sheet."""

from __future__ import annotations

from typing import Any, Final

from xlsxwriter import Workbook
from xlsxwriter.chart import Chart
from xlsxwriter.utility import xl_col_to_name

from planner.report import style as s
from planner.report.grids import SHEET, Block

SMALL: Final = {"name": s.FONT, "size": 9, "color": s.MUTED, "bold": False}
GRID: Final = {"visible": True, "line": {"color": "#E4E8EC", "width": 0.75}}


def draw(workbook: Workbook, block: Block, width: int, height: int) -> Chart:
    """The chart of a block. Every word comes from a cell, so that no user's text is ever taken for a formula."""
    kind = "column" if block.kind == "marks" else block.kind
    chart = workbook.add_chart({"type": kind} | ({"subtype": "stacked"} if block.kind in ("column", "bar") else {}))
    for i, color in enumerate(block.colors):
        series = _series(block, i)
        if block.kind == "line":
            chart.add_series(series | {"line": {"color": color, "width": 2.25}, "smooth": False})
        elif block.kind == "marks" and i == 1:
            mark = {"type": "long_dash", "size": 14, "fill": {"color": color}, "border": {"color": color}}
            marks = workbook.add_chart({"type": "line"})
            marks.add_series(series | {"line": {"none": True}, "marker": mark})
            chart.combine(marks)
        else:
            chart.add_series(series | {"fill": {"color": color}, "border": {"none": True}, "gap": 55})
    font = {"name": s.FONT, "size": 10.5, "color": s.INK, "bold": True}
    title = {"name": _cell("A", block.title), "name_font": font, "layout": {"x": 0.015, "y": 0.025}}
    chart.set_title(title)
    _axes(chart, block)
    side = "right" if block.kind == "bar" else "bottom"  # bars need the height for their names
    chart.set_legend({"position": side, "font": SMALL} if len(block.colors) > 1 else {"none": True})
    chart.set_chartarea({"border": {"color": s.LINE, "width": 0.75}, "fill": {"color": "#FFFFFF"}})
    chart.set_plotarea({"fill": {"none": True}})
    chart.set_size({"width": width, "height": height})
    chart.show_blanks_as("gap")
    return chart


def _axes(chart: Chart, block: Block) -> None:
    look: dict[str, Any] = {"num_font": SMALL, "name_font": SMALL, "major_tick_mark": "none", "minor_tick_mark": "none"}
    categories = look | {"label_position": "low", "interval_unit": 1, "line": {"color": s.LINE}}
    values = look | {"name": _cell("A", block.title + 1), "num_format": block.number_format, "major_gridlines": GRID}
    values |= {"line": {"none": True}}
    values |= {"min": block.low} if block.low is not None else {}
    values |= {"max": block.high} if block.high is not None else {}
    if block.kind == "bar":  # the largest on top, so its axis runs down and the values stand at the far end: below
        chart.set_y_axis(categories | {"reverse": True, "major_gridlines": {"visible": False}})
        chart.set_x_axis(values | {"label_position": "high"})
    else:
        chart.set_x_axis(categories)
        chart.set_y_axis(values)


def _cell(letter: str, row: int) -> str:
    return f"='{SHEET}'!${letter}${row + 1}"


def _series(block: Block, i: int) -> dict[str, Any]:
    letter = xl_col_to_name(block.left + i)
    span = f"${block.first + 1}:$%s${block.last + 1}"
    return {
        "name": _cell(letter, block.first - 1),
        "categories": f"='{SHEET}'!$A{span % 'A'}",
        "values": f"='{SHEET}'!${letter}{span % letter}",
    }
