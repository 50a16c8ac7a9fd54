"""Whom connections trust: the certificates of the system, read once a process."""

import ssl
from functools import cache


@cache
def trusted_certificates() -> ssl.SSLContext:
    """What a client checks servers by; `SSL_CERT_FILE` and `SSL_CERT_DIR` name others than the system's.

    To read them takes a tenth of a second, which each client that is given none does anew.
    """
    import httpx2

    return httpx2.create_ssl_context()
