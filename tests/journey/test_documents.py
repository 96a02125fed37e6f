"""A purchasing policy and the employees who ask about it, from upload to answer, in both languages."""

import base64
import io
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from harness import Client, Server
from harness.documents import Section, Written, as_docx, as_pdf
from harness.server import running
from tests.support.model_server import ModelServer, Says, serving

RULES = {
    "zh": Written(
        "软件采购制度",
        "zh",
        (
            Section("第一章 总则", "本制度规定各部门购买软件的费用上限与审批流程。所有采购须在内部系统提交申请单。"),
            Section(
                "第二章 费用上限",
                (
                    ("软件类别", "每人每年上限（元）", "适用部门"),
                    ("设计软件", "1,000", "设计部、品牌部"),
                    ("办公软件", "800", "行政部、人事部、财务部"),
                    ("开发工具", "1,500", "研发部、测试部"),
                ),
            ),
            Section("第三章 例外", "超过上限的采购由部门总监与财务总监共同批准。"),
        ),
    ),
    "en": Written(
        "Software purchasing policy",
        "en",
        (
            Section("1 Purpose", "This policy sets what each department may spend on software, and who approves it."),
            Section(
                "2 Spending limits",
                (
                    ("Software", "Limit per person and year", "Departments"),
                    ("Design software", "1,000", "Design, Brand"),
                    ("Office software", "800", "Administration, HR, Finance"),
                    ("Development tools", "1,500", "Engineering, Quality"),
                ),
            ),
            Section("3 Exceptions", "Anything above a limit needs the director and the head of finance."),
        ),
    ),
}
SAID = {
    "zh": ("我在设计部工作，主要做海报。", "我在研发部工作，主要写后端。"),
    "en": ("I work in the design department, mostly on posters.", "I work in engineering, mostly on the backend."),
}
DEPARTMENTS = {"zh": ("设计部", "研发部"), "en": ("design department", "engineering")}
BESIDES = {
    "zh": ("我周末常去爬山。", "我的猫叫年糕。", "我下个月要搬到城东。"),
    "en": ("I go hiking at weekends.", "My cat is called Biscuit.", "Next month I am moving to the east side."),
}
QUESTION = {"zh": "我买软件最多能花多少钱？", "en": "What may I spend on software?"}
LIMIT = {"zh": "设计软件", "en": "Design software"}
MONTHS_AGO = "2025-06-02 11:00:00"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("documents") / "data") as started:
        yield started


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    with server.client() as opened:
        yield opened


def uploaded(client: Client, base: str, name: str, content: bytes, **more: str) -> dict[str, Any]:
    """A file once it has been read, or could not be."""
    file = {"name": name, "content": base64.b64encode(content).decode(), **more}
    [taken] = client.data("/add/knowledgebase-file", {"knowledgebase_id": base, "file": [file]})
    assert taken["status"] == "running"
    deadline = time.monotonic() + 60
    while True:
        [found] = client.data("/get/knowledgebase-file", {"file_ids": [taken["id"]]})["file_detail_list"]
        if found["status"] != "running":
            return dict(found)
        assert time.monotonic() < deadline, "the file is not read"
        time.sleep(0.05)


def found(client: Client, user: str, query: str, *bases: str, relativity: float = 0.45) -> list[str]:
    body = {"user_id": user, "query": query, "knowledgebase_ids": list(bases), "relativity": relativity}
    return [memory["memory_value"] for memory in client.data("/search/memory", body)["memory_detail_list"]]


def holds(memories: list[str], words: str) -> bool:
    return any(words.lower() in memory.lower() for memory in memories)


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("form", ["docx", "pdf"])
def test_a_policy_and_those_who_ask_about_it(client: Client, lang: str, form: str) -> None:
    ana, bo = f"ana-{lang}-{form}", f"bo-{lang}-{form}"
    for user, said in zip((ana, bo), SAID[lang], strict=True):
        for i, text in enumerate((said, *BESIDES[lang])):
            message = {"role": "user", "content": text, "chat_time": MONTHS_AGO}
            body = {"user_id": user, "conversation_id": f"c{i}", "messages": [message], "async_mode": False}
            client.data("/add/message", body)
    base = client.data("/create/knowledgebase", {"knowledgebase_name": f"{lang}-{form}"})["id"]
    content = as_docx(RULES[lang]) if form == "docx" else as_pdf(RULES[lang])
    assert uploaded(client, base, f"policy.{form}", content)["status"] == "completed"
    hers, his = DEPARTMENTS[lang]
    for user, own, others in ((ana, hers, his), (bo, his, hers)):
        both = found(client, user, QUESTION[lang], base)
        assert holds(both, LIMIT[lang]), "the passage with the limits"
        talk = [memory for memory in both if "2025-06-02" in memory]
        assert holds(talk, own), "what the employee had said"
        assert not holds(talk, others)
        alone = found(client, user, QUESTION[lang])
        assert holds(alone, own)
        assert not holds(alone, others)
        assert not holds(alone, LIMIT[lang]), "nothing of a base that is not named"
    client.data("/delete/knowledgebase", {"knowledgebase_id": base})
    assert client.post("/search/memory", {"user_id": ana, "query": "?", "knowledgebase_ids": [base]}).code == 50120


