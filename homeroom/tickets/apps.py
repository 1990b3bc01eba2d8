from django.apps import AppConfig


class Tickets(AppConfig):
    name = "homeroom.tickets"
    label = "tickets"
