"""The pilot programme: phases, tasks, plans filed for the record, milestones, reports."""
