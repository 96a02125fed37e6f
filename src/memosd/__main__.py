"""`python -m memosd`."""

from memosd.cli import main

if __name__ == "__main__":
    main()
