"""`python -m minikeras <command>`: what can be done without writing a script."""

import sys


def demo(arguments):
    """train on handwritten digits and draw what was learned"""
    from minikeras import demo

    return demo.main(arguments)


COMMANDS = {"demo": demo}


def usage():
    lines = [f"  {name:8} {run.__doc__}" for name, run in COMMANDS.items()]
    return "\n".join(
        ["usage: python -m minikeras <command> [options]", "", *lines, ""]
        + ["Options of a command: python -m minikeras <command> --help"]
    )


def main(arguments):
    """Run the command that the arguments begin with; returns the exit code."""
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(usage())
        return 0
    name, *rest = arguments
    if name not in COMMANDS:
        from minikeras.utils.messages import did_you_mean

        hint = did_you_mean(name, COMMANDS)
        print(f"Unknown command {name!r}.{hint}\n\n{usage()}", file=sys.stderr)
        return 2
    return COMMANDS[name](rest) or 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
