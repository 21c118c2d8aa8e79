"""The command line as a module, for child processes of the benchmarks and tests."""

from agent.cli.app import main

if __name__ == "__main__":
    main()
