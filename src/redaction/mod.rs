//! Reports in which names, accounts and addresses are replaced, always by the same.
//!
//! What stands for a name is made of the name and a key, so that reports under one key can be laid
//! side by side, and nobody without the key can try names. Names are learnt from the whole run first,
//! for sentences have them too.

mod pseudonyms;
mod text;

use std::net::IpAddr;

use zeroize::Zeroizing;

use self::pseudonyms::{Kind, Pseudonyms};
use crate::report::{
    Accepted, AsClient, AsServer, Auth, Capture, Endpoint, Evidence, Exceptions, Field, Finding,
    Host, HostName, NegotiateSide, NotAnalysable, Session, SessionRow,
};

/// The key of a redaction. It is neither shown nor written by anything here.
#[derive(Clone)]
pub struct Key(Zeroizing<[u8; Key::LEN]>);

impl Key {
    /// Bytes of a key.
    pub const LEN: usize = 32;

    /// The key that `bytes` are.
    pub fn new(bytes: [u8; Key::LEN]) -> Key {
        Key(Zeroizing::new(bytes))
    }

    /// The key that hexadecimal digits give; `None` where they are not those of a key.
    pub fn parse(digits: &str) -> Option<Key> {
        let (pairs, rest) = digits.trim().as_bytes().as_chunks::<2>();
        if pairs.len() != Key::LEN || !rest.is_empty() {
            return None;
        }
        let mut bytes = Zeroizing::new([0; Key::LEN]);
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            let digit = |letter: u8| char::from(letter).to_digit(16);
            *byte = u8::try_from(digit(*high)? << 4 | digit(*low)?).ok()?;
        }
        Some(Key(bytes))
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8; Key::LEN] {
        &self.0
    }
}

/// What stands instead of a text that a person wrote into a capture file.
const LEFT_OUT: &str = "(redacted)";

/// Replaces what is to be hidden in the parts of a report.
pub struct Redaction {
    pseudonyms: Pseudonyms,
    /// The names of the captures, the longest first, each with what stands for it.
    captures: Vec<(String, String)>,
}

impl Redaction {
    /// A redaction under `key` that knows no names.
    pub fn new(key: Key) -> Redaction {
        Redaction { pseudonyms: Pseudonyms::new(key), captures: Vec::new() }
    }

    /// Learns the name of a capture.
    pub fn learn_capture(&mut self, capture: &Capture) {
        let name = &capture.name;
        let ending = name
            .rsplit_once('.')
            .map(|(_, ending)| ending)
            .filter(|ending| ENDINGS.contains(&ending.to_lowercase().as_str()));
        let mut pseudonym = self.pseudonyms.of_name(Kind::Capture, name);
        if let Some(ending) = ending {
            pseudonym = format!("{pseudonym}.{}", ending.to_lowercase());
        }
        self.captures.push((name.clone(), pseudonym));
        self.captures.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
    }

    /// Learns the names of a host.
    pub fn learn_host(&self, host: &Host) {
        self.address(&host.address);
        for said in &host.name_sources {
            self.learn_name(&said.name);
        }
    }

    /// Learns a name that somebody asked for.
    pub fn learn_name(&self, name: &str) {
        self.host_name(name);
    }

    /// Learns the names of a session.
    pub fn learn_session(&self, session: &Session) {
        self.session(&mut session.clone());
    }

    /// Redacts a capture.
    pub fn capture(&self, capture: &mut Capture) {
        capture.name = self.capture_name(&capture.name);
        for interface in &mut capture.interfaces {
            for text in [&mut interface.name, &mut interface.description, &mut interface.filter] {
                leave_out(text);
            }
            self.optional(&mut interface.os);
            self.optional(&mut interface.hardware);
        }
        for comment in &mut capture.comments {
            comment.text = LEFT_OUT.to_owned();
        }
        for text in [&mut capture.application, &mut capture.os, &mut capture.hardware] {
            self.optional(text);
        }
        for problem in &mut capture.problems {
            problem.message = self.sentence_on_files(&problem.message);
        }
        for found in &mut capture.contents.not_analysable {
            self.not_analysable(found);
        }
    }

    /// Redacts a session.
    pub fn session(&self, session: &mut Session) {
        for end in [&mut session.client, &mut session.server] {
            self.endpoint(end);
        }
        for name in session.names.client.iter_mut().chain(&mut session.names.server) {
            self.said(name);
        }
        self.auth(&mut session.auth);
        for tree in &mut session.trees {
            *tree = self.path(tree);
        }
        for channel in &mut session.channels {
            self.endpoint(&mut channel.client);
            self.endpoint(&mut channel.server);
        }
        for side in [&mut session.negotiate.client, &mut session.negotiate.server] {
            side.iter_mut().for_each(|side| self.negotiate(side));
        }
        let verdict = &mut session.verdict;
        for text in [&mut verdict.phrase, &mut verdict.would_change] {
            *text = self.sentence(text);
        }
        for reason in &mut verdict.why {
            reason.text = self.sentence(&reason.text);
        }
        if let Some(verification) = &mut session.verification {
            verification.secret = self.sentence(&verification.secret);
            verification.way = self.sentence(&verification.way);
            for failure in &mut verification.failures {
                failure.meaning = self.sentence(&failure.meaning);
            }
        }
        session.evidence.iter_mut().for_each(|it| self.evidence(it));
        session.wireshark_filter = self.sentence(&session.wireshark_filter);
        for filter in &mut session.wireshark_filters {
            filter.filter = self.sentence(&filter.filter);
        }
        Redaction::accepted(&mut session.exception);
    }

