//! What a run found, told piece by piece: the state of the layers below as rows, sessions and hosts
//! of the report.
//!
//! The state is kept as it is, and a session becomes words when somebody asks for it, so that a run
//! of a million sessions costs no more than their state.

use std::net::{IpAddr, SocketAddr};

use jiff::civil::Date;

use crate::carriers::Carriers;
use crate::exceptions::{Applied, Entry, Party, Register};
use crate::findings::{Judgements, Judging};
use crate::flow::PerDirection;
use crate::kdc::fetched::Fetched;
use crate::limits::Limits;
use crate::names::Names;
use crate::packet::SourceId;
use crate::report::{
    self, Accepted, Capture, Endpoint, Estate, Evidence, Exceptions, Finding, Host, Mechanism,
    Overview, Problem, Protocol, Report, RequiresSigning, RunOptions, SecretState, SessionCounts,
    SessionRow, Side, SigningStatus, Tool, words,
};
use crate::secrets::SecretRef;
use crate::services::Services;
use crate::session::{
    Checks, Connection, ConnectionId, Generation, Listing, Observer, Secured, Session,
    SessionIndex, SigningTally, Tallies, Trial,
};

use super::hosts;
use super::judgement::{self, Judgement};
use super::message_list::{self, SessionMessages};
use super::names::Own;
use super::pipeline::Seen;
use super::verification::Codes;
use super::views::Views;
use super::{
    authentication, authentication_fields, clock, evidence, exceptions, facts, filter, negotiation,
    verdict, verification,
};

/// What a run found.
#[derive(Debug)]
pub struct Results {
    captures: Vec<Capture>,
    options: RunOptions,
    observer: Observer,
    names: Names,
    carriers: Carriers,
    fetched: Fetched,
    services: Services,
    /// The accepted exceptions, where a program told any.
    exceptions: Option<Applied>,
    /// The places of the sessions in the observer's table, in order of their first packets.
    order: Vec<usize>,
    views: Views,
}

impl Results {
    pub(super) fn new(
        captures: Vec<Capture>,
        options: RunOptions,
        Seen { observer, names, services, carriers, fetched, .. }: Seen,
        limits: &Limits,
    ) -> Results {
        let sessions = observer.sessions();
        let mut order: Vec<usize> = (0..sessions.len()).collect();
        order.sort_by_key(|place| sessions.get(*place).map(|session| session.first));
        let views = Views::of(&observer, &order, limits);
        Results {
            captures,
            options,
            observer,
            names,
            services,
            carriers,
            fetched,
            exceptions: None,
            order,
            views,
        }
    }

    /// The captures of the run.
    pub fn captures(&self) -> &[Capture] {
        &self.captures
    }

    /// What the run was told.
    pub fn options(&self) -> &RunOptions {
        &self.options
    }

    /// Adds what a program was told and the engine was not.
    pub fn options_mut(&mut self) -> &mut RunOptions {
        &mut self.options
    }

    /// Adds what went wrong outside the run, such as a file that could not be read to its end; the
    /// hash of a part of it would be taken for that of the file.
    pub fn add_problem(&mut self, source: SourceId, problem: Problem) {
        if let Some(capture) = self.captures.get_mut(source.0) {
            capture.sha256 = None;
            capture.problems.push(problem);
        }
    }

    /// How many sessions there are.
    pub fn n_sessions(&self) -> usize {
        self.order.len()
    }

    /// A session by its place, in order of the first packets.
    pub fn session(&self, place: usize) -> Option<report::Session> {
        let session = self.state(place)?;
        let is_alike = self.views.is_alike(place);
        let mut told = self.told(session).into_session(&self.observer, place, is_alike);
        let others = self.views.others(place);
        told.exception = self.accepting(session, told.status);
        told.same_as = others.iter().map(|other| key(*other)).collect();
        let told_others: Vec<Told<'_>> =
            others.iter().filter_map(|other| Some(self.told(self.state(*other)?))).collect();
        let ends = told_others.iter().map(|told| (told.client(), told.server()));
        let packets = told_others.iter().map(|told| told.session.first.packet);
        told.verdict.why.extend(verdict::views_reason(ends.collect(), packets.collect()));
        Some(told)
    }

    /// The place of the session with this key.
    pub fn place_of(&self, key: &str) -> Option<usize> {
        let number: usize = key.strip_prefix('s')?.parse().ok()?;
        number.checked_sub(1).filter(|place| *place < self.order.len())
    }

    /// What lists the messages of the session at a place in another run over the same captures with
    /// the same secrets.
    pub fn listing_of(&self, place: usize) -> Option<Listing> {
        self.order.get(place).map(|index| Listing::One(SessionIndex(*index)))
    }

