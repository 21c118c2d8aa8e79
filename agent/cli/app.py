"""The ``oncobrief`` command: global options, the table of commands, and one way to fail."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.context import CliState
from agent.cli.lazy import LazyCommand, lazy_group
from agent.ops.limits import no_room, stop_gracefully
from agent.ops.logs import LOGGER, logging_json, stop_logging
from agent.ops.secrets import known_secrets, masker

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = {
    "demo": LazyCommand("agent.cli.demo", "The main job end to end: data, knowledge, explanation, cited brief."),
    "data": LazyCommand("agent.cli.data", "Fetch public screens, check your own tables, show what is there."),
    "explain": LazyCommand("agent.cli.explain", "Fit the model for a drug and explain what it learnt."),
    "null": LazyCommand("agent.cli.null", "How often permuted responses reach what the data show for a drug."),
    "validate": LazyCommand("agent.cli.validate", "Explanations beside known mechanisms, with every baseline."),
    "benchmark": LazyCommand("agent.cli.benchmark", "Run every benchmark of a source checkout and write one page."),
    "knowledge": LazyCommand("agent.cli.knowledge", "Build, feed and search the knowledge base."),
    "brief": LazyCommand("agent.cli.brief", "Write the cited hypothesis brief for a drug."),
    "chat": LazyCommand("agent.cli.chat", "Ask in plain words; answers are computed, or quote checked passages."),
    "mcp": LazyCommand("agent.cli.mcp", "The same tools for clients of the Model Context Protocol."),
    "review": LazyCommand("agent.cli.review", "Decide on drafted hypotheses, and learn from the decisions."),
    "serve": LazyCommand("agent.cli.serve", "The web page: drugs, chat, search, review; on this machine."),
    "run": LazyCommand("agent.cli.run", "Run a command and record what it was made of, to the byte."),
    "replay": LazyCommand("agent.cli.replay", "Do a recorded command again and compare every byte."),
    "backup": LazyCommand("agent.cli.backup", "Write the workspace into one file."),
    "restore": LazyCommand("agent.cli.restore", "Restore a back-up into a new workspace."),
    "doctor": LazyCommand("agent.cli.doctor", "What works here, and what to do about what does not."),
}

app = typer.Typer(
    cls=lazy_group(COMMANDS),
    name="oncobrief",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(value: bool) -> None:
    if value:
        from oncobrief import __version__

        sys.stdout.write(f"oncobrief {__version__}\n")
        raise typer.Exit


@app.callback()
def root(
    ctx: typer.Context,
    workspace: Annotated[
        Path | None,
        typer.Option("--workspace", metavar="DIR", help="Folder for data, bundles, knowledge and briefs."),
    ] = None,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an unexpected failure.")] = False,
    log_json: Annotated[bool, typer.Option("--log-json", help="Write the log to stderr as JSON lines.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """From an expression matrix and a drug screen to a cited, falsifiable hypothesis brief. Research use only."""
    ctx.obj = CliState(folder=workspace, debug=debug)
    if log_json or any(name.startswith("ONCOBRIEF_LOG__") for name in os.environ):
        _start_logging(ctx.obj, log_json, ctx.invoked_subcommand or "")


def _start_logging(state: CliState, asked: bool, command: str) -> None:
    from agent.ops.logs import start_logging

    settings = state.settings()
    if asked or settings.log.json_lines or settings.log.file is not None:
        log = settings.log
        start_logging(level=log.level, file=log.file, secrets=known_secrets(), command=command)


def main(args: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 1 the work failed, 2 bad usage or input, 130 interrupted, 143 stopped."""
    given = list(sys.argv[1:] if args is None else args)
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        # Numerical threads fight over few cores and blur determinism; a user's own choice stands.
        os.environ.setdefault(name, "1")
    stop_gracefully()
    try:
        app(given, prog_name="oncobrief")
    except SystemExit as stop:
        stop_logging(stop.code if isinstance(stop.code, int) else int(stop.code is not None))
        raise
    except Exception as error:  # noqa: BLE001 - the outermost door: whatever failed becomes one message and a code
        code = _report(error, debug="--debug" in given)
        stop_logging(code)
        sys.exit(code)


def _report(error: Exception, *, debug: bool) -> int:
    """Print or log one clear message, without secrets, and return the exit code."""
    mask = masker(known_secrets())
    code = getattr(error, "exit_code", None)
    known = isinstance(code, int)
    text = mask(str(error)) if known else " ".join(mask(str(error)).split()) or "no message"
    if not known and (full := no_room(error)) is not None:
        known, text = True, mask(full)
    if not known:
        text = f"unexpected {type(error).__name__}: {text[:400]}"
    if logging_json():
        logging.getLogger(LOGGER).error(text, exc_info=error if debug else None)
    else:
        sys.stderr.write(f"oncobrief: {text}\n")
        if not known and not debug:
            sys.stderr.write("oncobrief: run again with --debug before the command for the traceback\n")
        if debug:
            import traceback

            sys.stderr.write(mask("".join(traceback.format_exception(error))))
    return code if isinstance(code, int) else 1
