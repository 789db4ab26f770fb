"""The time of an appointment as a calendar file (RFC 5545): day, time, place and organ, nothing of the person."""

from datetime import UTC, datetime

from django.utils.translation import gettext as _

from supervision.models import ReceptionDay, ReceptionSlot

# Bytes of a line at most, its end apart.
LONGEST_LINE = 75


def text_of(day: ReceptionDay, slot: ReceptionSlot, *, host: str) -> str:
    """Return the file; the same for everybody who asks for this slot, as often as they ask."""
    title = _("Reception day of %(organ)s") % {"organ": day.organ}
    stamp = day.announced_at or slot.starts_at
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//{host}//reception//ZH",
        "BEGIN:VEVENT",
        f"UID:reception-slot-{slot.pk}@{host}",
        f"DTSTAMP:{_moment(stamp)}",
        f"DTSTART:{_moment(slot.starts_at)}",
        f"DTEND:{_moment(slot.ends_at)}",
        f"SUMMARY:{_escaped(title)}",
        f"LOCATION:{_escaped(day.place)}",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _escaped(text: str) -> str:
    for sign in ("\\", ";", ","):
        text = text.replace(sign, f"\\{sign}")
    return text.replace("\r\n", "\\n").replace("\n", "\\n")


def _folded(line: str) -> str:
    """Return a line folded after 75 bytes, never inside a character."""
    parts, size = [""], 0
    for sign in line:
        length = len(sign.encode())
        if size + length > LONGEST_LINE:
            parts.append(" ")
            size = 1
        parts[-1] += sign
        size += length
    return "\r\n".join(parts)
