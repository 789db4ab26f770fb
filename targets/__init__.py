"""Target management 目标管理: plans, reports on them, and the appraisal that counts what the other systems recorded."""
