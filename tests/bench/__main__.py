"""`python -m tests.bench [WORD]`: runs every bench_*.py of this folder, or those with WORD in it.

Each has a function `measure()` that yields (what was measured, seconds or a rate with its unit).
"""

import importlib
import sys
from pathlib import Path

HERE = Path(__file__).parent


def main(words: list[str]) -> int:
    names = sorted(path.stem for path in HERE.glob("bench_*.py"))
    chosen = [name for name in names if all(word in name for word in words)]
    if not chosen:
        print(f"No benchmark has {' and '.join(words)} in its name. There are:", *names)
        return 2
    for name in chosen:
        print(name.removeprefix("bench_").replace("_", " "))
        for what, figure in importlib.import_module(f"tests.bench.{name}").measure():
            print(f"  {what:<44} {figure}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
