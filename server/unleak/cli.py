"""The command line: `unleak scan`, `baseline`, `explain`, `rules`, `model`, `adapt`, `feedback`, `run` and `serve`."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Callable, Sequence

from unleak import __version__
from unleak.console import UsageError, complain
from unleak.finding import Severity
from unleak.report import FORMATS

ERROR, INTERRUPTED, NO_READER = 2, 130, 141


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; returns 0 where all is clean, 1 for findings, 2 for errors, 130 for Ctrl-C.

    And 141 where whoever reads the output has gone.
    """
    _prepare_output()
    arguments = _parser().parse_args(argv)
    try:
        code: int = arguments.run(arguments)
        sys.stdout.flush()
    except UsageError as error:
        complain(str(error))
        return ERROR
    except KeyboardInterrupt:
        complain("interrupted")
        return INTERRUPTED
    except OSError as error:
        _give_up_output()
        if isinstance(error, BrokenPipeError):
            return NO_READER
        complain(f"{error.filename or 'output'}: {error.strerror}")
        return ERROR
    return code


def _prepare_output() -> None:
    """Make sure that any text can be written, and that closed streams swallow it."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - it stays open to the end
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115 - it stays open to the end
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _give_up_output() -> None:
    """Python flushes standard output once more at the end; let that go nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="unleak", description="Find hard-coded secrets. Nothing leaves this machine.")
    parser.add_argument("--version", action="version", version=f"unleak {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    _describe_scan(
        commands.add_parser(
            "scan",
            help="find secrets in files",
            description="Find secrets in files and folders. What git ignores is left out unless it is named.",
            epilog="Exit codes: 0 no findings, 1 findings (or --exit-code), 2 error.",
        )
    )
    baseline = commands.add_parser("baseline", help="record known findings, so that only new ones are reported")
    _describe_baseline(baseline.add_subparsers(metavar="COMMAND", required=True))
    explain = commands.add_parser(
        "explain",
        help="say why a line is reported, or why not",
        description="Show every candidate on a line, its signals, and why it was or was not reported.",
    )
    explain.add_argument("place", metavar="PATH:LINE")
    explain.set_defaults(run=_explain)
    rules = commands.add_parser("rules", help="list, show and check the rules")
    _describe_rules(rules.add_subparsers(metavar="COMMAND", required=True))
    model = commands.add_parser("model", help="list, install and choose the models that can be the judge")
    _describe_model(model.add_subparsers(metavar="COMMAND", required=True))
    _describe_adapt(
        commands.add_parser(
            "adapt",
            help="have the judge learn from a team's own examples",
            description="Train a small adapter to the judge, and use it where it is better on the examples that were "
            "held back and no worse elsewhere. FOLDER holds files and labels.jsonl (docs/adapt.md).",
            epilog="Exit codes: 0 learned and in use, 1 not worth having, 2 error.",
        )
    )
    feedback = commands.add_parser("feedback", help="show, export or delete what is kept to learn from")
    _describe_feedback(feedback.add_subparsers(metavar="COMMAND", required=True))
    _describe_run(
        commands.add_parser(
            "run",
            help="run a program with the variables of .env and of the keychain",
            description="Run COMMAND with the variables of the project's .env and keychain in its environment. "
            "Those that are set already stay as they are.",
            epilog="The exit code is that of COMMAND; 126 and 127 where it does not start.",
        )
    )
    serve = commands.add_parser("serve", help="run the language server on standard input and output")
    serve.add_argument("--tcp", metavar="HOST:PORT", help="listen on a TCP port instead, for debugging")
    serve.set_defaults(run=_serve)
    return parser


def _describe_scan(scan: argparse.ArgumentParser) -> None:
    scan.add_argument("paths", nargs="*", metavar="PATH", help="files and folders (default: this folder)")
    source = scan.add_mutually_exclusive_group()
    source.add_argument(
        "--staged", action="store_true", help="scan what is staged in git, and report on the lines it adds"
    )
    source.add_argument("--stdin", action="store_true", help="scan standard input")
    scan.add_argument("--stdin-filename", metavar="NAME", help="the file that standard input stands for")
    scan.add_argument("--format", choices=FORMATS, default="text", help="of the report (default: text)")
    scan.add_argument("--output", metavar="FILE", help="write the report to FILE")
    scan.add_argument(
        "--min-severity",
        choices=[level.label for level in Severity],
        help="report this and above (default: information)",
    )
    scan.add_argument("--jobs", type=_number(1, 1024), metavar="N", help="processes at most (default: one a processor)")
    _describe_judge(scan)
    scan.add_argument(
        "--finder", action="store_true", help="have a model that can read the files whole, too, which takes long"
    )
    scan.add_argument("--exit-code", type=_number(0, 255), default=1, metavar="N", help="for findings (default: 1)")
    scan.add_argument("--show-values", action="store_true", help="put the secrets themselves into jsonl")
    scan.add_argument("--config", metavar="FILE", help="use this unleak.toml and look for no other")
    scan.add_argument("--no-color", action="store_true", help="do not color the text")
    loudness = scan.add_mutually_exclusive_group()
    loudness.add_argument("-q", "--quiet", action="store_true", help="write findings and errors only")
    loudness.add_argument("-v", "--verbose", action="store_true", help="name every file that is skipped")
    scan.set_defaults(run=_scan)


