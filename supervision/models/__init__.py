"""The models of supervision: one app label, one chain of migrations."""

from supervision.models.supervisors import (
    Appointment,
    AppointmentEvent,
    AppointmentToken,
    Gathering,
    GatheringDuty,
    GatheringEvent,
    GatheringFile,
    GatheringSeat,
    GatheringToken,
    Observation,
    ObservationEvent,
    ObservationFile,
    ObservationResult,
    ObservationToken,
    SupervisorCounter,
)

__all__ = [
    "Appointment",
    "AppointmentEvent",
    "AppointmentToken",
    "Gathering",
    "GatheringDuty",
    "GatheringEvent",
    "GatheringFile",
    "GatheringSeat",
    "GatheringToken",
    "Observation",
    "ObservationEvent",
    "ObservationFile",
    "ObservationResult",
    "ObservationToken",
    "SupervisorCounter",
]