    /// Redacts a session's row.
    pub fn row(&self, row: &mut SessionRow) {
        self.endpoint(&mut row.client);
        self.endpoint(&mut row.server);
        row.account = row.account.as_deref().map(|account| self.account(account));
        row.phrase = self.sentence(&row.phrase);
        Redaction::accepted(&mut row.exception);
    }

    /// Redacts accepted exceptions: what a person wrote is left out.
    pub fn exceptions(&self, exceptions: &mut Exceptions) {
        for told in &mut exceptions.list {
            let exception = &mut told.exception;
            exception.host = exception.host.as_deref().map(|host| self.address(host.trim()));
            if let Some(network) = &mut exception.network {
                // How wide it is tells nobody which it is.
                let prefix = network.split_once('/').map(|(_, prefix)| prefix.to_owned());
                *network = format!("{LEFT_OUT}/{}", prefix.unwrap_or_default());
            }
            let controls = exception.compensating_controls.iter_mut();
            for text in controls.chain([&mut exception.reason, &mut exception.owner]) {
                *text = LEFT_OUT.to_owned();
            }
        }
    }

    fn accepted(accepted: &mut Option<Accepted>) {
        if let Some(accepted) = accepted {
            accepted.reason = LEFT_OUT.to_owned();
            accepted.owner = LEFT_OUT.to_owned();
        }
    }

    /// Redacts a host.
    pub fn host(&self, host: &mut Host) {
        self.as_server(&mut host.as_server);
        self.as_client(&mut host.as_client);
        for shown in &mut host.role_evidence {
            self.evidence(&mut shown.evidence);
        }
        for software in &mut host.software {
            software.said = self.sentence(&software.said);
            self.optional(&mut software.product);
            self.evidence(&mut software.evidence);
        }
        for remark in &mut host.remarks {
            remark.text = self.sentence(&remark.text);
            remark.evidence.iter_mut().for_each(|it| self.evidence(it));
        }
        host.address = self.address(&host.address);
        for name in &mut host.names {
            *name = self.host_name(name);
        }
        host.name_sources.iter_mut().for_each(|said| self.said(said));
    }

    fn as_server(&self, server: &mut AsServer) {
        for account in &mut server.accounts {
            *account = self.account(account);
        }
        for client in &mut server.unsigned_clients {
            client.client = self.address(&client.client);
            client.evidence.iter_mut().for_each(|it| self.evidence(it));
        }
        server.requires_signing_evidence.iter_mut().for_each(|it| self.evidence(it));
        Redaction::accepted(&mut server.exception);
    }

    fn as_client(&self, client: &mut AsClient) {
        for account in &mut client.accounts {
            *account = self.account(account);
        }
        client.requires_signing_evidence.iter_mut().for_each(|it| self.evidence(it));
        Redaction::accepted(&mut client.exception);
    }

    /// Redacts a finding.
    pub fn finding(&self, finding: &mut Finding) {
        for host in &mut finding.hosts {
            *host = self.address(host);
        }
        Redaction::accepted(&mut finding.exception);
        finding.title = self.sentence_on_files(&finding.title);
        finding.evidence.iter_mut().for_each(|it| self.evidence(it));
        for text in &mut finding.alternatives {
            *text = self.sentence(text);
        }
    }

    /// Redacts one end of a connection.
    pub fn endpoint(&self, end: &mut Endpoint) {
        end.address = self.address(&end.address);
        if let Some(name) = &mut end.name {
            *name = self.host_name(name);
        }
    }

    fn auth(&self, auth: &mut Auth) {
        // What is most telling of a name is learnt first: it says what stands for it.
        for (name, kind) in [
            (&mut auth.workstation, Kind::Host),
            (&mut auth.service, Kind::Host),
            (&mut auth.domain, Kind::Domain),
            (&mut auth.realm, Kind::Domain),
            (&mut auth.user, Kind::User),
        ] {
            let redacted = name.as_deref().map(|it| self.name(kind, Kind::Domain, it));
            *name = redacted;
        }
        auth.fields.iter_mut().for_each(|field| self.field(field));
    }

    fn negotiate(&self, side: &mut NegotiateSide) {
        if let Some(guid) = &mut side.guid {
            *guid = self.pseudonyms.of_guid(guid);
        }
        for context in &mut side.contexts {
            let holds_names = context.name.contains("NETNAME");
            for value in &mut context.values {
                *value = if holds_names { self.host_name(value) } else { self.sentence(value) };
            }
        }
        side.fields.iter_mut().for_each(|field| self.field(field));
    }

