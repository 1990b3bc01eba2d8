"""How sign-ins are made."""

from typing import TYPE_CHECKING

from django.contrib.auth.models import BaseUserManager

if TYPE_CHECKING:
    from homeroom.district.models import Account, Person


class Accounts(BaseUserManager["Account"]):
    """Makes sign-ins by e-mail address."""

    def create_user(
        self, email: str, password: str | None = None, *, person: "Person | None" = None
    ) -> "Account":
        """A new account, stored; without a password nobody can sign in by password."""
        account = self.model(email=email.strip().lower(), person=person)
        account.set_password(password)
        account.save(using=self._db)
        return account
