"""LMDeploy's AsyncEngine over a backend that writes what it is told to.

The last message of the chat is the raw output of the model, before LMDeploy's parsers have seen it; of a tool's result,
"The tool said: " and the result. A token is a character.
"""

import asyncio
import json
import re
from collections import Counter

from lmdeploy.messages import EngineOutput, ResponseType, TurbomindEngineConfig
from lmdeploy.serve.core import AsyncEngine
from lmdeploy.serve.core.async_engine import RequestLogger
from lmdeploy.serve.managers import SessionManager

END = 0x110000
CONTEXT = 4096
#: What is written in one step of the engine: a mark is one token of real models, and some parsers rely on that.
STEPS = re.compile(r"</?[\w|=]+>|[^<]{1,3}|<")
#: Output that begins so takes a tenth of a second a step.
SLOW = "SLOW"
#: Output that begins so is cut within its marks.
TORN = "TORN"
#: Output that begins so breaks the engine after the first steps.
BROKEN = "BROKEN"


class CharacterTokenizer:
    eos_token_id = END
    vocab_size = END + 1

    def __init__(self):
        # LMDeploy reaches for the tokenizer within its own wrapper.
        self.model = self

    def encode(self, text, *args, **kwargs):
        return [ord(character) for character in text]

    def decode(self, ids, *args, **kwargs):
        return "".join(chr(token) for token in ids if token != END)

    def get_vocab(self):
        return {"<think>": END + 1, "</think>": END + 2}

    def convert_tokens_to_ids(self, token):
        return self.get_vocab().get(token, END + 3)

    def indexes_containing_token(self, token):
        # As with real tokenizers: a text of several tokens cannot stop the engine.
        return self.encode(token) if len(token) == 1 else []

    def detokenize_incrementally(self, ids, state, **kwargs):
        text = self.decode(ids[state.ids_offset :])
        state.ids_offset = len(ids)
        return text, state


class Prompts:
    """In the place of chat templates and processors of images."""

    def __init__(self, tokenizer):
        self.tokenizer = tokenizer
        self.messages = []

    def messages2prompt(self, messages, tools=None, **kwargs):
        return json.dumps([messages, tools], ensure_ascii=False, default=str)

    async def get_prompt_input(self, prompt, tools=None, **kwargs):
        self.messages = prompt
        text = self.messages2prompt(prompt, tools)
        return {"prompt": text, "input_ids": self.tokenizer.encode(text), "output": output_of(prompt[-1])}


def output_of(message):
    content = message.get("content") or ""
    if not isinstance(content, str):
        content = "".join(part.get("text", "") for part in content)
    return f"The tool said: {content}" if message["role"] == "tool" else content


def steps_of(output):
    pieces = re.findall("(?s).{1,3}", output) if output.startswith(TORN) else STEPS.findall(output)
    return [*([ord(character) for character in piece] for piece in pieces), [END]]


class ScriptedBackend:
    def __init__(self, config):
        self.engine_config = config
        self.counts = Counter()

    def create_instance(self, *args):
        return ScriptedInstance(self.counts)

    async def get_health_status(self):
        return {"alive": True, "message": "", "schedule_metrics": None}

    def start_loop(self, *args, **kwargs):
        pass

    def close(self):
        pass


class ScriptedInstance:
    def __init__(self, counts):
        self.counts = counts
        self.is_cancelled = False

    async def async_stream_infer(self, session_id, output, gen_config, **kwargs):
        self.is_cancelled = False
        self.counts["running"] += 1
        try:
            written = 0
            for step in steps_of(output):
                await asyncio.sleep(0.1 if output.startswith(SLOW) else 0)
                if self.is_cancelled:
                    yield EngineOutput(ResponseType.CANCEL, [])
                    return
                if output.startswith(BROKEN) and written > len(BROKEN):
                    yield EngineOutput(ResponseType.INTERNAL_ENGINE_ERROR, [])
                    return
                tokens = step[: gen_config.max_new_tokens - written]
                written += len(tokens)
                is_last = END in tokens or written == gen_config.max_new_tokens
                yield EngineOutput(ResponseType.FINISH if is_last else ResponseType.SUCCESS, tokens)
                if is_last:
                    return
        finally:
            self.counts["running"] -= 1

    async def async_cancel(self, session_id):
        self.is_cancelled = True


class ScriptedEngine(AsyncEngine):
    """Everything of AsyncEngine but the loading of a model."""

    def __init__(self, model_path, model_name=None, **kwargs):
        self.model_name = model_name or model_path
        self.backend = "turbomind"
        self.backend_config = TurbomindEngineConfig(session_len=CONTEXT, max_batch_size=64)
        self.arch = "ScriptedForCausalLM"
        self.hf_gen_cfg = {}
        self.session_len = CONTEXT
        self.tokenizer = CharacterTokenizer()
        self.prompt_processor = self.chat_template = Prompts(self.tokenizer)
        self.engine = ScriptedBackend(self.backend_config)
        self.stop_words = [END]
        self.num_spec_token = 0
        self.is_sleeping = False
        self.sleeping_tags = set()
        self.epoch = 0
        self.stat_loggers = []
        self.request_logger = RequestLogger(0)
        self.session_mgr = SessionManager()
        self.session_mgr.build_request_handle_pool(self.engine, self.backend_config.max_batch_size)
        self._last_scheduler_tick = None
        self._last_scheduler_tick_time = 0
        self._dispatched_start_time = None
        self._idle_schedule_start_time = None

    def start_loop(self, *args, **kwargs):
        pass
