"""The addresses of the desk."""

from django.urls import path, register_converter

from homeroom.web.desk import hallway, hearing, helps, lists, mail, problems, search, talk


class QueueName:
    """The queues that have an address."""

    regex = "|".join(lists.NAMES)

    def to_python(self, value: str) -> str:
        """The name as it stands."""
        return value

    def to_url(self, value: str) -> str:
        """The name as it stands."""
        return value


class Reference:
    """A reference such as 7KQ-4M9X, in any case."""

    regex = "[2-9A-Za-z]{3}-[2-9A-Za-z]{4}"

    def to_python(self, value: str) -> str:
        """The reference in capitals."""
        return value.upper()

    def to_url(self, value: str) -> str:
        """The reference as it stands."""
        return value


register_converter(QueueName, "queue")
register_converter(Reference, "reference")

app_name = "desk"
urlpatterns = [
    path("", lists.index, name="index"),
    path("search/", search.search, name="search"),
    path("hallway/", hallway.hallway, name="hallway"),
    path("problems/", problems.problems, name="problems"),
    path("problems/<int:number>/", problems.problem, name="problem"),
    path("alarms/<int:number>/", hearing.heard, name="heard"),
    path("files/<int:file_id>", mail.file, name="file"),
    path("mail/<int:message_id>/", mail.frame, name="mail"),
    path("<reference:reference>/", talk.anywhere, name="request"),
    path("<queue:queue>/", lists.pile, name="queue"),
    path("<queue:queue>/<reference:reference>/", talk.talk, name="talk"),
    path("<queue:queue>/<reference:reference>/helps/", helps.helps, name="helps"),
]
