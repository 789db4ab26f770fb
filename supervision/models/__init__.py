"""The models of supervision: one app label, one chain of migrations."""

from supervision.models.foresight import Forecast, ForecastRate

__all__ = ["Forecast", "ForecastRate"]
