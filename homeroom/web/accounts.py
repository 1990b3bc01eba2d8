"""Who may have a sign-in."""

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.utils import translation

from homeroom.kit import clock
from homeroom.pipeline import letting_in

if TYPE_CHECKING:
    from homeroom.district.models import Account


class InviteOnly(DefaultAccountAdapter):  # type: ignore[misc]
    """Sign-ins are made by an administrator; nobody signs up by themselves."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """Never."""
        return False

    def send_password_reset_mail(
        self,
        user: "Account",
        email: str,  # noqa: ARG002  (as it was typed)
        context: dict[str, str],
    ) -> None:
        """Queue the link, to the address as it is stored; its host is ours, whoever asked."""
        letting_in.send_password(
            user.email,
            path=urlsplit(context["password_reset_url"]).path,
            language=translation.get_language() or "en",
            now=clock.now(),
        )

    def send_notification_mail(self, *args: object, **kwargs: object) -> None:
        """Nothing: allauth's own letters do not leave from here."""
