//! The table, in Markdown.

use std::fmt::Write;
use std::fs;

use crate::figures::median;
use crate::options::Options;
use crate::row::{Sheet, Target, Verdict};

/// The machine, the load, and every figure beside its target.
pub fn render(options: &Options, sync_microseconds: f64, sheet: &Sheet) -> String {
    let mut text = machine(sync_microseconds);
    let places = options
        .at_once
        .map_or_else(|| "the default".to_owned(), |places| places.to_string());
    let Options {
        connections,
        payload_bytes,
        seconds,
        runs,
        ..
    } = options;
    let _ = writeln!(
        text,
        "Load: {connections} connections, pushes of {payload_bytes} bytes, {seconds} s each; `at_once_per_project`: {places}; median of {runs}.\n"
    );
    text.push_str("| | median | least | most | target | stretch | |\n|---|---|---|---|---|---|---|\n");
    for (row, figures) in sheet.rows() {
        let middle = median(figures);
        let least = figures.iter().copied().fold(f64::INFINITY, f64::min);
        let most = figures.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let (target, stretch) = wanted(row.target());
        let verdict = match row.target().verdict(middle) {
            Verdict::None => "",
            Verdict::Missed => "**missed**",
            Verdict::Met => "met",
            Verdict::Stretch => "stretch met",
        };
        let (middle, least, most) = (figure(middle), figure(least), figure(most));
        let _ = writeln!(
            text,
            "| {} | {middle} | {least} | {most} | {target} | {stretch} | {verdict} |",
            row.label()
        );
    }
    text
}

fn machine(sync_microseconds: f64) -> String {
    let processors = std::thread::available_parallelism().map_or(0, usize::from);
    let information = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = information
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .unwrap_or("an unknown processor");
    let model = model.trim_start_matches([' ', '\t', ':']);
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!(
        "Machine: {processors} × {model}, Linux {}, {sync_microseconds:.0} µs to sync 4 KiB to its disk.\n",
        kernel.trim()
    )
}

fn wanted(target: Target) -> (String, String) {
    match target {
        Target::None => (String::new(), String::new()),
        Target::AtLeast(target, stretch) => (format!("≥ {}", plain(target)), plain(stretch)),
        Target::AtMost(target, stretch) => (format!("≤ {}", plain(target)), plain(stretch)),
    }
}

fn plain(value: f64) -> String {
    grouped(&value.to_string())
}

/// Three digits that mean something.
fn figure(value: f64) -> String {
    let text = match value.abs() {
        1000.0.. => format!("{:.0}", (value / 10.0).round() * 10.0),
        100.0..1000.0 => format!("{value:.0}"),
        10.0..100.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    };
    grouped(&text)
}

/// With commas between thousands.
fn grouped(text: &str) -> String {
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_the_digits_that_mean_something() {
        let texts = [0.267_4, 12.345, 123.4, 23_456.7].map(figure);
        assert_eq!(texts, ["0.27", "12.3", "123", "23,460"]);
        assert_eq!(plain(2500.0), "2,500");
    }
}
