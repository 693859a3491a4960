//! The page's components. [`App`] owns the state; everything below it is a function of its props.

mod about_files;
mod app;
mod app_bar;
mod auth_fields;
mod channel_list;
mod copy_field;
mod drop_target;
mod empty_reason;
mod encapsulation_line;
mod evidence_list;
mod failed_notice;
mod file_picker;
pub mod format;
mod keys;
mod keys_help;
mod landing;
mod message_list;
mod message_tallies;
mod name_list;
mod negotiate_sides;
mod not_analysable_list;
mod office;
mod packet_list;
mod privacy_panel;
mod problem_notice;
mod reading_progress;
mod report_summary;
mod requests;
mod sample_list;
mod secret_fields;
mod secret_form;
mod secrets_bar;
mod secrets_dialog;
mod session_detail;
mod session_filters;
mod session_row;
mod sessions_table;
mod shared;
mod signing_badge;
mod spacer;
pub mod state;
mod verdict_chain;
mod verification_panel;
mod window;
mod workbench;

pub use self::about_files::{AboutFiles, AboutFilesProps};
pub use self::app::App;
pub use self::empty_reason::{EmptyReasonNotice, EmptyReasonNoticeProps, LittleToSee};
pub use self::encapsulation_line::{EncapsulationLine, EncapsulationLineProps};
pub use self::failed_notice::{FailedNotice, FailedNoticeProps};
pub use self::keys_help::{KeysHelp, KeysHelpProps};
pub use self::landing::{Landing, LandingProps};
pub use self::message_list::{MessageTable, MessageTableProps};
pub use self::not_analysable_list::{NotAnalysableList, NotAnalysableListProps};
pub use self::privacy_panel::{PrivacyPanel, PrivacyPanelProps};
pub use self::problem_notice::{ProblemNotice, ProblemNoticeProps};
pub use self::reading_progress::{ReadingProgress, ReadingProgressProps};
pub use self::report_summary::{ReportSummary, ReportSummaryProps};
pub use self::secrets_bar::{SecretsBar, SecretsBarProps};
pub use self::secrets_dialog::{SecretsDialog, SecretsDialogProps, Subject};
pub use self::session_detail::{SessionDetail, SessionDetailProps};
pub use self::session_filters::{SessionFilters, SessionFiltersProps};
pub use self::sessions_table::{SessionsTable, SessionsTableProps};
pub use self::shared::Shared;
pub use self::signing_badge::{SigningBadge, SigningBadgeProps};

/// Shows the page.
pub fn run() {
    yew::Renderer::<App>::new().render();
}
