"""ChatOpenAI with use_previous_response_id against a gateway whose model says what it was shown. Arguments: the base URL."""

import os
import sys

os.environ["LANGSMITH_TRACING"] = "false"

from langchain_core.messages import HumanMessage, ToolMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI


@tool
def now() -> str:
    """The time."""
    return "noon"


def converse(streaming):
    model = ChatOpenAI(
        model="Qwen/Qwen3.5-35B-A3B",
        base_url=sys.argv[1],
        api_key="any",
        use_responses_api=True,
        use_previous_response_id=True,
        streaming=streaming,
    )
    with_tools = model.bind_tools([now])
    messages = [HumanMessage("Time?")]
    messages.append(with_tools.invoke(messages))
    [call] = messages[-1].tool_calls
    messages.append(ToolMessage(now.invoke(call["args"]), tool_call_id=call["id"]))
    messages.append(with_tools.invoke(messages))
    assert messages[-1].text == "user: Time? | assistant: | tool: noon", messages[-1].text
    messages.append(HumanMessage("Sure?"))
    last = model.invoke(messages)
    assert last.text == f"user: Time? | assistant: | tool: noon | assistant: {messages[3].text} | user: Sure?", last.text


for streaming in (False, True):
    converse(streaming)
    print(f"streaming: {streaming}")
