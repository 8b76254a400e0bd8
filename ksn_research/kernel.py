"""Kernels for notebooks: always a fresh one, private to its run; forked where there is a template for it."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from ksn_research.forked import Template

LAUNCHER = "ipykernel_launcher"
# What a template of kernels imports beside what notebooks need.
MODULES = ("ipykernel.kernelapp", "ipykernel.ipkernel", "IPython.core.completer", "matplotlib_inline")


@contextmanager
def private_manager(template: Template | None) -> Iterator[type[AsyncKernelManager]]:
    """A kernel manager that talks through files of a private folder, so that no other user of the machine
    can listen, parallel runs do not meet, and the kernel need not warn about it. Sockets where files
    cannot carry the talk (Windows)."""
    if os.name == "nt":
        yield AsyncKernelManager
        return
    with tempfile.TemporaryDirectory(prefix="ksn-") as folder:

        class PrivateKernelManager(AsyncKernelManager):
            def __init__(self, **options: Any) -> None:
                super().__init__(**{"transport": "ipc", "ip": f"{folder}/kernel", **options})
                if template is not None:
                    self.provisioner = ForkedProvisioner(template, self)

        yield PrivateKernelManager


class ForkedProvisioner(LocalProvisioner):
    """Forks a kernel where Jupyter would start a new Python; in all else Jupyter's own."""

    def __init__(self, template: Template, manager: AsyncKernelManager) -> None:
        super().__init__(kernel_id="", kernel_spec=manager.kernel_spec, parent=manager)
        self._template = template

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        if LAUNCHER not in cmd:  # another language's kernel, or one that somebody configured
            return await super().launch_kernel(cmd, **kwargs)
        told = cmd[cmd.index(LAUNCHER) + 1 :]
        started = self._template.start(run_kernel, told, cwd=kwargs.get("cwd"), env=kwargs.get("env"))
        self.process = started  # type: ignore[assignment]  # has what Jupyter asks of a Popen
        self.pid = self.pgid = started.pid
        self.cwd = kwargs.get("cwd")
        return self.connection_info


def run_kernel(told: list[str]) -> None:
    """Be an IPython kernel until it is shut down; `told` is what `ipykernel_launcher` would be told."""
    from ipykernel.kernelapp import IPKernelApp

    launcher = find_spec(LAUNCHER)
    sys.argv = [(launcher and launcher.origin) or LAUNCHER, *told]
    # With a parent, it neither explains itself on the terminal nor outlives the template.
    app = IPKernelApp.instance(parent_handle=os.getppid())
    app.initialize(told)  # type: ignore[no-untyped-call]
    _pictures_as_in_a_new_kernel()
    app.start()  # type: ignore[no-untyped-call]


def _pictures_as_in_a_new_kernel() -> None:
    """Tell matplotlib what it looks for when it is imported: in the template there was neither a shell nor
    the backend that a kernel names."""
    if "matplotlib" in sys.modules:
        import matplotlib as mpl

        mpl.rcParams["backend"] = os.environ["MPLBACKEND"]
    if "matplotlib_inline.backend_inline" in sys.modules:
        sys.modules["matplotlib_inline.backend_inline"]._enable_matplotlib_integration()
