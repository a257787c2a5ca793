"""The first lines of the frozen program: what it starts must not know that it is one."""

import os
import sys

if "LD_LIBRARY_PATH_ORIG" in os.environ:  # this process has its libraries; git and whatever `unleak run` starts do not
    os.environ["LD_LIBRARY_PATH"] = os.environ.pop("LD_LIBRARY_PATH_ORIG")
elif sys.platform.startswith("linux"):
    os.environ.pop("LD_LIBRARY_PATH", None)
for name in [name for name in os.environ if name.startswith("_PYI_")]:
    del os.environ[name]

from unleak.__main__ import main  # noqa: E402

sys.exit(main())
