"""A simulated Mode workspace (REST and Discovery) and Catalog endpoint on 127.0.0.1.

It stands on its own: standard library only, nothing imported from the product. What it does follows
docs/mode-api.md; what is contested there is a switch in `Quirks`.
"""

from .catalog import Upload
from .command import serve
from .faults import Fault
from .limits import RateLimit
from .quirks import Quirks
from .server import Request, Sandbox
from .workspace import Workspace

__all__ = ["Fault", "Quirks", "RateLimit", "Request", "Sandbox", "Upload", "Workspace", "serve"]
