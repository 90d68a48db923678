"""Days and moments as people write them, in UTC."""

from __future__ import annotations

from datetime import date, datetime, timezone

MONTH_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def utc(moment: datetime) -> datetime:
    """The moment in UTC; one without a time zone is in UTC already."""
    return moment.replace(tzinfo=timezone.utc) if moment.tzinfo is None else moment.astimezone(timezone.utc)


def day_text(day: date | None) -> str:
    """`1 Jun 2026`."""
    if day is None:
        return "never"
    day = utc(day) if isinstance(day, datetime) else day
    return f"{day.day} {MONTH_NAMES[day.month - 1]} {day.year}"


def moment_text(moment: datetime | None) -> str:
    """`1 Jun 2026, 09:52 UTC`."""
    return f"{day_text(moment)}, {utc(moment):%H:%M} UTC" if moment else "never"


def iso_text(moment: datetime) -> str:
    """As a machine reads it."""
    return utc(moment).strftime("%Y-%m-%dT%H:%M:%SZ")
