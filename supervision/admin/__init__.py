"""Back-office pages of supervision."""


__all__ = [,]
