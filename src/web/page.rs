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
    Document, File, HtmlElement, PerformanceEntry, PerformanceObserver, PerformanceObserverInit,
    Window, Worker,
};

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
