"""Projects and API keys as rows. Of a key only the digest is kept."""

from datetime import datetime

from psycopg import IntegrityError

from memosd.domain.access import ApiKey, Project
from memosd.domain.errors import Invalid
from memosd.domain.ids import KeyId, ProjectId
from memosd.engines.common.codec import decode_key, decode_project, encode_key, micros
from memosd.engines.postgres.database import Database
from memosd.engines.postgres.session import Session, Transaction


class PostgresKeys:
    """`memosd.ports.storage.KeyStore` over the tables `projects` and `api_keys`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create_project(self, project: Project) -> None:
        columns = (project.id, project.name, micros(project.created_at))
        try:
            await self._database.write(lambda tx: tx.run("keys.add_project", columns))
        except IntegrityError:
            raise Invalid(f"there is already a project with the name {project.name!r} or its id") from None

    async def projects(self) -> list[Project]:
        rows = await self._database.read(lambda session: session.fetch_all("keys.projects"))
        return [decode_project(row) for row in rows]

    async def create_key(self, key: ApiKey, *, digest: bytes) -> None:
        """Raises `Invalid` if its project does not exist or the key does already."""
        columns = (*encode_key(key), digest)
        try:
            await self._database.write(lambda tx: tx.run("keys.add_key", columns))
        except IntegrityError:
            raise Invalid(f"the key {key.id} exists already, or its project {key.project} does not") from None

    async def keys(self, project: ProjectId | None = None) -> list[ApiKey]:
        rows = await self._database.read(lambda session: session.fetch_all("keys.keys", {"project": project}))
        return [decode_key(row) for row in rows]

    async def revoke_key(self, id: KeyId, *, at: datetime) -> bool:
        async def revoke(tx: Transaction) -> bool:
            return await tx.fetch_one("keys.revoke", {"at": micros(at), "id": id}) is not None

        return await self._database.write(revoke)

    async def key_by_digest(self, digest: bytes) -> ApiKey | None:
        async def read(session: Session) -> ApiKey | None:
            row = await session.fetch_one("keys.by_digest", {"digest": digest})
            return None if row is None else decode_key(row)

        return await self._database.read(read)
