"""Service commitments 服务承诺: what is promised for each item, in force from day to day (docs/domain.md 5)."""
