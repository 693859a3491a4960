//! What the page has from the browser and from its start script.
//!
//! The start script (`www/boot.js`) offers one object, `countersign`, with what only JavaScript
//! can do under the page's policy: it starts the worker and loads samples as script modules.

use js_sys::{Function, Promise, Reflect};
use serde::Deserialize;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Document, Element, File, HtmlElement, Node, PerformanceEntry, PerformanceObserver,
    PerformanceObserverInit, Window, Worker,
};
use zeroize::Zeroizing;

/// A capture that comes with the page.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Sample {
    /// The name of the file.
    pub file: String,
    /// What it is called in the gallery.
    pub title: String,
    /// What is in it, in a sentence.
    pub description: String,
    /// What is to be learned from it.
    #[serde(default)]
    pub lesson: String,
}

/// The samples of this build, in the order of the gallery.
pub fn samples() -> Vec<Sample> {
    offered("samples")
        .ok()
        .and_then(|samples| serde_wasm_bindgen::from_value(samples).ok())
        .unwrap_or_default()
}

/// Loads a sample from the page's own origin: one request.
pub async fn open_sample(file: &str) -> Result<File, JsValue> {
    let load = offered("openSample")?.dyn_into::<Function>()?;
    let promise = load.call1(&JsValue::UNDEFINED, &file.into())?.dyn_into::<Promise>()?;
    JsFuture::from(promise).await?.dyn_into()
}

/// Starts a worker; it says that it is ready once it is.
pub(super) fn start_worker() -> Result<Worker, JsValue> {
    let start = offered("startWorker")?.dyn_into::<Function>()?;
    start.call0(&JsValue::UNDEFINED)?.dyn_into()
}

/// The page's window.
pub fn window() -> Result<Window, JsValue> {
    web_sys::window().ok_or(JsValue::UNDEFINED)
}

/// The page's document.
pub fn document() -> Result<Document, JsValue> {
    window()?.document().ok_or(JsValue::UNDEFINED)
}

/// Moves the focus to the element with the id `id`, if there is one.
pub fn focus(id: &str) {
    let element = document().ok().and_then(|document| document.get_element_by_id(id));
    if let Some(element) = element.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        let _unfocusable = element.focus();
    }
}

/// Moves the focus from one element of a class within `list` to another, as many further as
/// `steps` says; false where the focus is on none of them, or there is none so far.
pub fn focus_neighbour(list: &Option<Node>, class: &str, steps: i32) -> bool {
    let list = list.as_ref().and_then(|list| list.dyn_ref::<Element>());
    let active = document().ok().and_then(|document| document.active_element());
    let (Some(list), Some(active)) = (list, active) else { return false };
    let elements = list.get_elements_by_class_name(class);
    let is_active = |place: &u32| elements.item(*place).is_some_and(|it| it == active);
    let neighbour = (0..elements.length())
        .find(is_active)
        .and_then(|place| place.checked_add_signed(steps))
        .and_then(|place| elements.item(place))
        .and_then(|element| element.dyn_into::<HtmlElement>().ok());
    neighbour.is_some_and(|element| element.focus().is_ok())
}

/// Moves the focus to the element with the id `id`, if what had it is gone.
pub fn focus_if_lost(id: &str) {
    let active = document().ok().and_then(|document| document.active_element());
    if active.is_none_or(|element| element.tag_name() == "BODY") {
        focus(id);
    }
}

/// What stands behind the `#` of the page's address.
pub fn fragment() -> String {
    let address = document().ok().and_then(|document| document.url().ok()).unwrap_or_default();
    address.split_once('#').map(|(_, fragment)| fragment.to_owned()).unwrap_or_default()
}

/// Has the page's address end in `#` and `fragment`; with `is_step` the browser's button leads back
/// to what was there. Nothing is loaded.
pub fn set_fragment(fragment: &str, is_step: bool) {
    let Some(history) = window().ok().and_then(|window| window.history().ok()) else { return };
    let address = format!("#{fragment}");
    // A browser that refuses, as after very many changes, leaves the address as it was.
    let _unchanged = if is_step {
        history.push_state_with_url(&JsValue::NULL, "", Some(&address))
    } else {
        history.replace_state_with_url(&JsValue::NULL, "", Some(&address))
    };
}