    /// The messages that such a run listed, and nothing else of it.
    pub fn into_messages(mut self, listing: Listing) -> Option<SessionMessages> {
        let Listing::One(index) = listing else { return None };
        let generation = self.observer.sessions().get(index.0)?.generation;
        let list = self.observer.take_message_list(index)?;
        Some(SessionMessages { generation, list })
    }

    /// Every session, in order of the first packets.
    pub fn sessions(&self) -> impl Iterator<Item = report::Session> {
        (0..self.order.len()).filter_map(|place| self.session(place))
    }

    /// A session as a row of a table, by its place in order of the first packets.
    pub fn row(&self, place: usize) -> Option<SessionRow> {
        let session = self.state(place)?;
        let mut row = self.told(session).row(place);
        row.exception = self.accepting(session, row.status);
        row.same_as = self.views.others(place).iter().map(|other| key(*other)).collect();
        Some(row)
    }

    /// Every session as a row of a table, in order of the first packets.
    pub fn rows(&self) -> impl Iterator<Item = SessionRow> {
        (0..self.order.len()).filter_map(|place| self.row(place))
    }

    /// The secrets that proved right for a session, or wrong, each once for every session.
    pub fn secrets_tried(&self) -> impl Iterator<Item = (SecretRef, SecretState)> {
        let secured = self.observer.sessions().iter().map(|it| self.observer.secured(it));
        secured.flatten().filter_map(|secured| match secured.secret {
            Trial::None => None,
            Trial::Right(origin) => Some((origin.secret, SecretState::Right)),
            Trial::Wrong(secret, _) => Some((secret, SecretState::Wrong)),
        })
    }

    /// Every address that took part, in order.
    pub fn hosts(&self) -> Vec<Host> {
        let Results { observer, order, names, services, exceptions, .. } = self;
        hosts::of(observer, order, names, services, exceptions.as_ref())
    }

    /// Tells the run which exceptions were accepted, and the day for which to say whether they hold:
    /// nothing here knows what day it is.
    pub fn accept(&mut self, entries: Vec<Entry>, day: Date) {
        self.exceptions = None;
        let hosts = self.hosts();
        let register = Register::new(entries, day);
        self.exceptions = Some(Applied::new(register, hosts.iter().flat_map(exceptions::seen)));
    }

    /// The exception that accepts what became of a session, by its place.
    fn accepting(&self, session: &Session, status: SigningStatus) -> Option<Accepted> {
        let applied = self.exceptions.as_ref()?;
        let connection = connection_of(&self.observer, session)?;
        let ends = (connection.client.ip(), connection.server.ip());
        applied.mark(applied.accepting_session(status, ends)?)
    }

    /// What the hosts are, against what they require.
    pub fn estate(&self) -> Estate {
        Estate::of(&self.hosts())
    }

    /// The run at a glance.
    pub fn overview(&self) -> Overview {
        let mut counts = SessionCounts::default();
        self.rows().for_each(|row| counts.add(row.status, &row.coverage, row.exception.is_some()));
        self.overview_of(&counts)
    }

    /// The run at a glance, given the counts of its sessions.
    pub fn overview_of(&self, counts: &SessionCounts) -> Overview {
        let servers = hosts::servers(&self.observer);
        let is_accepted = |(address, requires): (&IpAddr, &RequiresSigning)| {
            let party = Party { address: *address, side: Side::Server };
            let applied = self.exceptions.as_ref();
            let accepting = applied.and_then(|it| it.accepting_host(party, Some(*requires)));
            (*requires, accepting.is_some())
        };
        Overview::with(self.captures.clone(), counts, servers.iter().map(is_accepted))
    }

    /// The whole report.
    pub fn report(&self) -> Report {
        let Judgements { found, exceptions } = self.found();
        let hosts = self.hosts();
        Report {
            schema: report::SCHEMA.to_owned(),
            tool: Tool::this(),
            options: self.options,
            captures: self.captures.clone(),
            sessions: self.sessions().collect(),
            estate: Estate::of(&hosts),
            hosts,
            findings: found.into_iter().map(|it| it.finding).collect(),
            exceptions,
        }
    }

    /// What a responder should act on, what matters most first.
    pub fn findings(&self) -> Vec<Finding> {
        self.found().findings().collect()
    }

    /// The accepted exceptions that the run was told, and what became of them.
    pub fn exceptions(&self) -> Exceptions {
        match self.exceptions {
            Some(_) => self.found().exceptions,
            None => Exceptions::default(),
        }
    }

