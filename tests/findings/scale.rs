//! The time that the rules take grows with the number of sessions and not with its square, however
//! alike the sessions are.

use std::time::{Duration, Instant};

use countersign::analysis::{Analysis, Options, Results};

use super::Leg;
use super::conversation::ntlm::{Answer, answer_to, challenge_of};
use super::conversation::{Conversation, smb2};

/// Sessions of one client with one server: all have one challenge, and a half of them one response,
/// and all fail.
fn alike(n: u16) -> Conversation {
    let mut talk = Conversation::new();
    for number in 0..n {
        let (client, server) = ([1_u16, 2], number % 2);
        let client = format!("10.0.0.{}:{}", client[usize::from(server)], 10_000 + number);
        let challenge = challenge_of("FS1", [5, 8, 2, 6, 1, 9, 3, 4]);
        let seed = if number % 2 == 0 { 1 } else { (number % 251) as u8 };
        let answer = Answer { user: "alice", ..answer_to(&challenge, "cifs/other", seed) };
        let leg = Leg {
            session: 0x1000 + u64::from(number),
            ..Leg::new(&client, "10.0.0.2:445", (number % 31) as u8)
        };
        let refused = smb2::welcomed().status(smb2::STATUS_LOGON_FAILURE);
        leg.run(&mut talk, &challenge, &answer, refused);
    }
    talk
}

fn results(talk: &Conversation) -> Results {
    let mut analysis = Analysis::new(Options::DEFAULT);
    let source = analysis.add_source("alike.pcap");
    analysis.push(source, &talk.capture());
    analysis.end(source);
    analysis.finish().unwrap()
}

/// The shortest of several times that the rules take.
fn time(results: &Results) -> Duration {
    let once = || {
        let start = Instant::now();
        assert!(!results.findings().is_empty());
        start.elapsed()
    };
    (0..5).map(|_| once()).min().unwrap()
}

#[test]
fn eight_times_the_sessions_take_nothing_like_the_square() {
    const FEW: u16 = 500;
    let (few, many) = (results(&alike(FEW)), results(&alike(8 * FEW)));
    assert_eq!(many.n_sessions(), 8 * few.n_sessions());
    let (few, many) = (time(&few), time(&many));
    println!("{few:?} for {FEW} sessions, {many:?} for {}", 8 * FEW);
    // The square would be 64 times as long.
    assert!(many < few * 24, "{few:?} and {many:?}");
}
