"""The models of target management: one app label, one chain of migrations, as they point at each other."""
