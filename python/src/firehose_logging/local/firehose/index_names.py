"""Index names by rotation period and arrival time (statements C1 and C2)."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

_FORMATS = {
    "NoRotation": "",
    "OneHour": "-%Y-%m-%d-%H",
    "OneDay": "-%Y-%m-%d",
    "OneMonth": "-%Y-%m",
}
_SECONDS_PER_HOUR = 3600


def sunday_week(day: date) -> tuple[int, int]:
    """Return year and number of the week that ``day`` lies in.

    Weeks begin on Sunday and week 1 is the one with the year's first Saturday (C2), so that the
    days of late December after the last Saturday belong to the next year's week 1.
    """
    saturday = day + timedelta(days=(5 - day.weekday()) % 7)
    return saturday.year, (saturday.timetuple().tm_yday - 1) // 7 + 1


def index_name(base: str, rotation: str, arrived: float) -> str:
    """Return the index for a record.

    Args:
        base: the stream's ``IndexName``.
        rotation: one of ``NoRotation``, ``OneHour``, ``OneDay``, ``OneWeek``, ``OneMonth``.
        arrived: arrival time in UTC seconds since the epoch.
    """
    moment = datetime.fromtimestamp(arrived, timezone.utc)
    if rotation == "OneWeek":
        year, week = sunday_week(moment.date())
        return f"{base}-{year}-w{week:02d}"
    return base + moment.strftime(_FORMATS[rotation])


class IndexNamer:
    """Name indexes for many records, working a name out once per hour of arrival."""

    def __init__(self, base: str, rotation: str) -> None:
        self._base = base
        self._rotation = rotation
        self._by_hour: dict[int, str] = {}

    def name(self, arrived: float) -> str:
        """Return the index for a record that arrived at ``arrived`` (UTC seconds)."""
        hour = int(arrived // _SECONDS_PER_HOUR)
        name = self._by_hour.get(hour)
        if name is None:
            name = self._by_hour[hour] = index_name(self._base, self._rotation, arrived)
        return name
