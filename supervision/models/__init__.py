"""The models of supervision: one app label, one chain of migrations."""
