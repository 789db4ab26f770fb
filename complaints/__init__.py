"""Service commitments 服务承诺: cases (complaints and requests) and how they are handled."""
