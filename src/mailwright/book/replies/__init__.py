"""What servers and mail programs say when it does not work, and what it means.

One TOML file for each family of servers, services or programs; each row is a reply as it really came, with
its source and its causes, ranked. `vendors.toml` says whose words they are, `tables/` what single words,
codes and letters mean. A text is unwrapped (`unwrapping`), read (`saying`) and asked about (`table`).
"""

from mailwright.book.replies.hiding import hidden
from mailwright.book.replies.row import Row
from mailwright.book.replies.saying import said
from mailwright.book.replies.table import Replies
from mailwright.book.replies.unwrapping import unwrapped

__all__ = ["Replies", "Row", "hidden", "said", "unwrapped"]
