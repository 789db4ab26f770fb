"""The models of supervision: one app label, one chain of migrations."""

from supervision.models.reception import (
    ReceptionBooking,
    ReceptionBookingEvent,
    ReceptionBookingToken,
    ReceptionDay,
    ReceptionDayEvent,
    ReceptionDayToken,
    ReceptionErasure,
    ReceptionLook,
    ReceptionRecord,
    ReceptionRule,
    ReceptionSlot,
    ReceptionVisitor,
)

__all__ = [
    "ReceptionBooking",
    "ReceptionBookingEvent",
    "ReceptionBookingToken",
    "ReceptionDay",
    "ReceptionDayEvent",
    "ReceptionDayToken",
    "ReceptionErasure",
    "ReceptionLook",
    "ReceptionRecord",
    "ReceptionRule",
    "ReceptionSlot",
    "ReceptionVisitor",
]