    fn field(&self, field: &mut Field) {
        field.value = self.value(&field.name, &field.value);
    }

    fn evidence(&self, evidence: &mut Evidence) {
        evidence.value = self.value(&evidence.field, &evidence.value);
        evidence.meaning = self.sentence(&evidence.meaning);
    }

    /// The value of a field: of one that holds a name it is one, whatever it looks like.
    fn value(&self, field: &str, value: &str) -> String {
        let has = |parts: &[&str]| parts.iter().any(|part| field.contains(part));
        if has(&["SingleHost"]) {
            LEFT_OUT.to_owned()
        } else if has(&NAME_FIELDS) && value.parse::<IpAddr>().is_err() {
            self.name(Kind::Name, Kind::Name, value)
        } else {
            self.sentence(value)
        }
    }

    fn said(&self, said: &mut HostName) {
        said.name = self.host_name(&said.name);
        said.claimed_by = said.claimed_by.as_deref().map(|address| self.address(address));
    }

    fn not_analysable(&self, found: &mut NotAnalysable) {
        self.endpoint(&mut found.client);
        self.endpoint(&mut found.server);
        found.name = found.name.as_deref().map(|name| self.host_name(name));
    }

    fn address(&self, address: &str) -> String {
        match address.parse() {
            Ok(address) => self.pseudonyms.of_address(address),
            Err(_) => self.sentence(address),
        }
    }

    /// The name of a host, or its address in the place of one.
    fn host_name(&self, name: &str) -> String {
        match name.parse() {
            Ok(address) => self.pseudonyms.of_address(address),
            Err(_) => self.name(Kind::Host, Kind::Domain, name),
        }
    }

    /// DOMAIN\user.
    fn account(&self, account: &str) -> String {
        match account.split_once('\\') {
            Some((domain, user)) => format!(
                "{}\\{}",
                self.name(Kind::Domain, Kind::Domain, domain),
                self.name(Kind::User, Kind::Domain, user)
            ),
            None => self.name(Kind::User, Kind::Domain, account),
        }
    }

    /// A path of a share, of which the first part is a host.
    fn path(&self, path: &str) -> String {
        let bare = path.trim_start_matches('\\');
        let slashes = path.get(..path.len() - bare.len()).unwrap_or_default();
        match bare.split_once('\\') {
            Some((host, share)) => format!(
                "{slashes}{}\\{}",
                self.host_name(host),
                self.name(Kind::Share, Kind::Share, share)
            ),
            None => format!("{slashes}{}", self.host_name(bare)),
        }
    }

    fn name(&self, first: Kind, rest: Kind, name: &str) -> String {
        text::name(&self.pseudonyms, first, rest, name)
    }

    fn capture_name(&self, name: &str) -> String {
        let known = self.captures.iter().find(|(known, _)| known == name);
        known.map_or_else(|| LEFT_OUT.to_owned(), |(_, pseudonym)| pseudonym.clone())
    }

    /// A sentence that may name captures.
    fn sentence_on_files(&self, sentence: &str) -> String {
        let mut text = sentence.to_owned();
        for (name, pseudonym) in self.captures.iter().filter(|(name, _)| !name.is_empty()) {
            if text.contains(name.as_str()) {
                text = text.replace(name.as_str(), pseudonym);
            }
        }
        self.sentence(&text)
    }

    fn sentence(&self, sentence: &str) -> String {
        text::sentence(&self.pseudonyms, sentence)
    }

    fn optional(&self, text: &mut Option<String>) {
        *text = text.as_deref().map(|text| self.sentence(text));
    }
}

/// Endings of names of captures that may be told.
const ENDINGS: [&str; 9] = ["cap", "gz", "lz4", "pcap", "pcapng", "trace", "xz", "zip", "zst"];

/// What the names of fields have in them that hold names of hosts, accounts and the like.
const NAME_FIELDS: [&str; 15] = [
    "RPC request argument",
    "AccountName",
    "DomainName",
    "ComputerName",
    "TreeName",
    "TargetName",
    "UserName",
    "Workstation",
    "PrimaryDomain",
    "NETNAME",
    " name",
    "realm",
    "sname",
    "cname",
    "e-text",
];

fn leave_out(text: &mut Option<String>) {
    if text.is_some() {
        *text = Some(LEFT_OUT.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::Key;

    #[test]
    fn a_key_is_hexadecimal_digits_of_its_length() {
        let key = Key::parse(&format!(" {}\n", "0A".repeat(Key::LEN))).expect("a key");
        assert_eq!(key.as_bytes(), &[10; Key::LEN]);
        for wrong in ["", "0a", &"0a".repeat(33), &"zz".repeat(32), &"é".repeat(32)] {
            assert!(Key::parse(wrong).is_none(), "{wrong}");
        }
    }
}
