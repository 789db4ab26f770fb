"""The models of supervision: one app label, one chain of migrations."""

from supervision.models.foresight import (
    Forecast,
    ForecastRate,
    SampleDraw,
    SampleEvent,
    SampleSheet,
    SampleToken,
)

__all__ = [
    "Forecast",
    "ForecastRate",
    "SampleDraw",
    "SampleEvent",
    "SampleSheet",
    "SampleToken",
]
