//! Clocks that cannot be relied on: of captures that were taken with different ones, and of one that
//! jumps back. Several captures are merged by time, so where their clocks differ, what was recorded
//! in more than one is not put together rightly, and the report has to say so.

use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasher;

use crate::capture::CaptureFacts;
use crate::net::Segment;
use crate::report::Problem;
use crate::time::Timestamp;

use super::clock;

/// A few segments of a capture, chosen by their contents, so that those of two captures with the
/// same traffic are the same ones.
#[derive(Clone, Debug, Default)]
pub(super) struct Sketch {
    /// The segments with the smallest fingerprints, and when each was captured first.
    segments: BTreeMap<u64, Timestamp>,
}

impl Sketch {
    /// Segments that are kept.
    const MOST: usize = 64;

    /// Takes a segment into account.
    pub(super) fn add(&mut self, segment: &Segment<'_>) {
        if segment.payload_len == 0 || segment.timestamp == Timestamp::UNKNOWN {
            return;
        }
        // The same in every run, for a report must not differ from one to the next.
        let hasher = foldhash::fast::FixedState::with_seed(0);
        let Segment { source, destination, identification, seq, ack, payload_len, .. } = segment;
        let fingerprint =
            hasher.hash_one((source, destination, identification, seq, ack, payload_len));
        if self.segments.len() >= Sketch::MOST {
            match self.segments.last_key_value() {
                Some((largest, _)) if fingerprint < *largest => {}
                _ => return,
            }
        }
        self.segments.entry(fingerprint).or_insert(segment.timestamp);
        if self.segments.len() > Sketch::MOST {
            self.segments.pop_last();
        }
    }
}

/// What is to be said of the captures' clocks, each problem with the place of its capture.
pub(super) fn problems(captures: &[&CaptureFacts], sketches: &[Sketch]) -> Vec<(usize, Problem)> {
    let mut problems: Vec<(usize, Problem)> = apart(captures).into_iter().collect();
    problems.extend(differing(captures, sketches));
    problems.extend(
        captures
            .iter()
            .enumerate()
            .filter_map(|(place, capture)| Some((place, jumps_back(capture)?))),
    );
    problems
}

/// Groups of captures that are told of at most.
const GROUPS: usize = 8;

/// Captures of a group that are named.
const NAMED: usize = 3;

/// Captures whose times overlap or all but follow one another.
struct Group<'a> {
    place: usize,
    names: Vec<&'a str>,
    first: Timestamp,
    last: Timestamp,
}

/// Groups of captures of which none has a time that another has; the problem is the second one's.
fn apart(captures: &[&CaptureFacts]) -> Option<(usize, Problem)> {
    let mut spans: Vec<(Timestamp, Timestamp, usize, &str)> = captures
        .iter()
        .enumerate()
        .filter_map(|(place, it)| Some((it.first_time?, it.last_time?, place, it.name.as_str())))
        .collect();
    spans.sort_unstable();
    let mut groups: Vec<Group<'_>> = Vec::new();
    for (first, last, place, name) in spans {
        match groups.last_mut() {
            Some(group) if first.since(group.last) <= pause(group, last.since(first)) => {
                group.last = group.last.max(last);
                group.names.push(name);
            }
            _ => groups.push(Group { place, names: vec![name], first, last }),
        }
    }
    groups.get(1).map(|second| (second.place, do_not_overlap(&groups)))
}

/// How long after a group a capture may begin that goes on with it: recorders that start a new file
/// now and then leave a pause where nothing was sent.
fn pause(group: &Group<'_>, span: i64) -> i64 {
    const SECOND: i64 = Timestamp::NANOSECONDS_PER_SECOND;
    group.last.since(group.first).max(span).clamp(SECOND, 60 * SECOND)
}

