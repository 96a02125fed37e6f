"""get/status."""

from memosd.domain.errors import NoSuchTask
from memosd.domain.ids import ProjectId, TaskId
from memosd.domain.tasks import State
from memosd.http.endpoint import Endpoint, Said
from memosd.http.services import Services
from memosd.wire.memory import VIEWS
from memosd.wire.tasks import GetStatusData, GetStatusRequest, TokenUsage, memory_views, remark, status


async def get_status(services: Services, project: ProjectId, request: GetStatusRequest) -> Said[GetStatusData]:
    record = await services.queue.record(project, TaskId(request.task_id))
    if record is None:
        raise NoSuchTask(f"task_id: there is no task '{request.task_id}'")
    done = await services.storage.done_by(project, record.id) if record.state is State.DONE else []
    views = memory_views((VIEWS[kind], event) for kind, event in done)
    usage = TokenUsage.of(await services.ledger.of_task(project, record.id))
    data = GetStatusData(status=status(record.state), memory_views=views or None, usage=usage)
    return Said(data, remark(record))


GET_STATUS = Endpoint(
    "/get/status", "How far a task is.", GetStatusRequest, GetStatusData, get_status, errors=(NoSuchTask,)
)
