//! What the page shows, as one value, and everything that can change it.

use std::rc::Rc;

use yew::{Callback, Reducible, UseReducerHandle};

use super::exceptions_state::{Draft, ExceptionsState};
use super::findings_state::FindingsState;
use super::hosts_state::HostsState;
use super::place::{Place, View};
use super::report_state::ReportState;
use super::shared::Shared;
use crate::report::{
    HostQuery, MessagePage, Overview, Problem, RowPage, RowQuery, Session, SigningStatus,
    SortColumn,
};
use crate::web::protocol::{HeldSecret, Progress, ReadingAgain, Response};

/// The files that were opened together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FileFacts {
    /// Their names, in the order given.
    pub names: Vec<String>,
    /// Their bytes together.
    pub size_bytes: f64,
    /// What is to be learned from them, where they are a sample.
    pub lesson: Option<String>,
}

impl FileFacts {
    /// The files in a few words: the name of one, the count of several.
    pub fn title(&self) -> String {
        match self.names.as_slice() {
            [name] => name.clone(),
            names => format!("{} captures", names.len()),
        }
    }
}

/// What is going on.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Phase {
    /// Nothing was opened yet.
    #[default]
    Empty,
    /// The worker reads.
    Reading {
        /// The files.
        files: FileFacts,
        /// When reading began, in milliseconds since the page was opened.
        begin: f64,
        /// The time of the latest progress, in the same measure.
        latest: f64,
        /// The latest progress; `None` before the first.
        progress: Option<Shared<Progress>>,
    },
    /// Everything was read.
    Ready {
        /// The files.
        files: FileFacts,
        /// How long it took, in milliseconds.
        duration: f64,
        /// What was found.
        overview: Shared<Overview>,
        /// Files of folders that are no captures and were left out.
        skipped: u64,
        /// The files are being read again, for secrets that changed.
        again: Option<Again>,
    },
    /// Nothing can be said about the files.
    Failed {
        /// The files.
        files: FileFacts,
        /// Why.
        problem: Problem,
    },
}

/// How far reading again is.
#[derive(Clone, Debug, PartialEq)]
pub struct Again {
    /// It can be stopped: nothing that is to be forgotten depends on it.
    pub is_stoppable: bool,
    /// Bytes read of all files together.
    pub bytes_read: f64,
}

/// What the page knows of the secrets that its worker holds, which is no secret itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SecretsView {
    /// What was given, by description.
    pub held: Vec<HeldSecret>,
    /// For what the dialog is open in which secrets are given.
    pub dialog: Option<SecretFor>,
    /// Counts what was taken, so that the dialog can empty its fields.
    pub n_taken: u32,
    /// What is to be said about what was given last.
    pub note: Option<String>,
    /// Why what was given last was not taken.
    pub refusal: Option<String>,
}

/// For what a secret is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretFor {
    /// For everything that was opened.
    Capture,
    /// For the session that is looked at.
    Session,
}

/// The session that is looked at.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum OpenSession {
    /// None.
    #[default]
    None,
    /// The worker was asked for it.
    Asked {
        /// Its key.
        key: String,
        /// The session that stays in view until it comes.
        before: Option<Shared<Session>>,
    },
    /// It is here.
    Here {
        /// The session.
        session: Shared<Session>,
    },
}

impl OpenSession {
    /// The session that is in view.
    pub fn shown(&self) -> Option<&Shared<Session>> {
        match self {
            OpenSession::None => None,
            OpenSession::Asked { before, .. } => before.as_ref(),
            OpenSession::Here { session } => Some(session),
        }
    }

    /// Looks at the session with this key, or at none.
    fn open(&mut self, key: Option<String>) {
        match key {
            None => *self = OpenSession::None,
            Some(key) if self.key() == Some(&key) => {}
            Some(key) => {
                let before = self.shown().cloned();
                *self = OpenSession::Asked { key, before };
            }
        }
    }

    /// The key of the session that is looked at.
    pub fn key(&self) -> Option<&str> {
        match self {
            OpenSession::None => None,
            OpenSession::Asked { key, .. } => Some(key),
            OpenSession::Here { session } => Some(&session.key),
        }
    }
}

