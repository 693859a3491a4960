//! What was found, in a sentence and a picture.

use yew::prelude::*;

use super::format;
use super::shared::Shared;
use super::signing_badge;
use crate::report::{Overview, StatusCount, Tone, headline, words};

/// What a [`ReportSummary`] shows.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct ReportSummaryProps {
    /// What was found.
    pub overview: Shared<Overview>,
    /// The files, in a few words.
    pub title: AttrValue,
    /// How long it took, in milliseconds.
    pub duration: f64,
    /// Files of folders that are no captures and were left out.
    #[prop_or_default]
    pub skipped: u64,
}

/// The id of the summary's heading, which the focus moves to.
pub(super) const SUMMARY: &str = "summary";

/// The verdict over all sessions with its numbers, and a bar of the statuses.
#[component]
pub fn ReportSummary(props: &ReportSummaryProps) -> Html {
    let overview = &props.overview;
    use_effect_with((), |()| crate::web::page::focus(SUMMARY));
    html! {
        <section class="report-summary" aria-labelledby={SUMMARY}>
            <h1 id={SUMMARY} class="report-summary__verdict" tabindex="-1">{ headline::of(overview) }</h1>
            <p class="report-summary__facts">{ facts(overview, &props.title, props.duration) }</p>
            if props.skipped > 0 {
                <p class="report-summary__facts">{ left_out(props.skipped) }</p>
            }
            if overview.sessions > 1 {
                { bar(&overview.by_status, overview.sessions) }
            }
        </section>
    }
}

/// The files of a folder that were not read, in a sentence.
fn left_out(skipped: u64) -> String {
    let are = if skipped == 1 { "is no capture and was" } else { "are no captures and were" };
    format!("{} in the folder {are} left out.", format::counted(skipped, "file", "files"))
}

fn facts(overview: &Overview, title: &str, duration: f64) -> String {
    let packets = overview.captures.iter().map(|capture| capture.packets).sum();
    let bytes: u64 = overview.captures.iter().map(|capture| capture.size_bytes).sum();
    let mut facts = vec![
        title.to_owned(),
        format!(
            "{}, {}{} read in {}",
            format::counted(packets, "packet", "packets"),
            format::bytes(bytes as f64),
            compression(overview),
            format::duration(duration)
        ),
    ];
    if overview.servers > 0 {
        facts.push(headline::servers(overview));
    }
    let twice: u64 = overview.captures.iter().map(|it| it.contents.recorded_twice).sum();
    if twice > 0 {
        facts.push(words::recorded_twice(twice, &format::count(twice)));
    }
    facts.join(" · ")
}

/// How the captures are compressed, to follow their size: " of gzip".
fn compression(overview: &Overview) -> String {
    let mut names: Vec<&str> =
        overview.captures.iter().filter_map(|capture| capture.compression.as_deref()).collect();
    names.sort_unstable();
    names.dedup();
    match names.as_slice() {
        [] => String::new(),
        [one] if overview.captures.iter().all(|capture| capture.compression.is_some()) => {
            format!(" of {one}")
        }
        _ => format!(", {} in part,", names.join(" and ")),
    }
}

/// A bar as wide as all sessions, with a part for each status. Its words are in the switches below
/// it, so it is a picture to those who see it and nothing to those who do not.
fn bar(by_status: &[StatusCount], sessions: u64) -> Html {
    const WIDTH: f64 = 1000.0;
    let mut begin = 0.0;
    let parts: Vec<Html> = by_status
        .iter()
        .map(|count| {
            let width = count.sessions as f64 / sessions.max(1) as f64 * WIDTH;
            let part = html! {
                <rect class={classes!("status-bar__part", signing_badge::class(Tone::of(count.status)))}
                    x={format!("{begin:.2}")} y="0" width={format!("{:.2}", width.max(1.0))}
                    height="10">
                    <title>
                        { format!("{}: {}", words::status_label(count.status), count.sessions) }
                    </title>
                </rect>
            };
            begin += width;
            part
        })
        .collect();
    html! {
        <svg class="status-bar" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true"
            focusable="false">{ for parts }</svg>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Capture;

    #[test]
    fn packets_that_were_recorded_twice_are_told() {
        let mut overview = Overview::default();
        overview.captures.push(Capture::default());
        assert_eq!(facts(&overview, "x.pcap", 1.0), "x.pcap · 0 packets, 0 bytes read in 1 ms");
        overview.captures[0].contents.recorded_twice = 1_204;
        assert_eq!(
            facts(&overview, "x.pcap", 1.0),
            "x.pcap · 0 packets, 0 bytes read in 1 ms · \
             1\u{202f}204 packets were recorded twice and counted once"
        );
    }
}
