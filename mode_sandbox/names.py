"""Realistic names for people, collections, reports and connections, awkward ones among them.

Names can be null, hold emoji, quotes and newlines (docs/mode-api.md#quirk-15); a report's has at most 64 characters.
"""

from __future__ import annotations

import random

DEPARTMENTS = (
    "Finance", "Growth Marketing", "Product Analytics", "Customer Success", "Sales Operations",
    "People & Culture", "Supply Chain", "Engineering", "Data Platform", "Executive Team", "Risk & Fraud",
    "Support", "Partnerships", "Pricing",
    "Logistics", "Content", "Payments", "Trust & Safety", "Legal", "Facilities",
)  # fmt: skip
_FIRST = (
    "Ada", "Grace", "José", "Zoë", "Liam", "Priya", "Chinedu", "Søren", "Mei", "Łukasz", "Fatima", "Noah",
    "Élodie", "Ravi", "Olga", "Tomás", "Hana", "Kofi", "Ingrid", "Yusuf",
)  # fmt: skip
_LAST = (
    "Lovelace", "Hopper", "García", "Müller", "O'Brien", "Patel", "Okafor", "Kierkegaard", "Chen", "Wójcik",
    "Al-Sayed", "Smith", "Dubois", "Iyer", "Petrova", "Silva", "Tanaka", "Mensah", "Berg", "Demir",
)  # fmt: skip
SUBJECTS = (
    "Revenue", "Churn", "Signups", "Orders", "Refunds", "Active Users", "Pipeline", "Inventory", "Tickets",
    "Sessions", "Conversion", "Invoices", "Retention", "Ad Spend", "Deliveries", "Headcount",
)  # fmt: skip
_CADENCE = ("Weekly", "Daily", "Monthly", "Quarterly", "Real-time", "Board")
_CUTS = (
    "by Region",
    "by Channel",
    "by Plan",
    "by Cohort",
    "vs Target",
    "Deep Dive",
    "Overview",
    "by Country",
)
_AWKWARD = (
    'Revenue "official" 🚀', "L'été: ventes & marges", "Churn\n(second line)", "日本語レポート",
    "100% of <Orders>", "Orders;\tfinal_FINAL", "N/A", "  padded  ", "C:\\temp\\q1", 
    "{{ not_liquid }}", "Ünïcödé — “quotes”", "null",
)  # fmt: skip
DESCRIPTIONS = (
    "Reviewed every Monday by the leadership team.",
    'Numbers marked "prelim" change until day 5.\nAsk #data-help first.',
    "Source of truth 📈 for the board deck.",
    "",
    "Owner: finance-analytics; refreshed hourly.",
    "Copied from an older report; filters may differ, see the notes.\r\n\r\n* excludes refunds\n* UTC",
)


def person(position: int) -> tuple[str, str]:
    """A display name and a unique username for the n-th member."""
    first = _FIRST[position % len(_FIRST)]
    last = _LAST[(position * 7 + position // len(_FIRST)) % len(_LAST)]
    plain = first.encode("ascii", "ignore").decode().lower() or "user"
    return f"{first} {last}", f"{plain}{position + 101}"


def collection(position: int) -> str:
    """The n-th department; with a number once the list is used up."""
    name = DEPARTMENTS[position % len(DEPARTMENTS)]
    round_ = position // len(DEPARTMENTS)
    return name if round_ == 0 else f"{name} {round_ + 1}"


def report(rng: random.Random) -> str | None:
    """A report name: two in a hundred are null, three in a hundred awkward."""
    draw = rng.random()
    if draw < 0.02:
        return None
    if draw < 0.05:
        return rng.choice(_AWKWARD)
    cadence, subject, cut = rng.choice(_CADENCE), rng.choice(SUBJECTS), rng.choice(_CUTS)
    return f"{cadence} {subject} {cut}"


def description(rng: random.Random) -> str | None:
    """A description, null in three of ten."""
    return None if rng.random() < 0.3 else rng.choice(DESCRIPTIONS)


def chart_title(rng: random.Random, columns: tuple[str, ...]) -> str:
    """A chart title made of its columns; untitled charts have "" (docs/mode-api.md#quirk-15)."""
    draw = rng.random()
    if draw < 0.2 or len(columns) < 2:
        return ""
    joiner = " & " if draw < 0.3 else " by "
    return f"{columns[-1].replace('_', ' ').title()}{joiner}{columns[0].replace('_', ' ').title()}"
