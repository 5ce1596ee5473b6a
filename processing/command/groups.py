"""A group of commands whose help says what each of them does, to the end of the sentence."""

import click

# click by itself cuts the sentence where the line ends; this is longer than any of ours.
LONGEST_SENTENCE = 1_000


class CommandGroup(click.Group):
    """Use as `@click.group(cls=CommandGroup)`."""

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        names = self.list_commands(context)
        commands = [self.get_command(context, name) for name in names]
        sentences = [command.get_short_help_str(LONGEST_SENTENCE) for command in commands]
        with formatter.section("Commands"):
            formatter.write_dl(list(zip(names, sentences, strict=True)))