    /// The rules of findings at work over the run, step by step.
    pub fn judging(&self) -> Judging<'_> {
        let Results { observer, order, views, names, carriers, fetched, exceptions, .. } = self;
        let exceptions = exceptions.as_ref();
        Judging::new(facts::of(observer, order, views, names, carriers, fetched, exceptions))
    }

    fn found(&self) -> Judgements {
        self.judging().finish()
    }

    /// What was said about the names of hosts, and who asked for them.
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// What was observed.
    pub(super) fn observer(&self) -> &Observer {
        &self.observer
    }

    /// The connections of the session at a place.
    pub(super) fn connections_of(&self, place: usize) -> impl Iterator<Item = ConnectionId> + '_ {
        let channels = self.state(place).map_or(&[][..], |session| &session.channels);
        channels.iter().map(|channel| channel.connection)
    }

    fn told<'a>(&'a self, session: &'a Session) -> Told<'a> {
        Told::of(&self.observer, session, Some(&self.names))
    }

    fn state(&self, place: usize) -> Option<&Session> {
        self.observer.sessions().get(*self.order.get(place)?)
    }
}

/// The first sessions of a run that is still under way, `count` at most.
pub(super) fn preview(observer: &Observer, count: usize) -> Vec<SessionRow> {
    let sessions = observer.sessions().iter().take(count).enumerate();
    sessions.map(|(place, session)| Told::of(observer, session, None).row(place)).collect()
}

/// A session with what its row and its page have in common.
struct Told<'a> {
    session: &'a Session,
    connection: Option<&'a Connection>,
    judgement: Judgement,
    auth: report::Auth,
    own_names: Own,
    /// What the rest of the run says about names, where it is over.
    names: Option<&'a Names>,
}

impl<'a> Told<'a> {
    fn of(observer: &'a Observer, session: &'a Session, names: Option<&'a Names>) -> Told<'a> {
        let connection = connection_of(observer, session);
        let mut own_names = Own::of_connection(connection);
        let mut auth =
            authentication::identity_and(session, |message, token| own_names.token(token, message));
        own_names.rest(connection, session);
        let judgement = Judgement::of(observer, session, auth.anonymous);
        if let Some(secured) = observer.secured(session) {
            auth.mic = verification::mic_state(auth.mic, secured.mic);
            auth.mech_list_mic = verification::mic_state(auth.mech_list_mic, secured.mech_list_mic);
        }
        if auth.secret == SecretState::None {
            auth.secret = verification::secret_state(observer.secured(session));
        }
        auth.guest = judgement.guest;
        auth.anonymous = judgement.anonymous;
        authentication::take_policy(&mut auth, connection);
        if auth.mechanism == Some(Mechanism::Ntlm) && auth.anonymous == Some(true) {
            auth.mechanism = Some(Mechanism::None);
        }
        Told { session, connection, judgement, auth, own_names, names }
    }

    fn client(&self) -> Endpoint {
        let client = self.connection.map(|connection| connection.client);
        endpoint(client, self.own_names.client_name(self.names))
    }

    fn server(&self) -> Endpoint {
        let server = self.connection.map(|connection| connection.server);
        endpoint(server, self.own_names.server_name(self.names))
    }

    fn protocol(&self) -> Protocol {
        match self.session.generation {
            Generation::Smb1 => Protocol::Smb1,
            Generation::Smb2 => Protocol::Smb2,
        }
    }

    fn row(&self, place: usize) -> SessionRow {
        let judgement = &self.judgement;
        SessionRow {
            key: key(place),
            protocol: self.protocol(),
            client: self.client(),
            server: self.server(),
            dialect: judgement.dialect,
            outcome: judgement.outcome,
            mechanism: self.auth.mechanism,
            account: words::account(&self.auth),
            guest: self.auth.guest,
            policy: judgement.policy,
            expected: judgement.expected,
            status: judgement.status,
            phrase: verdict::phrase(self.session, judgement),
            coverage: judgement.coverage.clone(),
            signing_algorithm: judgement.signing_algorithm,
            messages: counts(&judgement.tally, &judgement.checks),
            capture: self.session.first.packet.source.0,
            first_packet: self.session.first.packet.number,
            last_packet: self.session.last.packet.number,
            first_time: clock::of_packet(self.session.first.timestamp),
            same_as: Vec::new(),
            exception: None,
        }
    }

    fn into_session(self, observer: &Observer, place: usize, is_alike: bool) -> report::Session {
        let (client, server, protocol) = (self.client(), self.server(), self.protocol());
        let names = self.own_names.told(self.names);
        let Told { session, connection, judgement, mut auth, .. } = self;
        auth.fields = authentication_fields::of(session);
        let verification = verification::of(observer, session);
        let verdict = verdict::of(connection, session, &judgement, verification.as_ref());
        let wireshark_filters = filter::of(observer, session, is_alike);
        let evidence: Vec<Evidence> = evidence::of(connection, session, &judgement);
        let (message_list, message_list_left_out) = message_list::of(observer, session).unzip();
        report::Session {
            key: key(place),
            protocol,
            session_id: match session.generation {
                Generation::Smb1 => None,
                Generation::Smb2 => Some(format!("0x{:016x}", session.session_id)),
            },
            client,
            server,
            names,
            dialect: judgement.dialect,
            outcome: judgement.outcome,
            policy: judgement.policy,
            expected: judgement.expected,
            status: judgement.status,
            verdict,
            signing_algorithm: judgement.signing_algorithm,
            signing_algorithm_negotiated: judgement.signing_algorithm_negotiated,
            encryption_cipher: judgement.encryption_cipher.map(|cipher| cipher.to_string()),
            messages: messages(session, observer),
            verification,
            message_list,
            message_list_left_out,
            auth,
            trees: session.trees.iter().map(|tree| tree.path.to_string()).collect(),
            channels: channels(observer, session),
            negotiate: connection
                .map(|connection| negotiation::read(connection, session.generation))
                .unwrap_or_default(),
            first_packet: session.first.packet.number,
            last_packet: session.last.packet.number,
            capture: session.first.packet.source.0,
            first_time: clock::of_packet(session.first.timestamp),
            last_time: clock::of_packet(session.last.timestamp),
            coverage: judgement.coverage,
            evidence,
            wireshark_filter: wireshark_filters
                .first()
                .map(|first| first.filter.clone())
                .unwrap_or_default(),
            wireshark_filters,
            same_as: Vec::new(),
            exception: None,
        }
    }
}

/// The connection on which a session began.
fn connection_of<'a>(observer: &'a Observer, session: &Session) -> Option<&'a Connection> {
    observer.connection(session.channels.first()?.connection)
}

