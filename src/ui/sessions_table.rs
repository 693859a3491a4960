//! The sessions as a table that stays fast with very many of them.
//!
//! Only the rows in view are in the document, and only those near them in the page's memory; the
//! rest is room of the same height. The table's semantics stay whole: `aria-rowcount` counts all
//! rows, `aria-rowindex` gives each its place.

use web_sys::{Element, HtmlElement};
use yew::prelude::*;

use super::session_row::{ACTIVE_ROW, SessionRow};
use super::shared::Shared;
use super::spacer::Spacer;
use super::window::use_window_event;
use crate::report::{Overview, RowPage, RowQuery, SortColumn};
use crate::web::page;

/// What a [`SessionsTable`] shows.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct SessionsTableProps {
    /// What the table is, for those who do not see it.
    pub caption: AttrValue,
    /// The rows that are here.
    pub page: Shared<RowPage>,
    /// What was read; `None` while it is.
    pub overview: Option<Shared<Overview>>,
    /// How the rows are chosen and sorted; `None` while the capture is read.
    pub query: Option<RowQuery>,
    /// The key of the session that is looked at.
    pub open_key: Option<AttrValue>,
    /// The user chose a column to sort by.
    pub on_sort: Callback<SortColumn>,
    /// The user opened the session of this key.
    pub on_open: Callback<AttrValue>,
    /// Rows are needed: the place of the first, and how many.
    pub on_rows_needed: Callback<(usize, usize)>,
}

/// The columns: what they sort by, their heading, and the class of their cells.
const COLUMNS: [(SortColumn, &str, &str); 12] = [
    (SortColumn::Status, "Status", "column--status"),
    (SortColumn::Client, "Client", "column--client"),
    (SortColumn::Server, "Server", "column--server"),
    (SortColumn::Dialect, "Dialect", "column--dialect"),
    (SortColumn::Account, "Account", "column--account"),
    (SortColumn::Mechanism, "Authentication", "column--mechanism"),
    (SortColumn::Policy, "Required by", "column--policy"),
    (SortColumn::SigningAlgorithm, "Algorithm", "column--algorithm"),
    (SortColumn::Signed, "Signed", "column--signed"),
    (SortColumn::Unsigned, "Unsigned", "column--unsigned"),
    (SortColumn::FirstPacket, "Packet", "column--packet"),
    (SortColumn::FirstTime, "Time (UTC)", "column--time"),
];

/// Rows in the document beyond each edge of the view.
const MARGIN: usize = 8;

/// Rows asked for beyond each edge of what is in the document.
const AHEAD: usize = 24;

/// Rows that the table can be scrolled over: browsers cap the height of what they show.
pub(super) const MOST_ROWS: usize = 300_000;

/// Which rows are in view, and how high one is in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
struct View {
    first: usize,
    count: usize,
    row_height: f64,
}

impl Default for View {
    fn default() -> View {
        View { first: 0, count: 32, row_height: 44.0 }
    }
}

/// A table of sessions.
#[component]
pub fn SessionsTable(props: &SessionsTableProps) -> Html {
    let scroller = use_node_ref();
    let view = use_state_eq(View::default);
    let active = use_state_eq(|| 0usize);
    let follow = use_mut_ref(|| false);
    let total = props.page.total.min(MOST_ROWS);
    let measured = use_measure(&scroller, &view, total, props.open_key.is_some());
    use_start_over(props.query.clone(), &scroller, &active);
    let current = (*active).min(total.saturating_sub(1));
    {
        let (scroller, follow) = (scroller.clone(), follow.clone());
        let row_height = view.row_height;
        use_effect_with(current, move |current| {
            if follow.replace(false) {
                show_row(&scroller, *current, row_height);
            }
        });
    }
    let (start, end) = rendered(*view, total);
    use_rows_needed(props, start, end);
    let onkeydown = {
        let (active, follow, page_rows) = (active.clone(), follow, view.count.max(2) - 1);
        Callback::from(move |event: KeyboardEvent| {
            if let Some(next) = moved(&event.key(), current, total, page_rows) {
                event.prevent_default();
                *follow.borrow_mut() = true;
                active.set(next);
            }
        })
    };
    let on_focus = {
        let active = active.clone();
        use_callback((), move |place, ()| active.set(place))
    };
    let is_coming = start < props.page.first || end > props.page.first + props.page.rows.len();
    html! {
        <div class="sessions-table" ref={scroller} tabindex="-1" onscroll={measured.reform(|_: Event| ())}>
            <table class="sessions-table__table" aria-rowcount={(total + 1).to_string()}
                aria-busy={is_coming.to_string()}>
                <caption class="visually-hidden">{ &props.caption }</caption>
                { head(props.query.as_ref(), &props.on_sort) }
                <tbody {onkeydown}>
                    { for layout(total, start, end, current).into_iter().map(|item| match item {
                        Item::Room(rows) => html! {
                            <Spacer height={rows as f64 * view.row_height} />
                        },
                        Item::Row(place) => html! {
                            <SessionRow key={place} {place} page={props.page.clone()}
                                overview={props.overview.clone()}
                                is_open={is_open(props, place)} is_active={place == current}
                                on_open={props.on_open.clone()} on_focus={on_focus.clone()} />
                        },
                    }) }
                </tbody>
            </table>
        </div>
    }
}

