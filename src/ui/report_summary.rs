//! What was found, in a sentence and a picture.

use yew::prelude::*;

use super::format;
use super::shared::Shared;
use super::signing_badge::Tone;
use crate::report::{Overview, SigningStatus, StatusCount, words};

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
            <h1 id={SUMMARY} class="report-summary__verdict" tabindex="-1">{ verdict(overview) }</h1>
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

/// The sessions of each kind that occurs, in words, the worst first.
fn kinds(by_status: &[StatusCount]) -> Vec<(&'static str, u64)> {
    let mut kinds: Vec<(Tone, &'static str, u64)> = Vec::new();
    for count in by_status {
        let word = kind(count.status);
        match kinds.iter_mut().find(|(_, known, _)| *known == word) {
            Some((_, _, sessions)) => *sessions += count.sessions,
            None => kinds.push((Tone::of(count.status), word, count.sessions)),
        }
    }
    kinds.sort_by_key(|(tone, _, _)| *tone);
    kinds.into_iter().map(|(_, word, sessions)| (word, sessions)).collect()
}

/// The verdict over all sessions as a sentence.
pub(super) fn verdict(overview: &Overview) -> String {
    if overview.sessions == 0 {
        return "No SMB sessions".to_owned();
    }
    let kinds = kinds(&overview.by_status);
    if let [(kind, 1)] = kinds.as_slice() {
        return format!("The one SMB session is {kind}.");
    }
    if let [(kind, sessions)] = kinds.as_slice() {
        return format!("All {} SMB sessions are {kind}.", format::count(*sessions));
    }
    let parts: Vec<String> = kinds
        .iter()
        .map(|(kind, sessions)| format!("{} {kind}", format::count(*sessions)))
        .collect();
    format!("{} SMB sessions: {}.", format::count(overview.sessions), parts.join(", "))
}

/// What a status says of a session, coarsely. The headline is what is repeated to others, so it must
/// not say more than was checked.
fn kind(status: SigningStatus) -> &'static str {
    match status {
        SigningStatus::BadSignature => "carrying a bad signature",
        SigningStatus::SigningViolated => "in violation of required signing",
        SigningStatus::Unsigned
        | SigningStatus::UnsignedSetupOnly
        | SigningStatus::UnsignedGuest
        | SigningStatus::UnsignedAnonymous => "unsigned",
        SigningStatus::Selective | SigningStatus::EncryptedPartly => "protected in part",
        SigningStatus::KeyMismatch => "signed with another key than the one given",
        SigningStatus::SignedUnverified => "signed but not verified",
        SigningStatus::SignedPartlyVerified => "signed and verified in part",
        SigningStatus::SignedVerified => "signed and verified",
        SigningStatus::Encrypted => "encrypted",
        SigningStatus::EncryptedVerified => "encrypted and verified",
        SigningStatus::NoSession => "not established",
        SigningStatus::BaselineOnly | SigningStatus::Unknown => "undetermined",
    }
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
        facts.push(servers(overview.servers_not_requiring, overview.servers));
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

fn servers(not_requiring: u64, servers: u64) -> String {
    match (not_requiring, servers) {
        (0, 1) => "the server requires signing".to_owned(),
        (0, _) => format!("all {} servers require signing", format::count(servers)),
        (1, 1) => "the server does not require signing".to_owned(),
        (not, all) if not == all => {
            format!("none of {} servers requires signing", format::count(all))
        }
        (not, all) => format!(
            "{} of {} servers {} not require signing",
            format::count(not),
            format::count(all),
            if not == 1 { "does" } else { "do" }
        ),
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
                <rect class={classes!("status-bar__part", Tone::of(count.status).class())}
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

    fn overview(counts: &[(SigningStatus, u64)]) -> Overview {
        let by_status: Vec<StatusCount> = counts
            .iter()
            .map(|(status, sessions)| StatusCount { status: *status, sessions: *sessions })
            .collect();
        let sessions = counts.iter().map(|(_, sessions)| sessions).sum();
        Overview { sessions, by_status, ..Overview::default() }
    }

    #[test]
    fn the_verdict_is_a_sentence_with_numbers() {
        let mixed = overview(&[
            (SigningStatus::Unsigned, 1),
            (SigningStatus::UnsignedGuest, 2),
            (SigningStatus::SignedUnverified, 4),
        ]);
        assert_eq!(verdict(&mixed), "7 SMB sessions: 3 unsigned, 4 signed but not verified.");
        let one = overview(&[(SigningStatus::Encrypted, 1)]);
        assert_eq!(verdict(&one), "The one SMB session is encrypted.");
        let failed = overview(&[(SigningStatus::NoSession, 1)]);
        assert_eq!(verdict(&failed), "The one SMB session is not established.");
        let all = overview(&[(SigningStatus::SignedUnverified, 3)]);
        assert_eq!(verdict(&all), "All 3 SMB sessions are signed but not verified.");
        assert_eq!(verdict(&overview(&[])), "No SMB sessions");
        let checked = overview(&[
            (SigningStatus::BadSignature, 1),
            (SigningStatus::SignedVerified, 2),
            (SigningStatus::SignedUnverified, 1),
            (SigningStatus::EncryptedVerified, 1),
        ]);
        assert_eq!(
            verdict(&checked),
            "5 SMB sessions: 1 carrying a bad signature, 2 signed and verified, \
             1 signed but not verified, 1 encrypted and verified."
        );
    }

    #[test]
    fn packets_that_were_recorded_twice_are_told() {
        let mut overview = overview(&[]);
        overview.captures.push(Capture::default());
        assert_eq!(facts(&overview, "x.pcap", 1.0), "x.pcap · 0 packets, 0 bytes read in 1 ms");
        overview.captures[0].contents.recorded_twice = 1_204;
        assert_eq!(
            facts(&overview, "x.pcap", 1.0),
            "x.pcap · 0 packets, 0 bytes read in 1 ms · \
             1\u{202f}204 packets were recorded twice and counted once"
        );
    }

    #[test]
    fn servers_are_counted_in_words() {
        assert_eq!(servers(1, 3), "1 of 3 servers does not require signing");
        assert_eq!(servers(0, 2), "all 2 servers require signing");
        assert_eq!(servers(2, 2), "none of 2 servers requires signing");
    }
}
