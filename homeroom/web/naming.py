"""Words for what the data calls by codes: languages, channels, statuses, facts."""

from django.utils.translation import gettext_lazy as _

LANGUAGE_NAMES = {
    "en": "English",
    "es": "Español",
    "ar": "العربية",
    "zh": "中文",
    "vi": "Tiếng Việt",
    "so": "Soomaali",
    "fr": "Français",
    "pt": "Português",
    "ht": "Kreyòl ayisyen",
    "ru": "Русский",
    "am": "አማርኛ",
    "ko": "한국어",
    "tl": "Tagalog",
}
"""Each language by its own name."""
RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur", "ps"})

CHANNELS = {
    "email": ("mail", _("Email")),
    "sms": ("chat", _("Text")),
    "voice": ("phone", _("Phone")),
    "chat": ("chat", _("Chat")),
    "form": ("globe", _("Front page")),
    "walkup": ("walk", _("In person")),
    "slack": ("chat", "Slack"),
    "teams": ("chat", "Teams"),
    "gchat": ("chat", "Google Chat"),
    "desk": ("inbox", _("Desk")),
}
"""Icon and word of each way a message came."""

STATUSES = {
    "new": _("New"),
    "open": _("Open"),
    "waiting": _("Waiting"),
    "resolved": _("Done"),
    "closed": _("Closed"),
}

FACTS = {
    "who": _("Who"),
    "school": _("School"),
    "room": _("Room"),
    "place": _("Place"),
    "location_detail": _("Place"),
    "device": _("Device"),
    "asset_tag": _("Device"),
    "equipment": _("Device"),
    "bus_route": _("Bus route"),
    "route": _("Bus route"),
    "about": _("About"),
    "grade": _("Grade"),
    "period": _("Period"),
    "date": _("Date"),
    "time": _("Time"),
    "amount": _("Amount"),
    "app_name": _("Program"),
    "student_id": _("Student number"),
    "student": _("Student"),
    "teacher": _("Teacher"),
    "employee": _("Employee"),
    "requester": _("Who is asking"),
    "household": _("Household"),
    "relationship": _("Relationship to student"),
    "device_model": _("Device model"),
    "stop": _("Bus stop"),
    "url": _("Web address"),
    "address": _("Home address"),
    "phone_extension": _("Extension"),
    "order_number": _("Number of order or invoice"),
    "headcount": _("Number of people"),
    "named_school": _("Other school"),
    "question": _("Asked back"),
    "phone": _("Phone"),
    "email": _("Email"),
    "chosen": _("Form"),
    "declined": _("Answer that did not help"),
}
"""What a fact of a request is called on a page."""

SOURCES = {
    "message": _("From the message."),
    "form": _("Filled in by the asker."),
    "roster": _("From the roster."),
    "org": _("From their school."),
    "person": _("From what is theirs on the roster."),
    "staff": _("Written by staff."),
    "teacher": _("From the teacher's room on the roster."),
    "device": _("From the record of the device."),
    "place": _("From what stands in that room."),
    "earlier": _("From an earlier request."),
    "verified": _("They signed in."),
    "claimed": _("Their address is on the roster."),
    "unknown": _("As they call themselves. Not verified."),
    "guessed": _("As they call themselves. Not verified."),
    "asked": _("Not answered yet."),
}

DANGERS = {
    "self_harm": _("Self-harm"),
    "threat": _("Threat"),
    "weapon": _("Weapon"),
    "abuse": _("Abuse"),
    "bullying": _("Bullying"),
    "missing_child": _("Missing child"),
    "medical": _("Medical"),
    "hazard": _("Hazard"),
    "custody": _("Custody"),
    "supervision": _("Supervision"),
    "privacy": _("Privacy"),
}


def fact(field: str) -> str:
    """The label of a fact, its own name in words when we have no better one."""
    return str(FACTS.get(field) or field.replace("_", " ").capitalize())


TIES = {
    "person": _("The same person."),
    "name": _("Somebody of the same name, under an address that we do not know."),
    "namesake": _("Somebody of the same name."),
    "household": _("The same household."),
    "apart": _("Another adult of the same student, of another household."),
    "place": _("A colleague at the same place."),
}
"""Why two requests may be one, in words."""
