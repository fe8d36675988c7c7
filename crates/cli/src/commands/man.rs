//! `tracestone man`: the manual pages, made from the same texts as `--help`.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use clap::CommandFactory as _;
use tracestone_files as files;

use crate::args::Args;
use crate::failure::{Exit, Failure, Hint as _};
use crate::printer::Printer;

/// Variables that no option names: for which commands (all, where there are none), and what they do.
const VARIABLES: &[(&str, &[&str], &str)] = &[
    ("NO_COLOR", &[], "Anything in it turns colours off."),
    (
        "XDG_CACHE_HOME, HOME",
        &[
            "build", "crawl", "trace", "verify", "doctor", "eval", "score", "validate",
        ],
        "Where the user's cache folder is, unless TRACESTONE_CACHE or --cache names one.",
    ),
    (
        "CC",
        &["build", "trace", "verify", "doctor"],
        "The C compiler for the native recorder; cc without it.",
    ),
    (
        "OPENAI_API_KEY, OPENAI_BASE_URL",
        &["eval"],
        "Key and address for --model openai/NAME.",
    ),
    (
        "ANTHROPIC_API_KEY, ANTHROPIC_BASE_URL",
        &["eval"],
        "Key and address for --model anthropic/NAME.",
    ),
    (
        "PROVIDER_API_KEY, PROVIDER_BASE_URL",
        &["eval"],
        "Key and address for --model openai-api/PROVIDER/NAME, the provider in capitals and with _ for -.",
    ),
    (
        "RAYON_NUM_THREADS, CANDLE_NUM_THREADS",
        &["lm", "acts", "probe", "causal", "demo"],
        "Threads that a model is computed with: as many as there are processors, and 1.",
    ),
];

/// Prints the main page, or writes all pages to a folder.
pub(crate) fn run(out: Option<&Path>, printer: &Printer) -> Result<Exit, Failure> {
    // The command `help` says nothing that the pages do not.
    let mut command = Args::command().disable_help_subcommand(true);
    command.build();
    match out {
        None => {
            let mut page = Vec::new();
            render(&command, "tracestone", &mut page)?;
            printer.raw(&page);
        }
        Some(folder) => {
            let count = files::create_folder(folder)
                .map_err(anyhow::Error::from)
                .and_then(|()| write_all(&command, "tracestone", folder))
                .hint("name a folder that you may write to")?;
            printer.note(&format!(
                "{count} manual pages written to {}",
                folder.display()
            ));
        }
    }
    Ok(Exit::Success)
}

/// Writes the page of a command and those of the commands in it; gives how many.
fn write_all(command: &clap::Command, name: &str, folder: &Path) -> anyhow::Result<usize> {
    let mut page = Vec::new();
    render(command, name, &mut page)?;
    files::write(folder.join(format!("{name}.1")), page)?;
    let mut count = 1;
    for inner in command.get_subcommands() {
        count += write_all(inner, &format!("{name}-{}", inner.get_name()), folder)?;
    }
    Ok(count)
}

/// Renders the page of one command.
fn render(command: &clap::Command, name: &str, out: &mut Vec<u8>) -> io::Result<()> {
    let page = clap_mangen::Man::new(command.clone())
        .title(name)
        .source(concat!("tracestone ", env!("CARGO_PKG_VERSION")))
        .manual("Tracestone");
    page.render_title(out)?;
    page.render_name_section(out)?;
    page.render_synopsis_section(out)?;
    page.render_description_section(out)?;
    page.render_options_section(out)?;
    if command.has_subcommands() {
        page.render_subcommands_section(out)?;
    }
    after_help(command, out)?;
    environment(command, name, out)?;
    see_also(command, name, out)
}

/// Text below the options in `--help`: examples, exit codes.
fn after_help(command: &clap::Command, out: &mut dyn Write) -> io::Result<()> {
    let Some(text) = command.get_after_help() else {
        return Ok(());
    };
    let text = text.to_string();
    let mut lines = text.lines();
    let title = match lines.next().unwrap_or_default() {
        "Exit codes:" => "EXIT STATUS",
        _ => "EXAMPLES",
    };
    writeln!(out, ".SH {title}\n.nf")?;
    for line in lines {
        writeln!(out, "{}", escaped(line))?;
    }
    writeln!(out, ".fi")
}

fn environment(command: &clap::Command, name: &str, out: &mut dyn Write) -> io::Result<()> {
    let mut variables = BTreeMap::new();
    collect(command, &mut variables);
    let own = name.split('-').nth(1);
    for (variable, commands, what) in VARIABLES {
        if own.is_none_or(|own| commands.is_empty() || commands.contains(&own)) {
            variables.insert((*variable).to_owned(), (*what).to_owned());
        }
    }
    writeln!(out, ".SH ENVIRONMENT")?;
    for (variable, what) in variables {
        writeln!(
            out,
            ".TP\n\\fB{}\\fR\n{}",
            escaped(&variable),
            escaped(&what)
        )?;
    }
    Ok(())
}

/// The variables of a command's options and of those of the commands in it.
fn collect(command: &clap::Command, variables: &mut BTreeMap<String, String>) {
    for argument in command.get_arguments() {
        if let (Some(variable), Some(long)) = (argument.get_env(), argument.get_long()) {
            let help = argument
                .get_help()
                .map_or(String::new(), ToString::to_string);
            let name = variable.to_string_lossy().into_owned();
            variables
                .entry(name)
                .or_insert_with(|| format!("In place of --{long}. {help}"));
        }
    }
    for inner in command.get_subcommands() {
        collect(inner, variables);
    }
}

fn see_also(command: &clap::Command, name: &str, out: &mut dyn Write) -> io::Result<()> {
    let mut pages: Vec<String> = command
        .get_subcommands()
        .map(|inner| format!("{name}-{}", inner.get_name()))
        .collect();
    if let Some((outer, _)) = name.rsplit_once('-') {
        pages.insert(0, outer.to_owned());
    }
    let pages: Vec<_> = pages
        .iter()
        .map(|page| format!("\\fB{}\\fR(1)", escaped(page)))
        .collect();
    writeln!(out, ".SH SEE ALSO\n{}", pages.join(", "))
}

/// Text that roff shows as it is.
fn escaped(text: &str) -> String {
    let escaped = text.replace('\\', "\\e").replace('-', "\\-");
    if escaped.starts_with(['.', '\'']) {
        format!("\\&{escaped}")
    } else {
        escaped
    }
}