fn do_not_overlap(groups: &[Group<'_>]) -> Problem {
    let told = |group: &Group<'_>| {
        let mut names = group.names.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
        if group.names.len() > NAMED {
            names.push_str(&format!(" and {} more", group.names.len() - NAMED));
        }
        let (first, last) = (clock::to_the_second(group.first), clock::to_the_second(group.last));
        format!("{names} (from {first} to {last})")
    };
    let mut all: Vec<String> = groups.iter().take(GROUPS).map(told).collect();
    if groups.len() > GROUPS {
        all.push(format!("and {} more", groups.len() - GROUPS));
    }
    problem(
        "clocks-do-not-overlap",
        format!(
            "These captures do not overlap in time: {}. If they were captured one after another, \
             that is as it should be. If at the same time, a clock was wrong: then sessions that \
             are in several are not put together rightly, and the clock should be corrected first, \
             with editcap -t SECONDS IN OUT.",
            all.join("; ")
        ),
    )
}

/// Captures that hold the same packets at different times.
fn differing(captures: &[&CaptureFacts], sketches: &[Sketch]) -> Vec<(usize, Problem)> {
    /// Packets in common that show it.
    const LEAST: usize = 4;
    /// How much clocks differ that are told of: what is recorded twice at about one time is known
    /// to be.
    const SECONDS: i64 = 2;
    let mut seen: HashMap<u64, (usize, Timestamp)> = HashMap::new();
    let mut offsets: BTreeMap<(usize, usize), Vec<i64>> = BTreeMap::new();
    for (place, sketch) in sketches.iter().enumerate() {
        for (fingerprint, time) in &sketch.segments {
            let (other, first) = *seen.entry(*fingerprint).or_insert((place, *time));
            if other != place {
                let offset = time.0.saturating_sub(first.0);
                offsets.entry((other, place)).or_default().push(offset);
            }
        }
    }
    let differs = |offsets: &[i64]| {
        let (least, most) = (offsets.iter().min().copied()?, offsets.iter().max().copied()?);
        let is_one = most.saturating_sub(least) <= Timestamp::NANOSECONDS_PER_SECOND;
        let is_far = least.unsigned_abs().min(most.unsigned_abs())
            >= (SECONDS * Timestamp::NANOSECONDS_PER_SECOND).unsigned_abs();
        (offsets.len() >= LEAST && is_one && is_far).then_some(least)
    };
    offsets
        .into_iter()
        .filter_map(|((one, other), offsets)| {
            let (one, name) = (captures.get(one)?, &captures.get(other)?.name);
            let offset = seconds(differs(&offsets)?);
            let message = format!(
                "{name} holds the same packets as {}, with times that differ by {offset} seconds: \
                 one of the two clocks was wrong. What is in both is not put together rightly. \
                 Correct one first, with editcap -t SECONDS IN OUT.",
                one.name
            );
            Some((other, problem("clocks-differ", message)))
        })
        .collect()
}

/// A clock that was set back during the capture.
fn jumps_back(capture: &CaptureFacts) -> Option<Problem> {
    let jumps = &capture.jumps_back;
    let (place, most) = (jumps.first_packet?, seconds(jumps.most));
    let times = if jumps.count == 1 { "once".to_owned() } else { format!("{} times", jumps.count) };
    let mut told = problem(
        "time-runs-backwards",
        format!(
            "The times of packets go back {times}, by {most} seconds at most: the clock was set \
             while capturing, or files were put one behind the other. The packets were taken in the \
             order of the file. If that is not the order they were sent in, reordercap IN OUT sorts \
             them."
        ),
    );
    told.packet = Some(place);
    Some(told)
}

/// Nanoseconds as seconds to the millisecond.
fn seconds(nanoseconds: i64) -> String {
    let milliseconds = nanoseconds.unsigned_abs() / 1_000_000;
    format!("{}.{:03}", milliseconds / 1_000, milliseconds % 1_000)
}

fn problem(code: &str, message: String) -> Problem {
    Problem { code: code.to_owned(), offset: None, packet: None, message }
}