/// Messages that are asked for at a time.
pub const MOST_MESSAGES: usize = 200;

/// The messages of a session, one by one.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum MessagesView {
    /// Nobody asked for them.
    #[default]
    NotAsked,
    /// The files are read for them.
    Reading {
        /// The session.
        key: String,
        /// Bytes read of all files together.
        bytes_read: f64,
    },
    /// Some of them are here.
    Here {
        /// The session.
        key: String,
        /// Only those that are not verified are wanted.
        is_open_only: bool,
        /// The first of them, as many as were asked for.
        page: Shared<MessagePage>,
    },
    /// They cannot be had.
    Refused {
        /// The session.
        key: String,
        /// Why.
        message: String,
    },
}

impl MessagesView {
    fn key(&self) -> Option<&str> {
        match self {
            MessagesView::NotAsked => None,
            MessagesView::Reading { key, .. }
            | MessagesView::Here { key, .. }
            | MessagesView::Refused { key, .. } => Some(key),
        }
    }

    /// What is known of the messages of the session with this key.
    pub fn of(&self, key: &str) -> MessagesView {
        if self.key() == Some(key) { self.clone() } else { MessagesView::NotAsked }
    }

    /// Takes messages that the worker told: from the first on, or those that follow what is here.
    fn hear(&mut self, told: String, only: bool, further: MessagePage) {
        match self {
            _ if self.key() != Some(&told) => {}
            MessagesView::Here { is_open_only, page, .. }
                if *is_open_only == only && further.first == page.messages.len() =>
            {
                let messages = page.messages.iter().cloned().chain(further.messages).collect();
                *page = Shared::new(MessagePage { first: 0, messages, ..further });
            }
            _ if further.first == 0 => {
                let page = Shared::new(further);
                *self = MessagesView::Here { key: told, is_open_only: only, page };
            }
            _ => {}
        }
    }
}

/// Everything that the page shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AppState {
    /// What is going on.
    pub phase: Phase,
    /// Counts the sets of files opened, so that what belongs to an earlier one is known.
    pub run: u32,
    /// The view that is shown.
    pub view: View,
    /// What is known of findings.
    pub findings: FindingsState,
    /// What is known of hosts.
    pub hosts: HostsState,
    /// Which sessions are shown, and in which order.
    pub query: RowQuery,
    /// Counts the changes of `query`; the worker's answers carry it.
    pub query_id: u32,
    /// The rows that the table needs: the place of the first, and how many; `None` for the first
    /// ones.
    pub wanted_rows: Option<(usize, usize)>,
    /// The rows that the worker sent last; `None` before the first.
    pub rows: Option<Shared<RowPage>>,
    /// The session that is looked at.
    pub open_session: OpenSession,
    /// The focus moves to the session or finding when it comes, for the user opened it.
    pub takes_focus: bool,
    /// The list of keys is shown.
    pub shows_keys: bool,
    /// Accepted exceptions.
    pub exceptions: ExceptionsState,
    /// The report that the user asked for.
    pub report: ReportState,
    /// The messages of a session, where they were asked for.
    pub messages: MessagesView,
    /// The secrets that were given.
    pub secrets: SecretsView,
    /// A sentence about something that did not work, such as a sample that could not be loaded.
    pub notice: Option<String>,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// The user opened files.
    FilesChosen {
        /// The files.
        files: FileFacts,
        /// The time, in milliseconds since the page was opened.
        now: f64,
    },
    /// The worker said something.
    WorkerSaid {
        /// What.
        response: Response,
        /// The time, in milliseconds since the page was opened.
        now: f64,
    },
    /// The user went back to the start, or cancelled.
    Closed,
    /// The user went somewhere, by a link, a key or the browser's own buttons.
    Went(Place),
    /// The user closed the finding.
    FindingClosed,
    /// The user wants to see other hosts.
    HostsFiltered(HostQuery),
    /// The user closed the host.
    HostClosed,
    /// The user writes an exception, or gives that up.
    ExceptionDrafted(Option<Draft>),
    /// The user wants exceptions kept in the browser, or no longer.
    ExceptionsKept(bool),
    /// A file of exceptions could not be read.
    ExceptionsUnreadable(String),
    /// The user wants to see the rules, or closes them.
    RulesToggled,
    /// The user typed a filter.
    TextFiltered(String),
    /// The user switched a status on or off.
    StatusToggled(SigningStatus),
    /// The user wants all sessions again.
    FilterCleared,
    /// The user chose a column to sort by; the same again turns the order around.
    Sorted(SortColumn),
    /// The table needs rows.
    RowsNeeded {
        /// The place of the first.
        first: usize,
        /// How many.
        count: usize,
    },
    /// The user opened a session.
    SessionOpened(String),
    /// The user closed the session.
    SessionClosed,
    /// The user wants the messages of the session of this key listed.
    MessagesAsked(String),
    /// The user stopped that.
    MessagesStopped,
    /// The user wants the report as a file.
    ReportAsked,
    /// The user stopped that.
    ReportStopped,
    /// The user asked for the list of keys, or closed it.
    KeysToggled,
    /// The user wants to give a secret.
    SecretsOpened(SecretFor),
    /// The user closed the dialog in which secrets are given.
    SecretsClosed,
    /// Something did not work.
    Noticed(String),
}

