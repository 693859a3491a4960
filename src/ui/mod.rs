//! The page's components. [`App`] owns the state; everything below it is a function of its props.

mod app;
mod auth_fields;
mod channel_list;
mod copy_field;
mod drop_target;
mod empty_reason;
mod evidence_list;
mod failed_notice;
mod file_picker;
pub mod format;
mod keys_help;
mod landing;
mod message_tallies;
mod negotiate_sides;
mod packet_list;
mod privacy_panel;
mod problem_notice;
mod reading_progress;
mod report_summary;
mod sample_list;
mod session_detail;
mod session_filters;
mod session_row;
mod sessions_table;
mod shared;
mod signing_badge;
mod spacer;
pub mod state;
mod verdict_chain;
mod window;

pub use self::app::App;
pub use self::empty_reason::{EmptyReasonNotice, LittleToSee};
pub use self::failed_notice::FailedNotice;
pub use self::keys_help::KeysHelp;
pub use self::landing::Landing;
pub use self::privacy_panel::PrivacyPanel;
pub use self::problem_notice::ProblemNotice;
pub use self::reading_progress::ReadingProgress;
pub use self::report_summary::ReportSummary;
pub use self::session_detail::SessionDetail;
pub use self::session_filters::SessionFilters;
pub use self::sessions_table::SessionsTable;
pub use self::shared::Shared;
pub use self::signing_badge::SigningBadge;

/// Shows the page.
pub fn run() {
    yew::Renderer::<App>::new().render();
}
