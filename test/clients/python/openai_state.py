"""The stateful calls of openai against a gateway whose model says what it was shown. Arguments: the base URL."""

import sys
import time

from openai import BadRequestError, NotFoundError, OpenAI

MODEL = "Qwen/Qwen3.5-35B-A3B"
client = OpenAI(base_url=sys.argv[1], api_key="any")
TOOLS = [{"type": "function", "name": "now", "parameters": {"type": "object", "properties": {}}, "strict": False}]


def fails(error, call, *args, **kwargs):
    try:
        call(*args, **kwargs)
    except error as caught:
        return caught
    raise AssertionError(f"{call} did not raise {error}")


def stored_responses():
    created = client.responses.create(model=MODEL, input="Hi", metadata={"a": "b"})
    assert client.responses.retrieve(created.id).to_dict() == created.to_dict()
    error = fails(BadRequestError, client.responses.cancel, created.id)
    assert "Cannot cancel a synchronous response." in error.message
    client.responses.delete(created.id)
    fails(NotFoundError, client.responses.retrieve, created.id)
    unstored = client.responses.create(model=MODEL, input="Hi", store=False)
    fails(NotFoundError, client.responses.retrieve, unstored.id)


def input_items():
    lines = [{"role": "user", "content": f"line {index}"} for index in range(25)]
    created = client.responses.create(model=MODEL, input=lines)
    items = client.responses.input_items.list(created.id, limit=10, order="asc")
    assert [item.content[0].text for item in items] == [line["content"] for line in lines]


def chains():
    first = client.responses.create(model=MODEL, input="Time?", tools=TOOLS)
    call = next(item for item in first.output if item.type == "function_call")
    output = {"type": "function_call_output", "call_id": call.call_id, "output": "noon"}
    with client.responses.stream(
        model=MODEL, previous_response_id=first.id, input=[output], tools=TOOLS
    ) as stream:
        second = stream.get_final_response()
    assert second.output_text == "user: Time? | assistant: | tool: noon", second.output_text
    third = client.responses.create(model=MODEL, previous_response_id=second.id, input="Sure?")
    assert third.output_text.endswith("| user: Sure?") and third.output_text.startswith("user: Time?")
    error = fails(BadRequestError, client.responses.create, model=MODEL, previous_response_id="resp_none", input="x")
    assert error.code == "previous_response_not_found"
    compacted = client.responses.compact(model=MODEL, previous_response_id=third.id)
    assert [item.type for item in compacted.output] == ["message", "message", "compaction"]


def conversations():
    conversation = client.conversations.create(
        metadata={"topic": "a"}, items=[{"type": "message", "role": "user", "content": "I am Ada."}]
    )
    updated = client.conversations.update(conversation.id, metadata={"topic": "b"})
    assert client.conversations.retrieve(conversation.id) == updated and updated.metadata == {"topic": "b"}
    answer = client.responses.create(model=MODEL, conversation=conversation.id, input="Who am I?")
    assert answer.output_text == "user: I am Ada. | user: Who am I?", answer.output_text
    added = client.conversations.items.create(
        conversation.id, items=[{"role": "developer", "content": "Be brief."}]
    )
    item = client.conversations.items.retrieve(added.data[0].id, conversation_id=conversation.id)
    assert item == added.data[0]
    assert client.conversations.items.delete(item.id, conversation_id=conversation.id).id == conversation.id
    items = client.conversations.items.list(conversation.id, order="asc", limit=1)
    assert [item.role for item in items] == ["user", "user", "assistant"]
    assert client.conversations.delete(conversation.id).deleted
    fails(NotFoundError, client.conversations.retrieve, conversation.id)


def background():
    started = client.responses.create(model=MODEL, input="Hi", background=True)
    assert started.status == "queued"
    response = started
    while response.status in ("queued", "in_progress"):
        time.sleep(0.01)
        response = client.responses.retrieve(response.id)
    assert response.output_text == "user: Hi"
    assert client.responses.cancel(response.id).status == "completed"


def resumed_stream():
    seen = []
    with client.responses.create(model=MODEL, input="one two three", background=True, stream=True) as stream:
        for event in stream:
            seen.append(event)
            if event.type == "response.output_text.delta":
                break
    id = seen[0].response.id
    seen += client.responses.retrieve(id, stream=True, starting_after=seen[-1].sequence_number)
    assert [event.sequence_number for event in seen] == list(range(len(seen)))
    text = "".join(event.delta for event in seen if event.type == "response.output_text.delta")
    assert text == "user: one two three", text
    with client.responses.stream(response_id=id, starting_after=4) as stream:
        assert [event.sequence_number for event in stream if hasattr(event, "sequence_number")][0] == 5
        assert stream.get_final_response().output_text == text


CASES = [stored_responses, input_items, chains, conversations, background, resumed_stream]
for case in CASES:
    case()
    print(case.__name__)
