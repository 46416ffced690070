"""python tests/fuzz/fuzz_autoconfig.py -max_total_time=10."""

import subprocess
import sys
from pathlib import Path

RUN = Path(__file__).with_name("run.py")

sys.exit(subprocess.call([sys.executable, str(RUN), "autoconfig", *sys.argv[1:]]))