def _describe_judge(command: argparse.ArgumentParser) -> None:
    command.add_argument("--no-judge", action="store_true", help="go by the rules alone")
    command.add_argument(
        "--judge-budget",
        type=_seconds,
        metavar="SECONDS",
        help="what the judge may take for all files (default: as long as it takes)",
    )


def _describe_baseline(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    create = commands.add_parser("create", help="record all findings of today")
    create.add_argument("--force", action="store_true", help="make an existing baseline anew, without its judgements")
    update = commands.add_parser("update", help="follow what moved, drop what is gone")
    update.add_argument("--add", action="store_true", help="record new findings as well")
    audit = commands.add_parser(
        "audit",
        help="judge what is recorded",
        description="Go through open entries at a terminal; elsewhere list all entries.",
        epilog="Exit codes: 0 no open entries, 1 open entries, 2 error.",
    )
    audit.add_argument("--format", choices=("auto", "text", "json"), default="auto", help="list the entries so")
    for command, run in ((create, _create_baseline), (update, _update_baseline), (audit, _audit_baseline)):
        command.add_argument("paths", nargs="*", metavar="PATH", help="files and folders (default: this folder)")
        command.add_argument("--config", metavar="FILE", help="use this unleak.toml and look for no other")
        command.add_argument("--jobs", type=_number(1, 1024), metavar="N", help="processes at most")
        _describe_judge(command)
        loudness = command.add_mutually_exclusive_group()
        loudness.add_argument("-q", "--quiet", action="store_true", help="write results and errors only")
        loudness.add_argument("-v", "--verbose", action="store_true", help="name every file that is skipped")
        # What `scan` lets people choose: here the values are hashed where they are found, and nothing is written.
        command.set_defaults(run=run, min_severity=None, output=None, show_values=True)


def _describe_rules(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    check = commands.add_parser("check", help="prove every example in rule files")
    check.add_argument("paths", nargs="*", metavar="PATH", help="files or folders (default: unleak's own)")
    check.set_defaults(run=_check_rules)
    listing = commands.add_parser("list", help="list the rules in force in this folder")
    listing.add_argument("--format", choices=("text", "json", "markdown"), default="text")
    listing.set_defaults(run=_list_rules)
    show = commands.add_parser("show", help="show a rule")
    show.add_argument("id", metavar="ID")
    show.set_defaults(run=_show_rule)


def _describe_model(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    listing = commands.add_parser("list", help="list the models, with a star at the one that is the judge")
    show = commands.add_parser("show", help="show a model")
    bring = commands.add_parser("import", help="install a model from a folder with its manifest, or a .zip of one")
    bring.add_argument("path", metavar="PATH")
    pull = commands.add_parser(
        "pull",
        help="download and install a model from the Hugging Face Hub",
        description="Download a model of the catalogue, or that of a repository, and install it.",
    )
    pull.add_argument("id", metavar="ID", help="a model of the catalogue, or OWNER/NAME, OWNER/NAME@REVISION")
    pull.add_argument("--use", action="store_true", help="and make it the judge")
    verify = commands.add_parser(
        "verify",
        help="read the files of models again and compare them",
        epilog="Exit codes: 0 all are whole, 1 something is wrong, 2 error.",
    )
    verify.add_argument("ids", nargs="*", metavar="ID", help="models (default: all that are installed)")
    use = commands.add_parser("use", help="make a model the judge")
    push = commands.add_parser("push", help="upload a model that is installed to a private repository of the team")
    push.add_argument("id", metavar="ID")
    push.add_argument("repository", metavar="OWNER/NAME")
    merge = commands.add_parser("merge", help="install an adapter and its base as one model")
    remove = commands.add_parser("remove", help="delete installed models")
    remove.add_argument("ids", nargs="+", metavar="ID", help="models")
    collect = commands.add_parser("gc", help="delete what interrupted work has left")
    collect.add_argument("--unused", action="store_true", help="and all installed models but the judge")
    for command in (listing, show):
        command.add_argument("--json", action="store_true", help="for scripts")
    for command in (show, use, merge):
        command.add_argument("id", metavar="ID", help="NAME@VERSION, or NAME where there is one version")
    for name, command in commands.choices.items():
        command.set_defaults(run=_model, command=name)


def _describe_adapt(adapt: argparse.ArgumentParser) -> None:
    adapt.add_argument("folder", nargs="?", metavar="FOLDER", help="of labelled examples")
    adapt.add_argument("--kept", action="store_true", help="learn from what people said of findings, too")
    adapt.add_argument("--name", type=_model_name, default="team", metavar="NAME", help="of the model (default: team)")
    adapt.add_argument("--minutes", type=_number(1, 600), default=10, metavar="N", help="at most (default: 10)")
    adapt.add_argument("--rank", type=_number(1, 64), default=8, metavar="N", help="of the adapter (default: 8)")
    adapt.add_argument("--dry-run", action="store_true", help="say what there is to learn, and learn nothing")
    adapt.add_argument("--push", metavar="OWNER/NAME", help="and upload it to this private repository of the team")
    adapt.add_argument("--json", action="store_true", help="print what came of it for scripts")
    adapt.set_defaults(run=_adapt)


def _describe_feedback(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    status = commands.add_parser("status", help="say whether it is on, and count the examples")
    status.set_defaults(run=_feedback_status)
    export = commands.add_parser("export", help="write the examples as JSON lines")
    export.add_argument("--out", metavar="FILE", help="write to FILE (default: standard output)")
    export.set_defaults(run=_export_feedback)
    clear = commands.add_parser("clear", help="delete all examples")
    clear.set_defaults(run=_clear_feedback)


def _describe_run(run: argparse.ArgumentParser) -> None:
    run.add_argument("--folder", metavar="FOLDER", default=".", help="of the project (default: this folder)")
    run.add_argument("command", nargs=argparse.REMAINDER, metavar="-- COMMAND", help="the program with its arguments")
    run.set_defaults(run=_run)


def _number(least: int, most: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        if least <= int(text) <= most:
            return int(text)
        raise argparse.ArgumentTypeError(f"must be from {least} to {most}")

    return number


def _model_name(text: str) -> str:
    from unleak.judge.shelf import is_id

    if is_id(f"{text}@1"):
        return text
    raise argparse.ArgumentTypeError("must be of letters, digits and . _ + -")


def _seconds(text: str) -> float:
    if float(text) >= 0:
        return float(text)
    raise argparse.ArgumentTypeError("must be 0 or more")


# Each command is imported when it is run: `scan` must not wait for what `serve` needs.


def _scan(arguments: argparse.Namespace) -> int:
    from unleak.scan_command import scan

    return scan(arguments)


def _create_baseline(arguments: argparse.Namespace) -> int:
    from unleak.baseline_command import create

    return create(arguments)


def _update_baseline(arguments: argparse.Namespace) -> int:
    from unleak.baseline_command import update

    return update(arguments)


def _audit_baseline(arguments: argparse.Namespace) -> int:
    from unleak.baseline_audit import audit

    return audit(arguments)


def _explain(arguments: argparse.Namespace) -> int:
    from unleak.explain_command import explain

    return explain(arguments.place)


def _check_rules(arguments: argparse.Namespace) -> int:
    from unleak.rules_command import check

    return check(arguments.paths)


def _list_rules(arguments: argparse.Namespace) -> int:
    from unleak.rules_command import list_all

    return list_all(arguments.format)


def _show_rule(arguments: argparse.Namespace) -> int:
    from unleak.rules_command import show

    return show(arguments.id)


def _model(arguments: argparse.Namespace) -> int:
    from unleak.model_command import run

    return run(arguments)


def _adapt(arguments: argparse.Namespace) -> int:
    from unleak.adapt_command import run

    return run(arguments)


def _feedback_status(arguments: argparse.Namespace) -> int:
    from unleak.feedback_command import status

    return status()


def _export_feedback(arguments: argparse.Namespace) -> int:
    from unleak.feedback_command import export

    return export(arguments.out)


def _clear_feedback(arguments: argparse.Namespace) -> int:
    from unleak.feedback_command import clear

    return clear()


def _run(arguments: argparse.Namespace) -> int:
    from pathlib import Path

    from unleak.run_command import run

    return run(arguments.command, Path(arguments.folder))


def _serve(arguments: argparse.Namespace) -> int:
    from unleak.lsp.server import serve

    return serve(tcp=arguments.tcp)


if __name__ == "__main__":
    sys.exit(main())
