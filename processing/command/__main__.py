"""`python -m processing.command`: how the supervisor starts our own processes."""

from processing.command import main

if __name__ == "__main__":
    main()
