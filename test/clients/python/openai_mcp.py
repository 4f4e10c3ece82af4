"""The tools of an MCP server with openai, before a gateway that runs them. Arguments: the base URL, the server's URL."""

import sys

from openai import APIStatusError, BadRequestError, OpenAI

MODEL = "Qwen/Qwen3.5-35B-A3B"
client = OpenAI(base_url=sys.argv[1], api_key="any", max_retries=0)


def mcp(**options):
    server = {"type": "mcp", "server_label": "everything", "server_url": sys.argv[2], "allowed_tools": ["get-env"]}
    return [{**server, "require_approval": "never", **options}]


def kinds(response):
    return [item.type for item in response.output]


def listed_and_called():
    response = client.responses.create(model=MODEL, input="Look.", tools=mcp())
    assert kinds(response) == ["mcp_list_tools", "reasoning", "mcp_call", "message"], kinds(response)
    assert response.output[2].name == "get-env" and "PATH" in response.output[2].output
    assert "PATH" in response.output_text


def streamed():
    with client.responses.stream(model=MODEL, input="Look.", tools=mcp()) as stream:
        types = [event.type for event in stream]
        final = stream.get_final_response()
    assert kinds(final) == ["mcp_list_tools", "reasoning", "mcp_call", "message"], kinds(final)
    assert types.index("response.mcp_list_tools.completed") < types.index("response.mcp_call.in_progress")
    assert types.index("response.mcp_call_arguments.done") < types.index("response.mcp_call.completed")


def asked_about():
    for approve in (True, False):
        first = client.responses.create(model=MODEL, input="Look.", tools=mcp(require_approval="always"))
        request = first.output[-1]
        assert request.type == "mcp_approval_request" and request.name == "get-env"
        answer = {"type": "mcp_approval_response", "approval_request_id": request.id, "approve": approve}
        second = client.responses.create(
            model=MODEL, previous_response_id=first.id, input=[answer], tools=mcp(require_approval="always")
        )
        assert kinds(second) == (["mcp_call", "message"] if approve else ["message"]), kinds(second)
        items = [item.to_dict() for item in first.output]
        stateless = client.responses.create(
            model=MODEL,
            store=False,
            input=[{"role": "user", "content": "Look."}, *items, answer],
            tools=mcp(require_approval="always"),
        )
        assert kinds(stateless) == kinds(second), kinds(stateless)


def refused():
    for url, error, param in (
        ("https://mcp.example.com/mcp", BadRequestError, "tools[0].server_url"),
        (sys.argv[2].replace("/mcp", "/nowhere"), APIStatusError, "tools"),
    ):
        try:
            client.responses.create(model=MODEL, input="Look.", tools=mcp(server_url=url))
        except error as caught:
            assert caught.param == param, caught.param
            assert caught.status_code == (400 if error is BadRequestError else 424)
        else:
            raise AssertionError(f"{url} was taken")


for case in [listed_and_called, streamed, asked_about, refused]:
    case()
    print(case.__name__)
