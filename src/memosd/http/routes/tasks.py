"""get/status."""

from memosd.domain.errors import NoSuchTask
from memosd.domain.ids import ProjectId, TaskId
from memosd.http.endpoint import Endpoint, Said
from memosd.http.services import Services
from memosd.wire.tasks import GetStatusData, GetStatusRequest, TokenUsage, remark, status


async def get_status(services: Services, project: ProjectId, request: GetStatusRequest) -> Said[GetStatusData]:
    record = await services.queue.record(project, TaskId(request.task_id))
    if record is None:
        raise NoSuchTask(f"task_id: there is no task '{request.task_id}'")
    usage = TokenUsage.of(await services.ledger.of_task(project, record.id))
    return Said(GetStatusData(status=status(record.state), usage=usage), remark(record))


GET_STATUS = Endpoint(
    "/get/status", "How far a task is.", GetStatusRequest, GetStatusData, get_status, errors=(NoSuchTask,)
)
