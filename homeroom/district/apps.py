from django.apps import AppConfig


class District(AppConfig):
    name = "homeroom.district"
    label = "district"
