"""Automatic disclosure: what other parts announce becomes a document in its column, without anybody typing it again."""


def register() -> None:
    """
    Listen to the facts of all parts, after the catalogue, which then knows what is owed; called once Django is ready.
    """
    from disclosure.automatic import forgetting, fulfilling, invariants, listening
    from disclosure.documents import following
    from efficiency import facts

    following.register_follower(fulfilling.follow)
    facts.register_listener(listening.on_fact)
    facts.register_forgetter(forgetting.forget)
    invariants.register()
