"""Stands in for the packages LMDeploy imports and its HTTP side does not use: torch alone is 3 GB with what it needs.

Importing this module makes each of them importable. Whatever is taken from them can be called, subclassed and used as a
decorator, and does nothing.
"""

import importlib.abc
import importlib.machinery
import sys
import types

ABSENT = set(
    "accelerate aiohttp cloudpickle cv2 einops fire fla flash_attn google mmengine numpy openai_harmony peft PIL "
    "pybase64 ray rdkit safetensors sentencepiece tiktoken tilelang torch torchvision transformers triton tvm_ffi "
    "xgrammar zmq".split()
)


class AbsentClass(type):
    def __getattr__(cls, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Absent

    def __or__(cls, other):
        return cls

    __ror__ = __or__


class Absent(metaclass=AbsentClass):
    def __init__(self, *args, **kwargs):
        pass

    def __call__(self, *args, **kwargs):
        is_decorator = len(args) == 1 and callable(args[0]) and not kwargs
        return args[0] if is_decorator else self

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Absent()

    def __class_getitem__(cls, key):
        return cls

    def __or__(self, other):
        return self

    __ror__ = __or__

    def __eq__(self, other):
        return self is other

    def __hash__(self):
        return id(self)

    def __lt__(self, other):
        return False

    __ge__ = __lt__


class AbsentModule(types.ModuleType):
    __path__ = []
    __version__ = "2.8.0"

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        is_class = name[0].isupper() or name in ("dtype", "device")
        return Absent if is_class else Absent()


class Registry:
    """mmengine's, as far as LMDeploy keeps its parsers in one."""

    def __init__(self, *args, **kwargs):
        self.module_dict = {}

    def get(self, name):
        return self.module_dict.get(name)

    def register_module(self, name=None, module=None, **kwargs):
        def register(cls):
            names = name if isinstance(name, list) else [name or cls.__name__]
            self.module_dict.update(dict.fromkeys(names, cls))
            return cls

        return register if module is None else register(module)


class AbsentFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path, target=None):
        if name.partition(".")[0] not in ABSENT:
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec):
        return AbsentModule(spec.name)

    def exec_module(self, module):
        if module.__name__ == "mmengine":
            module.Registry = Registry


sys.meta_path.insert(0, AbsentFinder())
