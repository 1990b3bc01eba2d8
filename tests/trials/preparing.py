"""The database that every trial is a copy of: ``python -m tests.trials.preparing``."""

import django

SESSION = "theos0session0in0the0trials00000"
"""The key of the session in which Theo is signed in."""
REPLY_TO_ALL = 0.0
"""The threshold: whatever the model thinks is done, so that letters go to teams as well."""


def _main() -> None:
    django.setup()
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from homeroom.district.models import Account
    from homeroom.kit import clock
    from homeroom.kit.database import migrate
    from homeroom.pipeline import minds
    from homeroom.routing import learning
    from homeroom.routing.gate import always
    from tests.cast import assemble
    from tests.visitors import BACKEND

    migrate()
    assemble()
    if learning.ensure(encoders=minds.encoders(), now=clock.now()) is None:
        raise RuntimeError("nothing was learned")
    learning.calibrate(always(REPLY_TO_ALL), report={}, now=clock.now())
    theo = Account.objects.get(email="theo.ramos@cedarvalley.example")
    session = SessionStore()
    session[SESSION_KEY] = str(theo.pk)
    session[BACKEND_SESSION_KEY] = BACKEND
    session[HASH_SESSION_KEY] = theo.get_session_auth_hash()
    session._session_key = SESSION
    session.save(must_create=True)


if __name__ == "__main__":
    _main()