/// 32 random bytes as hexadecimal digits; nothing where the browser has none.
pub fn random_digits() -> Option<Zeroizing<String>> {
    let mut bytes = Zeroizing::new([0u8; 32]);
    let crypto = window().ok()?.crypto().ok()?;
    crypto.get_random_values_with_u8_array(bytes.as_mut_slice()).ok()?;
    let mut digits = Zeroizing::new(String::with_capacity(2 * bytes.len()));
    for byte in bytes.iter() {
        digits.push_str(&format!("{byte:02x}"));
    }
    Some(digits)
}

/// The day of the user, as YYYY-MM-DD.
pub fn today() -> String {
    let now = js_sys::Date::new_0();
    format!("{:04}-{:02}-{:02}", now.get_full_year(), now.get_month() + 1, now.get_date())
}

/// Bytes of a file that is read as text.
const MOST_TEXT: f64 = 4_194_304.0;

/// The text of a file that the user opened; the error is a reason.
pub async fn text_of(file: &File) -> Result<String, String> {
    if file.size() > MOST_TEXT {
        return Err("it is too large to be a file of exceptions.".to_owned());
    }
    let text = JsFuture::from(file.text()).await;
    let text = text.map_err(|_| "the browser could not read it.".to_owned())?;
    text.as_string().ok_or_else(|| "it is no text.".to_owned())
}

/// What is kept in the browser under `name`.
pub fn kept(name: &str) -> Option<String> {
    window().ok()?.local_storage().ok()??.get_item(name).ok()?
}

/// Keeps `text` in the browser under `name`, or nothing any more. A browser that keeps nothing for the
/// page leaves it at that.
pub fn keep(name: &str, text: Option<&str>) {
    let storage = window().ok().and_then(|window| window.local_storage().ok().flatten());
    if let Some(storage) = storage {
        let _not_kept = match text {
            Some(text) => storage.set_item(name, text),
            None => storage.remove_item(name),
        };
    }
}

/// Milliseconds since the page was opened.
pub fn now() -> f64 {
    window().ok().and_then(|window| window.performance()).map_or(0.0, |clock| clock.now())
}

/// Counts the requests that the page makes from now on, as the browser reports them.
pub struct RequestWatch {
    observer: PerformanceObserver,
    _on_entries: Closure<dyn FnMut(JsValue)>,
}

impl RequestWatch {
    /// Calls `on_requests` with the number of further requests whenever there are some.
    pub fn start(on_requests: impl Fn(u32) + 'static) -> Result<RequestWatch, JsValue> {
        let on_entries = Closure::<dyn FnMut(JsValue)>::new(move |list: JsValue| {
            let count = network_entries(&list).unwrap_or(0);
            if count > 0 {
                on_requests(count);
            }
        });
        let observer = PerformanceObserver::new(on_entries.as_ref().unchecked_ref())?;
        let kinds = js_sys::Array::of1(&"resource".into());
        observer.observe(&PerformanceObserverInit::new(&kinds));
        Ok(RequestWatch { observer, _on_entries: on_entries })
    }
}

impl Drop for RequestWatch {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}

/// How many entries of an observer's list went over the network; a `blob:` or `data:` address is
/// memory.
fn network_entries(list: &JsValue) -> Result<u32, JsValue> {
    let entries = Reflect::get(list, &"getEntries".into())?.dyn_into::<Function>()?.call0(list)?;
    let entries = js_sys::Array::from(&entries);
    let count = entries
        .iter()
        .filter_map(|entry| entry.dyn_into::<PerformanceEntry>().ok())
        .filter(|entry| !["blob:", "data:"].iter().any(|kind| entry.name().starts_with(kind)))
        .count();
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

fn offered(name: &str) -> Result<JsValue, JsValue> {
    let offered = Reflect::get(&js_sys::global(), &"countersign".into())?;
    Reflect::get(&offered, &name.into())
}
