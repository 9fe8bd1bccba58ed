"""The moment of an audit, for formats that want one in a form of their own."""

import datetime as dt


def moment(text: str) -> dt.datetime:
    """A date or time of ISO 8601 in UTC; the beginning of 1970 for what is neither."""
    try:
        at = dt.datetime.fromisoformat(text)
    except ValueError:
        return dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    if at.tzinfo is None:
        at = at.replace(tzinfo=dt.UTC)
    try:
        return at.astimezone(dt.UTC)
    except OverflowError:
        return dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
