//! The whole window as a place to drop files on.

use web_sys::DragEvent;
use yew::prelude::*;

use super::window::use_window_event;
use crate::web::folders::{self, Dropped, OpenedFile};

/// True while files are held over the window; `on_files` gets them when they are dropped, with those
/// in folders.
#[hook]
pub(super) fn use_drop_target(on_files: Callback<Vec<OpenedFile>>) -> bool {
    // A drag enters and leaves every element that it passes over.
    let depth = use_mut_ref(|| 0u32);
    let is_over = use_state_eq(|| false);
    let enter = {
        let (depth, is_over) = (depth.clone(), is_over.clone());
        use_callback((), move |event: DragEvent, ()| {
            if holds_files(&event) {
                *depth.borrow_mut() += 1;
                is_over.set(true);
            }
        })
    };
    let over = use_callback((), |event: DragEvent, ()| {
        if holds_files(&event) {
            event.prevent_default();
        }
    });
    let leave = {
        let (depth, is_over) = (depth.clone(), is_over.clone());
        use_callback((), move |event: DragEvent, ()| {
            if holds_files(&event) {
                let left = depth.borrow().saturating_sub(1);
                *depth.borrow_mut() = left;
                is_over.set(left > 0);
            }
        })
    };
    let drop = {
        let (depth, is_over) = (depth, is_over.clone());
        use_callback(on_files, move |event: DragEvent, on_files| {
            event.prevent_default();
            *depth.borrow_mut() = 0;
            is_over.set(false);
            let Some(dropped) = event.data_transfer().map(|it| Dropped::of(&it)) else { return };
            if !dropped.is_empty() {
                let on_files = on_files.clone();
                folders::when_known(dropped, move |files| on_files.emit(files));
            }
        })
    };
    use_window_event("dragenter", enter);
    use_window_event("dragover", over);
    use_window_event("dragleave", leave);
    use_window_event("drop", drop);
    *is_over
}

fn holds_files(event: &DragEvent) -> bool {
    let kinds = event.data_transfer().map(|transfer| transfer.types());
    kinds.is_some_and(|kinds| kinds.iter().any(|kind| kind.as_string().as_deref() == Some("Files")))
}
