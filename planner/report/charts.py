"""Native charts, drawn from the blocks of the chart data sheet."""

from __future__ import annotations

from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.chart import Chart
from xlsxwriter.utility import xl_col_to_name

from planner.report import style as s
from planner.report.grids import SHEET, Block


def draw(workbook: Workbook, block: Block, width: int, height: int) -> Chart:
    """The chart of a block. Every word comes from a cell, so that no user's text is ever taken for a formula."""
    sheet = f"'{SHEET}'"
    kind = {"marks": "column", "column": "column", "bar": "bar", "line": "line"}[block.kind]
    stacked = {"subtype": "stacked"} if block.kind in ("column", "bar") else {}
    chart = workbook.add_chart({"type": kind} | stacked)
    small = {"name": s.FONT, "size": 9, "color": s.MUTED, "bold": False}
    for i, color in enumerate(block.colors):
        series = _series(sheet, block, i)
        if block.kind == "line":
            chart.add_series(series | {"line": {"color": color, "width": 2.25}, "smooth": False})
        elif block.kind == "marks" and i == 1:
            marks = workbook.add_chart({"type": "line"})
            mark = {"type": "long_dash", "size": 14, "fill": {"color": color}, "border": {"color": color}}
            marks.add_series(series | {"line": {"none": True}, "marker": mark})
            chart.combine(marks)
        else:
            chart.add_series(series | {"fill": {"color": color}, "border": {"none": True}, "gap": 55})
    title = f"={sheet}!$A${block.title + 1}"
    chart.set_title({"name": title, "name_font": {"name": s.FONT, "size": 10.5, "color": s.INK, "bold": True}, "layout": {"x": 0.015, "y": 0.025}})
    limits = {"min": 0} if block.floor else {}
    limits |= {"max": 10_000} if block.kind == "marks" else {}
    axis = {"num_font": small, "name_font": small, "line": {"color": s.LINE}}
    value = {
        "name": f"={sheet}!$A${block.title + 2}",
        "num_format": block.number_format,
        "major_gridlines": {"visible": True, "line": {"color": "#E4E8EC", "width": 0.75}},
        "line": {"none": True},
    } | limits
    quiet: dict[str, Any] = {"major_tick_mark": "none", "minor_tick_mark": "none", "label_position": "low"}
    categories = axis | quiet | ({"reverse": True} if block.kind == "bar" else {})
    if block.kind == "bar":
        chart.set_y_axis(categories)
        chart.set_x_axis(axis | value | {"label_position": "high"})
    else:
        chart.set_x_axis(categories)
        chart.set_y_axis(axis | value)
    chart.set_legend({"position": "bottom", "font": small} if len(block.colors) > 1 else {"none": True})
    chart.set_chartarea({"border": {"color": s.LINE, "width": 0.75}, "fill": {"color": "#FFFFFF"}})
    chart.set_plotarea({"fill": {"none": True}})
    chart.set_size({"width": width, "height": height})
    chart.show_blanks_as("gap")
    return chart


def _series(sheet: str, block: Block, i: int) -> dict[str, Any]:
    letter = xl_col_to_name(block.left + i)
    return {
        "name": f"={sheet}!${letter}${block.names + 1}",
        "categories": f"={sheet}!$A${block.first + 1}:$A${block.last + 1}",
        "values": f"={sheet}!${letter}${block.first + 1}:${letter}${block.last + 1}",
    }
