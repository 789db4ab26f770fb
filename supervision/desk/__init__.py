"""The overview of the efficiency office: figures, charts, lists behind them, files, saved views, wall screen."""