pub(super) fn key(place: usize) -> String {
    format!("s{}", place + 1)
}

fn endpoint(address: Option<SocketAddr>, name: Option<String>) -> Endpoint {
    let name = name.filter(|name| !name.is_empty());
    match address {
        Some(address) => Endpoint { address: address.ip().to_string(), port: address.port(), name },
        None => Endpoint { name, ..Endpoint::default() },
    }
}

fn channels(observer: &Observer, session: &Session) -> Vec<report::Channel> {
    let secured = observer.secured(session);
    session
        .channels
        .iter()
        .enumerate()
        .map(|(place, channel)| {
            let checks = secured.map(|secured| secured.checks(place)).unwrap_or_default();
            let connection = observer.connection(channel.connection);
            let algorithm =
                connection.and_then(|c| judgement::signing_algorithm(c, session.generation).0);
            report::Channel {
                client: endpoint(connection.map(|c| c.client), None),
                server: endpoint(connection.map(|c| c.server), None),
                policy: judgement::channel_policy(connection, session, channel),
                signing_algorithm: algorithm,
                messages: per_direction(&channel.tallies, &checks),
                first_packet: channel.first.packet.number,
            }
        })
        .collect()
}

fn messages(session: &Session, observer: &Observer) -> report::Messages {
    let checks = observer.secured(session).map(Secured::checks_by_direction).unwrap_or_default();
    per_direction(&session.tallies(), &checks)
}

fn per_direction(tallies: &Tallies, checks: &PerDirection<Checks>) -> report::Messages {
    report::Messages {
        from_client: counts(&tallies.to_server, &checks.to_server),
        from_server: counts(&tallies.to_client, &checks.to_client),
    }
}

fn counts(tally: &SigningTally, checks: &Checks) -> report::MessageCounts {
    let codes = Codes::of(tally, checks);
    report::MessageCounts {
        total: tally.total(),
        baseline_signed: tally.baseline_signed,
        baseline_unsigned: tally.baseline_unsigned,
        eligible: tally.eligible(),
        signed: tally.signed,
        unsigned: tally.unsigned,
        zero_signature: tally.zero_signature,
        encrypted: tally.encrypted,
        unreadable: tally.unreadable,
        verified: codes.verified,
        failed: codes.failed,
        unchecked: codes.unchecked,
        exempt: tally.exempt,
        decrypted: codes.decrypted,
        decrypt_failed: codes.decrypt_failed,
        undecrypted: codes.undecrypted,
    }
}