/// Measures the table when it may have changed, and gives what to call when it was scrolled.
#[hook]
fn use_measure(
    scroller: &NodeRef,
    view: &UseStateHandle<View>,
    total: usize,
    is_split: bool,
) -> Callback<()> {
    let measured = {
        let (scroller, view) = (scroller.clone(), view.setter());
        use_callback((), move |(), ()| {
            if let Some(now) = scroller.cast::<HtmlElement>().and_then(|it| measure(&it)) {
                view.set(now);
            }
        })
    };
    let on_resize = use_callback(measured.clone(), |_: Event, measured| measured.emit(()));
    use_window_event("resize", on_resize);
    let after = measured.clone();
    use_effect_with((total, is_split), move |_| after.emit(()));
    measured
}

/// Goes back to the first row when other rows are asked for.
#[hook]
fn use_start_over(query: Option<RowQuery>, scroller: &NodeRef, active: &UseStateHandle<usize>) {
    let (scroller, active) = (scroller.clone(), active.setter());
    use_effect_with(query, move |_| {
        active.set(0);
        if let Some(scroller) = scroller.cast::<HtmlElement>() {
            scroller.set_scroll_top(0);
        }
    });
}

/// Asks for rows when some that are in the document are not here.
#[hook]
fn use_rows_needed(props: &SessionsTableProps, start: usize, end: usize) {
    let (on_rows_needed, is_live) = (props.on_rows_needed.clone(), props.query.is_some());
    use_effect_with((start, end, props.page.clone()), move |(start, end, page)| {
        let is_here = *start >= page.first && *end <= page.first + page.rows.len();
        if is_live && !is_here {
            let first = start.saturating_sub(AHEAD);
            on_rows_needed.emit((first, end + AHEAD - first));
        }
    });
}

fn is_open(props: &SessionsTableProps, place: usize) -> bool {
    let row = place.checked_sub(props.page.first).and_then(|place| props.page.rows.get(place));
    row.is_some_and(|row| props.open_key.as_deref() == Some(row.key.as_str()))
}

fn head(query: Option<&RowQuery>, on_sort: &Callback<SortColumn>) -> Html {
    html! {
        <thead>
            <tr aria-rowindex="1">
                { for COLUMNS.iter().map(|(column, label, class)| {
                    let sorted = query.filter(|query| query.sort == *column);
                    let direction = sorted.map(|query| {
                        if query.descending { "descending" } else { "ascending" }
                    });
                    html! {
                        <th scope="col" class={classes!("column", *class)} aria-sort={direction}>
                            if query.is_some() {
                                <button type="button" class="sort-button"
                                    onclick={on_sort.reform({ let column = *column; move |_| column })}>
                                    { *label }
                                    { arrow(direction) }
                                </button>
                            } else {
                                <span class="sort-button">{ *label }</span>
                            }
                        </th>
                    }
                }) }
            </tr>
        </thead>
    }
}

fn arrow(direction: Option<&str>) -> Html {
    let drawing = match direction {
        Some("ascending") => "M5 2 8.5 7h-7Z",
        Some(_) => "M5 8 1.5 3h7Z",
        None => return html! {},
    };
    html! {
        <svg class="sort-button__arrow" viewBox="0 0 10 10" aria-hidden="true" focusable="false">
            <path d={drawing} />
        </svg>
    }
}

/// What stands in the table's body: rows, and room for those that are out of view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Item {
    Row(usize),
    Room(usize),
}

