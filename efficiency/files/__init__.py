"""
Files that people send: checked, written anew without what they would give away, kept, handed out (docs/trust.md 2.4).

``clean`` takes a file apart in a child process and returns a copy that handlers may have; ``store`` keeps copies and
sealed originals; ``drafts`` keeps good files of a form that had an error elsewhere. This
package imports nothing by itself: the child process reads ``rules`` and ``decoder`` from it and must not load Django.
"""
