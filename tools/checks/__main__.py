"""`./mw check`: every check, then what failed."""

import subprocess
import sys
from pathlib import Path

from tools.checks import COMMANDS, RULES, budgets


def main() -> int:
    """Run all; 1 when one failed."""
    root = Path.cwd()
    failed = []
    for name, (program, *words) in COMMANDS.items():
        print(f"{name} …", flush=True)
        if subprocess.run([Path(sys.executable).with_name(program), *words], check=False).returncode:
            failed.append(name)
    for name, faults in RULES.items():
        print(f"{name} …")
        lines = faults(root)
        print("".join(f"{line}\n" for line in lines), end="")
        if lines:
            failed.append(name)
    print(budgets.largest(root))
    print(f"failed: {', '.join(failed)}" if failed else "all checks passed")
    return bool(failed)


sys.exit(main())
