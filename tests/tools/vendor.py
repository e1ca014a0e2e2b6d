"""The vendor's driver libfptr10 by itself, through ctypes: none of our C code takes part. Names of parameters and
queries come from the vendor's header, so that a wrong number of ours cannot hide behind an equal one here."""
import ctypes
import datetime
import os
import re
from pathlib import Path


def driver_dir():
    """Where the vendor's driver of the tests was unpacked (run.sh sets ATOL_DRIVER_DIR)."""
    path = os.environ.get("ATOL_DRIVER_DIR")
    return Path(path) if path else None


def library(folder=None):
    return Path(folder or driver_dir()) / "linux-x64" / "libfptr10.so"


def constants(header):
    """Every enumerator of the header as {name: number}."""
    found = {}
    text = re.sub(r"//[^\n]*|/\*.*?\*/", "", Path(header).read_text(errors="replace"), flags=re.S)
    for body in re.findall(r"enum\s+\w+\s*\{(.*?)\}", text, flags=re.S):
        value = -1
        for item in body.split(","):
            name, _, given = (part.strip() for part in item.partition("="))
            if not name or name.startswith("#"):
                continue
            value = sum(found[term.strip()] if term.strip() in found else int(term, 0)
                        for term in given.split("+")) if given else value + 1
            found[name] = value
    return found


class DriverError(Exception):
    def __init__(self, code, text):
        super().__init__(f"{code} {text}")
        self.code = code
        self.text = text


class Driver:
    """One driver object. `quiet` keeps it from writing logs into the home folder."""

    def __init__(self, folder=None, **settings):
        folder = Path(folder or driver_dir())
        self.names = constants(folder / "libfptr10.h")
        self.lib = ctypes.CDLL(str(library(folder)))
        for name in ("create", "open", "close", "query_data", "fn_query_data", "error_code", "process_json",
                     "read_device_setting", "write_date_time", "beep", "device_reboot", "apply_single_settings"):
            getattr(self.lib, "libfptr_" + name).argtypes = [ctypes.c_void_p]
        self.lib.libfptr_create.argtypes = [ctypes.POINTER(ctypes.c_void_p)]
        self.lib.libfptr_destroy.argtypes = [ctypes.POINTER(ctypes.c_void_p)]
        self.lib.libfptr_destroy.restype = None
        self.lib.libfptr_set_single_setting.argtypes = [ctypes.c_void_p, ctypes.c_wchar_p, ctypes.c_wchar_p]
        self.lib.libfptr_set_single_setting.restype = None
        self.lib.libfptr_error_description.argtypes = [ctypes.c_void_p, ctypes.c_wchar_p, ctypes.c_int]
        self.lib.libfptr_set_param_int.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_uint]
        self.lib.libfptr_set_param_str.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_wchar_p]
        self.lib.libfptr_set_param_datetime.argtypes = [ctypes.c_void_p] + [ctypes.c_int] * 7
        self.lib.libfptr_get_param_bool.argtypes = [ctypes.c_void_p, ctypes.c_int]
        self.lib.libfptr_get_param_int.argtypes = [ctypes.c_void_p, ctypes.c_int]
        self.lib.libfptr_get_param_int.restype = ctypes.c_uint
        self.lib.libfptr_get_param_double.argtypes = [ctypes.c_void_p, ctypes.c_int]
        self.lib.libfptr_get_param_double.restype = ctypes.c_double
        self.lib.libfptr_get_param_str.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_wchar_p, ctypes.c_int]
        self.lib.libfptr_get_param_bytearray.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_int]
        self.lib.libfptr_get_param_datetime.argtypes = [ctypes.c_void_p, ctypes.c_int] + [ctypes.POINTER(ctypes.c_int)] * 6
        self.handle = ctypes.c_void_p()
        if self.lib.libfptr_create(ctypes.byref(self.handle)) != 0:
            raise RuntimeError("libfptr_create failed")
        for key, value in settings.items():
            self.lib.libfptr_set_single_setting(self.handle, key, str(value))
        self.check(self.lib.libfptr_apply_single_settings(self.handle))

    def number(self, name):
        return self.names["LIBFPTR_" + name]

    def check(self, result):
        if result == 0:
            return
        buffer = ctypes.create_unicode_buffer(2048)
        self.lib.libfptr_error_description(self.handle, buffer, 2048)
        raise DriverError(self.lib.libfptr_error_code(self.handle), buffer.value)

    def open(self):
        self.check(self.lib.libfptr_open(self.handle))

    def close(self):
        self.check(self.lib.libfptr_close(self.handle))

    def destroy(self):
        self.lib.libfptr_destroy(ctypes.byref(self.handle))

    def set(self, name, value):
        number = self.number("PARAM_" + name)
        if isinstance(value, datetime.datetime):
            self.lib.libfptr_set_param_datetime(self.handle, number, value.year, value.month, value.day, value.hour,
                                                value.minute, value.second)
        elif isinstance(value, str):
            self.lib.libfptr_set_param_str(self.handle, number, value)
        else:
            self.lib.libfptr_set_param_int(self.handle, number, value)

    def query(self, kind, **inputs):
        """DT_… or FNDT_…, by the header's name."""
        fiscal = kind.startswith("FNDT")
        self.set("FN_DATA_TYPE" if fiscal else "DATA_TYPE", self.number(kind))
        for name, value in inputs.items():
            self.set(name, value)
        self.check((self.lib.libfptr_fn_query_data if fiscal else self.lib.libfptr_query_data)(self.handle))

    def call(self, name):
        self.check(getattr(self.lib, "libfptr_" + name)(self.handle))

    def _id(self, name):
        return name if isinstance(name, int) else self.number("PARAM_" + name)

    def bool(self, name):
        return self.lib.libfptr_get_param_bool(self.handle, self._id(name)) != 0

    def int(self, name):
        return self.lib.libfptr_get_param_int(self.handle, self._id(name))

    def double(self, name):
        return self.lib.libfptr_get_param_double(self.handle, self._id(name))

    def str(self, name):
        buffer = ctypes.create_unicode_buffer(1024)
        need = self.lib.libfptr_get_param_str(self.handle, self._id(name), buffer, 1024)
        if need > 1024:
            buffer = ctypes.create_unicode_buffer(need)
            self.lib.libfptr_get_param_str(self.handle, self._id(name), buffer, need)
        return buffer.value

    def bytes(self, name):
        buffer = ctypes.create_string_buffer(4096)
        return buffer.raw[:self.lib.libfptr_get_param_bytearray(self.handle, self._id(name), buffer, 4096)]

    def time(self, name):
        parts = [ctypes.c_int() for _ in range(6)]
        self.lib.libfptr_get_param_datetime(self.handle, self._id(name), *[ctypes.byref(p) for p in parts])
        return "%04d-%02d-%02dT%02d:%02d:%02d" % tuple(p.value for p in parts)
