"""
Documents on their way to the public: drafted, checked, reviewed, approved, published, replaced or withdrawn.

``actions`` is what others call; ``workflow`` is the way as a table; ``markup`` renders what was written.
"""


def register() -> None:
    """Tell the foundation who may know of documents, which files they keep, what is recorded, what must hold."""
    from disclosure.documents import access, files, invariants, messages
    from disclosure.enums import DocumentStep
    from efficiency.audit.labels import register_label

    access.register()
    files.register()
    invariants.register()
    messages.register()
    for step in DocumentStep:
        register_label(f"document.{step.value}", step.label)