impl Reducible for AppState {
    type Action = Action;

    fn reduce(self: Rc<Self>, action: Action) -> Rc<Self> {
        let mut state = Rc::unwrap_or_clone(self);
        match action {
            Action::FilesChosen { files, now } => {
                // What the address names is for the first that is opened; after it every capture
                // begins at its start.
                let place = match state.phase {
                    Phase::Empty if state.run == 0 => state.place(),
                    _ => Place::default(),
                };
                state = AppState {
                    run: state.run + 1,
                    query_id: state.query_id,
                    exceptions: state.exceptions.anew(),
                    ..AppState::at(place)
                };
                state.phase = Phase::Reading { files, begin: now, latest: now, progress: None };
            }
            Action::WorkerSaid { response, now } => state.hear(response, now),
            Action::Closed => {
                state = AppState {
                    run: state.run + 1,
                    query_id: state.query_id,
                    exceptions: state.exceptions.anew(),
                    ..AppState::default()
                };
            }
            Action::TextFiltered(text) => state.ask(|query| query.text = text),
            Action::StatusToggled(status) => state.ask(|query| toggle(&mut query.statuses, status)),
            Action::FilterCleared => state.ask(|query| {
                query.text.clear();
                query.statuses.clear();
                query.only = None;
            }),
            Action::Sorted(column) => state.ask(|query| {
                query.descending = query.sort == column && !query.descending;
                query.sort = column;
            }),
            Action::RowsNeeded { first, count } => state.wanted_rows = Some((first, count)),
            Action::SessionOpened(key) => {
                state.open_session.open(Some(key));
                state.takes_focus = true;
            }
            Action::SessionClosed => state.open_session = OpenSession::None,
            Action::Went(place) => state.go(place),
            Action::FindingClosed => state.findings.open.open(None),
            Action::HostsFiltered(query) => state.hosts.ask(query),
            Action::HostClosed => state.hosts.open(None),
            Action::ExceptionDrafted(draft) => {
                if draft.is_some() {
                    state.view = View::Exceptions;
                }
                (state.exceptions.draft, state.exceptions.refusal) = (draft, None);
            }
            Action::ExceptionsKept(is_kept) => state.exceptions.is_kept = is_kept,
            Action::ExceptionsUnreadable(reason) => state.exceptions.refusal = Some(reason),
            Action::RulesToggled => state.findings.shows_rules = !state.findings.shows_rules,
            Action::MessagesAsked(key) => {
                state.messages = MessagesView::Reading { key, bytes_read: 0.0 };
            }
            Action::MessagesStopped => state.messages = MessagesView::NotAsked,
            Action::ReportAsked => state.report = ReportState::Working { step: None },
            Action::ReportStopped => state.report = ReportState::Idle,
            Action::KeysToggled => state.shows_keys = !state.shows_keys,
            Action::SecretsOpened(what) => {
                state.secrets.dialog = Some(what);
                (state.secrets.note, state.secrets.refusal) = (None, None);
            }
            Action::SecretsClosed => state.secrets.dialog = None,
            Action::Noticed(notice) => state.notice = Some(notice),
        }
        Rc::new(state)
    }
}

