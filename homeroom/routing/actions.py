"""Writes of routing: what was suggested, what a person said of it, and the rules."""

from datetime import datetime

from django.db import transaction

from homeroom.district import changes
from homeroom.district.models import Account, Service, Team
from homeroom.routing import rules
from homeroom.routing.models import Label, Rule, Suggestion
from homeroom.routing.values import Decision
from homeroom.tickets.log import Actor, Type
from homeroom.tickets.models import Ticket
from homeroom.tickets.writing import changing


def suggest(ticket: Ticket, *, decision: Decision, now: datetime) -> None:
    """Keep what was thought of this request beside it, in the caller's transaction."""
    row = Suggestion(
        ticket=ticket,
        options=[
            {
                "service": option.service.id,
                "team": option.service.team_id,
                "department": option.service.department_id,
                "confidence": round(option.confidence, 4),
            }
            for option in decision.options
        ],
        why=list(decision.why),
        by=decision.by,
        rule_id=decision.rule_id,
        model=decision.model,
        score=decision.score,
        threshold=decision.threshold,
        calibration=decision.calibration,
        is_automatic=decision.is_automatic,
        at=now,
    )
    with transaction.atomic(savepoint=False):
        Suggestion.objects.bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["ticket"],
        update_fields=[
            "options", "why", "by", "rule", "model", "score", "threshold", "calibration",
            "is_automatic", "at",
        ],
    )  # fmt: skip


def choose(
    ticket: Ticket,
    *,
    service: Service,
    team: Team,
    by: Actor,
    account: Account | None,
    now: datetime,
) -> Ticket:
    """A person says where the request goes; it is a label whether it was the suggestion or not."""
    with transaction.atomic():
        suggestion = Suggestion.objects.filter(ticket=ticket).first()
        options = suggestion.options if suggestion else []
        first = options[0]["service"] if options else None
        with changing(ticket, by=by, now=now) as change:
            kind = Type.ACCEPTED if first == service.pk else Type.CORRECTED
            change.say(kind, service=service.pk, suggested=first)
            change.put_under(service)
            keeps = change.ticket.team_id == team.pk
            change.give(
                team_id=team.pk,
                assignee_id=change.ticket.assignee_id if keeps else None,
            )
            change.quietly(needs_triage=False)
        Label.objects.create(
            ticket=ticket,
            service=service,
            team=team,
            suggested_id=first,
            was_right=first == service.pk,
            by=account,
            at=now,
        )
    return change.ticket


def save_rule(
    rule: Rule | None,
    *,
    name: str,
    when: dict[str, object],
    service: Service | None,
    team: Team | None,
    priority: int | None,
    order: int,
    is_on: bool,
    by: Account,
    now: datetime,
) -> Rule:
    """Make or change a rule.

    :raises homeroom.routing.rules.BadRule: when it has no test, an unknown one, or no effect.
    """
    rules.check(when)
    if service is None and team is None and priority is None:
        raise rules.BadRule("A rule needs something to do: a service, a team or a priority.")
    with transaction.atomic():
        row = rule or Rule(made_by=by, made_at=now)
        before = _as_kept(row) if row.pk else {}
        row.name, row.when, row.order, row.is_on = name, when, order, is_on
        row.service, row.team, row.priority = service, team, priority
        row.save()
        changes.note(by=by, what="rule", about=name, before=before, after=_as_kept(row), now=now)
    return row


def drop_rule(rule: Rule, *, by: Account, now: datetime) -> None:
    """Remove a rule; what it decided before stays decided."""
    with transaction.atomic():
        changes.note(by=by, what="rule", about=rule.name, before=_as_kept(rule), after={}, now=now)
        rule.delete()


def _as_kept(rule: Rule) -> dict[str, object]:
    """A rule in the words of the changes."""
    return {
        "name": rule.name,
        "when": rule.when,
        "service": rule.service.name if rule.service else "",
        "team": rule.team.name if rule.team else "",
        "priority": rule.priority,
        "order": rule.order,
        "on": rule.is_on,
    }
