"""Media facts: read from the bytes of a file before the copy.

    head ──► window ──► photos: jpeg, webp          (header parsers of our own)
               │    ├─► videos: mp4, matroska       (the layout, and whether the file is complete)
               │    └─► ordinary: samples, h264     (all facts of an ordinary MP4 or MOV; then no libav)
               └──────► pool ► process ═ pipes ═ child: libav   (the rest, in a process that may crash)

No content of a file raises an error: a fault of the file is `Facts.flaw`, and a limit of ours that it exceeds
is `Facts.unread`. The same bytes give the same facts.
"""