impl AppState {
    /// Nothing opened yet, and a place to be shown of what is opened first.
    pub fn at(place: Place) -> AppState {
        let mut state = AppState { view: place.view, query: place.query, ..AppState::default() };
        state.open_session.open(place.session);
        state.findings.open.open(place.finding);
        state.hosts.ask(place.hosts);
        state.hosts.open(place.host);
        state
    }

    /// Where the user is.
    pub fn place(&self) -> Place {
        Place {
            view: self.view,
            query: self.query.clone(),
            session: self.open_session.key().map(str::to_owned),
            finding: self.findings.open.place(),
            hosts: self.hosts.query.clone(),
            host: self.hosts.open.place,
        }
    }

    fn go(&mut self, place: Place) {
        self.view = place.view;
        if self.query != place.query {
            self.ask(|query| *query = place.query);
        }
        self.open_session.open(place.session);
        self.findings.open.open(place.finding);
        self.hosts.ask(place.hosts);
        self.hosts.open(place.host);
        self.takes_focus = true;
    }

    fn ask(&mut self, change: impl FnOnce(&mut RowQuery)) {
        change(&mut self.query);
        self.wanted_rows = None;
        self.query_id += 1;
    }

    fn hear(&mut self, response: Response, now: f64) {
        match response {
            Response::Ready => {}
            Response::ReportProgress { .. }
            | Response::Report(_)
            | Response::ReportRefused { .. } => self.report.hear(response),
            Response::Progress(said) => match &mut self.phase {
                Phase::Reading { progress, latest, .. } => {
                    *progress = Some(Shared::new(*said));
                    *latest = now;
                }
                Phase::Ready { again: Some(again), .. } => again.bytes_read = said.bytes_read,
                Phase::Ready { .. } | Phase::Empty | Phase::Failed { .. } => {}
            },
            Response::Finished { overview, skipped } => {
                self.finish(Shared::new(*overview), skipped, now);
            }
            Response::Secrets { held, reading, note } => self.hear_of_secrets(held, reading, note),
            Response::SecretRefused { message } => self.secrets.refusal = Some(message),
            Response::Rows { id, page } => {
                if id == self.query_id {
                    self.open_the_only_one(&page);
                    self.rows = Some(Shared::new(page));
                }
            }
            Response::Session(Some(session)) => {
                if self.open_session.key() == Some(&session.key) {
                    self.open_session = OpenSession::Here { session: Shared::new(*session) };
                }
            }
            Response::Session(None) => self.open_session = OpenSession::None,
            Response::Findings(_)
            | Response::FindingLines { .. }
            | Response::Finding(_)
            | Response::FindingsOfSession { .. }
            | Response::Catalogue(_) => self.findings.hear(response),
            Response::Hosts { .. } | Response::Host(_) => self.hosts.hear(response),
            Response::ExceptionsTaken { .. }
            | Response::ExceptionsRefused { .. }
            | Response::Exceptions(_) => self.exceptions.hear(response),
            Response::Listing { key, bytes_read: read } => {
                if let MessagesView::Reading { key: asked, bytes_read } = &mut self.messages
                    && *asked == key
                {
                    *bytes_read = read;
                }
            }
            Response::Messages { key, is_open_only, page } => {
                self.messages.hear(key, is_open_only, page);
            }
            Response::MessagesRefused { key, message } => {
                if self.messages.key() == Some(&key) {
                    self.messages = MessagesView::Refused { key, message };
                }
            }
            Response::Failed { problem } => self.fail(problem),
            Response::Stopped { message } => self.fail(Problem {
                code: "stopped".to_owned(),
                offset: None,
                packet: None,
                message: format!("The analysis stopped unexpectedly ({message})."),
            }),
        }
    }

