"""The figures of the office: by period, organ and kind of case, kept in rollups, proven by a recount."""
