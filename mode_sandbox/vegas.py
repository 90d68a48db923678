"""A chart's ``view`` and ``view_vegas``, shaped like datahub_charts.json (docs/mode-api.md#s6-3).

The keys of ``fieldFormats`` are column names of the query (``[region]``) and the filters hold data values,
which is why a normalised schema must keep the whole object in one column.
"""

from __future__ import annotations

import html
from typing import Any

from .model import Chart

PALETTE = "e7882faa26e7"
CHART_TYPES = (
    "table", "line", "bar", "stackedBar", "bigValue", "pie", "area", "hBar", "linePlusBar", "donut",
    "scatter", "histogram", "pivotTable", "stackedBar100", "totalArea", "vegas",
)  # fmt: skip

_COLOURS = ("#37B067", " #6296BC", " #EDB40D", " #7FD7C1", " #9F8CAE", " #EB6672")


def _kind(column: str) -> tuple[str, str]:
    if column.endswith(("_date", "_at", "week", "month", "day")):
        return "TIMESTAMP", "date"
    if column.startswith(("total_", "avg_", "n_", "share_")):
        return "NUMBER", "number"
    return "STRING", "default"


def _axis() -> dict[str, Any]:
    return {
        "numberRange": {"min": None, "max": None},
        "numberFormat": {"format": None, "precision": None},
        "title": None,
        "titleEnabled": True,
    }


def _field(chart: Chart, column: str, position: int) -> dict[str, Any]:
    measure = _kind(column)[0] == "NUMBER"
    return {
        "id": f"{chart.token[:3]}{position:x}",
        "formula": f"SUM([{column}])" if measure else f"[{column}]",
        "variable": {"type": "CONTINUOUS" if measure else "DISCRETE"},
    }


def view(chart: Chart) -> dict[str, Any]:
    """The old ``view`` object: empty for nearly every chart, filled for old ones (docs_chart.json)."""
    if not chart.legacy_view:
        return {}
    return {
        "selectedChart": chart.chart_type,
        "chartTitle": chart.title,
        chart.chart_type: {"x": chart.columns[0] if chart.columns else None, "y": list(chart.columns[1:])},
    }


def view_vegas(chart: Chart) -> dict[str, Any]:
    """The ``view_vegas`` object; its title is HTML-entity-encoded (docs/mode-api.md#s2)."""
    columns = chart.columns
    fields = [_field(chart, column, position) for position, column in enumerate(columns)]
    flat = chart.chart_type in ("table", "pivotTable", "vegasPivotTable")
    filters = []
    if chart.filter_values and fields:
        filters.append(
            {
                **fields[0],
                "selection": {"selected": list(chart.filter_values), "mode": "INCLUDE"},
                "filterType": "DISCRETE",
            }
        )
    return {
        "format": {
            "xAxis": {"rotate": None, "dateFormat": "auto", **_axis()},
            "yAxis": {**_axis(), "scaleType": "linear"},
            "flatTable": {
                "general": {"sizingStyle": "sizeToFit", "density": "standard", "rowNumbers": False},
                "columns": [{"id": f"[{column}]", "colType": _kind(column)[0]} for column in columns],
            },
            "legend": {"enabled": True, "position": "auto", "title": None, "titleEnabled": True},
            "nullToZero": False,
            "showValues": True,
            "drilldownEnabled": True,
            "colors": {"theme": PALETTE, "custom": list(_COLOURS), "map": {}},
        },
        "fieldFormats": {
            f"[{column}]": {
                "paneFormat": {"default": {"colType": _kind(column)[0], "type": _kind(column)[1]}},
                "axisFormat": {},
                "headerFormat": {},
                "legendFormat": {},
            }
            for column in columns
        },
        "fieldColors": {},
        "title": html.escape(chart.title),
        "description": chart.description,
        "chartType": chart.chart_type,
        "encoding": {
            "row": [],
            "column": [],
            "x": [] if flat else fields[:1],
            "y": [] if flat else fields[1:],
            "x2": [],
            "y2": [],
            "value": [],
            "marks": {
                "channel": "*",
                "series": [],
                "properties": {
                    "type": {"value": "Text" if flat else "Automatic", "automatic": True},
                    "color": {"values": []},
                    "text": {"values": fields if flat else []},
                    "tooltip": {"values": []},
                },
            },
            "sorts": [],
            "filter": filters,
            "totals": {"grand": {"row": False, "column": False}},
        },
    }