def test_what_cannot_be_read_says_why_and_stops_nothing(server: Server, client: Client) -> None:
    base = client.data("/create/knowledgebase", {"knowledgebase_name": "mixed"})["id"]
    files = [
        {"name": "a.pdf", "content": base64.b64encode(as_pdf(RULES["en"])[:600]).decode()},
        {"content": "http://127.0.0.1:9/secret.txt"},
        {"name": "b.md", "content": base64.b64encode(b"# Garden\n\nRoses are cut in March.").decode()},
        {"name": "SKILL.md", "type": "skill", "content": base64.b64encode(b"no front matter").decode()},
    ]
    taken = client.data("/add/knowledgebase-file", {"knowledgebase_id": base, "file": files})
    ids = [file["id"] for file in taken]
    deadline = time.monotonic() + 60
    while True:
        details = client.data("/get/knowledgebase-file", {"file_ids": ids})["file_detail_list"]
        if all(file["status"] != "running" for file in details) or time.monotonic() > deadline:
            break
        time.sleep(0.05)
    assert [file["status"] for file in details] == ["failed", "failed", "completed", "failed"]
    assert "damaged" in details[0]["message"]
    assert "private network" in details[1]["message"]
    assert "front matter" in details[3]["message"]
    assert holds(found(client, "eve", "When are roses cut?", base), "March")
    blobs = Path(server.data_dir, "blobs")
    kept = sum(1 for path in blobs.rglob("*") if path.is_file())
    client.data("/delete/knowledgebase-file", {"file_ids": ids})
    assert sum(1 for path in blobs.rglob("*") if path.is_file()) == kept - 3
    assert not holds(found(client, "eve", "When are roses cut?", base), "March")


def test_a_document_in_a_message_is_the_users_own(client: Client) -> None:
    parts = [
        {"type": "text", "text": "Here are our purchasing rules, keep them in mind."},
        {"type": "file", "file": {"file_data": base64.b64encode(as_docx(RULES["en"])).decode(), "filename": "p.docx"}},
        {"type": "file", "file": {"file_data": base64.b64encode(b"%PDF-1.4 cut").decode(), "filename": "cut.pdf"}},
    ]
    body = {"user_id": "kim", "conversation_id": "c", "messages": [{"role": "user", "content": parts}]}
    answer = client.data("/add/message", {**body, "async_mode": False})
    assert answer["status"] == "running"
    assert client.wait_for(answer["task_id"]) == "completed"
    told = client.post("/get/status", {"task_id": answer["task_id"]}).message
    assert told.startswith("cut.pdf: the PDF is damaged")
    assert holds(found(client, "kim", QUESTION["en"]), LIMIT["en"])
    assert not holds(found(client, "lou", QUESTION["en"]), LIMIT["en"])
    listed = client.data("/get/memory", {"user_id": "kim", "size": 50})["memory_detail_list"]
    assert any(LIMIT["en"] in memory["memory_value"] for memory in listed)
    client.data("/delete/memory", {"user_id": "kim"})
    assert found(client, "kim", QUESTION["en"]) == []


def test_a_picture_is_found_by_what_a_vision_model_sees(tmp_path: Path) -> None:
    def sees(asked: dict[str, Any]) -> Says:
        _, picture = asked["messages"][-1]["content"]
        assert picture["image_url"]["url"].startswith("data:image/png;base64,")
        return Says("A heron stands in the pond of a garden, beside a blue bicycle.")

    png = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(png, "PNG")
    url = f"data:image/png;base64,{base64.b64encode(png.getvalue()).decode()}"
    parts = [{"type": "text", "text": "Look who came!"}, {"type": "image_url", "image_url": {"url": url}}]
    body = {"user_id": "kim", "conversation_id": "c", "messages": [{"role": "user", "content": parts}]}
    with serving(ModelServer(default=sees)) as models:
        environment = {"MEMOSD_MODEL_URL": models.url, "MEMOSD_VISION_MODEL": "eyes"}
        with running(tmp_path / "data", environment=environment) as server, server.client() as client:
            answer = client.data("/add/message", body)
            assert client.wait_for(answer["task_id"]) == "completed"
            assert holds(found(client, "kim", "Which bird was in the garden pond?"), "heron")
            record = client.data("/get/status", {"task_id": answer["task_id"]})
            assert record["usage"]["output_tokens"] > 0