    /// What was read takes the place of what was there.
    fn finish(&mut self, found: Shared<Overview>, found_skipped: u64, now: f64) {
        self.messages = MessagesView::NotAsked;
        self.findings.begin_again();
        self.report = ReportState::Idle;
        match &mut self.phase {
            Phase::Reading { files, begin, .. } => {
                self.phase = Phase::Ready {
                    files: files.clone(),
                    duration: now - *begin,
                    overview: found,
                    skipped: found_skipped,
                    again: None,
                };
            }
            // The table and the session stay in view until what takes their place is here.
            Phase::Ready { overview, skipped, again, .. } => {
                (*overview, *skipped, *again) = (found, found_skipped, None);
                self.query_id += 1;
                if let OpenSession::Here { session } = &self.open_session {
                    let (key, before) = (session.key.clone(), Some(session.clone()));
                    self.open_session = OpenSession::Asked { key, before };
                    self.takes_focus = false;
                }
            }
            Phase::Empty | Phase::Failed { .. } => {}
        }
    }

    fn hear_of_secrets(
        &mut self,
        held: Vec<HeldSecret>,
        reading: ReadingAgain,
        note: Option<String>,
    ) {
        let ids = |held: &[HeldSecret]| held.iter().map(|it| it.id).max().unwrap_or(0);
        if ids(&held) > ids(&self.secrets.held) {
            self.secrets.n_taken += 1;
            (self.secrets.note, self.secrets.refusal) = (note, None);
        }
        self.secrets.held = held;
        if reading != ReadingAgain::No {
            // What secrets say of the messages changes.
            self.messages = MessagesView::NotAsked;
        }
        if let Phase::Ready { again, .. } = &mut self.phase {
            *again = match reading {
                ReadingAgain::No => None,
                ReadingAgain::Stoppable => Some(Again { is_stoppable: true, bytes_read: 0.0 }),
                ReadingAgain::Forgetting => Some(Again { is_stoppable: false, bytes_read: 0.0 }),
            };
        }
    }

    /// Where there is only one session, it is what the user came for.
    fn open_the_only_one(&mut self, page: &RowPage) {
        let is_at_start = self.view == View::Sessions && self.query == RowQuery::default();
        if let ([row], 1, None) = (page.rows.as_slice(), page.total, &self.rows)
            && is_at_start
            && self.open_session == OpenSession::None
        {
            self.open_session = OpenSession::Asked { key: row.key.clone(), before: None };
            self.takes_focus = false;
        }
    }

    fn fail(&mut self, problem: Problem) {
        let files = match &self.phase {
            Phase::Empty => {
                self.notice = Some(problem.message);
                return;
            }
            Phase::Reading { files, .. }
            | Phase::Ready { files, .. }
            | Phase::Failed { files, .. } => files.clone(),
        };
        self.open_session = OpenSession::None;
        self.findings = FindingsState::default();
        self.hosts = HostsState::default();
        self.report = ReportState::Idle;
        self.secrets = SecretsView::default();
        self.phase = Phase::Failed { files, problem };
    }
}

/// A callback that turns what happened into an action.
pub(super) fn dispatch<T: 'static>(
    state: &UseReducerHandle<AppState>,
    action: impl Fn(T) -> Action + 'static,
) -> Callback<T> {
    let dispatcher = state.dispatcher();
    Callback::from(move |what| dispatcher.dispatch(action(what)))
}

