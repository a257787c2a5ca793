"""`python -m unleak` is `unleak`, and so is the frozen program, unless it is a child of itself."""

import sys

from unleak import children


def main() -> int:
    if children.is_child(sys.argv):
        return children.become(sys.argv)
    from unleak import cli

    return cli.main()


if __name__ == "__main__":
    sys.exit(main())
