"""Director reception days: announced, booked, held, recorded (docs/domain.md 11)."""