/// The rows from `start` to before `end`, and the active one wherever it is, so that the focus on
/// it is never lost; everything else is room.
fn layout(total: usize, start: usize, end: usize, active: usize) -> Vec<Item> {
    let mut items = Vec::with_capacity(end.saturating_sub(start) + 5);
    let mut next = 0;
    let mut put = |place: usize| {
        if place > next {
            items.push(Item::Room(place - next));
        }
        if place < total {
            items.push(Item::Row(place));
        }
        next = place + 1;
    };
    if active < start {
        put(active);
    }
    (start..end).for_each(&mut put);
    if active >= end && active < total {
        put(active);
    }
    if next < total {
        items.push(Item::Room(total - next));
    }
    items
}

/// The rows that stand in the document: those in view and a margin, in steps, so that not every
/// movement changes the document.
fn rendered(view: View, total: usize) -> (usize, usize) {
    let first = view.first.min(total.saturating_sub(view.count)) / 4 * 4;
    (first.saturating_sub(MARGIN), (first + view.count + MARGIN + 4).min(total))
}

/// Where a key moves the active row to.
fn moved(key: &str, active: usize, total: usize, page_rows: usize) -> Option<usize> {
    let last = total.checked_sub(1)?;
    let place = match key {
        "ArrowDown" => active + 1,
        "ArrowUp" => active.saturating_sub(1),
        "PageDown" => active + page_rows,
        "PageUp" => active.saturating_sub(page_rows),
        "Home" => 0,
        "End" => last,
        _ => return None,
    };
    Some(place.min(last))
}

fn measure(scroller: &HtmlElement) -> Option<View> {
    let height = |selector: &str| {
        let element: Element = scroller.query_selector(selector).ok()??;
        Some(element.get_bounding_client_rect().height())
    };
    let row_height = height(".session-row").filter(|height| *height >= 1.0)?;
    let scrolled = f64::from(scroller.scroll_top()).max(0.0);
    let shown = f64::from(scroller.client_height());
    Some(View {
        first: (scrolled / row_height) as usize,
        count: (shown / row_height).ceil() as usize + 1,
        row_height,
    })
}

/// Scrolls the active row into view and moves the focus to it.
fn show_row(scroller: &NodeRef, place: usize, row_height: f64) {
    let Some(scroller) = scroller.cast::<HtmlElement>() else { return };
    let head = scroller.query_selector("thead").ok().flatten();
    let head = head.map_or(0.0, |head| head.get_bounding_client_rect().height());
    let (top, shown) = (f64::from(scroller.scroll_top()), f64::from(scroller.client_height()));
    let begin = place as f64 * row_height;
    let end = begin + row_height + head;
    if begin < top {
        scroller.set_scroll_top(begin as i32);
    } else if end > top + shown {
        scroller.set_scroll_top((end - shown).ceil() as i32);
    }
    page::focus(ACTIVE_ROW);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_out_of_view_is_room() {
        let items = layout(100, 10, 12, 10);
        let expected = [Item::Room(10), Item::Row(10), Item::Row(11), Item::Room(88)];
        assert_eq!(items, expected);
    }

    #[test]
    fn the_active_row_is_always_there() {
        let above = layout(100, 10, 11, 3);
        let expected = [Item::Room(3), Item::Row(3), Item::Room(6), Item::Row(10), Item::Room(89)];
        assert_eq!(above, expected);
        let below = layout(100, 10, 11, 99);
        assert_eq!(below, [Item::Room(10), Item::Row(10), Item::Room(88), Item::Row(99)]);
    }

    #[test]
    fn every_row_is_there_or_has_room() {
        for active in [0, 7, 20, 49] {
            let rows: usize = layout(50, 16, 33, active)
                .iter()
                .map(|item| match item {
                    Item::Row(_) => 1,
                    Item::Room(rows) => *rows,
                })
                .sum();
            assert_eq!(rows, 50);
        }
        assert!(layout(0, 0, 0, 0).is_empty());
    }

    #[test]
    fn the_view_is_rendered_with_a_margin() {
        let view = View { first: 50, count: 10, row_height: 44.0 };
        assert_eq!(rendered(view, 1_000), (40, 70));
        assert_eq!(rendered(view, 5), (0, 5));
    }

    #[test]
    fn keys_stay_within_the_rows() {
        assert_eq!(moved("ArrowDown", 9, 10, 5), Some(9));
        assert_eq!(moved("ArrowUp", 0, 10, 5), Some(0));
        assert_eq!(moved("PageDown", 2, 10, 5), Some(7));
        assert_eq!(moved("End", 2, 10, 5), Some(9));
        assert_eq!(moved("a", 2, 10, 5), None);
        assert_eq!(moved("ArrowDown", 0, 0, 5), None);
    }
}
