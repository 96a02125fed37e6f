"""`memosd search`: ask a running server, as any client does."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

import click

from memosd.domain.errors import Unavailable
from memosd.settings import Settings

TIMEOUT = 60.0


@click.command()
@click.argument("query")
@click.option("--user", required=True, help="Whose memories.")
@click.option("--limit", default=9, show_default=True, help="Memories of each kind.")
@click.option("--relativity", default=0.45, show_default=True, help="The least relevance; 0 for none.")
@click.option("--explain", is_flag=True, help="Show which indexes found each memory and what its score is made of.")
@click.option("--url", help="The server; default: the host and port of the settings.")
@click.option("--key", help="The API key; default: MEMOSD_API_KEY.")
@click.pass_obj
def search(
    settings: Settings,
    query: str,
    user: str,
    limit: int,
    relativity: float,
    explain: bool,
    url: str | None,
    key: str | None,
) -> None:
    """Ask a running server what it remembers."""
    secret = key or (settings.api_key.get_secret_value() if settings.api_key else None)
    if not secret:
        raise click.UsageError("give an API key with --key or MEMOSD_API_KEY")
    server = (url or f"http://{settings.host}:{settings.port}").rstrip("/")
    asked = {
        "user_id": user,
        "query": query,
        "memory_limit_number": limit,
        "preference_limit_number": limit,
        "relativity": relativity,
        "explain": explain,
    }
    found = _post(f"{server}/api/openmem/v1/search/memory", secret, asked)
    why = {each["id"]: each for each in found.get("explanations", ())}
    memories = [(m["id"], m["relativity"], m["memory_value"]) for m in found["memory_detail_list"]]
    memories += [(m["id"], m["relativity"], m["preference"]) for m in found["preference_detail_list"]]
    for memory, score, text in memories:
        click.echo(f"{score:.2f}  {text}".replace("\n", "\n      "))
        if memory in why:
            _explain(memory, why[memory])
    if not memories:
        click.echo("nothing: no memory is about this")


def _explain(memory: str, why: Mapping[str, Any]) -> None:
    features = ", ".join(f"{name} {value:.2f}" for name, value in why["features"].items())
    click.secho(f"      {memory}, found by {', '.join(why['found_by'])}; {features}", dim=True)
    click.secho(f"      from {', '.join(why['sources'])}", dim=True)


def _post(url: str, key: str, body: Mapping[str, object]) -> Any:
    """The `data` of the answer. Raises `click.ClickException` with the server's words, `Unavailable` without any."""
    if not url.startswith(("http://", "https://")):
        raise click.UsageError("--url must begin with http:// or https://")
    headers = {"Authorization": f"Token {key}", "Content-Type": "application/json"}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
            return json.load(answer)["data"]
    except urllib.error.HTTPError as refusal:
        with refusal:
            raise click.ClickException(json.load(refusal)["message"]) from None
    except OSError as error:
        raise Unavailable(f"no server answers at {url}: {error}") from error