fn toggle(statuses: &mut Vec<SigningStatus>, status: SigningStatus) {
    match statuses.iter().position(|known| *known == status) {
        Some(place) => {
            statuses.remove(place);
        }
        None => statuses.push(status),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Bucket, CodeState, ListedMessage, Side};

    fn after(actions: impl IntoIterator<Item = Action>) -> AppState {
        let mut state = Rc::new(AppState::default());
        for action in actions {
            state = state.reduce(action);
        }
        Rc::unwrap_or_clone(state)
    }

    fn opened() -> Action {
        let files = FileFacts { names: vec!["a.pcap".to_owned()], ..FileFacts::default() };
        Action::FilesChosen { files, now: 100.0 }
    }

    fn said(response: Response) -> Action {
        Action::WorkerSaid { response, now: 350.0 }
    }

    #[test]
    fn a_run_ends_ready_and_knows_how_long_it_took() {
        let finished = said(Response::Finished { overview: Box::default(), skipped: 0 });
        let state = after([opened(), finished]);
        assert!(matches!(state.phase, Phase::Ready { duration: 250.0, .. }));
    }

    #[test]
    fn what_a_cancelled_run_still_says_changes_nothing() {
        let finished = said(Response::Finished { overview: Box::default(), skipped: 0 });
        let state = after([opened(), Action::Closed, finished]);
        assert_eq!(state.phase, Phase::Empty);
    }

    #[test]
    fn rows_of_an_earlier_query_are_dropped() {
        let page = RowPage { first: 0, total: 0, rows: Vec::new(), only: None };
        let late = said(Response::Rows { id: 0, page: page.clone() });
        let state = after([Action::TextFiltered("x".to_owned()), late]);
        assert_eq!(state.rows, None);
        let due = said(Response::Rows { id: 1, page });
        assert!(after([Action::TextFiltered("x".to_owned()), due]).rows.is_some());
    }

    #[test]
    fn sorting_by_the_same_column_turns_the_order_around() {
        let by_server = || Action::Sorted(SortColumn::Server);
        let once = after([by_server()]);
        assert_eq!((once.query.sort, once.query.descending), (SortColumn::Server, false));
        assert!(after([by_server(), by_server()]).query.descending);
    }

    #[test]
    fn a_status_is_switched_on_and_off() {
        let toggled = || Action::StatusToggled(SigningStatus::Unsigned);
        assert_eq!(after([toggled()]).query.statuses, [SigningStatus::Unsigned]);
        assert!(after([toggled(), toggled()]).query.statuses.is_empty());
    }

    #[test]
    fn a_worker_that_stops_is_told_with_the_file() {
        let state = after([opened(), said(Response::Stopped { message: "x".to_owned() })]);
        assert!(matches!(state.phase, Phase::Failed { .. }));
    }

    fn page(first: usize, packets: std::ops::Range<u64>) -> MessagePage {
        let message = |packet| ListedMessage {
            capture: 0,
            packet,
            time: None,
            from: Side::Client,
            message: "ECHO request".to_owned(),
            message_id: None,
            bucket: Bucket::Signed,
            code: CodeState::Verified,
            reason: None,
        };
        MessagePage { first, total: 9, left_out: 0, messages: packets.map(message).collect() }
    }

    fn messages(key: &str, is_open_only: bool, page: MessagePage) -> Action {
        said(Response::Messages { key: key.to_owned(), is_open_only, page })
    }

    fn packets(state: &AppState, key: &str) -> Vec<u64> {
        match state.messages.of(key) {
            MessagesView::Here { page, .. } => page.messages.iter().map(|it| it.packet).collect(),
            _ => Vec::new(),
        }
    }

    #[test]
    fn messages_follow_those_that_are_here_and_a_filter_begins_anew() {
        let asked = || Action::MessagesAsked("s1".to_owned());
        let first = || messages("s1", false, page(0, 1..3));
        let state = after([asked(), first(), messages("s1", false, page(2, 3..5))]);
        assert_eq!(packets(&state, "s1"), [1, 2, 3, 4]);
        assert_eq!(state.messages.of("s2"), MessagesView::NotAsked);
        // Told twice, told late, and of another session.
        let late = messages("s1", true, page(2, 7..9));
        let state = after([asked(), first(), late, messages("s2", false, page(0, 7..9))]);
        assert_eq!(packets(&state, "s1"), [1, 2]);
        let state = after([asked(), first(), messages("s1", true, page(0, 2..3))]);
        assert_eq!(packets(&state, "s1"), [2]);
        let stopped = after([asked(), Action::MessagesStopped, first()]);
        assert_eq!(stopped.messages, MessagesView::NotAsked);
    }
}
