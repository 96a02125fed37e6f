"""Projects and API keys as rows. Of a key only the digest is kept."""

from datetime import datetime

import apsw

from memosd.domain.access import ApiKey, Project
from memosd.domain.errors import Invalid
from memosd.domain.ids import KeyId, ProjectId
from memosd.engines.common.codec import decode_key, decode_project, encode_key, micros
from memosd.engines.sqlite.database import Database, Transaction
from memosd.engines.sqlite.statements import fetch_all, fetch_one


class SqliteKeys:
    """`memosd.ports.storage.KeyStore` over the tables `projects` and `api_keys`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create_project(self, project: Project) -> None:
        def create(tx: Transaction) -> None:
            try:
                tx.run("keys.add_project", (project.id, project.name, micros(project.created_at)))
            except apsw.ConstraintError:
                raise Invalid(f"there is already a project with the name {project.name!r} or its id") from None

        await self._database.write(create)

    async def projects(self) -> list[Project]:
        return await self._database.read(
            lambda connection: [decode_project(row) for row in fetch_all(connection, "keys.projects")]
        )

    async def create_key(self, key: ApiKey, *, digest: bytes) -> None:
        """Raises `Invalid` if its project does not exist or the key does already."""

        def create(tx: Transaction) -> None:
            try:
                tx.run("keys.add_key", (*encode_key(key), digest))
            except apsw.ConstraintError:
                raise Invalid(f"the key {key.id} exists already, or its project {key.project} does not") from None

        await self._database.write(create)

    async def keys(self, project: ProjectId | None = None) -> list[ApiKey]:
        return await self._database.read(
            lambda connection: [decode_key(row) for row in fetch_all(connection, "keys.keys", (project,))]
        )

    async def revoke_key(self, id: KeyId, *, at: datetime) -> bool:
        def revoke(tx: Transaction) -> bool:
            tx.run("keys.revoke", (micros(at), id))
            return bool(tx.connection.changes())

        return await self._database.write(revoke)

    async def key_by_digest(self, digest: bytes) -> ApiKey | None:
        def read(connection: apsw.Connection) -> ApiKey | None:
            row = fetch_one(connection, "keys.by_digest", (digest,))
            return None if row is None else decode_key(row)

        return await self._database.read(read)
