"""TLS to the servers we talk to: whom we believe, and in words why not."""

import ssl
from typing import Final

from homeroom import config

_WHOSE: Final = frozenset({2, 18, 19, 20, 21})
"""X509_V_ERR codes (openssl/x509_vfy.h) of certificates that nobody we trust has signed."""
_WHICH: Final = frozenset({62, 64})
"""Those of certificates that were made for another name or address."""
_WHEN: Final = frozenset({9, 10})
"""Those of certificates that are not valid yet, or no longer."""


class BadAuthoritiesError(ssl.SSLError):
    """The file of HOMEROOM_CA is of no use, so nobody can be proven."""


def proven() -> ssl.SSLContext:
    """Believes certificates that the system's authorities or those of HOMEROOM_CA have signed.

    :raises BadAuthoritiesError: when that file cannot be read or holds no certificate.
    """
    context = ssl.create_default_context()
    if config.CA_FILE:
        # Python 3.13 began to refuse authorities whose certificate lacks what RFC 5280 asks of its
        # form. One that a district made by hand is that kind; trust in it was said by naming it.
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        try:
            context.load_verify_locations(cafile=config.CA_FILE)
        except OSError as error:  # ssl.SSLError is one
            raise BadAuthoritiesError(
                error.errno, f"HOMEROOM_CA names {config.CA_FILE}, which holds no certificates"
            ) from error
    return context


def any_certificate() -> ssl.SSLContext:
    """Encrypts, and asks nobody who they are: better than nothing between mail servers."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def reason(error: ssl.SSLError) -> str:
    """Why there is no encrypted line and what to do about it, as the second half of a sentence."""
    if isinstance(error, BadAuthoritiesError):
        return str(error)
    if not isinstance(error, ssl.SSLCertVerificationError):
        said = (error.reason or "no reason given").lower().replace("_", " ")
        return f"the encryption could not be agreed on ({said})"
    if error.verify_code in _WHOSE:
        return (
            "its certificate is signed by nobody we know. If the server is your own, "
            "name the file of its certificate authority in HOMEROOM_CA"
        )
    if error.verify_code in _WHICH:
        return (
            "its certificate was made for another server's name. "
            "Use the name that is in the certificate"
        )
    if error.verify_code in _WHEN:
        return "its certificate is out of date. Whoever runs the server has to renew it"
    return f"its certificate was refused ({error.verify_message})"
