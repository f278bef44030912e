"""syncer: media on a verified HTTPS origin of your own, and the stable URLs of it.

Importing this package loads no SDK. The nouns are in `syncer.model`, the verbs in `syncer.protocols`.
"""

__version__ = "0.1.0"
