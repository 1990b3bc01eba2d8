"""The OpenAPI page: the schema as plain HTML of our own, which loads nothing from elsewhere."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from ninja import NinjaAPI
from ninja.openapi.docs import DocsBase
from ninja.openapi.schema import OpenAPISchema

from homeroom.web.api.door import SCOPES
from homeroom.web.api.problems import TYPE

type Json = dict[str, Any]

EVERYWHERE = {
    "401": "No key, or one that is not known or has expired",
    "403": "A key that is not made for this",
    "429": "The key calls too often",
}
"""What every call may be refused with."""
REFUSED = {TYPE: {"schema": {"$ref": "#/components/schemas/ProblemTold"}}}


class Described(NinjaAPI):
    """The API, whose schema says that refusals are problem+json and what every call may meet."""

    def get_openapi_schema(self, **kwargs: Any) -> OpenAPISchema:
        """The schema as OpenAPI 3.1."""
        schema = super().get_openapi_schema(**kwargs)
        for calls in schema["paths"].values():
            for call in calls.values():
                for status, answer in call["responses"].items():
                    if int(status) >= 400:
                        answer["content"] = REFUSED
                for status, words in EVERYWHERE.items():
                    call["responses"][status] = {"description": words, "content": REFUSED}
        return schema


class Plain(DocsBase):
    """Draws the page on the server."""

    def render_page(self, request: HttpRequest, api: NinjaAPI, **kwargs: Any) -> HttpResponse:
        """The page."""
        schema = api.get_openapi_schema(path_params=kwargs)
        models = schema["components"]["schemas"]
        context = {
            "title": api.title,
            "version": api.version,
            "schema_url": self.get_openapi_url(api, kwargs),
            "scopes": SCOPES.items(),
            "calls": [
                _call(method, path, call)
                for path, calls in schema["paths"].items()
                for method, call in calls.items()
            ],
            "shapes": [
                {"name": name, "about": model.get("description", ""), "fields": _fields(model)}
                for name, model in sorted(models.items())
                if "properties" in model
            ],
        }
        return render(request, "api/docs.html", context)


def _call(method: str, path: str, call: Mapping[str, Any]) -> Json:
    body = call.get("requestBody", {}).get("content", {}).get("application/json", {})
    return {
        "id": call["operationId"],
        "method": method.upper(),
        "path": path,
        "summary": call["summary"],
        "about": call.get("description", ""),
        "parameters": [
            {
                "name": each["name"],
                "where": each["in"],
                "type": _type(each["schema"]),
                "required": each["required"],
                "about": each.get("description", ""),
            }
            for each in call["parameters"]
        ],
        "body": _type(body["schema"]) if body else None,
        "answers": [
            {"status": status, "type": _type(content["schema"])}
            for status, answer in sorted(call["responses"].items(), key=lambda each: str(each[0]))
            for content in answer["content"].values()
        ],
    }


def _fields(model: Mapping[str, Any]) -> list[Json]:
    required = set(model.get("required", ()))
    return [
        {
            "name": name,
            "type": _type(field),
            "required": name in required,
            "about": field.get("description", ""),
        }
        for name, field in model["properties"].items()
    ]


def _type(schema: Mapping[str, Any]) -> str:
    """A schema in a few words."""
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1]
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            return " or ".join(_type(each) for each in schema[several])
    if "enum" in schema:
        return " | ".join(str(each) for each in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    return str(schema.get("format") or schema.get("type") or "JSON")
