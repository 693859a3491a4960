//! The verdict over all sessions, in a sentence.

use super::words::{count, counted};
use super::{Overview, SigningStatus, StatusCount};

/// The families of statuses, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tone {
    /// Something that was required did not hold.
    Broken,
    /// Not signed.
    Unsigned,
    /// Signed or encrypted in part.
    Mixed,
    /// Signed.
    Signed,
    /// Encrypted.
    Encrypted,
    /// Not known.
    Undetermined,
}

impl Tone {
    /// The family that `status` belongs to.
    pub fn of(status: SigningStatus) -> Tone {
        match status {
            SigningStatus::BadSignature | SigningStatus::SigningViolated => Tone::Broken,
            SigningStatus::Unsigned
            | SigningStatus::UnsignedSetupOnly
            | SigningStatus::UnsignedGuest
            | SigningStatus::UnsignedAnonymous => Tone::Unsigned,
            SigningStatus::Selective
            | SigningStatus::EncryptedPartly
            | SigningStatus::KeyMismatch => Tone::Mixed,
            SigningStatus::SignedUnverified
            | SigningStatus::SignedPartlyVerified
            | SigningStatus::SignedVerified => Tone::Signed,
            SigningStatus::Encrypted | SigningStatus::EncryptedVerified => Tone::Encrypted,
            SigningStatus::BaselineOnly | SigningStatus::NoSession | SigningStatus::Unknown => {
                Tone::Undetermined
            }
        }
    }

    /// Its name, for styles.
    pub fn name(self) -> &'static str {
        match self {
            Tone::Broken => "broken",
            Tone::Unsigned => "unsigned",
            Tone::Mixed => "mixed",
            Tone::Signed => "signed",
            Tone::Encrypted => "encrypted",
            Tone::Undetermined => "undetermined",
        }
    }
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
pub fn of(overview: &Overview) -> String {
    if overview.sessions == 0 {
        return "No SMB sessions".to_owned();
    }
    let kinds = kinds(&overview.by_status);
    if let [(kind, 1)] = kinds.as_slice() {
        return format!("The one SMB session is {kind}.");
    }
    if let [(kind, sessions)] = kinds.as_slice() {
        return format!("All {} SMB sessions are {kind}.", count(*sessions));
    }
    let parts: Vec<String> =
        kinds.iter().map(|(kind, sessions)| format!("{} {kind}", count(*sessions))).collect();
    format!("{} SMB sessions: {}.", count(overview.sessions), parts.join(", "))
}

/// How many of the servers do not require signing, and how many of those an exception accepts, in
/// words.
pub fn servers(overview: &Overview) -> String {
    let accepted = accepted(overview.servers_accepted, overview.servers_not_requiring);
    format!("{}{accepted}", lax_servers(overview))
}

/// How many unsigned sessions an exception accepts, as a sentence; nothing where it is none.
pub fn accepted_sessions(overview: &Overview) -> Option<String> {
    let accepted: u64 = overview.by_status.iter().map(|it| it.accepted).sum();
    let verb = if accepted == 1 { "is" } else { "are" };
    let sessions = counted(accepted, "session that is not signed", "sessions that are not signed");
    (accepted > 0).then(|| format!("{sessions} {verb} accepted by an exception."))
}

/// That some of a number of things are accepted, to stand behind it; nothing where none is.
pub fn accepted(accepted: u64, all: u64) -> String {
    match accepted {
        0 => String::new(),
        n if n == all && n == 1 => ", which is accepted".to_owned(),
        n if n == all => ", all of them accepted".to_owned(),
        n => format!(", of which {} accepted", count(n)),
    }
}

fn lax_servers(overview: &Overview) -> String {
    match (overview.servers_not_requiring, overview.servers) {
        (0, 1) => "the server requires signing".to_owned(),
        (0, all) => format!("all {} servers require signing", count(all)),
        (1, 1) => "the server does not require signing".to_owned(),
        (not, all) if not == all => format!("none of {} servers requires signing", count(all)),
        (not, all) => format!(
            "{} of {} servers {} not require signing",
            count(not),
            count(all),
            if not == 1 { "does" } else { "do" }
        ),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn overview(counts: &[(SigningStatus, u64)]) -> Overview {
        let by_status: Vec<StatusCount> = counts
            .iter()
            .map(|(status, sessions)| StatusCount {
                status: *status,
                sessions: *sessions,
                accepted: 0,
            })
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
        assert_eq!(of(&mixed), "7 SMB sessions: 3 unsigned, 4 signed but not verified.");
        let one = overview(&[(SigningStatus::Encrypted, 1)]);
        assert_eq!(of(&one), "The one SMB session is encrypted.");
        let failed = overview(&[(SigningStatus::NoSession, 1)]);
        assert_eq!(of(&failed), "The one SMB session is not established.");
        let all = overview(&[(SigningStatus::SignedUnverified, 3)]);
        assert_eq!(of(&all), "All 3 SMB sessions are signed but not verified.");
        assert_eq!(of(&overview(&[])), "No SMB sessions");
        let checked = overview(&[
            (SigningStatus::BadSignature, 1),
            (SigningStatus::SignedVerified, 2),
            (SigningStatus::SignedUnverified, 1),
            (SigningStatus::EncryptedVerified, 1),
        ]);
        assert_eq!(
            of(&checked),
            "5 SMB sessions: 1 carrying a bad signature, 2 signed and verified, \
             1 signed but not verified, 1 encrypted and verified."
        );
    }

    #[test]
    fn servers_are_counted_in_words() {
        let of_servers = |not_requiring, all| Overview {
            servers_not_requiring: not_requiring,
            servers: all,
            ..Overview::default()
        };
        assert_eq!(servers(&of_servers(1, 3)), "1 of 3 servers does not require signing");
        let accepted = |n, not, all| Overview { servers_accepted: n, ..of_servers(not, all) };
        let said = "2 of 3 servers do not require signing, of which 1 accepted";
        assert_eq!(servers(&accepted(1, 2, 3)), said);
        let said = "the server does not require signing, which is accepted";
        assert_eq!(servers(&accepted(1, 1, 1)), said);
        assert_eq!(servers(&of_servers(0, 2)), "all 2 servers require signing");
        assert_eq!(servers(&of_servers(2, 2)), "none of 2 servers requires signing");
    }
}
