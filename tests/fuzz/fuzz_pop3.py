"""python tests/fuzz/fuzz_pop3.py -max_total_time=10."""

import subprocess
import sys
from pathlib import Path

RUN = Path(__file__).with_name("run.py")

sys.exit(subprocess.call([sys.executable, str(RUN), "pop3", *sys.argv[1:]]))
