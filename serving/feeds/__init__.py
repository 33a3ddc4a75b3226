"""Feed formats in, papers out: one module a format."""

from serving.feeds.daily import read_daily_papers

__all__ = ["read_daily_papers"]
