"""
The complaint mailbox 投诉邮箱: letters are fetched, kept sealed, read, and become cases (docs/mail.md).

``imap`` and ``drop`` are the two places that letters come from; ``fetching`` stores each as it came before anything is
taken away there; ``processing`` reads what is stored and hands it to ``complaints.actions.mailing``. The modules that
take a letter apart (``letter``, ``charsets``, ``pages``, ``tnef``, ``child``) know neither Django nor a setting: they
run in a child process, as the decoders of files do (docs/trust.md U-06). This package imports nothing by itself.
"""
