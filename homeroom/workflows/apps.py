from django.apps import AppConfig


class Workflows(AppConfig):
    name = "homeroom.workflows"
    label = "workflows"
